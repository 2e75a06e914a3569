/**
 * The sizes of a Deployment's ReplicaSets; pure.
 *
 * Rule: Kubernetes, pkg/controller/deployment/rolling.go, recreate.go and sync.go.
 */
import type { Deployment, ReplicaSet } from "../../api/types/apps.ts";
import type { Pod } from "../../api/types/pod.ts";
import { controllerOf } from "../ownership.ts";
import { isTerminal } from "../pod_state.ts";
import { DESIRED, MAX, readCount, type ReplicaSets } from "./revision.ts";
import { isRolling, maxSurgeOf, maxUnavailableOf } from "./strategy.ts";

/** A size that a ReplicaSet gets. */
export interface Sizing {
  readonly replicaSet: ReplicaSet;
  readonly replicas: number;
  /** Why, in one sentence. */
  readonly because: string;
  readonly rule: string;
}

/** `spec.replicas` of a ReplicaSet. */
export function sizeOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}

/** `spec.replicas` of several together. */
export function sumSizes(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, it) => sum + sizeOf(it), 0);
}

/** `status.availableReplicas` of several together. */
export function sumAvailable(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, it) => sum + availableOf(it), 0);
}

function availableOf({ status }: ReplicaSet): number {
  return status?.availableReplicas ?? 0;
}

/** Whether the status is that of the present spec. */
export function isObserved({ metadata: { generation = 0 }, status }: ReplicaSet): boolean {
  return (status?.observedGeneration ?? 0) >= generation;
}

/** Both, as one list. */
export function listAll({ current, old }: ReplicaSets): ReplicaSet[] {
  return current === undefined ? [...old] : [...old, current];
}

/** Whether the Deployment's `replicas` changed since a ReplicaSet was scaled (R-DEPLOY-9). */
export function isScaled({ spec: { replicas = 1 } }: Deployment, sets: ReplicaSets): boolean {
  return listAll(sets).some((it) => {
    const desired = readCount(it, DESIRED);
    return sizeOf(it) > 0 && desired !== undefined && desired !== replicas;
  });
}

/**
 * The size of the new ReplicaSet: what the surge leaves, up to the Deployment's own (R-DEPLOY-5).
 *
 * @param present its size now: 0 before it is there.
 */
export function computeCurrentSize(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  present: number,
): number {
  const { replicas = 1 } = deployment.spec;
  if (!isRolling(deployment)) return replicas;
  const room = replicas + maxSurgeOf(deployment) - sumSizes(all);
  return room <= 0 ? present : present + Math.min(room, replicas - present);
}

/** The next step of a rolling update: up as far as the surge allows, else down. */
export function computeRollingStep(deployment: Deployment, sets: ReplicaSets): Sizing[] {
  const up = scaleCurrent(deployment, sets);
  return up.length > 0 ? up : scaleOldDown(deployment, sets);
}

function scaleCurrent(deployment: Deployment, sets: ReplicaSets): Sizing[] {
  const { current } = sets;
  const { replicas = 1 } = deployment.spec;
  if (current === undefined || sizeOf(current) === replicas) return [];
  const size = sizeOf(current) > replicas
    ? replicas
    : computeCurrentSize(deployment, listAll(sets), sizeOf(current));
  if (size === sizeOf(current)) return [];
  const because = `${countReplicas(replicas)} wanted, and ${sumSizes(listAll(sets))} of at most ` +
    `${replicas + maxSurgeOf(deployment)} Pods are there`;
  return [{ replicaSet: current, replicas: size, because, rule: "R-DEPLOY-5" }];
}

/**
 * Pods that are not available go first, then as many as are available over what must be
 * (R-DEPLOY-6).
 *
 * Differs: it waits for ReplicaSets whose status does not follow a change of their size yet, and
 * available Pods over that size do not count, since they are about to go. Kubernetes counts them,
 * and can take too many away when one rollout overtakes another.
 */
function scaleOldDown(deployment: Deployment, sets: ReplicaSets): Sizing[] {
  const all = listAll(sets);
  if (all.some((it) => availableOf(it) > 0 && !isObserved(it))) return [];
  const { current, old } = sets;
  const { replicas = 1 } = deployment.spec;
  const least = replicas - maxUnavailableOf(deployment);
  const notAvailable = current === undefined ? 0 : sizeOf(current) - availableOf(current);
  const unhealthyRoom = sumSizes(all) - least - notAvailable;
  if (sumSizes(old) === 0 || unhealthyRoom <= 0) return [];

  const sizes = new Map(old.map((it) => [it, sizeOf(it)]));
  takeFrom(sizes, unhealthyRoom, (it) => sizeOf(it) - availableOf(it));
  const available = all.reduce((sum, it) => sum + Math.min(sizeOf(it), availableOf(it)), 0);
  takeFrom(sizes, available - least, (it) => sizes.get(it)!);
  const because = `${available} Pods are available, and ${least} must be`;
  return [...sizes].filter(([it, size]) => size !== sizeOf(it)).map(([replicaSet, size]) => ({
    replicaSet,
    replicas: size,
    because,
    rule: "R-DEPLOY-6",
  }));
}

