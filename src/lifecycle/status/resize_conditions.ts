/** The conditions of a change of amounts (R-RESIZE-4, R-RESIZE-9). */
import type { PodCondition, PodPhase } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodRecord } from "../record/record.ts";
import { formatTime } from "./container_status.ts";
import { isTerminalPhase } from "./phase.ts";

/** Those that there are: they are True, or absent. */
export function generateResizeConditions(
  { resize, settings }: PodRecord,
  phase: PodPhase,
): readonly PodCondition[] {
  if (resize === undefined || isTerminalPhase(phase)) return [];
  const { pending, inProgress } = resize;
  const condition = (
    type: string,
    { generation, at, ...why }: {
      readonly generation: number;
      readonly at: Millis;
      readonly reason?: string;
      readonly message?: string;
    },
  ): PodCondition => ({
    type,
    status: "True",
    ...why,
    observedGeneration: generation,
    lastProbeTime: formatTime(settings, at),
    lastTransitionTime: formatTime(settings, at),
  });
  const { error } = inProgress ?? {};
  return [
    ...pending === undefined ? [] : [condition("PodResizePending", {
      generation: pending.generation,
      at: pending.at,
      reason: pending.reason,
      message: pending.message,
    })],
    ...inProgress === undefined ? [] : [condition("PodResizeInProgress", {
      generation: inProgress.generation,
      at: error?.at ?? inProgress.at,
      ...(error && { reason: "Error", message: error.message }),
    })],
  ];
}
