/** A cluster whose objects outlive it: what the next one makes of them, whenever it ended. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { KINDS } from "../../src/api/kinds/kinds.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import type { Deployment } from "../../src/api/types/apps.ts";
import type { Job } from "../../src/api/types/batch.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import type { KeptObjects } from "../../src/store/journal.ts";
import { exits, podOf, scriptOf, type Simulation, startSimulation } from "../support/simulation.ts";

await loadRules(KINDS.map(({ kind }) => kind));

/** All objects as a disk has them. */
function keep({ cluster }: Simulation): KeptObjects {
  const objects = KINDS.flatMap(({ kind }): KubernetesObject[] => cluster.registry.list(kind));
  const versions = objects.map(({ metadata }) => Number(metadata.resourceVersion));
  return { version: Math.max(0, ...versions), objects: structuredClone(objects) };
}

/** Another cluster, five seconds after the end of one that is killed now. */
function reboot(before: Simulation, options: Parameters<typeof startSimulation>[0] = {}) {
  const { clock } = before;
  return startSimulation({
    ...options,
    kept: keep(before),
    clock: new VirtualClock(clock.wallTime(clock.now()) + 5000),
  });
}

const spec = { containers: [{ name: "c", image: "none", command: ["/bin/c"] }] };

const deployment: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec },
  },
};

const job: Job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "j", namespace: "default" },
  spec: {
    completions: 6,
    parallelism: 2,
    backoffLimit: 10,
    template: { metadata: {}, spec: { ...spec, restartPolicy: "Never" } },
  },
};

const statesOf = ({ cluster }: Simulation) =>
  cluster.client.list("Pod").map(({ metadata, status = {} }) => {
    const restarts = status.containerStatuses?.map((it) => it.restartCount).join() ?? "";
    return `${metadata.name} ${status.phase} ${restarts}`;
  }).sort();

Deno.test("a Deployment's Pods come back with their names, and their restarts go on", async () => {
  const before = startSimulation({ startControllers });
  before.cluster.submit([deployment]);
  await before.clock.advance(5000);
  const names = before.cluster.client.list("Pod").map(({ metadata }) => metadata.name).sort();
  equal(names.length, 3);
  const after = reboot(before, { startControllers });
  await after.clock.advance(5000);
  deepEqual(statesOf(after), names.map((name) => `${name} Running 1`));
  const { status } = after.cluster.client.get("Deployment", "default", "web")!;
  deepEqual([status?.readyReplicas, status?.availableReplicas], [3, 3]);
  const again = reboot(after, { startControllers });
  await again.clock.advance(5000);
  deepEqual(statesOf(again), names.map((name) => `${name} Running 2`));
  deepEqual(again.log, []);
});

Deno.test("a shutdown ends the Pods with their grace, and leaves their objects as they are", async () => {
  const before = startSimulation({
    startControllers,
    script: scriptOf({
      slow: [{ onStopSignal: { afterMs: 7000, exit: { exitCode: 0 } } }],
    }),
  });
  before.cluster.submit([deployment, podOf("once", ["slow"], { restartPolicy: "Never" })]);
  await before.clock.advance(5000);
  const states = statesOf(before);
  let isOver = false;
  const over = before.cluster.shutDown().then(() => isOver = true);
  await before.clock.advance(6000);
  equal(isOver, false);
  await before.clock.advance(2000);
  await over;
  deepEqual(statesOf(before), states);
  const signals = before.calls.filter(({ verb }) => verb === "signalContainer");
  ok(signals.length >= 4, `${signals.length} signals`);
  const after = reboot(before, { startControllers });
  await after.clock.advance(5000);
  deepEqual(
    statesOf(after).map((line) => line.replace(/^web-\S+/, "web")),
    ["once Failed 0", "web Running 1", "web Running 1", "web Running 1"],
  );
});

/** Reboots at these moments, and returns the last cluster. */
async function rebootAt(
  moments: readonly number[],
  objects: readonly KubernetesObject[],
  options: Parameters<typeof startSimulation>[0],
): Promise<Simulation> {
  let simulation = startSimulation(options);
  simulation.cluster.submit(objects);
  for (const ms of moments) {
    await simulation.clock.advance(ms);
    simulation = reboot(simulation, options);
  }
  await simulation.clock.advance(600_000);
  return simulation;
}

for (const moments of [[500], [1500], [2500, 10], [3999, 1001], [1, 1, 1], [4200, 900, 2100]]) {
  Deno.test(`a Job loses no completion, though its node is killed after ${moments} ms`, async () => {
    const script = scriptOf({ c: [exits(0, 1000)] });
    const { cluster, log } = await rebootAt(moments, [job], { startControllers, script });
    const { status } = cluster.client.get("Job", "default", "j")!;
    const words = status?.conditions?.filter((it) => it.status === "True").map(({ type }) => type);
    equal(words?.includes("Complete"), true, JSON.stringify(status));
    equal(status?.succeeded, 6);
    const pods = cluster.client.list("Pod");
    equal(pods.filter((it) => it.status?.phase === "Succeeded").length, 6);
    // What was running at an end has failed, and was counted once.
    const failed = pods.filter((it) => it.status?.phase === "Failed").length;
    equal(status?.failed ?? 0, failed);
    deepEqual(pods.flatMap(({ metadata }) => metadata.finalizers ?? []), []);
    deepEqual(log, []);
  });
}

Deno.test("what was being deleted is finished, and a finalizer still holds what it holds", async () => {
  const before = startSimulation({
    script: scriptOf({ c: [{ onStopSignal: "ignore" }] }),
  });
  const held = podOf("held", ["c"]);
  before.cluster.submit([
    podOf("going", ["c"]),
    { ...held, metadata: { ...held.metadata, finalizers: ["example.com/hold"] } },
    podOf("stays", ["c"]),
  ]);
  await before.clock.advance(1000);
  before.cluster.deletePod("default", "going");
  before.cluster.deletePod("default", "held");
  await before.clock.advance(1000);
  const after = reboot(before);
  await after.clock.advance(60_000);
  deepEqual(statesOf(after), ["held Failed 0", "stays Running 1"]);
  const { client } = after.cluster;
  const rest = client.get("Pod", "default", "held")!;
  const { finalizers: _, ...metadata } = rest.metadata;
  await client.update({ ...rest, metadata });
  equal(client.get("Pod", "default", "held"), undefined);
});
