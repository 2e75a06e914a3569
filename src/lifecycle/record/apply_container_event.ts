/** What happened to one container, folded into what is remembered of it. */
import type { LinuxContainerUser } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodAction } from "./action.ts";
import type {
  ContainerRecord,
  ContainerReset,
  ContainerRun,
  ContainerStarting,
  ContainerStop,
  ExitedRun,
  RunExit,
  RunFacts,
  StopStep,
} from "./container_record.ts";
import type { ContainerExited, HookFinished, PodEvent } from "./event.ts";
import { applyProbeBegun, applyProbeFinished } from "./apply_probe_result.ts";
import { hookFailureReason, startStepReasons } from "./reasons.ts";

/** The events that are about one container. */
export type ContainerEvent = Extract<PodEvent, { readonly name: string }>;

/** The actions that are about one container. */
export type ContainerAction = Extract<PodAction, { readonly name: string }>;

/** Folds what happened to a container; `retryMs` is the wait after a failed configuration. */
export function applyContainerEvent(
  record: ContainerRecord,
  event: ContainerEvent,
  retryMs: Millis,
): ContainerRecord {
  switch (event.type) {
    case "containerStarted": {
      const { starting, startFailure: _, ...rest } = record;
      if (starting === undefined) return record;
      const { exit, probes, postStart, resources } = starting;
      const facts = {
        ...startedFacts(starting, event.containerId, event.user),
        ...(postStart && { postStart: "due" as const }),
      };
      const { at, pid } = event;
      const run: ContainerRun = exit === undefined
        ? {
          type: "running",
          ...facts,
          pid,
          startedAt: at,
          idleUntil: at,
          ...(probes && { probes }),
          ...(resources && { resources }),
        }
        : { type: "exited", ...facts, startedAt: Math.min(at, exit.finishedAt), ...exit };
      return withNewRun(rest, run);
    }
    case "containerStartFailed": {
      const { starting, startFailure: _, ...rest } = record;
      if (starting === undefined) return record;
      const reason = event.reason ?? startStepReasons[event.step];
      if (event.step !== "start") {
        const retryAt = event.at + retryMs;
        return {
          ...rest,
          startFailure: { type: event.step, reason, message: event.message, retryAt },
        };
      }
      const exit: RunExit = {
        containerId: event.containerId ?? "",
        exitCode: 128,
        reason: "StartError",
        finishedAt: event.at,
        message: event.message,
        logTail: "",
      };
      const facts = startedFacts(starting, exit.containerId, event.user);
      return {
        ...withNewRun(rest, { type: "exited", ...facts, ...exit }),
        startFailure: { type: "start", reason, message: event.message },
      };
    }
    case "containerExited": {
      const { current, starting } = record;
      if (current?.containerId === event.containerId) {
        if (current.type === "exited") return record;
        const { containerId, restartCount, sandboxId, image, user, stop, postStart } = current;
        const run: ExitedRun = {
          type: "exited",
          restartCount,
          sandboxId,
          image,
          ...(user && { user }),
          ...(stop && { stop }),
          // A hook that has not ended yet still decides how the start is reported.
          ...(postStart !== undefined && postStart !== "failed" && { postStart }),
          // Its start may be reported later than its end.
          ...(current.startedAt !== undefined &&
            { startedAt: Math.min(current.startedAt, event.at) }),
          ...exitOf(event, containerId),
        };
        return { ...record, current: run };
      }
      // The end of a program that ran so briefly that its start has not been reported yet.
      if (starting !== undefined) {
        return { ...record, starting: { ...starting, exit: exitOf(event, event.containerId) } };
      }
      return record;
    }
    case "containerLost": {
      const run = record.current;
      if (run?.type !== "running" || run.containerId !== event.containerId) return record;
      const { type: _t, pid: _p, probes: _r, idleUntil: _i, postStart: _h, ...rest } = run;
      const { resources: _a, ...facts } = rest;
      return { ...record, current: { type: "unknown", ...facts, killed: false } };
    }
    case "probeFinished":
      return applyProbeFinished(record, event);
    case "hookFinished":
      return event.hook === "preStop"
        ? applyPreStopFinished(record, event)
        : applyPostStartFinished(record, event);
  }
}

