import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import {
  describeFinished,
  describeRestart,
  describeStuck,
} from "../../../src/cli/run/run_report.ts";
import type { LogEvent } from "../../../src/lifecycle/trace/log_event.ts";

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "default", uid: "u" },
  spec: { containers: [{ name: "web" }] },
};

/** A second start that the Pod's own policy decided. */
const restart: LogEvent = {
  type: "container.started",
  at: 0,
  pod: "default/p",
  uid: "u",
  message: "",
  container: "web",
  role: "app",
  pid: 1,
  restartCount: 1,
  startMs: 1,
  because: "",
  rule: "R-RESTART-1",
  decidedBy: "podPolicy",
};

const restarts: readonly [string, LogEvent, Pod, boolean][] = [
  ["by the default", restart, pod, true],
  ["of a manifest without a namespace", restart, { ...pod, metadata: { name: "p" } }, true],
  ["the first start", { ...restart, restartCount: 0 }, pod, false],
  ["of a sidecar", { ...restart, role: "sidecar" }, pod, false],
  ["by a policy of its own", { ...restart, decidedBy: "containerPolicy" }, pod, false],
  ["by a rule of its own", { ...restart, decidedBy: "restartRule" }, pod, false],
  ["by a policy that was given", restart, {
    ...pod,
    spec: { ...pod.spec, restartPolicy: "Always" },
  }, false],
  ["of a Pod that is not of the manifests", { ...restart, pod: "default/q" }, pod, false],
];
for (const [name, event, of, isHint] of restarts) {
  Deno.test(`describeRestart(): ${name}: ${isHint ? "a" : "no"} hint`, () => {
    equal(describeRestart(event, [of]) !== undefined, isHint);
  });
}

Deno.test("describeStuck(): why it is idle, what containers wait for, else the last warnings", () => {
  const idle = { type: "idle", because: "its sandbox is gone" } as const;
  const state = "stuck" as const;
  equal(
    describeStuck({ pod, state, stuck: idle }, []),
    'Pod "p" can never go on: its sandbox is gone',
  );
  const waiting = { reason: "CreateContainerConfigError", message: 'configmap "c" not found' };
  const status = {
    containerStatuses: [
      { name: "web", image: "i", imageID: "", ready: false, restartCount: 0, state: { waiting } },
    ],
  };
  const stuck = { type: "unready", causes: [] } as const;
  equal(
    describeStuck({ pod: { ...pod, status }, state, stuck }, []),
    'Pod "p" can never start: container "web": CreateContainerConfigError: configmap "c" not found',
  );
  const event = (message: string, lastAt: number, uid = "u") => ({
    kind: "Pod",
    uid,
    namespace: "default",
    name: "p",
    type: "Warning" as const,
    reason: "FailedMount",
    message,
    count: 1,
    firstAt: 0,
    lastAt,
  });
  const events = [event("old", 1), event("one", 2), event("another Pod", 2, "v"), event("two", 2)];
  equal(describeStuck({ pod, state, stuck }, events), 'Pod "p" can never start: one; two');
});

Deno.test("describeFinished(): the exit status is the Pod's own, or that of the run; who was killed has no phase", () => {
  const failed = { ...pod, status: { phase: "Failed", reason: "Evicted" } } as const;
  const running = { ...pod, status: { phase: "Running" } } as const;
  const messages = (pods: readonly Pod[], isKilled: boolean) =>
    describeFinished(pods, { exitCode: 3, isKilled, at: 5 }).map(({ message }) => message);
  deepEqual(messages([failed], false), ["Pod Failed (Evicted), exit status 3"]);
  deepEqual(messages([failed, running], true), [
    "Pod Failed (Evicted), the run's exit status 3",
    "Pod killed while Running, the run's exit status 3",
  ]);
});
