/** What happened to one container, folded into what is remembered of it. */
import type { LinuxContainerUser } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodAction } from "./action.ts";
import type {
  ContainerMemory,
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
import { applyProbeBegun, applyProbeFinished } from "./probe_fold.ts";
import { hookFailureReason, startStepReasons } from "./reasons.ts";

/** The events that are about one container. */
export type ContainerEvent = Extract<PodEvent, { readonly name: string }>;

/** The actions that are about one container. */
export type ContainerAction = Extract<PodAction, { readonly name: string }>;

/** Folds what happened to a container; `retryMs` is the wait after a failed configuration. */
export function applyContainerEvent(
  memory: ContainerMemory,
  event: ContainerEvent,
  retryMs: Millis,
): ContainerMemory {
  switch (event.type) {
    case "containerStarted": {
      const { starting, startFailure: _, ...rest } = memory;
      if (starting === undefined) return memory;
      const { exit, probes, postStart } = starting;
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
        }
        : { type: "exited", ...facts, startedAt: Math.min(at, exit.finishedAt), ...exit };
      return withNewRun(rest, run);
    }
    case "containerStartFailed": {
      const { starting, startFailure: _, ...rest } = memory;
      if (starting === undefined) return memory;
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
      const { current, starting } = memory;
      if (current?.containerId === event.containerId) {
        if (current.type === "exited") return memory;
        const { containerId, restartCount, sandboxId, image, user, stop, postStart } = current;
        const run: ExitedRun = {
          type: "exited",
          restartCount,
          sandboxId,
          image,
          ...(user && { user }),
          ...(stop && { stop }),
          // A hook that has not ended yet still decides how the start is told of.
          ...(postStart !== undefined && postStart !== "failed" && { postStart }),
          // Its start may be reported later than its end.
          ...(current.startedAt !== undefined &&
            { startedAt: Math.min(current.startedAt, event.at) }),
          ...exitOf(event, containerId),
        };
        return { ...memory, current: run };
      }
      // The end of a program that ran so briefly that its start has not been reported yet.
      if (starting !== undefined) {
        return { ...memory, starting: { ...starting, exit: exitOf(event, event.containerId) } };
      }
      return memory;
    }
    case "containerLost": {
      const run = memory.current;
      if (run?.type !== "running" || run.containerId !== event.containerId) return memory;
      const { type: _t, pid: _p, probes: _r, idleUntil: _i, postStart: _h, ...facts } = run;
      return { ...memory, current: { type: "unknown", ...facts, killed: false } };
    }
    case "probeFinished":
      return applyProbeFinished(memory, event);
    case "hookFinished":
      return event.hook === "preStop"
        ? applyPreStopFinished(memory, event)
        : applyPostStartFinished(memory, event);
  }
}

/** Folds what the worker is about to do with a container. */
export function applyContainerAction(
  memory: ContainerMemory,
  action: ContainerAction,
  at: Millis,
): ContainerMemory {
  switch (action.type) {
    case "startContainer": {
      const { restartCount, sandboxId, image, backoff, delayMs, probes, postStart } = action;
      const { removedRunEnd: _, ...rest } = memory;
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
        },
        ...(backoff && { backoff }),
      };
    }
    case "holdContainer": {
      const { delayMs, until } = action;
      const { removedRunEnd: _, ...rest } = memory;
      return { ...rest, startFailure: { type: "backoff", delayMs, until } };
    }
    case "stopContainer": {
      const run = memory.current;
      if (run?.type !== "running" || run.containerId !== action.containerId) return memory;
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
      return { ...memory, current: { ...run, stop } };
    }
    case "runProbe":
      return applyProbeBegun(memory, action, at);
    case "runHook": {
      const run = memory.current;
      if (run === undefined || run.containerId !== action.containerId) return memory;
      if (action.hook === "postStart") {
        return { ...memory, current: { ...run, postStart: "running" } };
      }
      if (run.stop === undefined) return memory;
      return { ...memory, current: { ...run, stop: { ...run.stop, step: { type: "preStop" } } } };
    }
    case "cancelStart":
      return memory.starting === undefined
        ? memory
        : { ...memory, starting: { ...memory.starting, cancelled: true } };
    case "cancelHook":
      return memory.current?.containerId === action.containerId
        ? { ...memory, current: withoutHook(memory.current) }
        : memory;
    case "signalContainer": {
      const run = memory.current;
      if (run === undefined || run.containerId !== action.containerId) return memory;
      if (run.type === "unknown") return { ...memory, current: { ...run, killed: true } };
      if (run.type !== "running" || run.stop === undefined) return memory;
      const step: StopStep = action.signal === "SIGKILL"
        ? { type: "killed", at }
        : { type: "signalled", signal: action.signal, at };
      return { ...memory, current: { ...run, stop: { ...run.stop, step } } };
    }
    case "removeContainer": {
      const superseded = memory.superseded.filter((id) => id !== action.containerId);
      if (action.cause === "superseded") return { ...memory, superseded };
      const { current, previous, startFailure, ...rest } = memory;
      if (current?.containerId !== action.containerId) return memory;
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

/** Whole seconds of it are taken from the grace (R-TERM-3, R-HOOK-7); one that was given up is not looked at any more. */
function applyPreStopFinished(memory: ContainerMemory, event: HookFinished): ContainerMemory {
  const run = memory.current;
  if (run?.type !== "running" || run.containerId !== event.containerId) return memory;
  const { stop } = run;
  if (stop?.step.type !== "preStop") return memory;
  const usedMs = Math.floor((event.at - stop.leftSince) / 1000) * 1000;
  return {
    ...memory,
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
function applyPostStartFinished(memory: ContainerMemory, event: HookFinished): ContainerMemory {
  const { at, containerId, outcome, message } = event;
  const run = memory.current;
  if (run?.containerId !== containerId || run.postStart !== "running") return memory;
  const done = withoutHook(run);
  const current = done.type === "running" ? { ...done, idleUntil: at } : done;
  if (outcome !== "failure") return { ...memory, current };
  return {
    ...memory,
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
function withNewRun(memory: ContainerMemory, run: ContainerRun): ContainerMemory {
  const { current, previous, reset: _, ...rest } = memory;
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
