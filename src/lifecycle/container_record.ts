/** What is remembered of one container of a pod. */
import type { Millis } from "../base/clock.ts";
import type { BackoffEntry } from "./restart.ts";
import type { PodAction, StopCause } from "./action.ts";
import type { ContainerExited, PodEvent } from "./event.ts";
import { startStepReasons } from "./reasons.ts";

/** What is remembered of one container name, over all its runs. */
export interface ContainerMemory {
  readonly name: string;
  /** A start that has begun and not ended: until then the state shown stays the old one (R-HOOK-3). */
  readonly starting?: ContainerStarting;
  /** The newest run known to the machine: "the" record of this container (R-MODEL-1). */
  readonly current?: ContainerRun;
  /** The run before it: `lastState`. */
  readonly previous?: ExitedRun | UnknownRun;
  /** Why the last attempt to start did not lead to a running container (R-STATUS-3). */
  readonly startFailure?: StartFailure;
  /** Number of the next run; never used twice (R-MODEL-3, R-COUNT-3). */
  readonly nextRestartCount: number;
  /** Its entry in the back-off table. */
  readonly backoff?: BackoffEntry;
  /** Its records were removed to start the whole pod over (R-RAC-5); gone with its next start. */
  readonly reset?: ContainerReset;
  /** Ended runs that nobody looks at any more and that the machine may forget. */
  readonly superseded: readonly string[];
}

/** A start in progress. */
export interface ContainerStarting {
  readonly restartCount: number;
  readonly begunAt: Millis;
  readonly sandboxId: string;
  readonly image: string;
  /** The back-off waited for. */
  readonly delayMs?: Millis;
  /** Its end, when that was heard of before its start. */
  readonly exit?: RunExit;
}

/** One run of a container. */
export type ContainerRun = RunningRun | ExitedRun | UnknownRun;

/** What is known of every run. */
export interface RunFacts {
  readonly containerId: string;
  readonly restartCount: number;
  readonly sandboxId: string;
  readonly image: string;
  /** The stop it was or is going through, if any. */
  readonly stop?: ContainerStop;
}

/** Its first process is alive. */
export interface RunningRun extends RunFacts {
  readonly type: "running";
  readonly pid: number;
  readonly startedAt: Millis;
  /** What its probes have said so far, by its container id (R-PROBE-6); absent: nothing probes it. */
  readonly probes?: ProbeResults;
}

/** The results that count, after thresholds (R-PROBE-7). */
export interface ProbeResults {
  readonly startup: ProbeResult;
  readonly liveness: ProbeResult;
  readonly readiness: ProbeResult;
}

/** One published probe result. */
export type ProbeResult = "unknown" | "success" | "failure";

/** Its first process has been reaped, or never was (`StartError`). */
export interface ExitedRun extends RunFacts, RunExit {
  readonly type: "exited";
  /** Absent when the program could not be started (R-START-3). */
  readonly startedAt?: Millis;
}

/** How a run ended. */
export interface RunExit {
  readonly containerId: string;
  readonly exitCode: number;
  readonly signal?: string;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`. */
  readonly reason: string;
  readonly finishedAt: Millis;
  /** From the termination message file, or the machine's own words for a `StartError`. */
  readonly message: string;
  readonly logTail: string;
}

/** The machine has lost track of it. */
export interface UnknownRun extends RunFacts {
  readonly type: "unknown";
  readonly startedAt: Millis;
  /** Set once SIGKILL has been sent, just in case (R-ACT-3). */
  readonly killed: boolean;
}

/** How far the stop of a container is (R-TERM-3). */
export interface ContainerStop {
  readonly cause: StopCause;
  readonly begunAt: Millis;
  /** From `begunAt`. */
  readonly graceMs: Millis;
  readonly step: StopStep;
}

/** `waiting`: for its turn (R-TERM-4), or about to be signalled. */
export type StopStep =
  | { readonly type: "waiting" }
  | { readonly type: "signalled"; readonly signal: string; readonly at: Millis }
  | { readonly type: "killed"; readonly at: Millis };

/** A start attempt that came to nothing, as shown while waiting (R-START-1, R-BACKOFF-8). */
export type StartFailure =
  /** Configuration or creation: no record, tried again at `retryAt`. */
  | {
    readonly type: "config" | "create";
    readonly reason: string;
    readonly message: string;
    readonly retryAt: Millis;
  }
  /** The program could not be started: there is a record, so policy and back-off decide. */
  | { readonly type: "start"; readonly reason: string; readonly message: string }
  /** Back-off refused. */
  | { readonly type: "backoff"; readonly delayMs: Millis; readonly until: Millis };

/** What is kept of a container that was reset (R-RAC-5, R-RAC-7). */
export interface ContainerReset {
  readonly at: Millis;
  /** The end of the run whose exit started the pod over; its back-off counts from here. */
  readonly causeFinishedAt?: Millis;
}

/** A container of which nothing is known yet. */
export function newContainerMemory(name: string): ContainerMemory {
  return { name, nextRestartCount: 0, superseded: [] };
}

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
      const run: ContainerRun = starting.exit === undefined
        ? { type: "running", ...facts, pid: event.pid, startedAt: event.at }
        : { type: "exited", ...facts, startedAt: event.at, ...starting.exit };
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
