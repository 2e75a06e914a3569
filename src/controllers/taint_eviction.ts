/**
 * When the taints of a node end a Pod that runs there; pure.
 *
 * Rule: R-SCHED-6; Kubernetes, pkg/controller/tainteviction/taint_eviction.go.
 */
import { findTolerations } from "../api/scheduling/node_affinity.ts";
import type { Taint } from "../api/scheduling/node_pods.ts";
import type { Pod } from "../api/types/pod.ts";

/** The taints that end Pods. */
export function endingTaints(taints: readonly Taint[] = []): readonly Taint[] {
  return taints.filter(({ effect }) => effect === "NoExecute");
}

/**
 * How long a Pod stays on a node with these taints: 0 where it does not tolerate one of them, else
 * the shortest `tolerationSeconds` by which it does; Infinity: as long as it likes.
 */
export function computeStaySeconds(pod: Pod, taints: readonly Taint[]): number {
  const tolerations = findTolerations(pod, taints);
  if (tolerations === undefined) return 0;
  const seconds = tolerations.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  return Math.max(0, Math.min(Infinity, ...seconds));
}
