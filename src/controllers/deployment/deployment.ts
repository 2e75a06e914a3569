/**
 * What a Deployment's controller does; pure.
 *
 * It takes one step at a time, and is asked again when the step is done and seen: first the pause,
 * then a new number of replicas, then the rollout. Rule: Kubernetes,
 * pkg/controller/deployment/deployment_controller.go, syncDeployment.
 */
import type {
  Deployment,
  DeploymentStatus,
  PodTemplateSpec,
  ReplicaSet,
} from "../../api/types/apps.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import type { Changes, ControllerWrite, Moment } from "../change.ts";
import { claimObjects, claimWrites, controllerOf, controllerReference } from "../ownership.ts";
import {
  type ConditionDraft,
  findCondition,
  findDeadline,
  generateCounts,
  generateRolloutStatus,
  hasDeadline,
  isComplete,
  withCondition,
} from "./deployment_status.ts";
import {
  annotateCurrent,
  nextRevision,
  replicaAnnotations,
  type ReplicaSets,
  REVISION,
  revisionOf,
  sortReplicaSets,
} from "./revision.ts";
import {
  computeCurrentSize,
  computeRecreateStep,
  computeRollingStep,
  computeScaling,
  hasOldPods,
  isObserved,
  isScaled,
  sizeOf,
  type Sizing,
} from "./scaling.ts";
import { isRolling } from "./strategy.ts";
import { computeTemplateHash, HASH_LABEL, isSameTemplate } from "../template_hash.ts";

/** What is known when a Deployment is looked at. */
export interface DeploymentFacts {
  readonly deployment: Deployment;
  /** Every ReplicaSet of its namespace. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Every Pod of its namespace: for `Recreate`. */
  readonly pods: readonly Pod[];
}

/** What is known of one Deployment's own. */
interface Known {
  readonly deployment: Deployment;
  readonly sets: ReplicaSets;
  readonly pods: readonly Pod[];
  readonly now: Moment;
}

/** The next step with a Deployment's ReplicaSets, and its status as of those that are there. */
export function computeDeploymentChanges(
  { deployment, replicaSets, pods }: DeploymentFacts,
  now: Moment,
): Changes<Deployment> {
  const { spec, metadata } = deployment;
  const claims = claimObjects(deployment, spec.selector, replicaSets);
  const claimed = claimWrites(deployment, claims);
  if (claimed.length > 0) return { writes: claimed };

  const sets = sortReplicaSets(deployment, claims.owned);
  const known = { deployment, sets, pods, now };
  if (metadata.deletionTimestamp !== undefined) return publishCounts(known);
  const paused = switchPause(known);
  if (paused !== undefined) return { writes: [], published: paused };
  const numbered = numberRevision(known);
  if (numbered !== undefined) return numbered;
  if (spec.paused || isScaled(deployment, sets)) {
    const writes = computeScaling(deployment, sets).flatMap((it) => resize(deployment, it));
    return publishCounts(known, writes);
  }
  return isRolling(deployment) ? roll(known) : recreate(known);
}

/** The condition that says whether the rollout is paused (R-DEPLOY-8). */
function switchPause({ deployment, now }: Known): Deployment | undefined {
  const { spec: { paused = false }, status = {} } = deployment;
  const progressing = findCondition(status.conditions, "Progressing");
  if (!hasDeadline(deployment) || progressing?.reason === "ProgressDeadlineExceeded") {
    return undefined;
  }
  const isMarked = progressing?.reason === "DeploymentPaused";
  if (paused === isMarked) return undefined;
  const [reason, message] = paused
    ? ["DeploymentPaused", "Deployment is paused"]
    : ["DeploymentResumed", "Deployment is resumed"];
  return withProgressing(deployment, { status: "Unknown", reason, message }, now);
}

/**
 * The number of the present template, on its ReplicaSet and on the Deployment (R-DEPLOY-3,
 * R-DEPLOY-4); undefined if both have it, or the template has no ReplicaSet yet.
 */
