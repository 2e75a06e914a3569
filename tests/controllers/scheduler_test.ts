import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { Scheduler } from "../../src/controllers/scheduler.ts";
import { createScheduling } from "../../src/api/scheduling/scheduling.ts";
import { RegistryClient } from "../../src/store/registry_client.ts";
import { nodeFactsOf } from "../support/node_facts.ts";
import { Registry } from "../../src/store/registry.ts";
import { StatusError, type StatusReason } from "../../src/store/status_error.ts";
import { podOf } from "../support/simulation.ts";

/** What a bind comes to: a refusal, another failure, no answer, or the store's answer. */
type Answer = StatusReason | "unreachable" | "hangs" | "bound";

/** A scheduler on a store whose first binds come to these answers, after 1 s each. */
function setUp(answers: readonly Answer[] = [], onBound?: () => never) {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}` });
  const asked: string[] = [];
  const bound: string[] = [];
  const log: string[] = [];
  const remaining = [...answers];
  const scheduler = new Scheduler({
    client: {
      get: (kind, namespace, name) => registry.get(kind, namespace, name),
      watch: (kind, onChange) => registry.watch(kind, onChange),
      updateStatus: (object) => Promise.try(() => registry.updateStatus(object)),
      delete: () => Promise.reject(new Error("nothing is preempted here")),
      async bind(pod, nodeName) {
        asked.push(`${clock.now()} ${pod.metadata.name}`);
        await clock.sleepUntil(clock.now() + 1000);
        const answer = remaining.shift() ?? "bound";
        if (answer === "hangs") return await new Promise(() => {});
        if (answer === "unreachable") throw new TypeError("connection refused");
        if (answer !== "bound") throw new StatusError(answer, "pods", pod.metadata.name);
        return await registry.bind(pod, nodeName);
      },
    },
    clock,
    nodeName: "node-1",
    onLogEvent: () => {},
    onAttempt: () => {},
    onK8sEvent: ({ metadata, spec }) => {
      bound.push(`${metadata.name} ${spec.nodeName}`);
      onBound?.();
    },
    log: lineLogger((line) => log.push(line)),
  });
  return { clock, registry, scheduler, asked, bound, log };
}

Deno.test("Scheduler binds pods that are there and pods that come, each once (R-COND-8)", async () => {
  const { clock, registry, scheduler, asked, bound } = setUp();
  registry.create(podOf("old", ["a"]));
  scheduler.start();
  registry.create(podOf("new", ["a"]));
  registry.create(podOf("held", ["a"], { schedulingGates: [{ name: "x/y" }] }));
  registry.create(podOf("placed", ["a"], { nodeName: "node-2" }));
  await clock.runUntilIdle();
  deepEqual(asked, ["0 old", "0 new"]);
  deepEqual(bound, ["old node-1", "new node-1"]);
  await scheduler.stop();
  registry.create(podOf("late", ["a"]));
  await clock.runUntilIdle();
  equal(asked.length, 2);
});

const rows: readonly {
  readonly about: string;
  readonly answers: readonly Answer[];
  readonly asked: readonly string[];
  readonly bound: readonly string[];
  readonly log?: readonly string[];
}[] = [
  {
    about: "repeats a bind that failed, later each time, and logs a row of failures once",
    answers: ["unreachable", "unreachable"],
    asked: ["0 web", "1200 web", "2600 web"],
    bound: ["web node-1"],
    log: ['warn: Cannot bind pod pod=default/web error="connection refused"'],
  },
  {
    about: "repeats a bind that was in conflict, without a word",
    answers: ["Conflict"],
    asked: ["0 web", "1200 web"],
    bound: ["web node-1"],
  },
  { about: "leaves a pod that is gone", answers: ["NotFound"], asked: ["0 web"], bound: [] },
];
for (const { about, answers, log = [], ...rest } of rows) {
  Deno.test(`Scheduler ${about}`, async () => {
    const { clock, registry, scheduler, ...seen } = setUp(answers);
    scheduler.start();
    registry.create(podOf("web", ["a"]));
    await clock.runUntilIdle();
    deepEqual(seen, { ...rest, log });
  });
}

const changes: readonly [string, (registry: Registry, pod: Pod) => unknown][] = [
  ["is deleted", (registry) => registry.delete("Pod", "default", "web")],
  ["has been bound by another", (registry, pod) => registry.bind(pod, "node-2")],
];
for (const [about, change] of changes) {
  Deno.test(`Scheduler does not repeat the bind of a pod that ${about}`, async () => {
    const { clock, registry, scheduler, asked, bound } = setUp(["unreachable"]);
    scheduler.start();
    const pod = registry.create(podOf("web", ["a"]));
    await clock.advance(500);
    await change(registry, pod);
    await clock.runUntilIdle();
    deepEqual([asked, bound], [["0 web"], []]);
  });
}

Deno.test("Scheduler.stop() ends the wait for the next attempt", async () => {
  const { clock, registry, scheduler, asked } = setUp(["unreachable", "unreachable"]);
  scheduler.start();
  registry.create(podOf("web", ["a"]));
  await clock.advance(1100);
  await scheduler.stop();
  await scheduler.stop();
  await clock.runUntilIdle();
  deepEqual(asked, ["0 web"]);
});

Deno.test("Scheduler.stop() does not wait for a store that does not answer", async () => {
  const { clock, registry, scheduler, log } = setUp(["hangs"]);
  scheduler.start();
  registry.create(podOf("web", ["a"]));
  await clock.advance(1000);
  const stop = scheduler.stop();
  await clock.advance(5000);
  await stop;
  deepEqual(log, [
    'warn: Cannot await the last binds pods=1 error="the store has not answered within 5 s"',
  ]);
});

Deno.test("Scheduler reports a fault after the bind as its own, and binds on", async () => {
  const { clock, registry, scheduler, bound, log } = setUp([], () => {
    throw new RangeError("no room");
  });
  scheduler.start();
  registry.create(podOf("web", ["a"]));
  registry.create(podOf("db", ["a"]));
  await clock.runUntilIdle();
  deepEqual(bound, ["web node-1", "db node-1"]);
  deepEqual(
    log.map((line) => line.split("\\n")[0]),
    ["web", "db"].map((name) =>
      `error: Scheduler failed at a pod pod=default/${name} error="RangeError: no room`
    ),
  );
  await scheduler.stop();
});