/** Lowers sizes, the oldest first, by what each can give and all together may. */
function takeFrom(
  sizes: Map<ReplicaSet, number>,
  most: number,
  surplusOf: (replicaSet: ReplicaSet) => number,
): void {
  let left = most;
  for (const [replicaSet, size] of sizes) {
    const taken = Math.max(0, Math.min(left, size, surplusOf(replicaSet)));
    sizes.set(replicaSet, size - taken);
    left -= taken;
  }
}

/** The first step of `Recreate`: every old ReplicaSet to 0 (R-DEPLOY-7). */
export function computeRecreateStep({ old }: ReplicaSets): Sizing[] {
  return old.filter((it) => sizeOf(it) > 0).map((replicaSet) => ({
    replicaSet,
    replicas: 0,
    because: "Recreate ends every old Pod before the first new one",
    rule: "R-DEPLOY-7",
  }));
}

/** Whether an old ReplicaSet has Pods that have not ended (R-DEPLOY-7). */
export function hasOldPods({ old }: ReplicaSets, pods: readonly Pod[]): boolean {
  const uids = new Set(old.map(({ metadata }) => metadata.uid));
  return pods.some((pod) => !isTerminal(pod) && uids.has(controllerOf(pod.metadata)?.uid));
}

/**
 * The sizes after the Deployment's `replicas` changed, without a rollout: of the only active
 * ReplicaSet the new number, of several a share each (R-DEPLOY-9).
 */
export function computeScaling(deployment: Deployment, sets: ReplicaSets): Sizing[] {
  const { replicas = 1 } = deployment.spec;
  const { current, old } = sets;
  const active = listAll(sets).filter((it) => sizeOf(it) > 0);
  const only = active.length > 1 ? undefined : active[0] ?? current ?? old.at(-1);
  const sizing = (replicaSet: ReplicaSet, size: number, because: string): Sizing => ({
    replicaSet,
    replicas: size,
    because,
    rule: "R-DEPLOY-9",
  });
  const wanted = `${countReplicas(replicas)} wanted`;
  if (active.length <= 1) {
    if (only === undefined || sizeOf(only) === replicas) return [];
    return [sizing(only, replicas, wanted)];
  }
  if (current !== undefined && isSaturated(current, replicas)) {
    const because = "the new ReplicaSet has all Pods, and they are available";
    return old.filter((it) => sizeOf(it) > 0).map((it) => sizing(it, 0, because));
  }
  if (!isRolling(deployment)) return [];
  const because = `${wanted}, shared out by the sizes of the ReplicaSets`;
  return shareOut(deployment, active).map(([it, size]) => sizing(it, size, because));
}

function isSaturated(current: ReplicaSet, replicas: number): boolean {
  return readCount(current, DESIRED) === replicas && sizeOf(current) === replicas &&
    availableOf(current) === replicas;
}

/** The largest gets what rounding leaves; of equal ones the newer when growing. */
function shareOut(deployment: Deployment, active: readonly ReplicaSet[]): [ReplicaSet, number][] {
  const { replicas = 1 } = deployment.spec;
  const allowed = replicas > 0 ? replicas + maxSurgeOf(deployment) : 0;
  const toAdd = allowed - sumSizes(active);
  const newerFirst = toAdd > 0 ? active.toReversed() : active;
  const bySize = newerFirst.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  let left = toAdd;
  const sizes = bySize.map((it): [ReplicaSet, number] => {
    const share = shareOf(deployment, it);
    const added = toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
    left -= added;
    return [it, sizeOf(it) + added];
  });
  const [largest] = sizes;
  if (largest !== undefined) largest[1] = Math.max(0, largest[1] + left);
  return sizes;
}

/** How many Pods a ReplicaSet gets in proportion to the size that it had before. */
function shareOf(deployment: Deployment, replicaSet: ReplicaSet): number {
  const { spec: { replicas = 1 }, status } = deployment;
  if (replicas === 0) return -sizeOf(replicaSet);
  const before = readCount(replicaSet, MAX) || status?.replicas || 0;
  if (before === 0) return 0;
  const size = sizeOf(replicaSet) * (replicas + maxSurgeOf(deployment)) / before;
  return Math.round(size) - sizeOf(replicaSet);
}

function countReplicas(count: number): string {
  return count === 1 ? "1 replica is" : `${count} replicas are`;
}
