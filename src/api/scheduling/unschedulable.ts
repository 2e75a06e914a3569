/**
 * What is reported of a Pod without a node, in the scheduler's words; pure.
 *
 * Rule: Kubernetes, pkg/scheduler/framework/types.go, FitError.
 */
import type { Refusal } from "./filters.ts";
import type { Preemption } from "./preemption.ts";

/** The message of the condition and of the Event. */
export function describeUnschedulable(refusal: Refusal, preemption: Preemption): string {
  const message = describeRefusal(refusal);
  // So says a preemption without the facts that a look at the nodes would have left it.
  if (refusal.isEarly) return `${message} not found`;
  const claims = `${message} no new claims to deallocate, preemption:`;
  switch (preemption.type) {
    case "possible":
      return message;
    case "useless":
      return `${claims} ${describeNodes(preemption.reasons)}`;
    case "notEligible":
      return `${claims} ${preemption.why}`;
  }
}

/** The first sentence of the message. */
export function describeRefusal({ reasons, isEarly }: Refusal): string {
  return isEarly ? `0/1 nodes are available: ${reasons.join()}.` : describeNodes(reasons);
}

/** The reasons of the one node. */
function describeNodes(reasons: readonly string[]): string {
  const counted = reasons.map((reason) => `1 ${reason}`).toSorted();
  return `0/1 nodes are available: ${counted.join(", ")}.`;
}
