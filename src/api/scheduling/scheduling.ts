/**
 * What decides which Pods the one node gets; pure. Loaded only where a Pod asks something of it.
 */
import type { Pod } from "../types/pod.ts";
import { findRefusal, type Surroundings } from "./filters.ts";
import { findNodeRejection, type NodeRejection } from "./node_admission.ts";
import { NodePods, type SchedulableNode } from "./node_pods.ts";
import { findPreemption } from "./preemption.ts";
import { describeRefusal, describeUnschedulable } from "./unschedulable.ts";

/** Why a Pod has no node. */
export interface Unschedulable {
  /** The scheduler's words. */
  readonly message: string;
  /** For people: its first sentence, with what of the node is meant. */
  readonly explanation: string;
  /** The Pods that go to make room. */
  readonly victims: readonly Pod[];
}

/** The decisions about one node. */
export interface Scheduling {
  /** No Pods. */
  createNodePods(): NodePods;
  /** Why the node cannot have a Pod beside these; undefined: it can. */
  findUnschedulable(
    pod: Pod,
    surroundings: Omit<Surroundings, "node">,
  ): Unschedulable | undefined;
  /** Why the node rejects a Pod that it has been given; undefined: it takes it. */
  findRejection(pod: Pod, pods: NodePods): NodeRejection | undefined;
}

/** The decisions about this node. */
export function createScheduling(node: SchedulableNode): Scheduling {
  return {
    createNodePods: () => new NodePods(),
    findUnschedulable: (pod, { pods, findClaim }) => {
      const surroundings = { node, pods, findClaim };
      const refusal = findRefusal(pod, surroundings);
      if (refusal === undefined) return undefined;
      const preemption = findPreemption(pod, refusal, surroundings);
      const hint = refusal.hint === undefined ? "" : `; ${refusal.hint}`;
      return {
        message: describeUnschedulable(refusal, preemption),
        explanation: describeRefusal(refusal).slice(0, -1) + hint,
        victims: preemption.type === "possible" ? preemption.victims : [],
      };
    },
    findRejection: (pod, pods) => findNodeRejection(pod, node, pods),
  };
}