Deno.test("Scheduler binds a pod again that changes as soon as its bind is over", async () => {
  const clock = new VirtualClock();
  const registry = new Registry({ clock, newUid: () => "uid-1" });
  const bound: string[] = [];
  let isFirst = true;
  const scheduler = new Scheduler({
    client: {
      get: (kind, namespace, name) => registry.get(kind, namespace, name),
      watch: (kind, onChange) => registry.watch(kind, onChange),
      updateStatus: (object) => Promise.try(() => registry.updateStatus(object)),
      delete: () => Promise.reject(new Error("nothing is preempted here")),
      bind(pod, nodeName) {
        if (!isFirst) return Promise.try(() => registry.bind(pod, nodeName));
        isFirst = false;
        const refused = Promise.reject(new StatusError("NotFound", "pods", "web"));
        const status = { phase: "Pending", message: "changed" } as const;
        // Right after the scheduler has received the answer.
        void refused.catch(() => {}).then(() => registry.updateStatus({ ...pod, status }));
        return refused;
      },
    },
    clock,
    nodeName: "node-1",
    onLogEvent: () => {},
    onAttempt: () => {},
    onK8sEvent: ({ metadata }) => bound.push(metadata.name),
    log: lineLogger(() => {}),
  });
  scheduler.start();
  registry.create(podOf("web", ["a"]));
  await clock.runUntilIdle();
  deepEqual(bound, ["web"]);
});

/** A scheduler that has one place, and a store that answers at once. */
function setUpOnePlace() {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}` });
  const seen: string[] = [];
  const scheduler = new Scheduler({
    client: new RegistryClient(registry),
    clock,
    nodeName: "node-1",
    scheduling: createScheduling(nodeFactsOf("node-1", { allocatable: { pods: "1" } })),
    onK8sEvent: ({ metadata }, { reason }) => seen.push(`${reason} ${metadata.name}`),
    onLogEvent: () => {},
    onAttempt: () => seen.push("attempt"),
    log: lineLogger((line) => seen.push(line)),
  });
  scheduler.start();
  return { clock, registry, scheduler, seen };
}

Deno.test("R-SCHED-3: Scheduler reports a Pod that waits once, and attempts it when there is room", async () => {
  const { clock, registry, scheduler, seen } = setUpOnePlace();
  const web = registry.create(podOf("web", ["a"]));
  const db = registry.create(podOf("db", ["a"]));
  await clock.runUntilIdle();
  deepEqual(seen.splice(0), ["FailedScheduling db", "attempt", "Scheduled web", "attempt"]);
  equal(
    scheduler.whyWaiting(db.metadata.uid!),
    "0/1 nodes are available: 1 Too many pods; " +
      "this node takes 1 Pods",
  );
  registry.update({
    ...registry.get("Pod", "default", "web")!,
    metadata: { ...web.metadata, labels: { a: "b" }, resourceVersion: undefined! },
  });
  await clock.runUntilIdle();
  deepEqual(seen.splice(0), ["attempt"]);
  registry.delete("Pod", "default", "web", { graceSeconds: 0 });
  equal(scheduler.whyWaiting(db.metadata.uid!), undefined);
  await clock.runUntilIdle();
  deepEqual(seen.splice(0), ["attempt", "Scheduled db"]);
  await scheduler.stop();
});

Deno.test("Scheduler counts a Pod while it is being bound, and no longer when that fails", async () => {
  const { clock, registry, scheduler, seen } = setUpOnePlace();
  registry.create(podOf("web", ["a"]));
  registry.create(podOf("db", ["a"]));
  // Before it is bound, which is a moment later.
  registry.delete("Pod", "default", "web");
  await clock.runUntilIdle();
  deepEqual(seen, ["attempt", "Scheduled db"]);
  deepEqual(["uid-1", "uid-2"].map((uid) => scheduler.takesRoom(uid)), [false, true]);
  await scheduler.stop();
});
