/** Other amounts for Pods of one node, which have to share it. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { podOf, type Simulation, startSimulation } from "../support/simulation.ts";

const container = (cpu: string) => ({
  name: "c",
  command: ["/bin/c"],
  resources: { requests: { cpu }, limits: { cpu: "2" } },
});

function resize({ cluster: { registry } }: Simulation, name: string, cpu: string): void {
  const pod: Pod = registry.get("Pod", "default", name)!;
  const containers = pod.spec.containers.map((it) => ({
    ...it,
    resources: container(cpu).resources,
  }));
  registry.update({ ...pod, spec: { ...pod.spec, containers } }, { part: "resize" });
}

const stateOf = ({ cluster: { registry } }: Simulation, name: string) => {
  const { conditions = [], containerStatuses = [] } = registry.get("Pod", "default", name)!.status!;
  const words = conditions.filter(({ type }) => type.startsWith("PodResize"))
    .map(({ type, reason }) => `${type} ${reason ?? ""}`.trim());
  return [containerStatuses[0]?.allocatedResources?.["cpu"], ...words].join(" ");
};

Deno.test("R-RESIZE-5: what one Pod gives back or leaves goes to the most important that waits", async () => {
  const simulation = startSimulation();
  const { clock, cluster } = simulation;
  const low = podOf("low", [container("500m")], { priority: 1 });
  const high = podOf("high", [container("500m")], { priority: 2 });
  const other = podOf("other", [container("500m")]);
  const last = podOf("last", [container("500m")]);
  cluster.submit([low, high, other, last]);
  await clock.advance(1000);
  resize(simulation, "low", "1");
  resize(simulation, "high", "1");
  await clock.advance(1000);
  deepEqual(["low", "high"].map((it) => stateOf(simulation, it)), [
    "500m PodResizePending Deferred",
    "500m PodResizePending Deferred",
  ]);
  resize(simulation, "other", "0");
  await clock.advance(1000);
  deepEqual(["low", "high", "other"].map((it) => stateOf(simulation, it)), [
    "500m PodResizePending Deferred",
    "1",
    "0",
  ]);
  cluster.deletePod("default", "last", 0);
  await clock.advance(5000);
  deepEqual(stateOf(simulation, "low"), "1");
  await cluster.stop();
});

Deno.test("R-RESIZE-3: what is allocated outlives the node, and what is wanted is asked for again", async () => {
  const before = startSimulation();
  const names = ["a", "b", "c"];
  before.cluster.submit(names.map((name) => podOf(name, [container("600m")])));
  await before.clock.advance(1000);
  resize(before, "a", "500m");
  resize(before, "b", "1500m");
  await before.clock.advance(1000);
  const states = (simulation: Simulation) => names.map((it) => stateOf(simulation, it));
  const expected = ["500m", "600m PodResizePending Deferred", "600m"];
  deepEqual(states(before), expected);

  const objects = structuredClone(before.cluster.registry.list("Pod"));
  const version = Math.max(...objects.map(({ metadata }) => Number(metadata.resourceVersion)));
  const clock = new VirtualClock(before.clock.wallTime(before.clock.now()) + 5000);
  const after = startSimulation({ kept: { version, objects }, clock });
  await clock.advance(60_000);
  deepEqual(states(after), expected);
  const phases = after.cluster.client.list("Pod").map(({ status }) => status!.phase);
  deepEqual(phases, ["Running", "Running", "Running"]);
  after.cluster.deletePod("default", "c", 0);
  after.cluster.deletePod("default", "a", 0);
  await clock.advance(5000);
  deepEqual(stateOf(after, "b"), "1500m");
  await before.cluster.stop();
  await after.cluster.stop();
});