function numberRevision(
  { deployment, sets: { current, old }, now }: Known,
): Changes<Deployment> | undefined {
  if (current === undefined) return undefined;
  const { annotations = {} } = current.metadata;
  const wanted = annotateCurrent(deployment, annotations, nextRevision(old));
  const { minReadySeconds } = deployment.spec;
  const isNumbered = isEqual(wanted, annotations) &&
    (current.spec.minReadySeconds ?? 0) === (minReadySeconds ?? 0);
  if (!isNumbered) {
    const { minReadySeconds: _, ...spec } = current.spec;
    const object: ReplicaSet = {
      ...current,
      metadata: { ...current.metadata, annotations: wanted },
      spec: { ...spec, ...(minReadySeconds !== undefined && { minReadySeconds }) },
    };
    const because = revisionOf(current) === revisionOf(object)
      ? `Deployment ${deployment.metadata.name} has other annotations or minReadySeconds`
      : `Deployment ${deployment.metadata.name} has the template of revision ` +
        `${revisionOf(current)} again`;
    const action = "annotateReplicaSet";
    return { writes: [{ action, verb: "update", object, because, rule: "R-DEPLOY-4" }] };
  }
  const published = withRevision(deployment, annotations[REVISION]);
  const { conditions } = deployment.status ?? {};
  const isFound = !hasDeadline(deployment) || findCondition(conditions, "Progressing");
  if (published === deployment && isFound) return undefined;
  if (isFound) return { writes: [], published };
  const message = `Found new replica set "${current.metadata.name}"`;
  const found = { status: "True", reason: "FoundNewReplicaSet", message } as const;
  return { writes: [], published: withProgressing(published, found, now) };
}

/** A rolling update's next step. */
function roll(known: Known): Changes<Deployment> {
  const { deployment, sets } = known;
  if (sets.current === undefined) return createCurrent(known);
  const steps = computeRollingStep(deployment, sets).flatMap((it) => resize(deployment, it));
  return publishRollout(known, steps.length > 0 ? steps : prune(known));
}

/** The next step of a Deployment that ends its old Pods first (R-DEPLOY-7). */
function recreate(known: Known): Changes<Deployment> {
  const { deployment, sets, pods } = known;
  const down = computeRecreateStep(sets).flatMap((it) => resize(deployment, it));
  if (down.length > 0) return publishRollout(known, down);
  if (hasOldPods(sets, pods)) return publishRollout(known, []);
  const { current } = sets;
  if (current === undefined) return createCurrent(known);
  const { replicas = 1 } = deployment.spec;
  if (sizeOf(current) === replicas) return publishRollout(known, prune(known));
  const because = "every old Pod has ended";
  const up = { replicaSet: current, replicas, because, rule: "R-DEPLOY-7" };
  return publishRollout(known, resize(deployment, up));
}

/**
 * The ReplicaSet of the present template (R-DEPLOY-1). Where its name is taken by another template,
 * a higher count of collisions changes the hash (R-DEPLOY-2).
 */
function createCurrent({ deployment, sets: { old }, now }: Known): Changes<Deployment> {
  const { metadata, spec, status = {} } = deployment;
  const hash = computeTemplateHash(spec.template, status.collisionCount);
  const name = `${metadata.name}-${hash}`;
  const size = computeCurrentSize(deployment, old, 0);
  const revision = nextRevision(old);
  const template = withHash(spec.template, hash);
  const { minReadySeconds } = spec;
  const object: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...(template.metadata?.labels && { labels: template.metadata.labels }),
      annotations: {
        ...annotateCurrent(deployment, {}, revision),
        ...replicaAnnotations(deployment),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: size,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, [HASH_LABEL]: hash },
      },
      template,
    },
  };
  const scaledUp = {
    reason: "ScalingReplicaSet",
    messageOf: () => `Scaled up replica set ${name} from 0 to ${size}`,
  };
  const write: ControllerWrite = {
    action: "createReplicaSet",
    verb: "create",
    object,
    because: `no ReplicaSet of Deployment ${metadata.name} has its template`,
    rule: "R-DEPLOY-1",
    ...(size > 0 && { event: scaledUp }),
  };
  const numbered = withRevision(deployment, String(revision));
  if (!hasDeadline(deployment)) return { writes: [write], published: numbered };
  const message = `Created new replica set "${name}"`;
  const created = { status: "True", reason: "NewReplicaSetCreated", message } as const;
  return { writes: [write], published: withProgressing(numbered, created, now) };
}

