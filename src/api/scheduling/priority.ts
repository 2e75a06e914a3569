/** How important a Pod is to a scheduler; pure. */
import type { Pod } from "../types/pod.ts";

/** The reason of the condition DisruptionTarget of a Pod that goes to make room. */
export const PREEMPTED = "PreemptionByScheduler";

/** The priority of a Pod; without one 0. */
export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}
