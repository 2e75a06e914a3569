/**
 * What happened to a pod: facts, in the past tense. They are all that a {@link PodRecord} is made
 * of.
 */
import type { ProbeType } from "../../api/pod_containers.ts";
import type { PodAmounts } from "../../api/amounts/amounts.ts";
import type { ContainerStartStep, HookType } from "./vocabulary.ts";
import type { LinuxContainerUser, PodStatus } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { ContainerAmounts, PodAction } from "./action.ts";

/**
 * One fact about one pod, folded into its record by `applyPodEvent`.
 *
 * `at` is the lifecycle moment at which it was seen. Only `rejected`, `deletionRequested`,
 * `killRequested`, `evicted`, `sandboxExited`, `containerExited` and `containerLost` come unasked;
 * every other event is the outcome of one action, or reports that the worker has begun or published
 * something.
 */
export type PodEvent =
  /** The worker is about to carry out this action: remembered before it is begun. */
  | { readonly type: "actionBegun"; readonly at: Millis; readonly action: PodAction }
  | StatusPublished
  | Rejected
  | DeletionRequested
  /** The pod ends at once: SIGKILL for whatever runs, no hook, no grace. */
  | { readonly type: "killRequested"; readonly at: Millis }
  | Evicted
  | { readonly type: "volumesPrepared"; readonly at: Millis }
  | VolumesFailed
  | SandboxStarted
  | SandboxFailed
  | { readonly type: "sandboxExited"; readonly at: Millis; readonly sandboxId: string }
  | { readonly type: "sandboxStopped"; readonly at: Millis; readonly sandboxId: string }
  | SandboxStopFailed
  | ContainerStarted
  | ContainerStartFailed
  | ContainerExited
  | ContainerLost
  | ProbeFinished
  | HookFinished
  | ResizeDesired
  | ResizeAdmitted
  | ResizeRefused
  | PodResized
  | ResizeFailed
  /** Another pod takes less room, or none any more (R-RESIZE-5). */
  | { readonly type: "roomChanged"; readonly at: Millis }
  | { readonly type: "podRemoved"; readonly at: Millis }
  | { readonly type: "podRemoveFailed"; readonly at: Millis; readonly message: string };

/** A status has been written: transition times, sticky phases and counts look at it. */
export interface StatusPublished {
  readonly type: "statusPublished";
  readonly at: Millis;
  /** As `generatePodStatus` gave it. */
  readonly status: PodStatus;
}

/** The node does not take the pod: Failed before anything of it has been begun (R-EVENT-16). */
export interface Rejected {
  readonly type: "rejected";
  readonly at: Millis;
  readonly reason: string;
  readonly message: string;
}

/**
 * The pod's deletion was requested, or requested again with a shorter grace (R-DELETE-1,
 * R-DELETE-3).
 */
export interface DeletionRequested {
  readonly type: "deletionRequested";
  readonly at: Millis;
  /** `metadata.deletionGracePeriodSeconds`. */
  readonly graceSeconds: number;
}

/** The node wants the pod gone: phase Failed with this reason and message (R-PHASE-7). */
export interface Evicted {
  readonly type: "evicted";
  readonly at: Millis;
  readonly reason: string;
  readonly message: string;
  /** What its containers get; at least 1 is given (R-TERM-2). */
  readonly graceSeconds: number;
}

/** The outcome of `prepareVolumes` when it could not be done (R-START-5). */
export interface VolumesFailed {
  readonly type: "volumesFailed";
  readonly at: Millis;
  /** `FailedMount` and so on. */
  readonly reason: string;
  /** One for each volume that failed; at least one. */
  readonly messages: readonly string[];
}

/** The outcome of `createSandbox`: the pause process is alive. */
export interface SandboxStarted {
  readonly type: "sandboxStarted";
  readonly at: Millis;
  readonly sandboxId: string;
  /** Number of the sandbox, from 0. */
  readonly attempt: number;
  /** As the host numbers it. */
  readonly pid: number;
  readonly podIP: string;
  /** One address of the node. */
  readonly hostIP: string;
  /** What is really enforced, in the runtime's words. */
  readonly isolation: string;
}

/** The outcome of `createSandbox` when there is none. */
export interface SandboxFailed {
  readonly type: "sandboxFailed";
  readonly at: Millis;
  /** Number of the sandbox, from 0. */
  readonly attempt: number;
  /** `FailedCreatePodSandBox`. */
  readonly reason: string;
  readonly message: string;
}

/** The outcome of `stopSandbox` when something of it is left; it is retried. */
export interface SandboxStopFailed {
  readonly type: "sandboxStopFailed";
  readonly at: Millis;
  readonly sandboxId: string;
  readonly message: string;
}

