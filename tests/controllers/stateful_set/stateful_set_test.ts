/** What a StatefulSet's controller decides, step by step. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { StatefulSetSpec } from "../../../src/api/types/apps.ts";
import { claimTemplateOf, SetWorld, statefulSetOf } from "../../support/sets.ts";
import { templateOf } from "../../support/workloads.ts";

const rolling = (partition: number) =>
  ({ type: "RollingUpdate", rollingUpdate: { partition } }) as const;

function worldOf(spec: Partial<StatefulSetSpec> = {}) {
  return new SetWorld(statefulSetOf(spec));
}

/** A StatefulSet whose Pods are all ready. */
function rolledOut(spec: Partial<StatefulSetSpec> = {}) {
  const world = worldOf(spec);
  world.rollOut();
  world.events.length = world.rules.length = 0;
  return world;
}

Deno.test("computeStatefulSetChanges() R-STS-1: one Pod after the other, each when the one before is ready", () => {
  const world = worldOf({ replicas: 3 });
  deepEqual(world.settle(), ["createRevision web-A", "createPod web-0"]);
  world.makeReady("web-0");
  deepEqual(world.settle(), ["createPod web-1"]);
  deepEqual(world.settle(), []);
  world.makeReady("web-1");
  deepEqual(world.settle(), ["createPod web-2"]);
  deepEqual(world.events, [
    "SuccessfulCreate Create Pod web-0 in StatefulSet web successful",
    "SuccessfulCreate Create Pod web-1 in StatefulSet web successful",
    "SuccessfulCreate Create Pod web-2 in StatefulSet web successful",
  ]);
});

Deno.test("computeStatefulSetChanges() R-STS-1: in parallel all at once", () => {
  const world = worldOf({ replicas: 3, podManagementPolicy: "Parallel" });
  deepEqual(world.settle().slice(1), ["createPod web-0", "createPod web-1", "createPod web-2"]);
  world.makeReady();
  world.settle();
  world.change({ replicas: 0 });
  deepEqual(world.settle(), ["deletePod web-2", "deletePod web-1", "deletePod web-0"]);
});

Deno.test("computeStatefulSetChanges() R-STS-1 R-RS-4: the next Pod waits for minReadySeconds", () => {
  const world = worldOf({ replicas: 2, minReadySeconds: 5 });
  world.settle();
  world.makeReady("web-0");
  deepEqual(world.settle(), []);
  equal(world.wakeAt, 5);
  deepEqual([world.set.status?.readyReplicas, world.set.status?.availableReplicas], [1, 0]);
  world.seconds = 5;
  deepEqual(world.settle(), ["createPod web-1"]);
  equal(world.set.status?.availableReplicas, 1);
});

Deno.test("computeStatefulSetChanges() R-STS-3: what a Pod is called", () => {
  const world = worldOf({ replicas: 2, ordinals: { start: 5 }, serviceName: "db" });
  world.settle();
  const [pod] = world.pods;
  const { name, generateName, labels, ownerReferences } = pod!.metadata;
  deepEqual([name, generateName, pod!.spec.hostname, pod!.spec.subdomain], [
    "web-5",
    "web-",
    "web-5",
    "db",
  ]);
  deepEqual(labels, {
    app: "web",
    "apps.kubernetes.io/pod-index": "5",
    "controller-revision-hash": world.revisions[0]!.metadata.name,
    "statefulset.kubernetes.io/pod-name": "web-5",
  });
  equal(ownerReferences?.[0]?.uid, world.set.metadata.uid);
  world.makeReady();
  deepEqual(world.settle(), ["createPod web-6"]);
  world.makeReady();
  world.change({ ordinals: { start: 6 } });
  deepEqual(world.settle(), ["createPod web-7"]);
  world.makeReady();
  deepEqual(world.settle(), ["deletePod web-5"]);
});

Deno.test("computeStatefulSetChanges() R-STS-3: a Pod that has lost its labels gets them again", () => {
  const world = rolledOut();
  const [pod] = world.pods;
  const { "statefulset.kubernetes.io/pod-name": _, ...labels } = pod!.metadata.labels!;
  world.pods = [{ ...pod!, metadata: { ...pod!.metadata, labels } }];
  deepEqual(world.settle(), ["updatePod web-0"]);
  deepEqual(world.events, ["SuccessfulUpdate Update Pod web-0 in StatefulSet web successful"]);
  deepEqual(world.rules, ["R-STS-3"]);
});

