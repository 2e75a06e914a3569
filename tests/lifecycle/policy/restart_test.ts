import { strictEqual as equal } from "node:assert/strict";
import type { Container, RestartPolicy } from "../../../src/api/types/pod.ts";
import type {
  ContainerRecord,
  ContainerRun,
} from "../../../src/lifecycle/record/container_record.ts";
import { createPodRecord } from "../../../src/lifecycle/record/record.ts";
import {
  isRestartable,
  isSidecar,
  matchRestartRule,
  shouldRestart,
} from "../../../src/lifecycle/policy/restart.ts";
import { container, pod } from "../machine.ts";

type Rules = NonNullable<Container["restartPolicyRules"]>;

function rule(
  operator: "In" | "NotIn",
  values: number[],
  action: Rules[number]["action"] = "Restart",
) {
  return { action, exitCodes: { operator, values } };
}

const policies: readonly [RestartPolicy, RestartPolicy | undefined, number, boolean][] = [
  ["Always", undefined, 0, true],
  ["Always", undefined, 1, true],
  ["OnFailure", undefined, 0, false],
  ["OnFailure", undefined, 1, true],
  ["Never", undefined, 0, false],
  ["Never", undefined, 1, false],
  ["Always", "Never", 0, false],
  ["Always", "Never", 1, false],
  ["Always", "OnFailure", 0, false],
  ["Never", "Always", 0, true],
  ["Never", "OnFailure", 1, true],
  ["Never", "OnFailure", 0, false],
];
for (const [ofPod, own, code, answer] of policies) {
  Deno.test(`isRestartable() R-RESTART-1 R-RESTART-5: pod ${ofPod}, own ${own}, exit ${code}: ${answer}`, () => {
    const subject = container("app", own === undefined ? {} : { restartPolicy: own });
    equal(isRestartable(pod({ restartPolicy: ofPod }), subject, code), answer);
  });
}

Deno.test("isRestartable() R-RESTART-1: without a policy the pod's default is Always", () => {
  equal(isRestartable(pod({}), container("app"), 0), true);
});

const rules: readonly [string, Rules, number, string | undefined][] = [
  ["R-RESTART-3 In and listed", [rule("In", [3, 42])], 42, "Restart"],
  ["R-RESTART-3 In and not listed", [rule("In", [3, 42])], 1, undefined],
  ["R-RESTART-3 In of nothing", [rule("In", [])], 0, undefined],
  ["R-RESTART-3 NotIn and listed", [rule("NotIn", [3])], 3, undefined],
  ["R-RESTART-3 NotIn and not listed", [rule("NotIn", [3])], 1, "Restart"],
  ["R-RESTART-3 NotIn of nothing matches 0", [rule("NotIn", [])], 0, "Restart"],
  ["R-RESTART-3 a rule can match 0", [rule("In", [0])], 0, "Restart"],
  [
    "R-RESTART-2 the first that matches decides",
    [rule("In", [1]), rule("In", [42], "RestartAllContainers"), rule("In", [42])],
    42,
    "RestartAllContainers",
  ],
];
for (const [name, restartPolicyRules, code, action] of rules) {
  Deno.test(`matchRestartRule() ${name}`, () => {
    const subject = container("app", { restartPolicy: "Never", restartPolicyRules });
    equal(matchRestartRule(subject, code)?.action, action);
  });
}

Deno.test("matchRestartRule() R-RESTART-4: rules need a policy of the container's own", () => {
  const subject = container("app", { restartPolicyRules: [rule("NotIn", [])] });
  equal(matchRestartRule(subject, 1), undefined);
});

Deno.test("R-RESTART-2: without a match the own policy decides, never the pod's", () => {
  const subject = container("app", {
    restartPolicy: "Never",
    restartPolicyRules: [rule("In", [42])],
  });
  equal(isRestartable(pod({ restartPolicy: "Always" }), subject, 1), false);
});

Deno.test("isSidecar() R-RESTART-6: Always on an init entry", () => {
  equal(isSidecar(container("s", { restartPolicy: "Always" })), true);
  equal(isSidecar(container("s", { restartPolicy: "OnFailure" })), false);
  equal(isSidecar(container("s")), false);
});

const facts = { containerId: "c", restartCount: 0, sandboxId: "s0", image: "busybox" };
const running: ContainerRun = { type: "running", ...facts, pid: 1, startedAt: 0, idleUntil: 0 };
const exited: ContainerRun = {
  type: "exited",
  ...facts,
  exitCode: 1,
  reason: "Error",
  finishedAt: 1,
  message: "",
  logTail: "",
};
const unknown: ContainerRun = { type: "unknown", ...facts, startedAt: 0, killed: false };
const runs: readonly [string, ContainerRun | undefined, boolean, boolean][] = [
  ["row 1: nothing of a pod that is being deleted", exited, true, false],
  ["row 1: not even what never ran (R-ACT-9)", undefined, true, false],
  ["row 2: no record", undefined, false, true],
  ["row 3: running", running, false, false],
  ["row 4: unknown", unknown, false, true],
  ["rows 5 to 7: exited", exited, false, true],
];
for (const [name, current, deleted, answer] of runs) {
  Deno.test(`shouldRestart() R-RESTART-1 ${name}: ${answer}`, () => {
    const containerRecord: ContainerRecord = {
      name: "app",
      nextRestartCount: 1,
      superseded: [],
      ...(current && { current }),
    };
    const record = {
      ...createPodRecord({ at: 0 }),
      containers: new Map([["app", containerRecord]]),
    };
    const subject = pod({}, deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {});
    equal(shouldRestart(subject, record, subject.spec.containers[0]!), answer);
  });
}
