/**
 * Whether a node can take a Pod that it has been given, with or without a scheduler; pure.
 *
 * Rule: R-ADMIT-1; Kubernetes, pkg/kubelet/lifecycle/predicate.go.
 */
import type { Pod } from "../types/pod.ts";
import { findShortages, findTakenPort, type Shortage } from "./filters.ts";
import { findUntolerated, matchesNodeAffinity } from "./node_affinity.ts";
import type { NodePods, SchedulableNode } from "./node_pods.ts";

/** Why a node rejects a Pod that was assigned to it. */
export interface NodeRejection {
  readonly reason: `OutOf${string}` | "NodeAffinity" | "NodePorts" | "TaintToleration";
  readonly message: string;
}

/**
 * Looks at what a scheduler would have looked at; the first refusal counts.
 *
 * @param pods the others of the node.
 * @returns undefined if the node can take it.
 */
export function findNodeRejection(
  pod: Pod,
  node: SchedulableNode,
  pods: NodePods,
): NodeRejection | undefined {
  const [shortage] = findShortages(pod, node, pods);
  if (shortage !== undefined) return describeShortage(shortage);
  if (!matchesNodeAffinity(pod, node)) {
    return reject("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  }
  if (findTakenPort(pod, pods)) {
    return reject("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  }
  return findUntolerated(pod, node, ["NoExecute"]) &&
    reject("TaintToleration", "node(s) had taints that the pod didn't tolerate");
}

function reject(reason: NodeRejection["reason"], why: string): NodeRejection {
  return { reason, message: `Predicate ${reason} failed: ${why}` };
}

/** CPU is counted in thousandths. */
function describeShortage({ resource, requested, used, capacity }: Shortage): NodeRejection {
  const unit = resource === "cpu" ? 1_000_000n : 1_000_000_000n;
  // What is finer is rounded up.
  const inUnits = (nanos: bigint) => (nanos + unit - 1n) / unit;
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${inUnits(requested)}, ` +
      `used: ${inUnits(used)}, capacity: ${inUnits(capacity)}`,
  };
}
