/** The actions for a pod: orders, in the imperative. */
import type { ProbeType } from "../../api/pod_containers.ts";
import type { PodAmounts } from "../../api/amounts/amounts.ts";
import type { ResourceRequirements } from "../../api/types/pod.ts";
import type { BackoffEntry, HookType, StopCause, TerminationCause } from "./vocabulary.ts";
import type { Millis } from "../../base/clock.ts";
import type { ProbeResults } from "./container_record.ts";

/**
 * One answer of `computePodActions`. The worker remembers each with an `actionBegun` event before
 * it begins it, so that a second look never begins it twice.
 */
export type PodAction = PodDecision | PodOperation;

/** To be remembered and no more: the machine has no part in it. */
export type PodDecision =
  | TerminatePod
  | BeginSync
  | StopContainer
  | BackOffContainer
  /** All that runs has what is allocated (R-RESIZE-9). */
  | { readonly type: "completeResize" };

/**
 * Begins a sync: what is wanted now, as a list of steps. Nothing else is decided before the last of
 * them is taken, whatever happens meanwhile (R-WORKER-1, R-ACT-6).
 */
export interface BeginSync {
  readonly type: "beginSync";
  /** In this order. */
  readonly steps: readonly SyncStep[];
}

/** One step of a sync. */
export type SyncStep =
  | StopContainer
  | KillPod
  | RemoveContainer
  | CreateSandbox
  | StartStep
  /** Gives what runs other amounts: which, is decided when its turn comes (R-RESIZE-6). */
  | { readonly type: "resizePod" };

/** Stops all containers in their order, then their sandbox (R-ACT-6.2, R-TERM-4). */
export interface KillPod {
  readonly type: "killPod";
  readonly sandboxId: string;
  readonly cause: StopCause;
}

/**
 * Starts a container unless its back-off refuses: that is decided when its turn comes (R-ACT-8).
 */
export interface StartStep {
  readonly type: "startContainer";
  readonly name: string;
  /**
   * Kill and start are one: back-off looks at the run before the killed one (R-ACT-10,
   * R-BACKOFF-7).
   */
  readonly afterKill: boolean;
}

/** To be carried out by the machine. */
export type PodOperation =
  /** Makes the pod's directory and volumes: `volumesPrepared` or `volumesFailed`. */
  | { readonly type: "prepareVolumes" }
  | CreateSandbox
  | StopSandbox
  | StartContainer
  | SignalContainer
  | RunProbe
  | RunHook
  | CancelHook
  | CancelStart
  | AdmitResize
  | ResizePod
  | RemoveContainer
  /** Removes volumes and all else that is left of the pod: `podRemoved` or `podRemoveFailed`. */
  | { readonly type: "removePod" };

/**
 * The pod leaves "sync" for good (R-WORKER-2). Deletions and evictions do so by their own events.
 */
export interface TerminatePod {
  readonly type: "terminatePod";
  readonly cause: TerminationCause;
  /** What its containers get from now on: the spec's, which may be 0 (R-TERM-2). */
  readonly graceMs: Millis;
}

/**
 * A running container has to go: its grace begins. The steps that follow (its preStop hook, its
 * turn, the stop signal, SIGKILL; R-TERM-3) are actions of their own.
 */
export interface StopContainer {
  readonly type: "stopContainer";
  readonly name: string;
  readonly containerId: string;
  readonly cause: StopCause;
  /** From now to the end of the grace, before the floor (R-TERM-2, R-TERM-5). */
  readonly graceMs: Millis;
  /** It is started again right after, however it ends (R-ACT-3, R-ACT-4). */
  readonly restarts: boolean;
}

/** Crash-loop back-off refuses a start until then (R-BACKOFF-2, R-BACKOFF-8). */
export interface BackOffContainer {
  readonly type: "backOffContainer";
  readonly name: string;
  /** The back-off in force, counted from the last run's end. */
  readonly delayMs: Millis;
  /** When it is over. */
  readonly until: Millis;
}

/** Starts a pause process: `sandboxStarted` or `sandboxFailed`. */
export interface CreateSandbox {
  readonly type: "createSandbox";
  /** Number of the sandbox, from 0. */
  readonly attempt: number;
  /** Whether it is on the host's network. */
  readonly hostNetwork: boolean;
}

