/** What kubectl shows of what a cluster has beside workloads. */
import { strategyOf } from "../../../src/api/kinds/kinds.ts";
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { KubernetesObject } from "../../../src/api/types/kinds.ts";
import { columnsOf } from "../../../src/apiserver/table/columns.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
const metadata = { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" };
const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "i" }] },
};
const rows: [object: unknown, cells: (string | number)[]][] = [
  [{ kind: "Namespace", spec: {}, status: { phase: "Active" } }, ["a", "Active", "60m"]],
  [{
    kind: "Node",
    metadata: { ...metadata, labels: { "node-role.kubernetes.io/worker": "" } },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      nodeInfo: { kubeletVersion: "v1.36.0", osImage: "os", kernelVersion: "6.1" },
    },
  }, [
    "a",
    "Ready,SchedulingDisabled",
    "worker",
    "60m",
    "v1.36.0",
    "10.0.0.1",
    "<none>",
    "os",
    "6.1",
    "<unknown>",
  ]],
  [{ kind: "Node", spec: {} }, [
    "a",
    "Unknown",
    "<none>",
    "60m",
    "",
    "<none>",
    "<none>",
    "<unknown>",
    "<unknown>",
    "<unknown>",
  ]],
  [{ kind: "ServiceAccount", secrets: [{ name: "s" }] }, ["a", 1, "60m"]],
  [{
    kind: "PersistentVolume",
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
      persistentVolumeReclaimPolicy: "Retain",
      claimRef: { namespace: "default", name: "c" },
      volumeMode: "Filesystem",
    },
    status: { phase: "Bound" },
  }, [
    "a",
    "1Gi",
    "RWO,ROX",
    "Retain",
    "Bound",
    "default/c",
    "",
    "<unset>",
    "",
    "60m",
    "Filesystem",
  ]],
  [{
    kind: "Event",
    involvedObject: { kind: "Pod", name: "web", fieldPath: "spec.containers{c}" },
    source: { component: "kubelet", host: "node" },
    type: "Warning",
    reason: "BackOff",
    message: "Back-off restarting\n",
    count: 3,
    firstTimestamp: "2026-01-01T00:50:00Z",
    lastTimestamp: "2026-01-01T00:59:30Z",
  }, [
    "30s (x3 over 10m)",
    "Warning",
    "BackOff",
    "pod/web",
    "spec.containers{c}",
    "kubelet, node",
    "Back-off restarting",
    "10m",
    3,
    "a",
  ]],
  [{ kind: "Lease", spec: { holderIdentity: "node" } }, ["a", "node", "60m"]],
  [{
    kind: "ReplicationController",
    spec: { replicas: 2, selector: { app: "web" }, template },
    status: { replicas: 2, readyReplicas: 1 },
  }, ["a", 2, 2, 1, "60m", "c", "i", "app=web"]],
];
for (const [given, cells] of rows) {
  const object = { metadata, ...given as object } as KubernetesObject;
  Deno.test(`the cells of ${JSON.stringify(given).slice(0, 60)}`, () => {
    const columns = columnsOf(strategyOf(object));
    deepEqual(columns.cells(object, NOW), cells);
    deepEqual(columns.heads.length, cells.length);
  });
}
