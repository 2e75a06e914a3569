/** Events and states in the words of a scenario's expectations; pure. */
import type { ContainerStatus } from "../api/types/pod.ts";
import type { Millis } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { LogEvent, RunEvent } from "../lifecycle/trace/log_event.ts";

/** `at TIME KIND WHO WHAT`, without the rule, see {@link traceWords}. */
export function formatTraceLine(event: RunEvent, severalPods: boolean): string {
  return ["at", formatMoment(event.at), event.type, ...traceWords(event, severalPods)].join(" ");
}

/**
 * WHO and WHAT of an event: the container, and what is particular to the type. With several Pods a
 * container is `POD/CONTAINER`, and a Pod is named in its own events; an object is named as the
 * event names it.
 */
export function traceWords(event: RunEvent, severalPods: boolean): string[] {
  const words = "pod" in event
    ? [nameOf(event, severalPods), ...wordsOf(event)]
    : [event.object, ...objectWordsOf(event)];
  return words.filter((word) => word !== undefined && word !== "").flatMap((word) =>
    String(word).split(" ")
  );
}

function nameOf(event: LogEvent, severalPods: boolean): string | undefined {
  const pod = event.pod.slice(event.pod.indexOf("/") + 1);
  const container = "container" in event ? event.container : undefined;
  return severalPods ? [pod, container].filter(Boolean).join("/") : container;
}

/** A moment as a scenario writes it. */
export function formatMoment(ms: Millis): string {
  return ms === 0 ? "0s" : formatDuration(ms);
}

function objectWordsOf(
  event: Exclude<RunEvent, LogEvent>,
): readonly (string | number | undefined)[] {
  switch (event.type) {
    case "object.created":
    case "object.updated":
    case "object.deleted":
      return [event.change];
    case "controller.decision":
      return [event.action, event.target];
    case "object.condition":
      return [event.condition, event.status, event.reason];
    case "endpoints.changed":
      return [event.ready, event.notReady];
    case "object.ignored":
      return [];
    case "field.ignored":
      return [event.field];
  }
}

function wordsOf(event: LogEvent): readonly (string | number | undefined)[] {
  switch (event.type) {
    case "pod.phase":
      return [event.from, event.to, event.reason];
    case "pod.condition":
      return [event.condition, event.status, event.reason];
    case "sandbox.started":
    case "sandbox.exited":
      return [event.attempt];
    case "container.started":
      return event.restartCount === 0 ? [] : ["restart", event.restartCount];
    case "container.exited":
      return [event.reason, event.exitCode, event.signal];
    case "container.waiting":
      return [
        event.reason,
        ...(event.delayMs === undefined ? [] : ["delay", formatMoment(event.delayMs)]),
      ];
    case "container.killing":
      return [event.signal, "grace", `${event.graceSeconds}s`];
    case "probe.result":
      return [event.probe, event.result, event.changed ? "changed" : ""];
    case "hook.started":
      return [event.hook];
    case "hook.finished":
      return [event.hook, event.result, event.exitCode];
    case "field.ignored":
      return [event.field];
    case "log":
      return [event.stream, event.line];
    case "pod.finished":
      return [event.phase, event.exitCode];
  }
}

/** A container's state: `Waiting REASON`, `Running` or `Terminated REASON CODE`. */
export function formatContainerState({ state }: ContainerStatus): string {
  if (state?.running !== undefined) return "Running";
  if (state?.terminated !== undefined) {
    return `Terminated ${state.terminated.reason} ${state.terminated.exitCode}`;
  }
  return `Waiting ${state?.waiting?.reason ?? ""}`.trim();
}
