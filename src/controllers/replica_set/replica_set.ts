/**
 * What a ReplicaSet's controller does, and that of its forerunner, the ReplicationController; pure.
 *
 * Rule: Kubernetes, pkg/controller/replicaset/replica_set.go, syncReplicaSet and manageReplicas.
 */
import { createMatcher } from "../../api/label_selector.ts";
import type {
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
  ReplicationController,
} from "../../api/types/apps.ts";
import type { LabelSelector } from "../../api/types/meta.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { Changes, ControllerWrite, Moment } from "../change.ts";
import { claimObjects, claimWrites } from "../ownership.ts";
import { availableFrom, isActive, isReady, isTerminal } from "../pod_state.ts";
import { podFromTemplate } from "../pod_template.ts";
import { choosePodsToDelete } from "./deletion_order.ts";

/** How many Pods are created or deleted before the result is looked at. */
const BURST = 500;

/** What keeps a number of Pods. */
export type ReplicaOwner = ReplicaSet | ReplicationController;

/** What is known when a ReplicaSet is looked at. */
export interface ReplicaSetFacts<O extends ReplicaOwner = ReplicaOwner> {
  readonly replicaSet: O;
  /** Every Pod of its namespace. */
  readonly pods: readonly Pod[];
  /** Active Pods of ReplicaSets of the same owner, this one's included. @default this one's */
  readonly related?: readonly Pod[];
  /** Why the last creation or deletion of a Pod failed. */
  readonly failure?: ReplicaFailure;
}

/** A write that failed. */
export interface ReplicaFailure {
  readonly reason: "FailedCreate" | "FailedDelete";
  readonly message: string;
}

/**
 * The Pods that a ReplicaSet creates, deletes, adopts and releases, and its status as of the Pods
 * that are there.
 */
export function computeReplicaSetChanges<O extends ReplicaOwner>(
  facts: ReplicaSetFacts<O>,
  now: Moment,
): Changes<O> {
  const { replicaSet, pods } = facts;
  const living = pods.filter((pod) => !isTerminal(pod));
  const claims = claimObjects(replicaSet, selectorOf(replicaSet), living);
  const owned = claims.adopted.length === 0 ? claims.owned : [...claims.owned, ...claims.adopted];
  const active: Pod[] = [], terminating: Pod[] = [];
  for (const pod of owned) (isActive(pod) ? active : terminating).push(pod);
  const isEnding = replicaSet.metadata.deletionTimestamp !== undefined;
  const writes = [
    ...claimWrites(replicaSet, claims),
    ...isEnding ? [] : computeReplicas(facts, active, now),
  ];
  const status = generateStatus(facts, active, terminating, now);
  const isSame = isEqual(status, replicaSet.status ?? {});
  const wakeAtMs = findNextAvailability(replicaSet, active, now);
  return {
    writes,
    ...(!isSame && { published: { ...replicaSet, status } }),
    ...(wakeAtMs !== undefined && { wakeAtMs }),
  };
}

/** The selector of a ReplicationController is of labels alone. */
export function selectorOf(owner: ReplicaOwner): LabelSelector {
  return owner.kind === "ReplicaSet"
    ? owner.spec.selector
    : { matchLabels: owner.spec.selector ?? {} };
}

/** As many Pods as are missing, or those that are too many (R-RS-1, R-RS-2). */
function computeReplicas(
  { replicaSet, related }: ReplicaSetFacts,
  active: readonly Pod[],
  now: Moment,
): ControllerWrite[] {
  const { spec: { replicas = 1, template } } = replicaSet;
  const surplus = active.length - replicas;
  if (surplus === 0) return [];
  const found = `${countPods(active.length)} there, and ${countWanted(replicas)}`;
  if (surplus < 0) {
    return Array.from({ length: Math.min(-surplus, BURST) }, () => ({
      action: "createPod",
      verb: "create",
      object: podFromTemplate(replicaSet, template),
      because: found,
      rule: "R-RS-1",
      event: { reason: "SuccessfulCreate", messageOf: (pod: string) => `Created pod: ${pod}` },
    }));
  }
  const victims = choosePodsToDelete(active, related ?? active, Math.min(surplus, BURST), now);
  return victims.map(({ pod, because }) => ({
    action: "deletePod",
    verb: "delete",
    object: pod,
    because: because === undefined ? found : `${found}; of ${pod.metadata.name}: ${because}`,
    rule: because === undefined ? "R-RS-2" : "R-RS-3",
    event: { reason: "SuccessfulDelete", messageOf: (name: string) => `Deleted pod: ${name}` },
  }));
}

/**
 * Counts that are 0 are left out, but for `replicas` and `terminatingReplicas` (R-RS-7).
 *
 * Rule: Kubernetes, pkg/controller/replicaset/replica_set_utils.go, calculateStatus.
 */
function generateStatus(
  { replicaSet, failure }: ReplicaSetFacts,
  active: readonly Pod[],
  terminating: readonly Pod[],
  now: Moment,
): ReplicaSetStatus {
  const { metadata: { generation }, spec: { template, minReadySeconds = 0 } } = replicaSet;
  const isFullyLabelled = createMatcher({ matchLabels: template.metadata?.labels ?? {} });
  let fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0;
  for (const pod of active) {
    if (isFullyLabelled(pod.metadata.labels)) fullyLabeledReplicas++;
    if (isReady(pod)) readyReplicas++;
    const from = availableFrom(pod, minReadySeconds, now);
    if (from !== undefined && from <= now.wallMs) availableReplicas++;
  }
  const conditions = generateConditions(replicaSet.status?.conditions ?? [], failure, now);
  return {
    ...(availableReplicas > 0 && { availableReplicas }),
    ...(conditions.length > 0 && { conditions }),
    ...(fullyLabeledReplicas > 0 && { fullyLabeledReplicas }),
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(readyReplicas > 0 && { readyReplicas }),
    replicas: active.length,
    // A ReplicationController has no such count.
    ...(replicaSet.kind === "ReplicaSet" && { terminatingReplicas: terminating.length }),
  };
}

/** `ReplicaFailure` is there while Pods cannot be created or deleted. */
function generateConditions(
  old: readonly ReplicaSetCondition[],
  failure: ReplicaFailure | undefined,
  { wallMs }: Moment,
): ReplicaSetCondition[] {
  const others = old.filter(({ type }) => type !== "ReplicaFailure");
  if (failure === undefined) return others;
  const known = old.find(({ type }) => type === "ReplicaFailure");
  if (known?.reason === failure.reason) return [...old];
  const lastTransitionTime = formatSecond(wallMs);
  return [...others, { type: "ReplicaFailure", status: "True", lastTransitionTime, ...failure }];
}

/** When the next ready Pod becomes available (R-RS-4). */
function findNextAvailability(
  { spec: { minReadySeconds = 0 } }: ReplicaOwner,
  active: readonly Pod[],
  now: Moment,
): number | undefined {
  if (minReadySeconds === 0) return undefined;
  const later = active.map((pod) => availableFrom(pod, minReadySeconds, now))
    .filter((it) => it !== undefined && it > now.wallMs) as number[];
  return later.length === 0 ? undefined : Math.min(...later);
}

function countPods(count: number): string {
  return count === 1 ? "1 Pod is" : `${count} Pods are`;
}

function countWanted(count: number): string {
  return count === 1 ? "1 is wanted" : `${count} are wanted`;
}
