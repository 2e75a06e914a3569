/** The event log's lines for a step, each with its rule and its because. */
import { findContainer } from "../../api/pod_containers.ts";
import { formatDate } from "../../base/go_text.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { BackOffContainer, SignalContainer } from "../record/action.ts";
import {
  explainEnd,
  explainHold,
  explainStart,
  explainStop,
  formatSeconds,
  roleOf,
} from "./because.ts";
import { wallTime } from "../status/container_status.ts";
import type {
  ContainerExited,
  ContainerStarted,
  ContainerStartFailed,
  PodEvent,
} from "../record/event.ts";
import { type Decision, describe, type LogEvent } from "./log_event.ts";
import type { PodRecord } from "../record/record.ts";
import { isRestartable } from "../policy/restart.ts";
import { computeKillAt } from "../decide/termination.ts";
import {
  traceHookAbandoned,
  traceHookCancelled,
  traceHookEnd,
  traceHookStart,
  traceProbe,
} from "./trace_handler.ts";
import { traceStatus } from "./trace_status.ts";
import { capital, roleName, type Step } from "./trace_step.ts";

/** Says what one step means to someone who reads the event log; nothing, for most. */
export function tracePodEvent(
  pod: Pod,
  before: PodRecord,
  event: PodEvent,
  after: PodRecord,
): readonly LogEvent[] {
  if (before === after) return [];
  const step: Step = { pod, before, after, at: event.at };
  switch (event.type) {
    case "statusPublished":
      return traceStatus(pod, before, event);
    case "sandboxStarted": {
      const { attempt, pid, isolation } = event;
      return [{
        type: "sandbox.started",
        ...describe(step, `Sandbox ${attempt} started: ${isolation}`),
        pid,
        attempt,
        isolation,
        ...(attempt === 0
          ? { because: "the pod had no sandbox", rule: "R-SANDBOX-1" }
          : { because: `sandbox ${attempt - 1} is gone`, rule: "R-SANDBOX-5" }),
      }];
    }
    case "sandboxExited":
    case "sandboxStopped":
      return traceSandboxEnd(step, event.type);
    case "containerStarted":
      return traceStart(step, event);
    case "containerStartFailed":
      return traceStartFailure(step, event);
    case "containerExited":
      return traceExit(step, event);
    case "actionBegun": {
      const { action } = event;
      if (action.type === "backOffContainer") return traceBackOff(step, action);
      if (action.type === "signalContainer") return traceSignal(step, action);
      if (action.type === "runHook") return [traceHookStart(step, action)];
      if (action.type === "cancelHook") return traceHookCancelled(step, action.name);
      return [];
    }
    case "probeFinished":
      return traceProbe(step, event);
    case "hookFinished":
      return traceHookEnd(step, event);
    case "resizeDesired":
    case "resizeAdmitted":
    case "resizeRefused":
    case "podResized":
    case "resizeFailed":
    case "roomChanged":
    case "containerLost":
    case "rejected":
    case "deletionRequested":
    case "killRequested":
    case "evicted":
    case "volumesPrepared":
    case "volumesFailed":
    case "sandboxFailed":
    case "sandboxStopFailed":
    case "podRemoved":
    case "podRemoveFailed":
      return [];
  }
}

function traceSandboxEnd(
  step: Step,
  how: "sandboxExited" | "sandboxStopped",
): readonly LogEvent[] {
  const { before, after } = step;
  const { sandbox } = before;
  // One that died has been reported already when what is left of it is gone.
  if (!("sandboxId" in sandbox) || sandbox.exitedAt !== undefined) return [];
  const { pid, attempt, isolation } = sandbox;
  const died = how === "sandboxExited";
  const decision: Decision = died
    ? { because: "its pause process exited unexpectedly", rule: "R-SANDBOX-1" }
    : after.ending !== undefined
    ? { because: "the pod has ended and none of its containers runs", rule: "R-SANDBOX-7" }
    : { because: "it no longer fits the pod, which gets another one", rule: "R-SANDBOX-1" };
  return [{
    type: "sandbox.exited",
    ...describe(step, `Sandbox ${attempt} ${died ? "died" : "stopped"}`),
    pid,
    attempt,
    isolation,
    died,
    ...decision,
  }];
}

function traceStart(step: Step, event: ContainerStarted): readonly LogEvent[] {
  const { pod, before, after } = step;
  const { name, pid, startMs } = event;
  const containerRecord = before.containers.get(name);
  const starting = containerRecord?.starting;
  if (starting === undefined) return [];
  const { restartCount, delayMs } = starting;
  const role = roleOf(pod, name);
  const word = restartCount === 0 ? "started" : `started again (restart ${restartCount})`;
  const started: LogEvent = {
    type: "container.started",
    ...describe(step, `${capital(roleName(pod, name))} ${word}`),
    container: name,
    role,
    pid,
    restartCount,
    startMs,
    ...(delayMs !== undefined && { delayMs }),
    ...explainStart(pod, before, name),
  };
  // The end of a very short run may have come first.
  const run = after.containers.get(name)?.current;
  return run?.type === "exited" ? [started, ...traceEnd(step, name)] : [started];
}