/** The outcome of `startContainer`: the program runs, or has already run. */
export interface ContainerStarted {
  readonly type: "containerStarted";
  readonly at: Millis;
  readonly name: string;
  /** `podling://…`, never used twice. */
  readonly containerId: string;
  /** As the host numbers it. */
  readonly pid: number;
  /** The user of its first process. */
  readonly user: LinuxContainerUser;
  /** From the action to exec, in wall milliseconds. */
  readonly startMs: number;
  /** The machine has a program for its image. */
  readonly hasImage: boolean;
}

/** The outcome of `startContainer` when no program runs. */
export interface ContainerStartFailed {
  readonly type: "containerStartFailed";
  readonly at: Millis;
  readonly name: string;
  /** Which step it was. */
  readonly step: ContainerStartStep;
  /** Why, in the machine's words. */
  readonly message: string;
  /**
   * The waiting reason where the step has several, such as `ErrImagePull`. @default the step's own
   * (R-START-1)
   */
  readonly reason?: string;
  /** Given when the container had been created. */
  readonly containerId?: string;
  /** The machine has a program for its image. */
  readonly hasImage: boolean;
  /** Given when the container had been created: the user that its first process was to have. */
  readonly user?: LinuxContainerUser;
}

/** The pod's object asks for other amounts than the node has allocated, or for those again. */
export interface ResizeDesired {
  readonly type: "resizeDesired";
  readonly at: Millis;
  readonly desired: PodAmounts;
  /** What it had before. */
  readonly allocated: PodAmounts;
  /** `metadata.generation`. */
  readonly generation: number;
}

/** The outcome of `admitResize`: there is room. */
export interface ResizeAdmitted {
  readonly type: "resizeAdmitted";
  readonly at: Millis;
  readonly desired: PodAmounts;
  /** Of the object that asks for it. */
  readonly generation: number;
}

/** The outcome of `admitResize` where what is allocated stays (R-RESIZE-4). */
export interface ResizeRefused {
  readonly type: "resizeRefused";
  readonly at: Millis;
  readonly reason: "Deferred" | "Infeasible";
  /** What admission calls it: `OutOfcpu`. */
  readonly cause: string;
  readonly message: string;
  readonly desired: PodAmounts;
  /** Of the object that asks for it. */
  readonly generation: number;
}

/** The outcome of `resizePod`: the pod and these containers have what is allocated. */
export interface PodResized {
  readonly type: "podResized";
  readonly at: Millis;
  readonly containers: readonly ContainerAmounts[];
}

/** The outcome of `resizePod` where something could not be given; it is repeated (R-RESIZE-8). */
export interface ResizeFailed {
  readonly type: "resizeFailed";
  readonly at: Millis;
  readonly message: string;
}

/** A container's first process has been reaped. */
export interface ContainerExited {
  readonly type: "containerExited";
  /** The moment of its end. */
  readonly at: Millis;
  readonly name: string;
  readonly containerId: string;
  /** 0 to 255; 128 + n for signal n (R-EXIT-1). */
  readonly exitCode: number;
  /** `SIGKILL` and so on, when a signal ended it. */
  readonly signal?: string;
  /** An OOM kill hit the container, whichever process it took (R-EXIT-3). */
  readonly oomKilled: boolean;
  /** What the program left in its termination message file (R-MSG-1). */
  readonly terminationMessage: string;
  /** The end of its log, for `FallbackToLogsOnError` (R-MSG-2). */
  readonly logTail: string;
}

/** The machine no longer knows the outcome of a container that ran: its record is `unknown` now. */
export interface ContainerLost {
  readonly type: "containerLost";
  readonly at: Millis;
  readonly name: string;
  readonly containerId: string;
}

/** The outcome of `runProbe`. */
export interface ProbeFinished {
  readonly type: "probeFinished";
  readonly at: Millis;
  readonly name: string;
  readonly containerId: string;
  readonly probe: ProbeType;
  /** `warning` is a success with a message; `error` counts for nothing (R-PROBE-9, R-PROBE-10). */
  readonly outcome: "success" | "warning" | "failure" | "error";
  readonly output: string;
  /**
   * Of an error: an answer whose body could not be read is reported as a failure that does not
   * count (R-EVENT-7).
   */
  readonly state?: "failure";
}

/** The outcome of `runHook`. */
export interface HookFinished {
  readonly type: "hookFinished";
  readonly at: Millis;
  readonly name: string;
  readonly containerId: string;
  readonly hook: HookType;
  /** `warning` is a success with a message (R-EVENT-17). */
  readonly outcome: "success" | "warning" | "failure";
  /** Why it failed, in the kubelet's words, or the warning; empty otherwise. */
  readonly message: string;
  /** Of one that failed: what it wrote, or why it could not be run. */
  readonly output?: string;
  /** Of a program that ran to its end. */
  readonly exitCode?: number;
}
