/**
 * How many Pods a rollout may have and must keep; pure.
 *
 * Rule: Kubernetes, pkg/controller/deployment/util/deployment_util.go, ResolveFenceposts, MaxSurge
 * and MaxUnavailable.
 */
import { scaleIntOrPercent } from "../../api/int_or_percent.ts";
import type { Deployment } from "../../api/types/apps.ts";

/** Whether it is a rolling update. */
export function isRolling({ spec }: Deployment): boolean {
  return spec.strategy?.type !== "Recreate";
}

/** Pods over `replicas` that a rolling update may have (R-DEPLOY-5). */
export function maxSurgeOf(deployment: Deployment): number {
  return isRolling(deployment) ? boundsOf(deployment).surge : 0;
}

/** Pods below `replicas` that may be unavailable (R-DEPLOY-5). */
export function maxUnavailableOf(deployment: Deployment): number {
  const { replicas = 1 } = deployment.spec;
  if (!isRolling(deployment) || replicas === 0) return 0;
  return Math.min(boundsOf(deployment).unavailable, replicas);
}

/** Percentages of the surge are rounded up, the others down; both cannot be 0. */
function boundsOf({ spec: { replicas = 1, strategy } }: Deployment) {
  const { maxSurge = "25%", maxUnavailable = "25%" } = strategy?.rollingUpdate ?? {};
  const surge = scaleIntOrPercent(maxSurge, replicas, "up");
  const unavailable = scaleIntOrPercent(maxUnavailable, replicas, "down");
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
