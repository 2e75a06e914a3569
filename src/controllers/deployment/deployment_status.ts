/**
 * What users see of a Deployment; pure.
 *
 * Rule: Kubernetes, pkg/controller/deployment/sync.go, calculateStatus, progress.go,
 * syncRolloutStatus, and util/deployment_util.go.
 */
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from "../../api/types/apps.ts";
import { formatSecond, quoteText } from "../../base/go_text.ts";
import type { Moment } from "../change.ts";
import type { ReplicaSets } from "./revision.ts";
import { listAll, sumAvailable, sumSizes } from "./scaling.ts";
import { maxUnavailableOf } from "./strategy.ts";

/** Of a Deployment, in the order in which they changed last. */
export type Conditions = readonly DeploymentCondition[];

/** A condition before its times are known. */
export type ConditionDraft = Required<
  Pick<DeploymentCondition, "type" | "status" | "reason" | "message">
>;

/** How long after its deadline a rollout is looked at: the times of conditions are in seconds. */
const DEADLINE_SKEW_MS = 1000;

/** Reasons of `Progressing` that time alone does not change. */
const SETTLED = ["ProgressDeadlineExceeded", "NewReplicaSetAvailable"];

/** Go's largest int32 as a deadline means none. */
const NO_DEADLINE = 2 ** 31 - 1;

/** Whether the Deployment has a limit for rollouts that make no progress. */
export function hasDeadline({ spec: { progressDeadlineSeconds = 600 } }: Deployment): boolean {
  return progressDeadlineSeconds !== NO_DEADLINE;
}

/** The condition of a type. */
export function findCondition(
  conditions: Conditions | undefined,
  type: string,
): DeploymentCondition | undefined {
  return conditions?.find((it) => it.type === type);
}

/**
 * The conditions with one more, or another one of its type: nothing changes while status and reason
 * are the same, and what changes comes last (R-DEPLOY-12).
 */
export function withCondition(
  conditions: Conditions,
  draft: ConditionDraft,
  { wallMs }: Moment,
): Conditions {
  const known = findCondition(conditions, draft.type);
  if (known?.status === draft.status && known.reason === draft.reason) return conditions;
  return putCondition(
    conditions,
    draft,
    known?.status === draft.status ? known : undefined,
    wallMs,
  );
}

function putCondition(
  conditions: Conditions,
  draft: ConditionDraft,
  sameStatus: DeploymentCondition | undefined,
  wallMs: number,
): Conditions {
  const lastUpdateTime = formatSecond(wallMs);
  const lastTransitionTime = sameStatus?.lastTransitionTime ?? lastUpdateTime;
  const others = conditions.filter(({ type }) => type !== draft.type);
  return [...others, { ...draft, lastTransitionTime, lastUpdateTime }];
}

/**
 * The status of a Deployment as its ReplicaSets have theirs; no condition of a rollout is touched.
 */
export function generateCounts(
  deployment: Deployment,
  sets: ReplicaSets,
  now: Moment,
): DeploymentStatus {
  const { metadata: { generation }, spec: { replicas = 1 }, status = {} } = deployment;
  const all = listAll(sets);
  const availableReplicas = sumAvailable(all);
  const sum = (countOf: (status: NonNullable<ReplicaSet["status"]>) => number | undefined) =>
    all.reduce((total, it) => total + (it.status && countOf(it.status) || 0), 0);
  const unavailableReplicas = Math.max(0, sumSizes(all) - availableReplicas);
  const updatedReplicas = sets.current?.status?.replicas ?? 0;
  const readyReplicas = sum((it) => it.readyReplicas);
  const count = sum((it) => it.replicas);
  const { collisionCount, conditions = [] } = status;
  const isAvailable = availableReplicas >= replicas - maxUnavailableOf(deployment);
  return {
    ...(availableReplicas > 0 && { availableReplicas }),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(conditions, isAvailable ? AVAILABLE : UNAVAILABLE, now),
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(readyReplicas > 0 && { readyReplicas }),
    ...(count > 0 && { replicas: count }),
    terminatingReplicas: sum((it) => it.terminatingReplicas),
    ...(unavailableReplicas > 0 && { unavailableReplicas }),
    ...(updatedReplicas > 0 && { updatedReplicas }),
  };
}

const AVAILABLE: ConditionDraft = {
  type: "Available",
  status: "True",
  reason: "MinimumReplicasAvailable",
  message: "Deployment has minimum availability.",
};
const UNAVAILABLE: ConditionDraft = {
  type: "Available",
  status: "False",
  reason: "MinimumReplicasUnavailable",
  message: "Deployment does not have minimum availability.",
};

