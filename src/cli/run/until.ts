/** The condition of `--until`; pure. */
import type { Pod } from "../../api/types/pod.ts";
import type { UntilCondition } from "../arguments/values.ts";

/** Whether a phase or condition of a pod is as `--until` wants it. */
export function holds(pod: Pod, until: UntilCondition): boolean {
  if (pod.status?.phase === until) return true;
  return pod.status?.conditions?.some(({ type, status }) => type === until && status === "True") ??
    false;
}
