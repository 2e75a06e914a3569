/** What is remembered of one container of a pod. */
import type { ProbeType } from "../../api/pod_containers.ts";
import type { TerminatedReason } from "./reasons.ts";
import type { BackoffEntry, StopCause } from "./vocabulary.ts";
import type { LinuxContainerUser, ResourceRequirements } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";

/** What is remembered of one container name, over all its runs. */
export interface ContainerRecord {
  readonly name: string;
  /**
   * A start that has begun and not ended: until then the state shown stays the old one (R-HOOK-3).
   */
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
  /** Its probes' workers, which outlive its runs (R-PROBE-2). */
  readonly probes?: Readonly<Partial<Record<ProbeType, ProbeWorker>>>;
  /** Its records were removed to start the whole pod over; gone with its next start. */
  readonly reset?: ContainerReset;
  /**
   * The end of a run that was removed in the sync under way, for a start in the same one
   * (R-BACKOFF-2).
   */
  readonly removedRunEnd?: Millis;
  /** How often in a row its exit has started the whole pod over (R-RAC-7). */
  readonly rounds?: number;
  /** Ended runs that have been superseded; the machine may remove them. */
  readonly superseded: readonly string[];
}

/** A start in progress. */
export interface ContainerStarting {
  /** Number of the run, from 0. */
  readonly restartCount: number;
  readonly begunAt: Millis;
  readonly sandboxId: string;
  /** The image that it was started with. */
  readonly image: string;
  /** The back-off waited for. */
  readonly delayMs?: Millis;
  /** Its end, when that was reported before its start. */
  readonly exit?: RunExit;
  /** The results of the run's probes before any has been run. */
  readonly probes?: ProbeResults;
  /** A postStart hook belongs to it. */
  readonly postStart: boolean;
  /** What it was started with. */
  readonly resources?: ResourceRequirements;
  /** It has been cancelled. */
  readonly cancelled?: true;
}

/** One run of a container. */
export type ContainerRun = RunningRun | ExitedRun | UnknownRun;

/** What is known of every run. */
export interface RunFacts {
  readonly containerId: string;
  /** Number of the run, from 0. */
  readonly restartCount: number;
  readonly sandboxId: string;
  /** The image that it was started with. */
  readonly image: string;
  /** The user of its first process. */
  readonly user?: LinuxContainerUser;
  /** The stop it was or is going through, if any. */
  readonly stop?: ContainerStop;
  /**
   * How far its postStart hook is; absent once that is done. Until then users see the state before
   * it (R-HOOK-3).
   */
  readonly postStart?: PostStartState;
}

/** `due`: to be run; `failed`: the container is stopped for it (R-HOOK-4). */
export type PostStartState = "due" | "running" | "failed";

/** Its first process is alive. */
export interface RunningRun extends RunFacts {
  readonly type: "running";
  /** As the host numbers it. */
  readonly pid: number;
  /** When its program began to run. */
  readonly startedAt: Millis;
  /**
   * The results of its probes so far, for its container id (R-PROBE-6); absent: it has no probe.
   */
  readonly probes?: ProbeResults;
  /**
   * Ticks of its probes up to then found nothing to do: its start, the end of its postStart hook,
   * or the success of its startup probe (R-PROBE-4).
   */
  readonly idleUntil: Millis;
  /** What it has been given (R-RESIZE-6). */
  readonly resources?: ResourceRequirements;
}

/** The results that count, after thresholds (R-PROBE-7); of a probe that it has not: success. */
export interface ProbeResults {
  /** Whether it has started (R-STATUS-4). */
  readonly startup: ProbeResult;
  /** A failure stops it (R-ACT-3). */
  readonly liveness: ProbeResult;
  /** Whether it is ready (R-STATUS-5). */
  readonly readiness: ProbeResult;
}

/** What is remembered of one probe of a container, over all its runs. */
export interface ProbeWorker {
  /** Its ticks come every period from here on. @default when the node first saw the pod */
  readonly base?: Millis;
  /** The tick at `base` itself is still to come: an extra one (R-PROBE-16). */
  readonly extra?: true;
  /** When it was run last. */
  readonly lastAt?: Millis;
  /** The probe under way. */
  readonly running?: ProbeUnderWay;
  /** An extra tick is wanted as soon as the probe under way is over (R-PROBE-16). */
  readonly again?: true;
  /** The last result, below a threshold or not. */
  readonly last?: "success" | "failure";
  /** How often that has come in a row (R-PROBE-7). */
  readonly count: number;
  /** The run that it has given its verdict on: it holds until another one (R-PROBE-8). */
  readonly held?: string;
}

/** A probe that has begun and not ended. */
export interface ProbeUnderWay {
  readonly containerId: string;
  /** So many failures in a row count. */
  readonly failureThreshold: number;
  /** So many successes in a row count. */
  readonly successThreshold: number;
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
  /** 0 to 255; 128 + n for signal n. */
  readonly exitCode: number;
  /** `SIGTERM`, `SIGKILL`, … */
  readonly signal?: string;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`. */
  readonly reason: TerminatedReason;
  /** When it ended. */
  readonly finishedAt: Millis;
  /** From the termination message file, or the machine's own words for a `StartError`. */
  readonly message: string;
  /** The end of the run's log (R-MSG-2). */
  readonly logTail: string;
}

/** The machine has lost track of it. */
export interface UnknownRun extends RunFacts {
  readonly type: "unknown";
  /** When its program began to run. */
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
  /** What is left of the grace, whole seconds of earlier steps taken off (R-TERM-3). */
  readonly leftMs: Millis;
  /** The moment from which that counts. */
  readonly leftSince: Millis;
  /** It is started again right after, however it ends (R-ACT-3, R-ACT-4). */
  readonly restarts: boolean;
  /** How far it is. */
  readonly step: StopStep;
}

/**
 * `preStop`: its hook is under way; `waiting`: for its turn (R-TERM-4), or about to be signalled.
 */
export type StopStep =
  | { readonly type: "preStop" | "waiting" }
  | { readonly type: "signalled"; readonly signal: string; readonly at: Millis }
  | { readonly type: "killed"; readonly at: Millis };

/** A start attempt that came to nothing, as shown while waiting (R-START-1, R-BACKOFF-8). */
export type StartFailure =
  /** Configuration or creation: no record, retried at `retryAt`. */
  | {
    readonly type: "config" | "create";
    readonly reason: string;
    readonly message: string;
    readonly retryAt: Millis;
  }
  /** The program or its postStart hook failed: there is a record, so policy and back-off decide. */
  | { readonly type: "start" | "postStart"; readonly reason: string; readonly message: string }
  /** Back-off refused. */
  | { readonly type: "backoff"; readonly delayMs: Millis; readonly until: Millis };

/** What is kept of a container that was reset (R-RAC-4, R-RAC-7). */
export interface ContainerReset {
  readonly at: Millis;
  /** The end of the run whose exit started the pod over, where its back-off counts from there. */
  readonly causeFinishedAt?: Millis;
}

/** A container of which nothing is known yet. */
export function newContainerRecord(name: string): ContainerRecord {
  return { name, nextRestartCount: 0, superseded: [] };
}