Deno.test("computeStatefulSetChanges() R-STS-2: the highest goes first, the next one when it is gone", () => {
  const world = rolledOut({ replicas: 3 });
  world.change({ replicas: 1 });
  deepEqual(world.settle(), ["deletePod web-2"]);
  deepEqual(world.settle(), []);
  world.endDeleted();
  deepEqual(world.settle(), ["deletePod web-1"]);
  world.endDeleted();
  deepEqual(world.settle(), []);
  deepEqual(world.events, [
    "SuccessfulDelete Delete Pod web-2 in StatefulSet web successful",
    "SuccessfulDelete Delete Pod web-1 in StatefulSet web successful",
  ]);
  deepEqual(world.rules, ["R-STS-2", "R-STS-2"]);
});

Deno.test("computeStatefulSetChanges() R-STS-2: a Pod that stays and is not ready holds back the deletion", () => {
  const world = rolledOut({ replicas: 3 });
  world.setPods(["web-0"], { phase: "Running" }, "False");
  world.change({ replicas: 2 });
  deepEqual(world.settle(), []);
  world.makeReady("web-0");
  deepEqual(world.settle(), ["deletePod web-2"]);
});

Deno.test("computeStatefulSetChanges() R-STS-2: the first Pod that is not ready goes, one above it waits", () => {
  const world = rolledOut({ replicas: 3 });
  world.setPods(["web-2"], { phase: "Running" }, "False");
  world.change({ replicas: 2 });
  deepEqual(world.settle(), ["deletePod web-2"]);
  const other = rolledOut({ replicas: 3 });
  other.setPods(["web-1", "web-2"], { phase: "Running" }, "False");
  other.change({ replicas: 1 });
  deepEqual(other.settle(), []);
});

Deno.test("computeStatefulSetChanges() R-STS-4: an update goes from the highest down", () => {
  const world = rolledOut({ replicas: 2 });
  world.change({ template: templateOf("web:2") });
  deepEqual(world.settle(), ["createRevision web-B", "deletePod web-1"]);
  deepEqual(world.status, {
    availableReplicas: 2,
    collisionCount: 0,
    currentReplicas: 1,
    currentRevision: "web-A",
    observedGeneration: 2,
    readyReplicas: 2,
    replicas: 2,
    updateRevision: "web-B",
  });
  world.endDeleted();
  deepEqual(world.settle(), ["createPod web-1"]);
  deepEqual(world.settle(), []);
  world.makeReady();
  deepEqual(world.settle(), ["deletePod web-0"]);
  world.endDeleted();
  deepEqual(world.settle(), ["createPod web-0"]);
  deepEqual((world.status as Record<string, unknown>)["currentReplicas"], undefined);
  world.makeReady();
  world.settle();
  deepEqual(world.status, {
    availableReplicas: 2,
    collisionCount: 0,
    currentReplicas: 2,
    currentRevision: "web-B",
    observedGeneration: 2,
    readyReplicas: 2,
    replicas: 2,
    updateRevision: "web-B",
    updatedReplicas: 2,
  });
});

Deno.test("computeStatefulSetChanges() R-STS-4: in parallel an update still takes one Pod at a time", () => {
  const world = rolledOut({ replicas: 3, podManagementPolicy: "Parallel" });
  world.change({ template: templateOf("web:2") });
  deepEqual(world.settle(), ["createRevision web-B", "deletePod web-2"]);
  deepEqual(
    world.rollOut(),
    [
      "createPod web-2",
      "deletePod web-1",
      "createPod web-1",
      "deletePod web-0",
      "createPod web-0",
    ],
  );
  deepEqual(world.show(), ["web-2 web:2", "web-1 web:2", "web-0 web:2"]);
});

Deno.test("computeStatefulSetChanges() R-STS-5: a partition keeps the lower ordinals in their revision", () => {
  const world = rolledOut({ replicas: 3, updateStrategy: rolling(2) });
  world.change({ template: templateOf("web:2") });
  world.rollOut();
  deepEqual(world.show(), ["web-0 web:1", "web-1 web:1", "web-2 web:2"]);
  const { currentRevision, updateRevision, currentReplicas, updatedReplicas } = world.set.status!;
  deepEqual([currentRevision !== updateRevision, currentReplicas, updatedReplicas], [true, 2, 1]);
  world.deletePod("web-0");
  world.endDeleted();
  world.rollOut();
  deepEqual(world.show().sort(), ["web-0 web:1", "web-1 web:1", "web-2 web:2"]);
  world.change({ updateStrategy: rolling(0) });
  world.rollOut();
  deepEqual(world.show().sort(), ["web-0 web:2", "web-1 web:2", "web-2 web:2"]);
});

