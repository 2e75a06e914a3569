/** What happened to objects that manage Pods, in sentences; pure. */
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { ConditionStatus } from "../api/types/pod.ts";
import { escapeControls } from "../base/control_characters.ts";
import { ownValue } from "../base/plain_data.ts";
import type { RunEvent } from "../lifecycle/trace/log_event.ts";
import { glossary } from "./glossary.ts";
import { Advice, section } from "./meaning.ts";
import { rules } from "./rules.ts";

/** An event about an object beside the Pods. */
export type ObjectEvent = Extract<RunEvent, { readonly object: string }>;

interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
}

/** The explanation of the objects of a run, one after the other. */
export function explainObjectEvents(events: readonly ObjectEvent[]): string[] {
  const shown = events.filter(isExplained);
  const objects = [...new Set(shown.map(({ object }) => object))];
  return objects.flatMap((object, index) => [
    ...(index === 0 ? [] : [""]),
    ...explainObject(object, events.filter((it) => it.object === object)),
  ]);
}

type Explained = Extract<
  ObjectEvent,
  { readonly type: "controller.decision" | "object.condition" | "endpoints.changed" }
>;

function isExplained(event: ObjectEvent): event is Explained {
  return event.type === "controller.decision" || event.type === "object.condition" ||
    event.type === "endpoints.changed";
}

function explainObject(object: string, events: readonly ObjectEvent[]): string[] {
  const advice = new Advice();
  const conditions = new Map<string, Condition>();
  for (const event of events) {
    if (event.type !== "object.condition") continue;
    const { condition: type, status, reason, because: message } = event;
    conditions.set(type, { type, status, reason, message });
  }
  const decisions = events.filter(isExplained);
  const progress = events.findLast((it) => it.type === "object.updated");
  const isGone = events.some(({ type }) => type === "object.deleted");
  const named = new Set(decisions.flatMap(({ rule }) => rule ?? []));
  return [
    `${object}${isGone ? ", deleted at the end" : ""}` +
    (progress?.type === "object.updated" ? `: ${progress.change}` : ""),
    ...section(
      "What was decided, and why",
      decisions.map(({ at, message, rule }) =>
        `${(at / 1000).toFixed(3)}s  ${message}${rule === undefined ? "" : ` (${rule})`}`
      ),
    ),
    ...section(
      "Its last conditions",
      [...conditions.values()].flatMap((it) => explainCondition(object, it, advice)),
    ),
    ...section(
      "The rules",
      [...named].map((rule) => `${rule}: ${ownValue(rules, rule)?.text ?? "unknown here"}`),
    ),
    ...section("What to look at next", advice.lines),
  ].map(escapeControls);
}

/** The explanation of an object's status. */
export function explainObjectStatus(object: KubernetesObject): string[] {
  const { kind, metadata: { namespace = "default", name } } = object;
  const subject = `${kind} ${namespace}/${name}`;
  const advice = new Advice();
  const { conditions = [] } = ("status" in object && object.status || {}) as {
    readonly conditions?: readonly Condition[];
  };
  return [
    `${subject}${formatCounts(object)}`,
    ...section("Conditions", conditions.flatMap((it) => explainCondition(subject, it, advice))),
    ...section("What to look at next", advice.lines),
  ].map(escapeControls);
}

function formatCounts(object: KubernetesObject): string {
  const { kind } = object;
  if (kind !== "Deployment" && kind !== "ReplicaSet" && kind !== "ReplicationController") return "";
  const { spec: { replicas = 1 }, status } = object;
  return `: ${status?.availableReplicas ?? 0} of ${replicas} Pods available`;
}

function explainCondition(
  subject: string,
  { type, status, reason = "", message = "" }: Condition,
  advice: Advice,
): string[] {
  const meaning = glossary[reason]?.[0];
  advice.add(subject, meaning);
  return [
    `${type} is ${status} (${reason}): ${message.replace(/\.$/, "")}` +
    (meaning === undefined ? "" : `. ${meaning.text} (${meaning.rule})`),
  ];
}
