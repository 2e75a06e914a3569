/** A node's signs of life: its lease and the times of its conditions. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { loadRules } from "../../../src/api/kinds/strategy/late_rules.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import { lineLogger } from "../../../src/base/log.ts";
import { enterNode } from "../../../src/cli/serving/first_objects.ts";
import { keepAlive, readSystemInfo } from "../../../src/cli/serving/live_node.ts";
import { generateNode } from "../../../src/node/config/node_object.ts";
import { Registry } from "../../../src/store/registry.ts";
import { RegistryClient } from "../../../src/store/registry_client.ts";
import { nodeFactsOf } from "../../support/node_facts.ts";

await loadRules(["Node", "Lease"]);

/** A node that has shown that it is alive once. */
async function start(namespaces: readonly string[] = ["kube-node-lease"]) {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}`, namespaces });
  const client = new RegistryClient(registry);
  await enterNode(client, generateNode(nodeFactsOf("n"), readSystemInfo("1"), clock.wallTime(0)));
  const over = new AbortController();
  const log: string[] = [];
  const writes: string[] = [];
  for (const kind of ["Node", "Lease"] as const) {
    client.watch(kind, ({ type }) => writes.push(`${clock.now() / 1000} ${kind} ${type}`));
  }
  writes.length = 0;
  const ended = keepAlive({
    client,
    renewing: client,
    clock,
    nodeName: "n",
    signal: over.signal,
    log: lineLogger((line) => log.push(line)),
  });
  await clock.advance(0);
  const end = async () => {
    over.abort();
    await ended;
    equal(clock.nextWake, undefined);
  };
  const lease = () => client.get("Lease", "kube-node-lease", "n");
  return { clock, client, lease, writes, log, end };
}

Deno.test("keepAlive() keeps a lease as a kubelet does", async () => {
  const { clock, client, lease, writes, log, end } = await start();
  const { metadata, spec } = lease()!;
  const uid = client.get("Node", "", "n")!.metadata.uid!;
  deepEqual(metadata.ownerReferences, [{ apiVersion: "v1", kind: "Node", name: "n", uid }]);
  deepEqual(spec, {
    holderIdentity: "n",
    leaseDurationSeconds: 40,
    renewTime: "2026-01-01T00:00:00.000000Z",
  });
  await clock.advance(20_500);
  equal(lease()!.spec.renewTime, "2026-01-01T00:00:20.000000Z");
  await end();
  deepEqual(writes, ["0 Lease ADDED", "10 Lease MODIFIED", "20 Lease MODIFIED"]);
  deepEqual(log, []);
});

Deno.test("keepAlive() reports the node's own conditions every 5 minutes", async () => {
  const { clock, client, writes, end } = await start();
  const node = client.get("Node", "", "n")!;
  const foreign = {
    type: "Odd",
    status: "True",
    lastHeartbeatTime: "2025-01-01T00:00:00Z",
  } as const;
  const conditions = [...node.status!.conditions!, foreign];
  await client.updateStatus({ ...node, status: { ...node.status, conditions } });
  await clock.advance(605_000);
  deepEqual(writes.filter((it) => /Node/.test(it)), [
    "0 Node MODIFIED",
    "300 Node MODIFIED",
    "600 Node MODIFIED",
  ]);
  const seen = client.get("Node", "", "n")!.status!.conditions!;
  deepEqual(
    seen.map(({ type, lastHeartbeatTime, lastTransitionTime }) => [
      type,
      lastHeartbeatTime,
      lastTransitionTime,
    ]),
    [
      ...["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => [
        type,
        "2026-01-01T00:10:00Z",
        "2026-01-01T00:00:00Z",
      ]),
      ["Odd", "2025-01-01T00:00:00Z", undefined],
    ],
  );
  await end();
});

Deno.test("keepAlive() makes a lease again that is deleted, and leaves what others change", async () => {
  const { clock, client, lease, end } = await start();
  await client.delete("Lease", "kube-node-lease", "n");
  await clock.advance(10_000);
  const labels = { a: "b" };
  const present = lease()!;
  await client.update({ ...present, metadata: { ...present.metadata, labels } });
  await clock.advance(10_000);
  deepEqual(lease()!.metadata.labels, labels);
  equal(lease()!.spec.renewTime, "2026-01-01T00:00:20.000000Z");
  await client.delete("Node", "", "n");
  await client.delete("Lease", "kube-node-lease", "n");
  await clock.advance(60_000);
  equal(lease(), undefined);
  await end();
});

Deno.test("keepAlive() reports a lease that cannot be renewed once, and goes on", async () => {
  const { clock, client, lease, log, end } = await start([]);
  await clock.advance(60_000);
  deepEqual(log, [
    'warn: Cannot renew lease node=n error="namespaces \\"kube-node-lease\\" not found"',
  ]);
  await client.create({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "kube-node-lease" },
    spec: {},
  });
  await clock.advance(10_000);
  equal(lease()?.spec.holderIdentity, "n");
  await end();
});
