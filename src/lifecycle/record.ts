/** What is remembered of a pod: the fold of everything that happened to it. */
import type { PodStatus } from "../api/pod.ts";
import type { Millis } from "../base/clock.ts";
import type { StopCause, TerminationCause } from "./action.ts";

/** What the node decides about time; the same for all its pods. */
export interface LifecycleSettings {
  readonly backoff: BackoffSettings;
  /** Wait before a failed configuration, volume or sandbox is tried again (R-WORKER-5, R-BACKOFF-9). */
  readonly retryMs: Millis;
  /** The least between a stop signal and SIGKILL, in lifecycle time (R-TERM-5). */
  readonly stopFloorMs: Millis;
  /** Wall time of lifecycle moment 0, in ms since 1970. */
  readonly wallZeroMs: number;
  /** Lifecycle milliseconds per wall millisecond. */
  readonly speed: number;
}

/** Crash-loop back-off (R-BACKOFF-1); 0 and 0 mean none. */
export interface BackoffSettings {
  readonly baseMs: Millis;
  readonly maxMs: Millis;
  /** A run longer than this starts afresh (R-BACKOFF-4). */
  readonly resetMs: Millis;
}

/** Kubernetes' own numbers. */
export const defaultSettings: LifecycleSettings = {
  backoff: { baseMs: 10_000, maxMs: 300_000, resetMs: 600_000 },
  retryMs: 10_000,
  stopFloorMs: 2_000,
  wallZeroMs: 0,
  speed: 1,
};

/** Everything remembered of one pod; plain data, never changed in place. */
export interface PodRecord {
  readonly settings: LifecycleSettings;
  /** When the node first saw the pod: `status.startTime` and the deadline's zero (R-WORKER-10, R-DEADLINE-2). */
  readonly seenAt: Millis;
  /** Present once the pod has left "sync"; never taken back (R-WORKER-2). */
  readonly ending?: PodEnding;
  readonly volumes: VolumesState;
  readonly sandbox: SandboxState;
  /** By container name, only those of which something is remembered. */
  readonly containers: ReadonlyMap<string, ContainerMemory>;
  readonly removal: RemovalState;
  /** The status last published; before that, what the pod came with. */
  readonly published: PodStatus;
}

/** Why and since when a pod is ending, and how long its containers have. */
export type PodEnding =
  & {
    readonly at: Millis;
    /** What a container gets that is told to stop now; at least 1000 (R-TERM-2). */
    readonly graceMs?: Millis;
    /** The earliest end of all graces asked for: a shorter one is honoured at once. */
    readonly graceUntil?: Millis;
    /** Set when the pod is being deleted, whatever ended it first. */
    readonly deletedAt?: Millis;
  }
  & (
    | { readonly type: TerminationCause }
    | { readonly type: "deleted" }
    | { readonly type: "evicted"; readonly reason: string; readonly message: string }
  );

/** How far the volumes are. */
export type VolumesState =
  | { readonly type: "none" }
  | { readonly type: "preparing" }
  | { readonly type: "ready" }
  | {
    readonly type: "failed";
    readonly reason: string;
    readonly message: string;
    readonly retryAt: Millis;
  };

/** The newest sandbox (R-MODEL-2). There is never more than one that is ready. */
export type SandboxState =
  | { readonly type: "none" }
  | { readonly type: "creating"; readonly attempt: number; readonly hostNetwork: boolean }
  | {
    readonly type: "failed";
    readonly attempt: number;
    readonly message: string;
    readonly retryAt: Millis;
  }
  | ({ readonly type: "ready" } & Sandbox)
  /** Its pause process died by itself. */
  | ({ readonly type: "exited" } & Sandbox)
  | ({ readonly type: "stopping"; readonly since: Millis } & Sandbox)
  | ({ readonly type: "stopFailed"; readonly retryAt: Millis } & Sandbox)
  | ({ readonly type: "stopped" } & Sandbox);

/** A sandbox that was started. */
export interface Sandbox {
  readonly sandboxId: string;
  readonly attempt: number;
  readonly hostNetwork: boolean;
  readonly pid: number;
  readonly podIP: string;
  readonly hostIP: string;
}

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

/** One row of the back-off table (R-BACKOFF-2). */
export interface BackoffEntry {
  readonly key: string;
  readonly delayMs: Millis;
  /** When a start was last permitted. */
  readonly lastUpdate: Millis;
}

/** What is kept of a container that was reset (R-RAC-5, R-RAC-7). */
export interface ContainerReset {
  readonly at: Millis;
  /** The end of the run whose exit started the pod over; its back-off counts from here. */
  readonly causeFinishedAt?: Millis;
}

/** How far the removal of what is left of the pod is. */
export type RemovalState =
  | { readonly type: "none" }
  | { readonly type: "removing" }
  | { readonly type: "failed"; readonly retryAt: Millis }
  | { readonly type: "removed" };