/** Kills whatever is left in a sandbox: `sandboxStopped` or `sandboxStopFailed`. */
export interface StopSandbox {
  readonly type: "stopSandbox";
  readonly sandboxId: string;
}

/**
 * Configures, creates and starts one run of a container: `containerStarted` or
 * `containerStartFailed`.
 */
export interface StartContainer {
  readonly type: "startContainer";
  readonly name: string;
  /** Number of this run (R-COUNT-1); names its log file. */
  readonly restartCount: number;
  readonly sandboxId: string;
  /** As the spec names it now (R-MODEL-5). */
  readonly image: string;
  /** Its row of the back-off table from now on; absent when nothing ran before (R-BACKOFF-2). */
  readonly backoff?: BackoffEntry;
  /** The back-off that this start has waited for, 0 for none; absent when nothing ran before. */
  readonly delayMs?: Millis;
  /** The results of its probes before any has been run (R-PROBE-6); absent: it has none. */
  readonly probes?: ProbeResults;
  /** Its postStart hook belongs to the start (R-HOOK-3). */
  readonly postStart: boolean;
  /** What it requests and may use, as far as it says. */
  readonly resources?: ResourceRequirements;
}

/**
 * Cancels a start that does not end: `containerStartFailed` follows, or `containerStarted` where it
 * was too late.
 */
export interface CancelStart {
  readonly type: "cancelStart";
  readonly name: string;
  /** Why, in the words of the kubelet's context. */
  readonly cause: "deadline exceeded" | "canceled";
}

/**
 * Sends a signal to a container's first process; SIGKILL ends all of it. `containerExited` follows
 * in time.
 */
export interface SignalContainer {
  readonly type: "signalContainer";
  readonly name: string;
  readonly containerId: string;
  /** `SIGTERM`, `SIGKILL`, … */
  readonly signal: string;
}

/** Asks whether there is room for other amounts: `resizeAdmitted` or `resizeRefused`. */
export interface AdmitResize {
  readonly type: "admitResize";
  readonly desired: PodAmounts;
  /** Of the object that asks for them. */
  readonly generation: number;
}

/** A container that runs, and what it is to have. */
export interface ContainerAmounts {
  readonly name: string;
  readonly containerId: string;
  readonly resources: ResourceRequirements;
}

/** Gives the pod and these containers what is allocated: `podResized` or `resizeFailed`. */
export interface ResizePod {
  readonly type: "resizePod";
  readonly containers: readonly ContainerAmounts[];
}

/** Asks a running container what one of its probes asks: `probeFinished`. */
export interface RunProbe {
  readonly type: "runProbe";
  readonly name: string;
  readonly containerId: string;
  readonly sandboxId: string;
  readonly probe: ProbeType;
  /** So many failures in a row count (R-PROBE-7). */
  readonly failureThreshold: number;
  /** So many successes in a row count (R-PROBE-7). */
  readonly successThreshold: number;
}

/** Runs a hook of a running container: `hookFinished`. */
export interface RunHook {
  readonly type: "runHook";
  readonly name: string;
  readonly containerId: string;
  readonly sandboxId: string;
  readonly hook: HookType;
}

/** Cancels a postStart hook, since the pod is ending (R-HOOK-5). Its outcome no longer matters. */
export interface CancelHook {
  readonly type: "cancelHook";
  readonly name: string;
  readonly containerId: string;
}

/**
 * Forgets an ended run and removes its writable layer; its log stays. There is no event for its
 * end: what could not be removed goes with the pod.
 */
export interface RemoveContainer {
  readonly type: "removeContainer";
  readonly name: string;
  readonly containerId: string;
  /** `superseded`: two newer runs exist; `sandboxChanged`: R-ACT-6; `restartAll`: R-RAC-3. */
  readonly cause: "superseded" | "sandboxChanged" | "restartAll";
  /**
   * How often in a row the exit of this container has started the pod over, this time included
   * (R-RAC-7).
   */
  readonly round?: number;
  /**
   * The end of its run, where back-off counts that for its next start (R-RAC-7), or for one in this
   * sync (R-BACKOFF-2).
   */
  readonly backoffFrom?: Millis;
}