/**
 * What to do when the name of a new ReplicaSet is taken (R-DEPLOY-2).
 *
 * @param taken the ReplicaSet that has the name.
 * @returns the Deployment with a higher count of collisions; undefined if it is its own, of the
 * same template, and only had not been seen yet.
 */
export function resolveCollision(
  deployment: Deployment,
  taken: ReplicaSet,
): Deployment | undefined {
  const isOwn = controllerOf(taken.metadata)?.uid === deployment.metadata.uid;
  if (isOwn && isSameTemplate(taken.spec.template, deployment.spec.template)) return undefined;
  const { status = {} } = deployment;
  return { ...deployment, status: { ...status, collisionCount: (status.collisionCount ?? 0) + 1 } };
}

/** Old ReplicaSets over the limit, the oldest first, once the rollout is complete (R-DEPLOY-13). */
function prune({ deployment, sets: { old } }: Known): ControllerWrite[] {
  const { spec: { revisionHistoryLimit: limit }, status = {}, metadata } = deployment;
  if (limit === undefined || !isComplete(deployment, status)) return [];
  const living = old.filter((it) => it.metadata.deletionTimestamp === undefined);
  return living.toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, living.length - limit))
    .filter((it) => sizeOf(it) === 0 && (it.status?.replicas ?? 0) === 0 && isObserved(it))
    .map((object) => ({
      action: "deleteReplicaSet",
      verb: "delete",
      object,
      because: `Deployment ${metadata.name} keeps ${limit} old ReplicaSets and has ` +
        `${living.length}`,
      rule: "R-DEPLOY-13",
    }));
}

/** The ReplicaSet with another size and the annotations of it; nothing if it has both already. */
function resize(deployment: Deployment, { replicaSet, replicas, ...why }: Sizing) {
  const { metadata, spec } = replicaSet;
  const annotations = { ...metadata.annotations, ...replicaAnnotations(deployment) };
  const before = sizeOf(replicaSet);
  if (before === replicas && isEqual(annotations, metadata.annotations)) return [];
  const direction = replicas > before ? "up" : "down";
  const scaled = {
    reason: "ScalingReplicaSet",
    messageOf: (name: string) =>
      `Scaled ${direction} replica set ${name} from ${before} to ${replicas}`,
  };
  const write: ControllerWrite = {
    action: "scaleReplicaSet",
    verb: "update",
    object: { ...replicaSet, metadata: { ...metadata, annotations }, spec: { ...spec, replicas } },
    ...why,
    ...(before !== replicas && { event: scaled }),
  };
  return [write];
}

function publishCounts(
  { deployment, sets, now }: Known,
  writes: readonly ControllerWrite[] = [],
): Changes<Deployment> {
  return { writes, ...publish(deployment, generateCounts(deployment, sets, now)) };
}

function publishRollout(
  { deployment, sets, now }: Known,
  writes: readonly ControllerWrite[],
): Changes<Deployment> {
  const status = generateRolloutStatus(deployment, sets, now);
  const wakeAtMs = findDeadline(deployment, status, now);
  return {
    writes,
    ...publish(deployment, status),
    ...(wakeAtMs !== undefined && { wakeAtMs }),
  };
}

function publish(deployment: Deployment, status: DeploymentStatus) {
  return isEqual(status, deployment.status ?? {}) ? {} : { published: { ...deployment, status } };
}

function withProgressing(
  deployment: Deployment,
  draft: Omit<ConditionDraft, "type">,
  now: Moment,
): Deployment {
  const { status = {} } = deployment;
  const whole = { type: "Progressing", ...draft };
  return {
    ...deployment,
    status: { ...status, conditions: withCondition(status.conditions ?? [], whole, now) },
  };
}

/** The same object if it has the number already. */
function withRevision(deployment: Deployment, revision: string | undefined): Deployment {
  const { metadata } = deployment;
  if (revision === undefined || metadata.annotations?.[REVISION] === revision) return deployment;
  const annotations = { ...metadata.annotations, [REVISION]: revision };
  return { ...deployment, metadata: { ...metadata, annotations } };
}

function withHash({ metadata = {}, spec }: PodTemplateSpec, hash: string): PodTemplateSpec {
  return { metadata: { ...metadata, labels: { ...metadata.labels, [HASH_LABEL]: hash } }, spec };
}