function traceStartFailure(step: Step, event: ContainerStartFailed): readonly LogEvent[] {
  const { pod, before, after } = step;
  const { name, message } = event;
  const old = before.containers.get(name)?.startFailure;
  const now = after.containers.get(name)?.startFailure;
  if (now === undefined || now.type === "backoff") return [];
  const role = roleOf(pod, name);
  const lines: LogEvent[] = event.step === "start" ? [...traceEnd(step, name)] : [];
  const container = findContainer(pod, name);
  const again = event.step !== "start" ||
    (after.ending === undefined && role !== "ephemeral" && container !== undefined &&
      isRestartable(pod, container, 128));
  // Said once, not at every retry.
  const same = old?.type === now.type && old.reason === now.reason && old.message === message;
  if (!again || same) return lines;
  const { nextRestartCount } = after.containers.get(name)!;
  const retry = "retryAt" in now &&
    { delayMs: now.retryAt - step.at, until: wall(after, now.retryAt) };
  lines.push({
    type: "container.waiting",
    ...describe(step, `${capital(roleName(pod, name))} waits: ${now.reason}: ${message}`),
    container: name,
    role,
    reason: now.reason,
    restartCount: event.step === "start" ? nextRestartCount - 1 : nextRestartCount,
    ...retry,
    ...(event.step === "start"
      ? { because: `its program could not be started: ${message}`, rule: "R-START-1" }
      : {
        because: `a failed ${failedWords[event.step]} is retried indefinitely: ${message}`,
        rule: "R-START-2",
      }),
  });
  return lines;
}

const failedWords = { config: "configuration", create: "creation" } as const;

function traceExit(step: Step, event: ContainerExited): readonly LogEvent[] {
  const run = step.after.containers.get(event.name)?.current;
  return run?.type === "exited" && run.containerId === event.containerId
    ? traceEnd(step, event.name)
    : [];
}

/** The end of the newest run of a container. */
function traceEnd(step: Step, name: string): readonly LogEvent[] {
  const { pod, after } = step;
  const run = after.containers.get(name)?.current;
  if (run?.type !== "exited") return [];
  const role = roleOf(pod, name);
  const { exitCode, signal, reason, restartCount, startedAt, finishedAt } = run;
  const durationMs = startedAt === undefined ? 0 : Math.max(0, finishedAt - startedAt);
  const who = capital(roleName(pod, name));
  const how = signal === undefined
    ? `exited with code ${exitCode}`
    : `was ended by ${signal} (${exitCode})`;
  const text = startedAt === undefined
    ? `${who} could not be started: ${run.message}`
    : `${who} ${how} after ${formatSeconds(durationMs)}`;
  return [{
    type: "container.exited",
    ...describe(step, reason === "OOMKilled" ? `${text}: out of memory` : text),
    container: name,
    role,
    reason,
    exitCode,
    ...(signal !== undefined && { signal }),
    restartCount,
    durationMs,
    ...explainEnd(pod, after, name),
  }];
}

/** Nothing if it waits already. */
function traceBackOff(step: Step, { name, delayMs, until }: BackOffContainer): readonly LogEvent[] {
  const { pod, before, after } = step;
  const failure = before.containers.get(name)?.startFailure;
  if (failure?.type === "backoff" && failure.until === until) return [];
  const role = roleOf(pod, name);
  const containerRecord = after.containers.get(name);
  const next = containerRecord?.nextRestartCount ?? 0;
  return [{
    type: "container.waiting",
    ...describe(
      step,
      `${capital(roleName(pod, name))} waits ${formatSeconds(delayMs)} before restart ${next}`,
    ),
    container: name,
    role,
    reason: "CrashLoopBackOff",
    restartCount: Math.max(0, next - 1),
    delayMs,
    until: wall(after, until),
    ...explainHold(after, name, delayMs),
  }];
}

function traceSignal(step: Step, { name, signal }: SignalContainer): readonly LogEvent[] {
  const { pod, before, after, at } = step;
  const role = roleOf(pod, name);
  const stop = after.containers.get(name)?.current?.stop;
  const known = { container: name, role, reason: "Killing", signal };
  const who = roleName(pod, name);
  const abandoned = before.containers.get(name)?.current?.stop?.step.type === "preStop"
    ? [traceHookAbandoned(step, name)]
    : [];
  if (stop?.step.type === "signalled") {
    // The kubelet counts a grace in whole seconds; ours is shorter by what passed since it was
    // asked for.
    const graceSeconds = Math.round((computeKillAt(after, stop, at) - at) / 1000);
    return [...abandoned, {
      type: "container.killing",
      ...describe(step, `Stopping ${who} with ${signal}; it has ${graceSeconds} s`),
      ...known,
      graceSeconds,
      ...explainStop(after, stop.cause),
    }];
  }
  const earlier = before.containers.get(name)?.current?.stop?.step;
  const because = after.ending?.killedAt !== undefined
    ? "the pod is ended at once, without a grace"
    : earlier?.type === "signalled"
    ? `it had not ended ${formatSeconds(at - earlier.at)} after ${earlier.signal}`
    : "it is unknown whether its last run is still alive";
  return [...abandoned, {
    type: "container.killing",
    ...describe(step, `Killing ${who}`),
    ...known,
    graceSeconds: 0,
    because,
    rule: earlier === undefined ? "R-ACT-3" : "R-TERM-3",
  }];
}

/** The wall clock at a lifecycle moment, RFC 3339 in milliseconds. */
function wall(record: PodRecord, at: Millis): string {
  return formatDate(wallTime(record.settings, at));
}
