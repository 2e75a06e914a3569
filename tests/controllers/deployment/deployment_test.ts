import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { DeploymentSpec } from "../../../src/api/types/apps.ts";
import { computeTemplateHash } from "../../../src/controllers/template_hash.ts";
import { deploymentOf, templateOf, Workload } from "../../support/workloads.ts";

const REVISION = "deployment.kubernetes.io/revision";
const hashOf = (image: string) =>
  computeTemplateHash(deploymentOf({ template: templateOf(image) }).spec.template);
const [ONE, TWO] = [`web-${hashOf("web:1")}`, `web-${hashOf("web:2")}`];
const rolling = (maxSurge: number | string, maxUnavailable: number | string) =>
  ({ type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } }) as const;

/** A Deployment whose Pods are all ready. */
function rolledOut(spec: Partial<DeploymentSpec> = {}): Workload {
  const workload = new Workload(deploymentOf(spec));
  workload.settle();
  workload.makeReady();
  workload.settle();
  workload.written.length = 0;
  workload.events.length = 0;
  return workload;
}

const conditionsOf = ({ deployment }: Workload) =>
  deployment.status!.conditions!.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const progressOf = ({ deployment }: Workload) =>
  deployment.status!.conditions!.find(({ type }) => type === "Progressing")!;
const revisionsOf = ({ replicaSets }: Workload) =>
  replicaSets.map(({ metadata }) => metadata.annotations![REVISION]);

