import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { StatusManager } from "../../src/node/status_manager.ts";
import { Registry } from "../../src/store/registry.ts";
import { StatusError, type StatusReason } from "../../src/store/status_error.ts";
import { podOf } from "../support/simulation.ts";

/** What a write comes to, after 1 s: a refusal, another failure, none, or the store's answer. */
type Answer = StatusReason | "unreachable" | "hangs" | "written";

/** A manager before a store whose first writes come to these answers. */
function setUp(answers: readonly Answer[] = []) {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}` });
  const writes: string[] = [];
  const log: string[] = [];
  const remaining = [...answers];
  const answer = async <T>(what: string, name: string, write: () => T): Promise<T> => {
    writes.push(`${clock.now()} ${what}`);
    await clock.sleepUntil(clock.now() + 1000);
    const answer = remaining.shift() ?? "written";
    if (answer === "hangs") return await new Promise(() => {});
    if (answer === "unreachable") throw new TypeError("connection refused");
    if (answer !== "written") throw new StatusError(answer, "pods", name);
    return write();
  };
  const statuses = new StatusManager({
    client: {
      get: (kind, namespace, name) => registry.get(kind, namespace, name),
      updateStatus: (object) => {
        const { message } = (object as KubernetesObject as Pod).status!;
        return answer(message!, object.metadata.name, () => registry.updateStatus(object));
      },
      delete: (kind, namespace, name, options) =>
        answer("delete", name, () => void registry.delete(kind, namespace, name, options)),
    },
    clock,
    log: lineLogger((line) => log.push(line)),
  });
  const pod = registry.create(podOf("web", ["a"], { nodeName: "node-1" }));
  const message = () => registry.get("Pod", "default", "web")?.status?.message;
  return { clock, registry, statuses, pod, writes, log, message };
}

type Bench = ReturnType<typeof setUp>;

const withStatus = (pod: Pod, message: string): Pod => ({
  ...pod,
  status: { phase: "Running", message },
});

/** Each second one of these happens; the first is published at 0. */
const rows: readonly {
  readonly about: string;
  readonly answers?: readonly Answer[];
  readonly steps: readonly ((bench: Bench) => void)[];
  readonly writes: readonly string[];
  readonly log?: readonly string[];
  /** What the store has in the end; undefined: no Pod. */
  readonly message: string | undefined;
}[] = [
  {
    about: "writes the last of what is published during a write, and nothing between",
    steps: [({ statuses, pod }) => {
      for (const text of ["a", "b", "c"]) statuses.publish(withStatus(pod, text));
    }],
    writes: ["0 a", "1000 c"],
    message: "c",
  },
  {
    about: "repeats a failed write later each time, with the last status, and logs it once",
    answers: ["unreachable", "unreachable"],
    steps: [
      ({ statuses, pod }) => statuses.publish(withStatus(pod, "a")),
      ({ statuses, pod }) => statuses.publish(withStatus(pod, "b")),
      ({ statuses, pod }) => statuses.publish(withStatus(pod, "c")),
    ],
    writes: ["0 a", "1200 b", "2600 c"],
    log: ['warn: Cannot write pod status pod=default/web error="connection refused"'],
    message: "c",
  },
  {
    about: "begins a new row of failures after a write, which is logged again",
    answers: ["unreachable", "written", "unreachable"],
    steps: [
      ({ statuses, pod }) => statuses.publish(withStatus(pod, "a")),
      () => {},
      ({ statuses, pod }) => statuses.publish(withStatus(pod, "b")),
    ],
    writes: ["0 a", "1200 a", "2200 b", "3400 b"],
    log: [
      'warn: Cannot write pod status pod=default/web error="connection refused"',
      'warn: Cannot write pod status pod=default/web error="connection refused"',
    ],
    message: "b",
  },
  {
    about: "repeats a write at once that met another version, which has been seen",
    steps: [({ registry, clock, statuses, pod }) => {
      statuses.publish(withStatus(pod, "a"));
      void clock.sleepUntil(500).then(() =>
        registry.updateStatus({ ...pod, status: { phase: "Pending", message: "another's" } })
      );
    }],
    writes: ["0 a", "1000 a"],
    message: "a",
  },
  {
    about: "waits after a conflict with a version that has not been seen, without a word",
    answers: ["Conflict"],
    steps: [({ statuses, pod }) => statuses.publish(withStatus(pod, "a"))],
    writes: ["0 a", "1200 a"],
    message: "a",
  },
  {
    about: "leaves a pod that is gone",
    answers: ["unreachable"],
    steps: [({ registry, statuses, pod }) => {
      statuses.publish(withStatus(pod, "a"));
      registry.delete("Pod", "default", "web", { graceSeconds: 0 });
    }],
    writes: ["0 a"],
    log: ['warn: Cannot write pod status pod=default/web error="connection refused"'],
    message: undefined,
  },
  {
    about: "leaves a pod that the store does not find, whatever has been seen",
    answers: ["NotFound"],
    steps: [({ statuses, pod }) => statuses.publish(withStatus(pod, "a"))],
    writes: ["0 a"],
    message: undefined,
  },
  {
    about: "never writes to another pod of the same name",
    steps: [({ registry, statuses, pod }) => {
      statuses.publish(withStatus(pod, "a"));
      registry.delete("Pod", "default", "web", { graceSeconds: 0 });
      registry.create(podOf("web", ["a"]));
      statuses.publish(withStatus(pod, "b"));
    }],
    writes: ["0 a"],
    message: undefined,
  },
  {
    about: "deletes an object after its last status, and repeats that too (R-DELETE-5)",
    answers: ["written", "unreachable"],
    steps: [({ statuses, pod }) => {
      statuses.publish(withStatus(pod, "last"));
      statuses.remove(withStatus(pod, "last"));
    }],
    writes: ["0 last", "1000 delete", "2200 delete"],
    log: ['warn: Cannot delete pod pod=default/web error="connection refused"'],
    message: undefined,
  },
];
for (const { about, answers = [], steps, writes, log = [], message } of rows) {
  Deno.test(`StatusManager ${about}`, async () => {
    const bench = setUp(answers);
    for (const step of steps) {
      step(bench);
      await bench.clock.advance(1000);
    }
    await bench.clock.runUntilIdle();
    deepEqual([bench.writes, bench.log, bench.message()], [writes, log, message]);
    equal(bench.statuses.length, 0);
  });
}

Deno.test("StatusManager.stop() awaits the write under way and the status after it", async () => {
  const { clock, statuses, pod, message } = setUp();
  statuses.publish(withStatus(pod, "a"));
  statuses.publish(withStatus(pod, "b"));
  const stop = statuses.stop();
  statuses.publish(withStatus(pod, "late"));
  await clock.runUntilIdle();
  await stop;
  equal(message(), "b");
});

Deno.test("StatusManager.stop() does not wait for a store that does not answer", async () => {
  const { clock, statuses, pod, log } = setUp(["hangs"]);
  statuses.publish(withStatus(pod, "a"));
  const stop = statuses.stop();
  await clock.advance(5000);
  await stop;
  deepEqual(log, [
    'warn: Cannot write the last pod statuses pods=1 error="the store has not answered within 5 s"',
  ]);
});

Deno.test("StatusManager.stop() attempts what failed once more, without its wait", async () => {
  for (const answers of [["unreachable"], ["unreachable", "unreachable"]] as const) {
    const { clock, statuses, pod, writes, message } = setUp(answers);
    statuses.publish(withStatus(pod, "a"));
    await clock.advance(1100);
    const stop = statuses.stop();
    await clock.runUntilIdle();
    await stop;
    deepEqual(writes, ["0 a", "1100 a"]);
    equal(message(), answers.length === 1 ? "a" : undefined);
    equal(statuses.length, 0);
  }
});

Deno.test("R-COND-1: StatusManager keeps a condition that another writes meanwhile", async () => {
  const { clock, registry, statuses, pod } = setUp(["unreachable"]);
  const gate = { type: "example.com/gate", status: "True" } as const;
  const ready = { type: "Ready", status: "False" } as const;
  statuses.publish({ ...pod, status: { phase: "Running", conditions: [ready] } });
  registry.updateStatus({ ...pod, status: { phase: "Pending", conditions: [gate] } });
  await clock.runUntilIdle();
  deepEqual(registry.get("Pod", "default", "web")!.status, {
    phase: "Running",
    conditions: [gate, ready],
  });
});

Deno.test("StatusManager keeps one entry for a pod, however often it is published", async () => {
  const { clock, statuses, pod, writes } = setUp();
  for (let count = 0; count < 10_000; count++) statuses.publish(withStatus(pod, `${count}`));
  equal(statuses.length, 1);
  await clock.runUntilIdle();
  deepEqual(writes, ["0 0", "1000 9999"]);
});
