/**
 * What is reported of a Pod without a node, in the scheduler's words; pure.
 *
 * Rule: Kubernetes, pkg/scheduler/framework/types.go, FitError.
 */
import type { Pod } from "../types/pod.ts";
import type { Refusal } from "./filters.ts";
import type { NodePods } from "./node_pods.ts";

/**
 * The message of the condition and of the Event. What preemption comes to is left out where other
 * Pods could make room: none is preempted here.
 */
export function describeUnschedulable(pod: Pod, refusal: Refusal, pods: NodePods): string {
  const message = describeRefusal(refusal);
  // So says a preemption without the facts that a look at the nodes would have left it.
  if (refusal.isEarly) return `${message} not found`;
  const preemption = describePreemption(pod, refusal, pods);
  return preemption === undefined
    ? message
    : `${message} no new claims to deallocate, preemption: ${preemption}`;
}

function describePreemption(pod: Pod, refusal: Refusal, pods: NodePods): string | undefined {
  const { preemptionPolicy, priority = 0 } = pod.spec;
  if (preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  if (refusal.isLasting) return describeNodes(["Preemption is not helpful for scheduling"]);
  const isBelow = (other: Pod) => (other.spec.priority ?? 0) < priority;
  return Iterator.from(pods.list()).some(isBelow)
    ? undefined
    : describeNodes(["No preemption victims found for incoming pod"]);
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
