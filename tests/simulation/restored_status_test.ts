/** A status that another client writes of a Pod of this node: the node writes its own again. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { PodStatus } from "../../src/api/types/pod.ts";
import { startRemoteNode } from "../support/remote_node.ts";
import { podOf, startSimulation } from "../support/simulation.ts";

/** A cluster whose Pod `web` has run for a second. */
async function start() {
  const simulation = startSimulation();
  const { clock, cluster: { client, submit } } = simulation;
  submit([podOf("web", ["a"])]);
  await clock.advance(1000);
  const statusOf = () => client.get("Pod", "default", "web")!.status!;
  const patch = (status: PodStatus) =>
    client.updateStatus({
      ...client.get("Pod", "default", "web")!,
      status: { ...statusOf(), ...status },
    });
  return { ...simulation, statusOf, patch };
}

Deno.test("a phase that a client writes is replaced at the next sync", async () => {
  const { clock, cluster, statusOf, patch, log } = await start();
  const own = statusOf();
  equal(own.phase, "Running");
  await patch({ phase: "Unknown" });
  await clock.advance(9000);
  equal(statusOf().phase, "Unknown");
  await clock.advance(2000);
  deepEqual(statusOf(), own);
  // And again, each time.
  await patch({ phase: "Pending", containerStatuses: [] });
  await clock.advance(11_000);
  deepEqual(statusOf(), own);
  equal(clock.nextWake, undefined);
  deepEqual(log, []);
  await cluster.stop();
});

Deno.test("R-COND-1: a condition of another client is none of the node's, and stays", async () => {
  const { clock, cluster, statusOf, patch } = await start();
  const gate = { type: "example.com/gate", status: "True" } as const;
  await patch({ conditions: [...statusOf().conditions!, gate] });
  await clock.advance(1000);
  const version = () => cluster.client.get("Pod", "default", "web")!.metadata.resourceVersion;
  const seen = version();
  await clock.advance(60_000);
  equal(version(), seen);
  equal(statusOf().conditions!.some(({ type }) => type === gate.type), true);
  await patch({ phase: "Unknown", conditions: [gate] });
  await clock.advance(11_000);
  equal(statusOf().phase, "Running");
  deepEqual(statusOf().conditions!.map(({ type }) => type).includes("Ready"), true);
  deepEqual(statusOf().conditions!.find(({ type }) => type === gate.type), gate);
  await cluster.stop();
});

Deno.test("a status that the client has not seen yet is not taken for another's", async () => {
  const { clock, registry, kubelet, statuses } = startRemoteNode({ script: {}, lagMs: 3000 });
  registry.create(podOf("web", ["a"], { nodeName: "node-1" }));
  await clock.advance(60_000);
  const { metadata, status } = registry.get("Pod", "default", "web")!;
  await clock.advance(60_000);
  equal(registry.get("Pod", "default", "web")!.metadata.resourceVersion, metadata.resourceVersion);
  registry.updateStatus({
    ...registry.get("Pod", "default", "web")!,
    status: { ...status, phase: "Unknown" },
  });
  await clock.advance(60_000);
  equal(registry.get("Pod", "default", "web")!.status!.phase, "Running");
  equal(statuses.length, 0);
  await kubelet.stop();
});
