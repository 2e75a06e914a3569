/**
 * What controllers see of a Pod; pure.
 *
 * Rule: Kubernetes, pkg/controller/controller_utils.go, and pkg/api/v1/pod/util.go,
 * IsPodAvailable.
 */
import type { Pod, PodCondition } from "../api/types/pod.ts";
import { remembered } from "../base/remembered.ts";
import type { Moment } from "./change.ts";

/** Whether its containers have come to their end. */
export function isTerminal({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Whether it counts as a replica: it has not ended and is not being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Whether it is being deleted and has not ended. */
export function isTerminating(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

/** Its condition Ready, read once. */
const readinessOf = remembered((pod: Pod) => {
  const condition = readyCondition(pod);
  const isReady = condition?.status === "True";
  const sinceMs = isReady && condition.lastTransitionTime
    ? Date.parse(condition.lastTransitionTime)
    : undefined;
  return { isReady, sinceMs };
});

/** Whether its condition Ready is True. */
export function isReady(pod: Pod): boolean {
  return readinessOf(pod).isReady;
}

/** Since when it has been ready, in wall ms; undefined if it is not. */
export function readySince(pod: Pod): number | undefined {
  return readinessOf(pod).sinceMs;
}

/**
 * The wall time from which a ready Pod counts as available, if it stays ready; undefined if it is
 * not ready (R-RS-4).
 */
export function availableFrom(
  pod: Pod,
  minReadySeconds: number,
  { speed }: Moment,
): number | undefined {
  const { isReady, sinceMs } = readinessOf(pod);
  if (!isReady) return undefined;
  if (minReadySeconds === 0) return -Infinity;
  return sinceMs === undefined ? undefined : sinceMs + minReadySeconds * 1000 / speed;
}

function readyCondition({ status }: Pod): PodCondition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}