Deno.test("computeDeploymentChanges() R-DEPLOY-1 R-DEPLOY-3: a ReplicaSet, then the status", () => {
  const workload = new Workload(deploymentOf({ replicas: 3 }));
  workload.stepDeployment();
  const [replicaSet] = workload.replicaSets;
  deepEqual(workload.written, [`createReplicaSet ${ONE} 3`]);
  deepEqual(workload.events, [`Scaled up replica set ${ONE} from 0 to 3`]);
  deepEqual(replicaSet!.metadata.annotations, {
    [REVISION]: "1",
    "deployment.kubernetes.io/desired-replicas": "3",
    "deployment.kubernetes.io/max-replicas": "4",
  });
  const labels = { app: "web", "pod-template-hash": hashOf("web:1") };
  deepEqual(replicaSet!.metadata.labels, labels);
  deepEqual(replicaSet!.spec.selector, { matchLabels: labels });
  deepEqual(replicaSet!.spec.template.metadata, { labels });
  deepEqual(workload.deployment.metadata.annotations, { [REVISION]: "1" });
  deepEqual(conditionsOf(workload), ["Progressing True NewReplicaSetCreated"]);
  deepEqual(progressOf(workload).message, `Created new replica set "${ONE}"`);

  workload.stepDeployment();
  deepEqual(workload.deployment.status!.unavailableReplicas, 3);
  deepEqual(workload.deployment.status!.observedGeneration, 1);
  deepEqual(conditionsOf(workload), [
    "Progressing True NewReplicaSetCreated",
    "Available False MinimumReplicasUnavailable",
  ]);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-10 R-DEPLOY-12: the status of a rollout's end", () => {
  const workload = new Workload(deploymentOf({ replicas: 3 }));
  workload.settle();
  workload.seconds = 4;
  workload.makeReady();
  workload.settle();
  const [T0, T1] = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:04Z"];
  deepEqual(workload.deployment.status, {
    availableReplicas: 3,
    conditions: [{
      type: "Available",
      status: "True",
      reason: "MinimumReplicasAvailable",
      message: "Deployment has minimum availability.",
      lastTransitionTime: T1,
      lastUpdateTime: T1,
    }, {
      type: "Progressing",
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "${ONE}" has successfully progressed.`,
      lastTransitionTime: T0,
      lastUpdateTime: T1,
    }],
    observedGeneration: 1,
    readyReplicas: 3,
    replicas: 3,
    terminatingReplicas: 0,
    updatedReplicas: 3,
  });
});

Deno.test("computeDeploymentChanges() R-DEPLOY-5 R-DEPLOY-6: surge 1, unavailable 0", () => {
  const workload = rolledOut({ replicas: 3, strategy: rolling(1, 0) });
  workload.change({ template: templateOf("web:2") });
  for (let round = 0; round < 4; round++) {
    workload.settle();
    workload.makeReady();
    workload.endDeleted();
  }
  workload.settle();
  const scalings = workload.written.filter((it) => it.includes("ReplicaSet"));
  deepEqual(scalings, [
    `createReplicaSet ${TWO} 1`,
    `scaleReplicaSet ${ONE} 2`,
    `scaleReplicaSet ${TWO} 2`,
    `scaleReplicaSet ${ONE} 1`,
    `scaleReplicaSet ${TWO} 3`,
    `scaleReplicaSet ${ONE} 0`,
  ]);
  deepEqual(workload.events.filter((it) => it.startsWith("Scaled")).slice(0, 2), [
    `Scaled up replica set ${TWO} from 0 to 1`,
    `Scaled down replica set ${ONE} from 3 to 2`,
  ]);
  deepEqual(revisionsOf(workload), ["1", "2"]);
  deepEqual(workload.deployment.metadata.annotations![REVISION], "2");
  deepEqual(progressOf(workload).reason, "NewReplicaSetAvailable");
});

Deno.test("computeDeploymentChanges() R-DEPLOY-5: what may not be 0 at once is 1", () => {
  const workload = rolledOut({ replicas: 1, strategy: rolling(0, "25%") });
  workload.change({ template: templateOf("web:2") });
  workload.settle();
  deepEqual(workload.written.filter((it) => it.includes("ReplicaSet")), [
    `createReplicaSet ${TWO} 0`,
    `scaleReplicaSet ${ONE} 0`,
    `scaleReplicaSet ${TWO} 1`,
  ]);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-6: old Pods that are not available go first", () => {
  const workload = rolledOut({ replicas: 4, strategy: rolling(1, 1) });
  workload.change({ template: templateOf("broken") });
  workload.settle();
  deepEqual(workload.sizes(), [3, 2]);
  workload.change({ template: templateOf("web:2") });
  workload.settle();
  deepEqual(workload.sizes(), [3, 0, 2]);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-11: late after the deadline, and never taken back", () => {
  const workload = rolledOut({ replicas: 2, progressDeadlineSeconds: 4 });
  workload.seconds = 10;
  workload.change({ template: templateOf("web:2") });
  workload.settle();
  workload.seconds = 14;
  workload.settle();
  deepEqual(progressOf(workload).reason, "ReplicaSetUpdated");
  workload.seconds = 15;
  workload.settle();
  deepEqual(progressOf(workload), {
    type: "Progressing",
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: `ReplicaSet "${TWO}" has timed out progressing.`,
    lastTransitionTime: "2026-01-01T00:00:15Z",
    lastUpdateTime: "2026-01-01T00:00:15Z",
  });
  deepEqual(workload.sizes(), [2, 1]);
  workload.makeReady();
  workload.settle();
  deepEqual(progressOf(workload).reason, "ReplicaSetUpdated");
});

Deno.test("computeDeploymentChanges() R-DEPLOY-7: Recreate waits for the end of the old Pods", () => {
  const workload = rolledOut({ replicas: 2, strategy: { type: "Recreate" } });
  workload.change({ template: templateOf("web:2") });
  workload.settle();
  const before = workload.written.filter((it) => it.includes("ReplicaSet"));
  deepEqual(before, [`scaleReplicaSet ${ONE} 0`]);
  ok(conditionsOf(workload).includes("Available False MinimumReplicasUnavailable"));
  workload.endDeleted();
  workload.settle();
  deepEqual(workload.sizes(), [0, 2]);
  deepEqual(workload.events.at(-3), `Scaled up replica set ${TWO} from 0 to 2`);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-8: paused, it scales and does not roll", () => {
  const workload = rolledOut({ replicas: 2 });
  workload.change({ paused: true, replicas: 3, template: templateOf("web:2") });
  workload.settle();
  deepEqual(workload.sizes(), [3]);
  deepEqual(progressOf(workload).reason, "DeploymentPaused");
  deepEqual(progressOf(workload).status, "Unknown");
  workload.change({ paused: false });
  workload.stepDeployment();
  deepEqual(progressOf(workload).reason, "DeploymentResumed");
  workload.settle();
  deepEqual(workload.sizes(), [3, 1]);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-9: shares in the middle of a rollout", () => {
  const workload = rolledOut({ replicas: 4, strategy: rolling(2, 0) });
  workload.change({ template: templateOf("web:2") });
  workload.settle();
  deepEqual(workload.sizes(), [4, 2]);
  workload.change({ replicas: 8 });
  workload.settle();
  deepEqual(workload.sizes(), [7, 3]);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-9: replicas and template at once: first the old one", () => {
  const workload = rolledOut({ replicas: 1, strategy: { type: "Recreate" } });
  workload.change({ replicas: 2, template: templateOf("web:2") });
  workload.settle();
  deepEqual(workload.written.filter((it) => it.includes("ReplicaSet")), [
    `scaleReplicaSet ${ONE} 2`,
    `scaleReplicaSet ${ONE} 0`,
  ]);
});

Deno.test("computeDeploymentChanges() a ReplicaSet that is scaled or deleted by hand is restored", () => {
  const workload = rolledOut({ replicas: 3 });
  const [replicaSet] = workload.replicaSets;
  workload.replicaSets = [{ ...replicaSet!, spec: { ...replicaSet!.spec, replicas: 5 } }];
  workload.settle();
  deepEqual(workload.sizes(), [3]);
  workload.replicaSets = [];
  workload.settle();
  deepEqual(workload.replicaSets.map(({ metadata }) => metadata.name), [ONE]);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-4: an older template gets its ReplicaSet back", () => {
  const workload = rolledOut({ replicas: 1 });
  for (const image of ["web:2", "web:1"]) {
    workload.change({ template: templateOf(image) });
    for (let round = 0; round < 2; round++) {
      workload.settle();
      workload.makeReady();
      workload.endDeleted();
    }
    workload.settle();
  }
  deepEqual(revisionsOf(workload), ["3", "2"]);
  const { annotations } = workload.replicaSets[0]!.metadata;
  deepEqual(annotations!["deployment.kubernetes.io/revision-history"], "1");
  deepEqual(workload.sizes(), [1, 0]);
});

Deno.test("computeDeploymentChanges() R-DEPLOY-13: the oldest ReplicaSets go after a rollout", () => {
  const workload = rolledOut({ replicas: 1, revisionHistoryLimit: 1 });
  for (const image of ["web:2", "web:3"]) {
    workload.change({ template: templateOf(image) });
    for (let round = 0; round < 2; round++) {
      workload.settle();
      workload.makeReady();
      workload.endDeleted();
    }
    workload.settle();
  }
  deepEqual(revisionsOf(workload), ["2", "3"]);
  ok(workload.written.includes(`deleteReplicaSet ${ONE} 0`));
});

Deno.test("computeDeploymentChanges() R-DEPLOY-2: a taken name leads to another hash", () => {
  const other = new Workload(deploymentOf());
  other.settle();
  const [taken] = other.replicaSets;
  const workload = new Workload(deploymentOf());
  const foreign = { ...taken!.metadata.ownerReferences![0]!, uid: "another" };
  workload.replicaSets = [{
    ...taken!,
    metadata: { ...taken!.metadata, ownerReferences: [foreign] },
  }];
  workload.stepDeployment();
  deepEqual(workload.deployment.status!.collisionCount, 1);
  workload.stepDeployment();
  deepEqual(workload.replicaSets.length, 2);
  ok(workload.replicaSets[1]!.metadata.name !== ONE);
});

Deno.test("computeDeploymentChanges() R-RS-5 R-RS-6: ReplicaSets are adopted and released first", () => {
  const workload = rolledOut({ replicas: 2 });
  const [replicaSet] = workload.replicaSets;
  const { ownerReferences: _, ...orphaned } = replicaSet!.metadata;
  workload.replicaSets = [{ ...replicaSet!, metadata: orphaned }];
  workload.stepDeployment();
  deepEqual(workload.written, [`adoptReplicaSet ${ONE} 2`]);
  deepEqual(
    workload.replicaSets[0]!.metadata.ownerReferences,
    replicaSet!.metadata.ownerReferences,
  );

  workload.replicaSets = [{
    ...replicaSet!,
    metadata: { ...replicaSet!.metadata, labels: { app: "other" } },
  }];
  workload.settle();
  deepEqual(workload.written.slice(1, 3), [
    `releaseReplicaSet ${ONE} 2`,
    `createReplicaSet web-${secondHash()} 2`,
  ]);
  deepEqual(workload.deployment.status!.collisionCount, 1);
});

/** Of the first template, once its first name is taken. */
function secondHash(): string {
  return computeTemplateHash(deploymentOf().spec.template, 1);
}

Deno.test("computeDeploymentChanges() without a deadline there is no condition of progress", () => {
  const workload = rolledOut({ progressDeadlineSeconds: 2 ** 31 - 1 });
  deepEqual(conditionsOf(workload), ["Available True MinimumReplicasAvailable"]);
});

Deno.test("computeDeploymentChanges() asked twice, it changes nothing and names no moment", () => {
  const workload = rolledOut({ replicas: 2 });
  workload.seconds = 100_000;
  deepEqual(workload.stepDeployment(), false);
});
