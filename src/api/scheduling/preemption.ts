/**
 * Which Pods have to go so that another one finds room; pure.
 *
 * Rule: R-SCHED-5; Kubernetes, pkg/scheduler/framework/plugins/defaultpreemption/
 * default_preemption.go, SelectVictimsOnNode.
 */
import type { Pod } from "../types/pod.ts";
import { findRefusal, type Refusal, type Surroundings } from "./filters.ts";
import { NodePods } from "./node_pods.ts";
import { PREEMPTED, priorityOf } from "./priority.ts";

/** What the end of less important Pods comes to. */
export type Preemption =
  | { readonly type: "possible"; readonly victims: readonly Pod[] }
  /** Why it does not help: one sentence of the scheduler's. */
  | { readonly type: "useless"; readonly reasons: readonly string[] }
  /** The Pod may not have others ended, now or at all. */
  | { readonly type: "notEligible"; readonly why: string };

/** What preemption comes to for a Pod that the node refuses. */
export function findPreemption(
  pod: Pod,
  refusal: Refusal,
  surroundings: Surroundings,
): Preemption {
  if (pod.spec.preemptionPolicy === "Never") {
    return { type: "notEligible", why: "not eligible due to preemptionPolicy=Never." };
  }
  if (refusal.isLasting) {
    return { type: "useless", reasons: ["Preemption is not helpful for scheduling"] };
  }
  const all = [...surroundings.pods.list()];
  const lower = all.filter((it) => priorityOf(it) < priorityOf(pod)).toSorted(compareImportance);
  if (pod.status?.nominatedNodeName && lower.some(isEnding)) {
    const why = "not eligible due to a terminating pod on the nominated node.";
    return { type: "notEligible", why };
  }
  if (lower.length === 0) {
    return { type: "useless", reasons: ["No preemption victims found for incoming pod"] };
  }
  const pods = new NodePods();
  for (const other of all) if (!lower.includes(other)) pods.add(other);
  const isRefused = () => findRefusal(pod, { ...surroundings, pods });
  const left = isRefused();
  if (left !== undefined) return { type: "useless", reasons: left.reasons };
  // The most important one stays first, if that leaves room enough.
  const victims = lower.filter((other) => {
    pods.add(other);
    if (isRefused() === undefined) return false;
    pods.remove(other.metadata.uid!);
    return true;
  });
  return { type: "possible", victims };
}

/** Of the same priority, the one that has run for longer. */
function compareImportance(a: Pod, b: Pod): number {
  const startOf = ({ status }: Pod) => status?.startTime ?? "~";
  return priorityOf(b) - priorityOf(a) || (startOf(a) < startOf(b) ? -1 : 1);
}

/** Whether it is on its way out to make room. */
function isEnding({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined &&
    (status?.conditions ?? []).some(({ type, reason }) =>
      type === "DisruptionTarget" && reason === PREEMPTED
    );
}
