/** Other amounts for Pods of one node, which have to share it. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
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
