/** Events and states in the words of a scenario's expectations; pure. */
import type { ContainerStatus } from "../api/types/pod.ts";
import type { Millis } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { LogEvent } from "../lifecycle/trace/log_event.ts";

/**
 * `at TIME KIND WHO WHAT`, without the rule: lifecycle time, the event's type, the container, and
 * what is particular to the type. With several Pods a container is `POD/CONTAINER`, and a Pod is
 * named in its own events.
 */
export function formatTraceLine(event: LogEvent, severalPods: boolean): string {
  const pod = event.pod.slice(event.pod.indexOf("/") + 1);
  const container = "container" in event ? event.container : undefined;
  const who = severalPods ? [pod, container].filter(Boolean).join("/") : container;
  const words = [`at ${formatMoment(event.at)}`, event.type, who, ...wordsOf(event)];
  return words.filter((word) => word !== undefined && word !== "").join(" ");
}

function formatMoment(ms: Millis): string {
  return ms === 0 ? "0s" : formatDuration(ms);
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
