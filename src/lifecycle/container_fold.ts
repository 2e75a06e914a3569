/** What happened to one container, folded into what is remembered of it. */
import type { Millis } from "../base/clock.ts";
import type { PodAction } from "./action.ts";
import type {
  ContainerMemory,
  ContainerRun,
  ContainerStarting,
  ContainerStop,
  ExitedRun,
  RunExit,
  RunFacts,
  StopStep,
} from "./container_record.ts";
import type { ContainerExited, PodEvent } from "./event.ts";
import { startStepReasons } from "./reasons.ts";

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
      const facts = startedFacts(starting, event.containerId);
      const { exit } = starting;
      const run: ContainerRun = exit === undefined
        ? { type: "running", ...facts, pid: event.pid, startedAt: event.at }
        : { type: "exited", ...facts, startedAt: Math.min(event.at, exit.finishedAt), ...exit };
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
      const facts = startedFacts(starting, exit.containerId);
      return {
        ...withNewRun(rest, { type: "exited", ...facts, ...exit }),
        startFailure: { type: "start", reason, message: event.message },
      };
    }
    case "containerExited": {
      const { current, starting } = memory;
      if (current?.containerId === event.containerId) {
        if (current.type === "exited") return memory;
        const { containerId, restartCount, sandboxId, image } = current;
        const run: ExitedRun = {
          type: "exited",
          restartCount,
          sandboxId,
          image,
          ...(current.stop && { stop: current.stop }),
          ...(current.startedAt !== undefined && { startedAt: current.startedAt }),
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
      const { type: _t, pid: _p, probes: _r, ...facts } = run;
      return { ...memory, current: { type: "unknown", ...facts, killed: false } };
    }
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
      const { restartCount, sandboxId, image, backoff, delayMs } = action;
      return {
        ...memory,
        starting: {
          restartCount,
          sandboxId,
          image,
          begunAt: at,
          ...(delayMs !== undefined && { delayMs }),
        },
        ...(backoff && { backoff }),
      };
    }
    case "holdContainer": {
      const { delayMs, until } = action;
      return { ...memory, startFailure: { type: "backoff", delayMs, until } };
    }
    case "stopContainer": {
      const run = memory.current;
      if (run?.type !== "running" || run.containerId !== action.containerId) return memory;
      const { cause, graceMs } = action;
      const stop: ContainerStop = { cause, graceMs, begunAt: at, step: { type: "waiting" } };
      return { ...memory, current: { ...run, stop } };
    }
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
      const { current, previous, startFailure: _, ...rest } = memory;
      if (current?.containerId !== action.containerId) return memory;
      if (previous !== undefined && previous.containerId !== "") {
        superseded.push(previous.containerId);
      }
      if (action.cause === "sandboxChanged") return { ...rest, superseded };
      const { backoffFrom } = action;
      const reset = { at, ...(backoffFrom !== undefined && { causeFinishedAt: backoffFrom }) };
      return { ...rest, superseded, reset };
    }
  }
}

function startedFacts(starting: ContainerStarting, containerId: string): RunFacts {
  const { restartCount, sandboxId, image } = starting;
  return { containerId, restartCount, sandboxId, image };
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
