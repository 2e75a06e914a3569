/** The event log's lines for probes and hooks. */
import type { RunHook } from "../record/action.ts";
import { explainEnding, explainProbe, explainStop, roleOf } from "./because.ts";
import type { HookFinished, ProbeFinished } from "../record/event.ts";
import { isHookAwaited } from "./kubernetes_event.ts";
import { type Decision, describe, type HookFinishedLogEvent, type LogEvent } from "./log_event.ts";
import { capital, roleName, type Step } from "./trace_step.ts";

/** A probe has been run; nothing of one whose container has ended meanwhile. */
export function traceProbe(step: Step, event: ProbeFinished): readonly LogEvent[] {
  const { pod, before, after } = step;
  const { name, containerId, probe, outcome, output } = event;
  const containerRecord = before.containers.get(name);
  const worker = containerRecord?.probes?.[probe];
  const run = containerRecord?.current;
  const now = after.containers.get(name)?.current;
  if (
    worker?.running === undefined || run?.type !== "running" || now?.type !== "running" ||
    run.containerId !== containerId
  ) return [];
  const change = { from: run.probes?.[probe] ?? "unknown", to: now.probes?.[probe] ?? "unknown" };
  const words = { success: "succeeded", warning: "warns", failure: "failed", error: "errored" };
  const what = `${capital(probe)} probe of ${roleName(pod, name)} ${words[outcome]}`;
  return [{
    type: "probe.result",
    ...describe(step, outcome === "success" || output === "" ? what : `${what}: ${cut(output)}`),
    container: name,
    role: roleOf(pod, name),
    probe,
    result: outcome,
    changed: change.from !== change.to,
    output,
    ...explainProbe(event, worker, change),
  }];
}

/** What fits into a sentence; all of it is beside it. */
function cut(output: string): string {
  const text = output.trimEnd();
  return text.length <= MAX_WORDS ? text : `${text.slice(0, MAX_WORDS)}…`;
}

/** In characters. */
const MAX_WORDS = 200;

/** A hook begins. */
export function traceHookStart(step: Step, { name, hook }: RunHook): LogEvent {
  const { pod, after } = step;
  const stop = after.containers.get(name)?.current?.stop;
  return {
    type: "hook.started",
    ...describe(step, `${capital(hook)} hook of ${roleName(pod, name)} started`),
    container: name,
    role: roleOf(pod, name),
    hook,
    ...(stop === undefined ? { because: "its program has been started", rule: "R-HOOK-3" } : {
      because: `it is being stopped: ${explainStop(after, stop.cause).because}`,
      rule: "R-HOOK-6",
    }),
  };
}

/** The end of a hook; no line for a hook whose end no longer matters. */
export function traceHookEnd(step: Step, event: HookFinished): readonly LogEvent[] {
  const { before } = step;
  const { name, hook, outcome, output, exitCode } = event;
  if (!isHookAwaited(before, event)) return [];
  const ended = before.containers.get(name)?.current?.type !== "running";
  return [
    hookEnd(step, {
      container: name,
      hook,
      result: outcome === "failure" ? "failure" : "success",
      ...(output !== undefined && { output }),
      ...(exitCode !== undefined && { exitCode }),
      ...explainHook(event, ended),
    }),
  ];
}

function explainHook({ hook, outcome }: HookFinished, ended: boolean): Decision {
  if (outcome !== "failure") {
    return hook === "postStart"
      ? { because: "the container's start is over with it", rule: "R-HOOK-3" }
      : { because: "the time it took is taken from the grace", rule: "R-HOOK-7" };
  }
  if (hook === "preStop") return { because: "stopping goes on without it", rule: "R-HOOK-6" };
  return {
    because: ended ? "its container had ended by then" : "its container is to be stopped",
    rule: "R-HOOK-4",
  };
}

/** A preStop hook has used up the grace. */
export function traceHookAbandoned(step: Step, container: string): LogEvent {
  return hookEnd(step, {
    container,
    hook: "preStop",
    result: "abandoned",
    because: "the grace is used up: stopping goes on without it",
    rule: "R-HOOK-7",
  });
}

/** A postStart hook is cancelled; no line for one that had not begun. */
export function traceHookCancelled(step: Step, container: string): readonly LogEvent[] {
  const { before, after } = step;
  if (before.containers.get(container)?.current?.postStart !== "running") return [];
  const { because } = explainEnding(after.ending);
  return [
    hookEnd(step, { container, hook: "postStart", result: "cancelled", because, rule: "R-HOOK-5" }),
  ];
}

type HookEnd = Pick<
  HookFinishedLogEvent,
  "container" | "hook" | "result" | "output" | "exitCode" | "because" | "rule"
>;

function hookEnd(step: Step, end: HookEnd): LogEvent {
  const { container, hook, result, output = "", exitCode } = end;
  const words = {
    success: "succeeded",
    failure: "failed",
    abandoned: "is abandoned",
    cancelled: "is cancelled",
  };
  const code = exitCode === undefined || exitCode === 0 ? "" : ` with exit code ${exitCode}`;
  const why = output.trim() === "" ? "" : `: ${cut(output)}`;
  const who = roleName(step.pod, container);
  return {
    type: "hook.finished",
    ...describe(step, `${capital(hook)} hook of ${who} ${words[result]}${code}${why}`),
    role: roleOf(step.pod, container),
    ...end,
  };
}
