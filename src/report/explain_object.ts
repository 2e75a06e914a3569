/** What happened to objects that manage Pods, in sentences; pure. */
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { EndpointSlice } from "../api/types/network.ts";
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
  const { kind, metadata: { namespace, name } } = object;
  const subject = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  const advice = new Advice();
  const { conditions = [] } = ("status" in object && object.status || {}) as {
    readonly conditions?: readonly Condition[];
  };
  return [
    `${subject}${formatCounts(object)}`,
    ...section("Endpoints", object.kind === "EndpointSlice" ? describeEndpoints(object) : []),
    ...section("Conditions", conditions.flatMap((it) => explainCondition(subject, it, advice))),
    ...section("What to look at next", advice.lines),
  ].map(escapeControls);
}

/** What it comes to, in a few words. */
function formatCounts(object: KubernetesObject): string {
  switch (object.kind) {
    case "Deployment":
    case "ReplicaSet":
    case "ReplicationController": {
      const { spec: { replicas = 1 }, status } = object;
      return `: ${status?.availableReplicas ?? 0} of ${replicas} Pods available`;
    }
    case "Service": {
      const { type = "ClusterIP", clusterIP, externalName, ports = [] } = object.spec;
      const address = clusterIP ?? externalName ?? "no address";
      const open = ports.map(({ port, targetPort, nodePort, protocol = "TCP" }) =>
        `, ${protocol} ${port}${nodePort === undefined ? "" : ` and ${nodePort} of the node`} to ` +
        `${targetPort ?? port}`
      );
      return `: ${type} ${address === "None" ? "without an address" : address}${open.join("")}`;
    }
    case "EndpointSlice": {
      const { endpoints = [] } = object;
      const ready = endpoints.filter(({ conditions }) => conditions?.ready).length;
      return `: ${ready} of ${endpoints.length} endpoints ready`;
    }
    case "Namespace":
      return `: ${object.status?.phase ?? "Active"}`;
    default:
      return "";
  }
}

/** Each endpoint, and why it gets no traffic. */
function describeEndpoints({ endpoints = [] }: EndpointSlice): string[] {
  return endpoints.map(({ addresses, targetRef, conditions = {} }) => {
    const pod = targetRef === undefined ? "" : ` (${targetRef.kind} ${targetRef.name})`;
    const { ready, serving, terminating } = conditions;
    const state = ready
      ? serving === false ? "ready, as not ready addresses are published too (R-SLICE-3)" : "ready"
      : terminating
      ? "its Pod is being deleted: it gets no new traffic (R-SLICE-4)"
      : "its Pod is not Ready: it gets no traffic (R-SLICE-2)";
    return `${addresses.join(", ")}${pod}: ${state}`;
  });
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