Deno.test("computeStatefulSetChanges() R-STS-5: OnDelete replaces what is deleted by hand alone", () => {
  const world = rolledOut({ replicas: 2, updateStrategy: { type: "OnDelete" } });
  world.change({ template: templateOf("web:2") });
  deepEqual(world.rollOut(), ["createRevision web-B"]);
  world.deletePod("web-0");
  world.endDeleted();
  deepEqual(world.rollOut(), ["createPod web-0"]);
  deepEqual(world.show(), ["web-1 web:1", "web-0 web:2"]);
});

Deno.test("computeStatefulSetChanges() R-STS-6: a broken revision is not repaired by a new template", () => {
  const world = rolledOut({ replicas: 2 });
  world.change({ template: templateOf("broken") });
  world.settle();
  world.endDeleted();
  world.settle();
  deepEqual(world.show(), ["web-0 web:1", "web-1 broken"]);
  deepEqual(world.status, {
    availableReplicas: 1,
    collisionCount: 0,
    currentReplicas: 1,
    currentRevision: "web-A",
    observedGeneration: 2,
    readyReplicas: 1,
    replicas: 2,
    updateRevision: "web-B",
    updatedReplicas: 1,
  });
  world.change({ template: templateOf("web:3") });
  deepEqual(world.settle(), ["createRevision web-C"]);
  equal(world.set.status!.updatedReplicas, undefined);
  world.deletePod("web-1");
  world.endDeleted();
  world.rollOut();
  deepEqual(world.show().sort(), ["web-0 web:3", "web-1 web:3"]);
});

Deno.test("computeStatefulSetChanges() R-STS-6: a Pod that has ended is replaced under its name", () => {
  for (const phase of ["Failed", "Succeeded"] as const) {
    const world = rolledOut({ replicas: 2 });
    world.setPods(["web-0"], { phase }, "False");
    deepEqual(world.settle(), ["deletePod web-0"]);
    deepEqual(world.rules, ["R-STS-6"]);
    world.endDeleted();
    deepEqual(world.settle(), ["createPod web-0"]);
  }
});

Deno.test("computeStatefulSetChanges() R-STS-7: revisions and their numbers", () => {
  const world = rolledOut();
  const [revision] = world.revisions;
  const { labels, ownerReferences } = revision!.metadata;
  deepEqual(labels, {
    app: "web",
    "controller.kubernetes.io/hash": revision!.metadata.name.slice("web-".length),
  });
  deepEqual([ownerReferences?.[0]?.name, revision!.revision], ["web", 1]);
  deepEqual(revision!.data, {
    spec: { template: { ...world.set.spec.template, $patch: "replace" } },
  });
  world.change({ template: templateOf("web:2") });
  world.rollOut();
  deepEqual(world.revisions.map((it) => it.revision), [1, 2]);
  world.change({ template: templateOf("web:1") });
  equal(world.rollOut()[0], "updateRevision web-A");
  deepEqual(world.revisions.map((it) => it.revision), [3, 2]);
  deepEqual(world.show(), ["web-0 web:1"]);
});

Deno.test("computeStatefulSetChanges() R-STS-8: old revisions go, those of Pods stay", () => {
  const world = rolledOut({ replicas: 2, revisionHistoryLimit: 1, updateStrategy: rolling(1) });
  for (const image of ["web:2", "web:3", "web:4"]) {
    world.change({ template: templateOf(image) });
    world.rollOut();
  }
  deepEqual(world.revisions.map((it) => it.revision), [1, 3, 4]);
  world.change({ updateStrategy: rolling(0) });
  world.rollOut();
  deepEqual(world.revisions.map((it) => it.revision), [3, 4]);
});

Deno.test("computeStatefulSetChanges() R-STS-9: maxUnavailable is dropped", () => {
  const updateStrategy = {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 2, partition: 1 },
  } as const;
  deepEqual(worldOf({ updateStrategy }).set.spec.updateStrategy, rolling(1));
});

const volumeClaimTemplates = [claimTemplateOf("data"), claimTemplateOf("log")];

