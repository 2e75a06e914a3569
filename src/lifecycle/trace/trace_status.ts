/** The event log's lines for a newly published status. */
import type { Pod } from "../../api/types/pod.ts";
import { explainCondition, explainPhase } from "./because.ts";
import type { StatusPublished } from "../record/event.ts";
import type { Millis } from "../../base/clock.ts";
import { describe, type LogEvent, type PodConditionLogEvent } from "./log_event.ts";
import type { PodRecord } from "../record/record.ts";

/** Says what has changed for users: the phase, and conditions whose status is another one. */
export function traceStatus(
  pod: Pod,
  before: PodRecord,
  { at, status }: StatusPublished,
): readonly LogEvent[] {
  const old = before.published;
  const lines: LogEvent[] = [];
  const from = old.phase ?? "Pending";
  const to = status.phase ?? "Pending";
  if (from !== to) {
    const why = [status.reason, status.message].filter((it) => it !== undefined);
    lines.push({
      type: "pod.phase",
      ...describe({ pod, at }, [`Pod is ${to}`, ...why].join(": ").trimEnd()),
      from,
      to,
      ...(status.reason !== undefined && { reason: status.reason }),
      ...explainPhase(pod, before, status),
    });
  }
  for (const condition of status.conditions ?? []) {
    const before = old.conditions?.find(({ type }) => type === condition.type);
    if (before?.status === condition.status) continue;
    const { type, reason, message } = condition;
    const rule = conditionRules[type];
    if (rule === undefined) continue;
    const word = condition.status === "True" ? "" : "not ";
    lines.push({
      type: "pod.condition",
      ...describe({ pod, at }, `Pod is ${word}${conditionWords[type] ?? type}`),
      condition: type,
      status: condition.status,
      ...(reason !== undefined && { reason }),
      because: message ?? reason ?? explainCondition(type, condition.status === "True"),
      rule,
    });
  }
  return lines;
}

/** Says that a Pod has to wait for a node, and why. */
export function traceUnschedulable(pod: Pod, message: string, at: Millis): PodConditionLogEvent {
  return {
    type: "pod.condition",
    ...describe({ pod, at }, `Pod is not scheduled: ${message}`),
    condition: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    because: message,
    rule: "R-SCHED-1",
  };
}

const conditionRules: Readonly<Record<string, string>> = {
  PodScheduled: "R-COND-2",
  PodReadyToStartContainers: "R-COND-2",
  Initialized: "R-COND-3",
  ContainersReady: "R-COND-4",
  Ready: "R-COND-5",
  AllContainersRestarting: "R-RAC-2",
  PodResizePending: "R-RESIZE-4",
  PodResizeInProgress: "R-RESIZE-3",
};

const conditionWords: Readonly<Record<string, string>> = {
  PodScheduled: "scheduled",
  PodReadyToStartContainers: "ready to start containers",
  Initialized: "initialized",
  ContainersReady: "ready in all its containers",
  Ready: "ready",
  AllContainersRestarting: "restarting all its containers",
  PodResizePending: "waiting for other amounts",
  PodResizeInProgress: "getting other amounts",
};
