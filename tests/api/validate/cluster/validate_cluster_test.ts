/** What is wrong with what a cluster has beside workloads, in the API server's words. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultNamespace, defaultNode } from "../../../../src/api/cluster_defaults.ts";
import type {
  Event,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
} from "../../../../src/api/types/cluster.ts";
import { formatFieldError } from "../../../../src/api/types/errors.ts";
import {
  eventErrors,
  leaseErrors,
  namespaceErrors,
  nodeErrors,
} from "../../../../src/api/validate/cluster/validate_cluster.ts";
import { persistentVolumeErrors } from "../../../../src/api/validate/cluster/validate_volume.ts";
import type { FieldErrors } from "../../../../src/api/validate/common/validate_value.ts";

const metadata = { name: "a" };
const inDefault = { name: "a", namespace: "default" };
const texts = (errors: FieldErrors) => [...errors].map(formatFieldError);

Deno.test("R-NS-1: the name of a namespace is a DNS label, and a label of its own", () => {
  const namespaceOf = (name: string): Namespace =>
    defaultNamespace({ apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: {} });
  const { metadata: { labels }, status } = namespaceOf("team-a");
  deepEqual([labels, status], [{ "kubernetes.io/metadata.name": "team-a" }, { phase: "Active" }]);
  deepEqual(texts(namespaceErrors(namespaceOf("team-a"))), []);
  deepEqual(texts(namespaceErrors(namespaceOf("team.a"))), [
    'metadata.name: Invalid value: "team.a": must not contain dots',
  ]);
});

const taint = { key: "a", effect: "NoSchedule" };
const nodes: [spec: Node["spec"], errors: string[]][] = [
  [{ taints: [taint, { ...taint, effect: "NoExecute", value: "b" }] }, []],
  [{ taints: [taint, taint] }, [
    'spec.taints[1]: Duplicate value: {"key":"a","value":"","effect":"NoSchedule"}',
  ]],
  [{ taints: [{ key: "a", effect: "", value: "_" }] }, [
    'spec.taints[0].value: Invalid value: "_": a valid label must be an empty string or consist ' +
    "of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
    "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    "spec.taints[0].effect: Required value",
  ]],
];
for (const [spec, errors] of nodes) {
  Deno.test(`nodeErrors() of ${JSON.stringify(spec)}`, () => {
    const node: Node = { apiVersion: "v1", kind: "Node", metadata, spec };
    deepEqual(texts(nodeErrors(defaultNode(node))), errors);
  });
}

Deno.test("defaultNode() all that a node has can be allocated", () => {
  const node: Node = { apiVersion: "v1", kind: "Node", metadata, spec: {} };
  const { status } = defaultNode({ ...node, status: { capacity: { cpu: "2" } } });
  deepEqual(status, { capacity: { cpu: "2" }, allocatable: { cpu: "2" } });
});

const events: [namespace: string, of: string | undefined, errors: number][] = [
  ["default", "default", 0],
  ["other", "other", 0],
  ["default", undefined, 0],
  ["kube-system", undefined, 0],
  ["other", undefined, 1],
  ["other", "default", 1],
];
for (const [namespace, of, count] of events) {
  Deno.test(`eventErrors() in ${namespace} of an object in ${of}`, () => {
    const event: Event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "a", namespace },
      involvedObject: { kind: "Pod", ...(of !== undefined && { namespace: of }) },
      source: {},
    };
    deepEqual(texts(eventErrors(event)).length, count);
  });
}

const leases: [spec: Lease["spec"], errors: string[]][] = [
  [{ strategy: "OldestEmulationVersion", preferredHolder: "b" }, []],
  [{ strategy: "example.com/own" }, []],
  [{ strategy: "Own" }, [
    'spec.strategy: Unsupported value: "Own": supported values: "OldestEmulationVersion"',
  ]],
  [{ leaseDurationSeconds: -1 }, [
    "spec.leaseDurationSeconds: Invalid value: -1: must be greater than 0",
  ]],
];
for (const [spec, errors] of leases) {
  Deno.test(`leaseErrors() of ${JSON.stringify(spec)}`, () => {
    const lease: Lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: inDefault,
      spec,
    };
    deepEqual(texts(leaseErrors(lease)), errors);
  });
}

const volume: PersistentVolume["spec"] = {
  accessModes: ["ReadWriteOnce"],
  capacity: { storage: "1Gi" },
  hostPath: { path: "/data" },
};
const { hostPath: _, ...sourceless } = volume;
const volumes: [spec: PersistentVolume["spec"], errors: string[]][] = [
  [volume, []],
  [{}, [
    "spec.accessModes: Required value",
    "spec.capacity: Required value",
    "spec: Required value: must specify a volume type",
  ]],
  [{ ...volume, accessModes: ["ReadWriteOncePod", "Write"] }, [
    'spec.accessModes: Unsupported value: "Write": supported values: ' +
    '"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
  ]],
  [{ ...volume, capacity: { storage: "1Gi", cpu: "1" } }, [
    'spec.capacity: Unsupported value: {"storage":"1Gi","cpu":"1"}: supported values: "storage"',
  ]],
  [{ ...volume, capacity: { storage: "0" } }, [
    'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
  ]],
  [{ ...sourceless, local: { path: "/data" } }, [
    "metadata.annotations: Required value: Local volume requires node affinity",
  ]],
  [{ ...volume, hostPath: { path: "/" }, persistentVolumeReclaimPolicy: "Recycle" }, [
    "spec.persistentVolumeReclaimPolicy: Forbidden: " +
    "may not be 'recycle' for a hostPath mount of '/'",
  ]],
  [{ ...volume, persistentVolumeReclaimPolicy: "Keep", volumeMode: "Raw" }, [
    'spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: ' +
    '"Delete", "Recycle", "Retain"',
    'spec.volumeMode: Unsupported value: "Raw": supported values: "Block", "Filesystem"',
  ]],
];
for (const [spec, errors] of volumes) {
  Deno.test(`persistentVolumeErrors() of ${JSON.stringify(spec)}`, () => {
    const it: PersistentVolume = { apiVersion: "v1", kind: "PersistentVolume", metadata, spec };
    deepEqual(texts(persistentVolumeErrors(it)), errors);
  });
}
