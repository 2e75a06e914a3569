/** What a scheduler writes of Pods that wait, and of those that go for them. */
import { PREEMPTED } from "../api/scheduling/priority.ts";
import type { Pod, PodCondition } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import { formatSecond } from "../base/go_text.ts";
import type { ObjectClient } from "../store/client.ts";
import { isRefusal } from "../store/status_error.ts";

/** The Pod with the condition that it has no node, and why. */
export function withUnscheduled(pod: Pod, message: string, clock: Clock): Pod {
  const before = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  const since = before?.status === "False" ? before.lastTransitionTime : undefined;
  return withCondition(pod, {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    ...observed(pod),
    lastProbeTime: null,
    lastTransitionTime: since ?? timeOf(clock),
  });
}

/** Why a Pod is ended. */
export interface DisruptionCause {
  /** Kubernetes' word. */
  readonly reason: string;
  readonly message: string;
}

/** That of a Pod that goes to make room (R-SCHED-5). */
export const PREEMPTION: DisruptionCause = {
  reason: PREEMPTED,
  message: "default-scheduler: preempting to accommodate a higher priority pod",
};

/**
 * Ends a Pod as a deletion does, with its own grace and a condition that says why (R-SCHED-5,
 * R-SCHED-6).
 *
 * @returns false: it was gone before.
 * @throws {StatusError} `Conflict`; any other error if the store could not be asked.
 */
export async function disrupt(
  { metadata: { namespace = "", name, uid = "" } }: Pod,
  cause: DisruptionCause,
  { client, clock }: {
    readonly client: Pick<ObjectClient, "get" | "updateStatus" | "delete">;
    readonly clock: Clock;
  },
): Promise<boolean> {
  const present = client.get("Pod", namespace, name);
  if (present?.metadata.uid !== uid) return false;
  try {
    await client.updateStatus(withDisruption(present, cause, timeOf(clock)));
    await client.delete("Pod", namespace, name, { uid });
    return true;
  } catch (error) {
    // Which is the goal.
    if (isRefusal(error, "NotFound")) return false;
    throw error;
  }
}

function withDisruption(pod: Pod, cause: DisruptionCause, time: string): Pod {
  return withCondition(pod, {
    type: "DisruptionTarget",
    status: "True",
    ...cause,
    ...observed(pod),
    lastProbeTime: null,
    lastTransitionTime: time,
  });
}

/** In place of one of its type; the others stay. */
function withCondition(pod: Pod, condition: PodCondition): Pod {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}

function observed({ metadata: { generation } }: Pod): Pick<PodCondition, "observedGeneration"> {
  return generation === undefined ? {} : { observedGeneration: generation };
}

function timeOf(clock: Clock): string {
  return formatSecond(clock.wallTime(clock.now()));
}