Deno.test("computeStatefulSetChanges() R-STS-10: claims, then the Pod; used again by the next one", () => {
  const world = worldOf({ replicas: 2, volumeClaimTemplates });
  deepEqual(world.settle().slice(1), [
    "createClaim data-web-0",
    "createClaim log-web-0",
    "createPod web-0",
  ]);
  deepEqual(world.events.slice(0, 1), [
    "SuccessfulCreate Create Claim data-web-0 Pod web-0 in StatefulSet web success",
  ]);
  deepEqual(world.claims[0]!.metadata.labels, { app: "web" });
  deepEqual(world.pods[0]!.spec.volumes, [
    { name: "data", persistentVolumeClaim: { claimName: "data-web-0" } },
    { name: "log", persistentVolumeClaim: { claimName: "log-web-0" } },
  ]);
  world.rollOut();
  world.change({ replicas: 1 });
  world.rollOut();
  equal(world.claims.length, 4);
  deepEqual(world.claims.map((it) => it.metadata.ownerReferences), Array(4).fill(undefined));
  world.change({ replicas: 2 });
  deepEqual(world.settle(), ["createPod web-1"]);
});

Deno.test("computeStatefulSetChanges() R-STS-11: claims of a StatefulSet and of surplus Pods", () => {
  const world = rolledOut({
    replicas: 2,
    volumeClaimTemplates: [claimTemplateOf("data")],
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
  });
  const owners = () =>
    world.claims.map(({ metadata: { name, ownerReferences: [owner] = [] } }) =>
      `${name} ${owner?.kind} ${owner?.name} ${owner?.controller}`
    );
  deepEqual(owners(), ["data-web-0 StatefulSet web true", "data-web-1 StatefulSet web true"]);
  world.change({ replicas: 1 });
  deepEqual(world.settle(), ["updateClaim data-web-1", "deletePod web-1"]);
  deepEqual(owners(), ["data-web-0 StatefulSet web true", "data-web-1 Pod web-1 true"]);
  // The Pod of this name waits until the claim of the former one is gone.
  world.endDeleted();
  world.change({ replicas: 2 });
  deepEqual(world.settle(), []);
  equal(world.wakeAt, 1);
  world.claims = world.claims.filter(({ metadata }) => metadata.name !== "data-web-1");
  deepEqual(world.settle(), [
    "createClaim data-web-1",
    "createPod web-1",
    "updateClaim data-web-1",
  ]);
  world.change({
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  });
  world.rollOut();
  deepEqual(owners(), [
    "data-web-0 undefined undefined undefined",
    "data-web-1 undefined undefined undefined",
  ]);
});

Deno.test("computeStatefulSetChanges() R-STS-11: a claim that another controller has is left alone", () => {
  const world = worldOf({
    volumeClaimTemplates: [claimTemplateOf("data")],
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
  });
  world.step();
  const owner = { apiVersion: "v1", kind: "Other", name: "o", uid: "o", controller: true };
  world.claims = world.claims.map((it) => ({
    ...it,
    metadata: { ...it.metadata, ownerReferences: [owner] },
  }));
  deepEqual(world.settle(), []);
});

Deno.test("computeStatefulSetChanges() R-STS-12: the first statuses", () => {
  const world = worldOf();
  world.step();
  deepEqual(world.status, {
    availableReplicas: 0,
    collisionCount: 0,
    currentRevision: "web-A",
    observedGeneration: 1,
    replicas: 0,
    updateRevision: "web-A",
  });
  world.step();
  deepEqual(world.status, {
    availableReplicas: 0,
    collisionCount: 0,
    currentReplicas: 1,
    currentRevision: "web-A",
    observedGeneration: 1,
    replicas: 1,
    updateRevision: "web-A",
    updatedReplicas: 1,
  });
});

Deno.test("computeStatefulSetChanges() R-RS-5: a Pod is adopted by name and labels", () => {
  const world = rolledOut();
  const free = (name: string) => {
    const { ownerReferences: _, ...metadata } = world.pods[0]!.metadata;
    return { ...world.pods[0]!, metadata: { ...metadata, name, uid: name } };
  };
  world.pods.push(free("web-7"), free("other-0"), free("web-07"));
  deepEqual(world.settle().slice(0, 1), ["adoptPod web-7"]);
  equal(world.written.some((it) => /other-0|web-07/.test(it)), false);
});

Deno.test("computeStatefulSetChanges(): one that is being deleted only has its status", () => {
  const world = rolledOut({ replicas: 2 });
  world.set = {
    ...world.set,
    metadata: { ...world.set.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
  };
  world.pods.pop();
  deepEqual(world.settle(), []);
  equal(world.set.status?.replicas, 1);
});
