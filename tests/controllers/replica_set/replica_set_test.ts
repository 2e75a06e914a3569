import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { ReplicationController } from "../../../src/api/types/apps.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import {
  computeReplicaSetChanges,
  type ReplicaSetFacts,
} from "../../../src/controllers/replica_set/replica_set.ts";
import { momentAt, podOf, replicaSetOf } from "../../support/workloads.ts";

const NOW = momentAt(1000);
const ended = { phase: "Failed" } as const;
const deletionTimestamp = "2026-01-01T00:10:00Z";

function written(facts: ReplicaSetFacts): string[] {
  return computeReplicaSetChanges(facts, NOW).writes.map(({ action, object, rule }) =>
    `${action} ${object.metadata.name} ${rule}`
  );
}

const rows: readonly [string, number, Pod[], string[]][] = [
  ["R-RS-1: what is missing is created", 2, [podOf("a")], ["createPod  R-RS-1"]],
  ["R-RS-1: a Pod that has ended does not count", 1, [podOf("a", { status: ended })], [
    "createPod  R-RS-1",
  ]],
  ["R-RS-1: a Pod that is being deleted does not count", 1, [
    podOf("a", { metadata: { deletionTimestamp } }),
  ], ["createPod  R-RS-1"]],
  ["enough are there", 1, [podOf("a")], []],
  ["R-RS-2: none is wanted", 0, [podOf("a")], ["deletePod a R-RS-2"]],
  ["R-RS-3: the one that is not ready goes", 1, [podOf("a", { readyAt: 0 }), podOf("b")], [
    "deletePod b R-RS-3",
  ]],
  ["R-RS-5: adopted, and counted at once", 1, [
    podOf("a", { metadata: { ownerReferences: [] } }),
  ], ["adoptPod a R-RS-5"]],
  ["R-RS-5: not another controller's", 1, [
    podOf("a", {
      metadata: {
        ownerReferences: [{
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web",
          uid: "former",
          controller: true,
        }],
      },
    }),
  ], ["createPod  R-RS-1"]],
  ["R-RS-5: not one of another namespace", 0, [
    podOf("a", { metadata: { ownerReferences: [], namespace: "other" } }),
  ], []],
  ["R-RS-5: not one that is being deleted", 0, [
    podOf("a", { metadata: { ownerReferences: [], deletionTimestamp } }),
  ], []],
  ["R-RS-6: released, and replaced", 1, [podOf("a", { metadata: { labels: { app: "x" } } })], [
    "releasePod a R-RS-6",
    "createPod  R-RS-1",
  ]],
];

for (const [name, replicas, pods, expected] of rows) {
  Deno.test(`computeReplicaSetChanges() ${name}`, () => {
    deepEqual(written({ replicaSet: replicaSetOf({ replicas }), pods }), expected);
  });
}

Deno.test("computeReplicaSetChanges() one that is being deleted changes nothing", () => {
  const { metadata, ...rest } = replicaSetOf({ replicas: 2 });
  const replicaSet = { ...rest, metadata: { ...metadata, deletionTimestamp } };
  const pods = [
    podOf("a", { metadata: { ownerReferences: [] } }),
    podOf("b", { metadata: { labels: {} } }),
  ];
  deepEqual(written({ replicaSet, pods }), []);
});

Deno.test("computeReplicaSetChanges() no more than 500 Pods at a time", () => {
  deepEqual(written({ replicaSet: replicaSetOf({ replicas: 501 }), pods: [] }).length, 500);
});

Deno.test("computeReplicaSetChanges() a new Pod has the template, an owner and no name", () => {
  const [write] = computeReplicaSetChanges({ replicaSet: replicaSetOf(), pods: [] }, NOW).writes;
  const { metadata, spec } = write!.object as Pod;
  deepEqual(metadata, {
    name: "",
    generateName: "web-",
    namespace: "default",
    labels: { app: "web" },
    ownerReferences: [{
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid: "set",
      controller: true,
      blockOwnerDeletion: true,
    }],
  });
  deepEqual(spec, replicaSetOf().spec.template.spec);
  deepEqual(write!.because, "0 Pods are there, and 1 is wanted");
  deepEqual(write!.event!.messageOf("web-x"), "Created pod: web-x");
});