/**
 * The status with the rollout's conditions: complete, progressing, or without progress for too long
 * (R-DEPLOY-10, R-DEPLOY-11).
 */
export function generateRolloutStatus(
  deployment: Deployment,
  sets: ReplicaSets,
  now: Moment,
): DeploymentStatus {
  const counts = generateCounts(deployment, sets, now);
  const progress = withProgress(deployment, sets, counts, now);
  // In the place of the other conditions: keys are in the order of the API.
  return { ...counts, conditions: withFailure(progress, sets, now) };
}

function withProgress(
  deployment: Deployment,
  { current }: ReplicaSets,
  counts: DeploymentStatus,
  now: Moment,
): Conditions {
  const { conditions = [] } = counts;
  if (!hasDeadline(deployment)) return conditions.filter(({ type }) => type !== "Progressing");
  const known = findCondition(conditions, "Progressing");
  const wasComplete = known?.reason === "NewReplicaSetAvailable" &&
    (counts.replicas ?? 0) === (counts.updatedReplicas ?? 0);
  if (wasComplete) return conditions;
  const subject = current === undefined
    ? `Deployment ${quoteText(deployment.metadata.name)}`
    : `ReplicaSet ${quoteText(current.metadata.name)}`;
  const draft = (status: "True" | "False", reason: string, message: string): ConditionDraft => ({
    type: "Progressing",
    status,
    reason,
    message: `${subject} ${message}`,
  });
  if (isComplete(deployment, counts)) {
    const message = "has successfully progressed.";
    return withCondition(conditions, draft("True", "NewReplicaSetAvailable", message), now);
  }
  if (hasProgressed(deployment.status ?? {}, counts)) {
    const progressing = draft("True", "ReplicaSetUpdated", "is progressing.");
    const sameStatus = known?.status === "True" ? known : undefined;
    return putCondition(conditions, progressing, sameStatus, now.wallMs);
  }
  if (!isLate(deployment, known, now)) return conditions;
  const late = draft("False", "ProgressDeadlineExceeded", "has timed out progressing.");
  return withCondition(conditions, late, now);
}

/** Whether every Pod is a new one, available, and all that is wanted (R-DEPLOY-10). */
export function isComplete(
  { metadata: { generation = 0 }, spec: { replicas = 1 } }: Deployment,
  status: DeploymentStatus,
): boolean {
  const { updatedReplicas = 0, replicas: count = 0, availableReplicas = 0 } = status;
  return updatedReplicas === replicas && count === replicas && availableReplicas === replicas &&
    (status.observedGeneration ?? 0) >= generation;
}

/** More new, ready or available Pods, or fewer old ones. */
function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) =>
    replicas - updatedReplicas;
  const grown = ["updatedReplicas", "readyReplicas", "availableReplicas"] as const;
  return old(now) < old(before) || grown.some((key) => (now[key] ?? 0) > (before[key] ?? 0));
}

function isLate(
  { spec: { progressDeadlineSeconds = 600 } }: Deployment,
  progressing: DeploymentCondition | undefined,
  { wallMs, speed }: Moment,
): boolean {
  if (progressing === undefined || progressing.reason === "NewReplicaSetAvailable") return false;
  const from = Date.parse(progressing.lastUpdateTime ?? "");
  return from + progressDeadlineSeconds * 1000 / speed < wallMs;
}

/**
 * When a rollout that makes no progress is late; undefined if it is complete or has been, or late
 * already (R-DEPLOY-11). Pods that fail after a rollout make it neither late nor another one.
 */
export function findDeadline(
  deployment: Deployment,
  status: DeploymentStatus,
  { speed }: Moment,
): number | undefined {
  const { progressDeadlineSeconds = 600 } = deployment.spec;
  const progressing = findCondition(status.conditions, "Progressing");
  if (!hasDeadline(deployment) || progressing === undefined) return undefined;
  if (isComplete(deployment, status) || SETTLED.includes(progressing.reason ?? "")) {
    return undefined;
  }
  const from = Date.parse(progressing.lastUpdateTime ?? "");
  return from + (progressDeadlineSeconds * 1000 + DEADLINE_SKEW_MS) / speed;
}

/** What keeps a ReplicaSet from creating Pods, the new one's first. */
function withFailure(conditions: Conditions, sets: ReplicaSets, now: Moment): Conditions {
  const newFirst = listAll(sets).toReversed();
  const failure = newFirst.flatMap((it) => it.status?.conditions ?? [])
    .find(({ type }) => type === "ReplicaFailure");
  if (failure === undefined) return conditions.filter(({ type }) => type !== "ReplicaFailure");
  const { status, reason = "", message = "" } = failure;
  return withCondition(conditions, { type: "ReplicaFailure", status, reason, message }, now);
}
