/** Lifecycle lines for people: one event, one line; pure. */
import { escapeControls } from "../base/control_characters.ts";
import type { RunEvent } from "../lifecycle/trace/log_event.ts";

/** How lines are arranged. */
export interface SummaryStyle {
  /** Whether escape sequences may colour them. */
  readonly colour: boolean;
  /** Width of the column of names: that of the longest name. */
  readonly subjectWidth: number;
  /** The part of a name that distinguishes it. */
  readonly naming: Naming;
}

/**
 * How a container is named: by its own name alone, as `pod/container` where there are several pods,
 * and as `namespace/pod/container` where two of them have one name.
 */
export type Naming = "container" | "pod" | "namespace";

const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const DIM = 2;

/**
 * One event as a line without its end: the lifecycle time in seconds, who, and what. Undefined for
 * what is only of interest to programs: conditions, unless the Pod became ready or has to wait for
 * a node, repeated probe results, and output.
 */
export function formatSummaryLine(event: RunEvent, style: SummaryStyle): string | undefined {
  if (event.type === "log") return undefined;
  if (isOfInterestToPrograms(event)) return undefined;
  if (event.type === "probe.result" && event.result === "success" && !event.changed) {
    return undefined;
  }
  const time = `${(event.at / 1000).toFixed(3)}s`.padStart(9);
  const subject = subjectOf(event, style.naming);
  const who = subject.padEnd(style.subjectWidth);
  const message = escapeControls(event.message);
  if (!style.colour) return `${time}  ${who}  ${message}`;
  return `${paint(DIM, time)}  ${who}  ${paint(colourOf(event), message)}`;
}

/**
 * Objects that are owned have the lines of the decisions about them, and a condition has one when
 * it is news: neither that nothing is available yet, nor that a rollout goes on.
 */
function isOfInterestToPrograms(event: RunEvent): boolean {
  switch (event.type) {
    case "object.created":
    case "object.updated":
    case "object.deleted":
      return event.owner !== undefined;
    case "object.condition":
      // A Job's are the decisions about it.
      return event.object.startsWith("Job ") ||
        (event.from === undefined && event.status === "False") ||
        PROGRESSING.includes(event.reason);
    case "pod.condition":
      return event.reason !== "Unschedulable" &&
        (event.condition !== "Ready" || event.status !== "True");
    case "controller.decision":
      return HOUSEKEEPING.includes(event.action);
    default:
      return false;
  }
}

/** What controllers note for themselves; the change of endpoints has a line of its own. */
const HOUSEKEEPING = [
  "annotateReplicaSet",
  "removeFinalizer",
  "createEndpointSlice",
  "updateEndpointSlice",
  "deleteEndpointSlice",
  "createEndpoints",
  "updateEndpoints",
  "deleteEndpoints",
  "releaseNamespace",
];

/** Reasons of a rollout that goes on. */
const PROGRESSING = ["NewReplicaSetCreated", "FoundNewReplicaSet", "ReplicaSetUpdated"];

function subjectOf(event: RunEvent, naming: Naming): string {
  if ("pod" in event) return formatSubject(event, naming);
  if (event.type === "object.ignored") return "";
  return event.object.replace(/^.*[ /]/, "");
}

/** The subject of an event: the container, else the pod. */
export function formatSubject(
  event: { readonly pod: string; readonly container?: string },
  naming: Naming,
): string {
  const pod = naming === "namespace" ? event.pod : event.pod.slice(event.pod.indexOf("/") + 1);
  if (event.container === undefined) return pod;
  return naming === "container" ? event.container : `${pod}/${event.container}`;
}

function colourOf(event: RunEvent): number | undefined {
  switch (event.type) {
    case "container.exited":
      return event.exitCode === 0 ? undefined : RED;
    case "container.started":
      return GREEN;
    case "container.waiting":
    case "container.killing":
    case "field.ignored":
    case "object.ignored":
      return YELLOW;
    case "pod.condition":
      return event.status === "True" ? undefined : YELLOW;
    case "probe.result":
      return event.result === "success" ? GREEN : YELLOW;
    case "hook.finished":
      return event.result === "success" ? undefined : YELLOW;
    case "pod.finished":
      return event.exitCode === 0 ? GREEN : RED;
    case "object.condition":
      return event.status === "True" ? GREEN : YELLOW;
    case "endpoints.changed":
      return event.ready > 0 ? GREEN : YELLOW;
    case "object.created":
    case "object.updated":
    case "object.deleted":
    case "controller.decision":
    case "pod.phase":
    case "sandbox.started":
    case "sandbox.exited":
    case "hook.started":
    case "log":
      return undefined;
  }
}

function paint(colour: number | undefined, text: string): string {
  return colour === undefined ? text : `\x1b[${colour}m${text}\x1b[0m`;
}