Deno.test("computeReplicaSetChanges() an adopted Pod keeps its other owners, a released one too", () => {
  const other = { apiVersion: "v1", kind: "ConfigMap", name: "c", uid: "c" };
  const orphan = podOf("a", { metadata: { ownerReferences: [other] } });
  const [adopted] = computeReplicaSetChanges({ replicaSet: replicaSetOf(), pods: [orphan] }, NOW)
    .writes;
  const owners = adopted!.object.metadata.ownerReferences!;
  deepEqual(owners.map(({ kind }) => kind), ["ConfigMap", "ReplicaSet"]);

  const strayed = podOf("a", { metadata: { ownerReferences: owners, labels: {} } });
  const [released] = computeReplicaSetChanges({ replicaSet: replicaSetOf(), pods: [strayed] }, NOW)
    .writes;
  deepEqual(released!.object.metadata.ownerReferences, [other]);
});

function statusOf(facts: ReplicaSetFacts, seconds = 1000) {
  const { published, wakeAtMs } = computeReplicaSetChanges(facts, momentAt(seconds));
  return { status: published?.status, wakeAtMs };
}

Deno.test("computeReplicaSetChanges() R-RS-7: the status counts, and leaves out most zeros", () => {
  const pods = [
    podOf("a", { readyAt: 0 }),
    podOf("b"),
    podOf("c", { metadata: { deletionTimestamp } }),
    podOf("d", { status: ended }),
  ];
  deepEqual(statusOf({ replicaSet: replicaSetOf({ replicas: 2 }), pods }), {
    status: {
      availableReplicas: 1,
      fullyLabeledReplicas: 2,
      observedGeneration: 1,
      readyReplicas: 1,
      replicas: 2,
      terminatingReplicas: 1,
    },
    wakeAtMs: undefined,
  });
  deepEqual(statusOf({ replicaSet: replicaSetOf({ replicas: 0 }), pods: [] }).status, {
    observedGeneration: 1,
    replicas: 0,
    terminatingReplicas: 0,
  });
});

Deno.test("computeReplicaSetChanges() R-RS-4: available after minReadySeconds, and looked at then", () => {
  const facts = {
    replicaSet: replicaSetOf({ minReadySeconds: 10 }),
    pods: [podOf("a", { readyAt: 5 })],
  };
  const before = statusOf(facts, 14);
  deepEqual(before.status?.availableReplicas, undefined);
  deepEqual(before.wakeAtMs, momentAt(15).wallMs);
  const after = statusOf(facts, 15);
  deepEqual(after.status?.availableReplicas, 1);
  deepEqual(after.wakeAtMs, undefined);
});

Deno.test("computeReplicaSetChanges() a status that is as it was is not published", () => {
  const facts = { replicaSet: replicaSetOf(), pods: [podOf("a", { readyAt: 0 })] };
  const { published } = computeReplicaSetChanges(facts, NOW);
  deepEqual(computeReplicaSetChanges({ ...facts, replicaSet: published! }, NOW), { writes: [] });
});

Deno.test("computeReplicaSetChanges() what fails is a condition while it fails", () => {
  const replicaSet = replicaSetOf();
  const failure = { reason: "FailedCreate", message: "no room" } as const;
  const { published } = computeReplicaSetChanges({ replicaSet, pods: [], failure }, NOW);
  deepEqual(published!.status!.conditions, [{
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: "2026-01-01T00:16:40Z",
    reason: "FailedCreate",
    message: "no room",
  }]);
  const later = computeReplicaSetChanges({ replicaSet: published!, pods: [] }, NOW);
  deepEqual(later.published!.status!.conditions, undefined);
});

Deno.test("computeReplicaSetChanges() a ReplicationController decides alike (R-RS-1 R-RS-5)", () => {
  const { spec: { selector, template } } = replicaSetOf();
  const controller: ReplicationController = {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "web", namespace: "default", uid: "set", generation: 1 },
    spec: { replicas: 2, selector: selector.matchLabels!, template },
  };
  const pods = [podOf("a", { metadata: { ownerReferences: [] } })];
  const facts = { replicaSet: controller, pods };
  const { writes, published } = computeReplicaSetChanges(facts, NOW);
  deepEqual(writes.map(({ action, because }) => [action, because]), [
    ["adoptPod", "Pod a has no controller, and ReplicationController web selects it"],
    ["createPod", "1 Pod is there, and 2 are wanted"],
  ]);
  const owners = writes.map(({ object }) => object.metadata.ownerReferences![0]!);
  deepEqual(owners.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`), [
    "v1 ReplicationController",
    "v1 ReplicationController",
  ]);
  // It has no count of Pods that are being deleted.
  deepEqual(published!.status, { fullyLabeledReplicas: 1, observedGeneration: 1, replicas: 1 });
});