/** Folds what the worker is about to do with a container. */
export function applyContainerAction(
  record: ContainerRecord,
  action: ContainerAction,
  at: Millis,
): ContainerRecord {
  switch (action.type) {
    case "startContainer": {
      const { restartCount, sandboxId, image, backoff, delayMs, probes, postStart } = action;
      const { resources } = action;
      const { removedRunEnd: _, ...rest } = record;
      return {
        ...rest,
        starting: {
          restartCount,
          sandboxId,
          image,
          begunAt: at,
          ...(delayMs !== undefined && { delayMs }),
          ...(probes && { probes }),
          postStart,
          ...(resources && { resources }),
        },
        ...(backoff && { backoff }),
      };
    }
    case "backOffContainer": {
      const { delayMs, until } = action;
      const { removedRunEnd: _, ...rest } = record;
      return { ...rest, startFailure: { type: "backoff", delayMs, until } };
    }
    case "stopContainer": {
      const run = record.current;
      if (run?.type !== "running" || run.containerId !== action.containerId) return record;
      const { cause, graceMs, restarts } = action;
      const stop: ContainerStop = {
        cause,
        graceMs,
        begunAt: at,
        leftMs: graceMs,
        leftSince: at,
        restarts,
        step: { type: "waiting" },
      };
      return { ...record, current: { ...run, stop } };
    }
    case "runProbe":
      return applyProbeBegun(record, action, at);
    case "runHook": {
      const run = record.current;
      if (run === undefined || run.containerId !== action.containerId) return record;
      if (action.hook === "postStart") {
        return { ...record, current: { ...run, postStart: "running" } };
      }
      if (run.stop === undefined) return record;
      return { ...record, current: { ...run, stop: { ...run.stop, step: { type: "preStop" } } } };
    }
    case "cancelStart":
      return record.starting === undefined
        ? record
        : { ...record, starting: { ...record.starting, cancelled: true } };
    case "cancelHook":
      return record.current?.containerId === action.containerId
        ? { ...record, current: withoutHook(record.current) }
        : record;
    case "signalContainer": {
      const run = record.current;
      if (run === undefined || run.containerId !== action.containerId) return record;
      if (run.type === "unknown") return { ...record, current: { ...run, killed: true } };
      if (run.type !== "running" || run.stop === undefined) return record;
      const step: StopStep = action.signal === "SIGKILL"
        ? { type: "killed", at }
        : { type: "signalled", signal: action.signal, at };
      return { ...record, current: { ...run, stop: { ...run.stop, step } } };
    }
    case "removeContainer": {
      const superseded = record.superseded.filter((id) => id !== action.containerId);
      if (action.cause === "superseded") return { ...record, superseded };
      const { current, previous, startFailure, ...rest } = record;
      if (current?.containerId !== action.containerId) return record;
      if (previous !== undefined && previous.containerId !== "") {
        superseded.push(previous.containerId);
      }
      const { backoffFrom, round } = action;
      if (action.cause === "sandboxChanged") {
        // Why it could not be started last shows until it can be (R-STATUS-3).
        const removed = { ...rest, superseded, ...(startFailure && { startFailure }) };
        return backoffFrom === undefined ? removed : { ...removed, removedRunEnd: backoffFrom };
      }
      const reset: ContainerReset = {
        at,
        ...(backoffFrom !== undefined && { causeFinishedAt: backoffFrom }),
      };
      return {
        ...rest,
        superseded,
        reset,
        ...(round !== undefined && { rounds: round }),
        // It still shows why it waits (R-RAC-5).
        ...(startFailure && { startFailure }),
      };
    }
  }
}

/**
 * Whole seconds of it are taken from the grace (R-TERM-3, R-HOOK-7); the time of one that was
 * abandoned is not.
 */
function applyPreStopFinished(record: ContainerRecord, event: HookFinished): ContainerRecord {
  const run = record.current;
  if (run?.type !== "running" || run.containerId !== event.containerId) return record;
  const { stop } = run;
  if (stop?.step.type !== "preStop") return record;
  const usedMs = Math.floor((event.at - stop.leftSince) / 1000) * 1000;
  return {
    ...record,
    current: {
      ...run,
      stop: {
        ...stop,
        leftMs: Math.max(0, stop.leftMs - usedMs),
        leftSince: event.at,
        step: { type: "waiting" },
      },
    },
  };
}

/** The start is over (R-HOOK-3), or has failed (R-HOOK-4). */
function applyPostStartFinished(record: ContainerRecord, event: HookFinished): ContainerRecord {
  const { at, containerId, outcome, message } = event;
  const run = record.current;
  if (run?.containerId !== containerId || run.postStart !== "running") return record;
  const done = withoutHook(run);
  const current = done.type === "running" ? { ...done, idleUntil: at } : done;
  if (outcome !== "failure") return { ...record, current };
  return {
    ...record,
    current: current.type === "running" ? { ...current, postStart: "failed" } : current,
    startFailure: { type: "postStart", reason: hookFailureReason, message },
  };
}

function withoutHook(run: ContainerRun): ContainerRun {
  const { postStart: _, ...rest } = run;
  return rest;
}

function startedFacts(
  { restartCount, sandboxId, image }: ContainerStarting,
  containerId: string,
  user: LinuxContainerUser | undefined,
): RunFacts {
  return { containerId, restartCount, sandboxId, image, ...(user && { user }) };
}

/** The newest run becomes the one before it; what was before that is of no more use (R-MODEL-1). */
function withNewRun(record: ContainerRecord, run: ContainerRun): ContainerRecord {
  const { current, previous, reset: _, ...rest } = record;
  const next = { ...rest, current: run, nextRestartCount: run.restartCount + 1 };
  if (current === undefined || current.type === "running") {
    return previous === undefined ? next : { ...next, previous };
  }
  if (previous === undefined || previous.containerId === "") return { ...next, previous: current };
  return { ...next, previous: current, superseded: [...rest.superseded, previous.containerId] };
}

function exitOf(event: ContainerExited, containerId: string): RunExit {
  const { exitCode, signal, oomKilled, at, terminationMessage, logTail } = event;
  return {
    containerId,
    exitCode,
    ...(signal !== undefined && { signal }),
    reason: oomKilled ? "OOMKilled" : exitCode === 0 ? "Completed" : "Error",
    finishedAt: at,
    message: terminationMessage,
    logTail,
  };
}
