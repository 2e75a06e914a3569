/** The lines of the event log (contract, "Events"). */
import type { ConditionStatus, PodPhase } from "../api/pod.ts";
import type { Millis } from "../base/clock.ts";

/** What a container is to its pod: a regular init, a sidecar or a main container. */
export type ContainerRole = "init" | "sidecar" | "app";

/** What every line of the event log carries; the sink adds `time` from `at` (contract, "Events"). */
export interface LogEventBase {
  /** Lifecycle moment. */
  readonly at: Millis;
  /** `namespace/name`. */
  readonly pod: string;
  readonly uid: string;
  /** A sentence for people. */
  readonly message: string;
}

/** Why something was decided. */
export interface Decision {
  /** The facts, in one sentence. */
  readonly because: string;
  /** Id in the semantics reference. */
  readonly rule: string;
}

/** Which container a line is about. */
export interface ContainerRef {
  readonly container: string;
  readonly role: ContainerRole;
}

/** One line of the event log. */
export type LogEvent =
  | PodPhaseChanged
  | PodConditionChanged
  | SandboxLogEvent
  | ContainerStartedLog
  | ContainerExitedLog
  | ContainerWaitingLog
  | ContainerKillingLog
  | FieldIgnoredLog
  | OutputLog
  | PodFinishedLog;

/** The published phase changed. */
export interface PodPhaseChanged extends LogEventBase, Decision {
  readonly type: "pod.phase";
  readonly from: PodPhase;
  readonly to: PodPhase;
  /** `status.reason`, such as `DeadlineExceeded`. */
  readonly reason?: string;
}

/** A published condition changed its status. */
export interface PodConditionChanged extends LogEventBase, Decision {
  readonly type: "pod.condition";
  readonly condition: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
}

/** A pause process lives, or has ended. */
export interface SandboxLogEvent extends LogEventBase, Decision {
  readonly type: "sandbox.started" | "sandbox.exited";
  readonly pid: number;
  readonly attempt: number;
  /** What is really enforced. */
  readonly isolation?: string;
}

/** A container's program runs. */
export interface ContainerStartedLog extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.started";
  readonly pid: number;
  readonly restartCount: number;
  /** From decision to exec, wall ms. */
  readonly startMs: number;
  /** The back-off it waited for, on restarts. */
  readonly delayMs?: Millis;
}

/** A container ended, or could not be started (`StartError`). */
export interface ContainerExitedLog extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.exited";
  readonly reason: string;
  readonly exitCode: number;
  readonly signal?: string;
  readonly restartCount: number;
  readonly durationMs: Millis;
}

/** A container began to wait for another start. */
export interface ContainerWaitingLog extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.waiting";
  readonly reason: string;
  readonly restartCount: number;
  readonly delayMs?: Millis;
  /** RFC 3339, the wall clock. */
  readonly until?: string;
}

/** A signal is being sent to a container in order to stop it. */
export interface ContainerKillingLog extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.killing";
  readonly reason: string;
  readonly signal: string;
  /** What is left of its grace. */
  readonly graceSeconds: number;
}

/** A field of the manifest that this machine or version does not enforce. */
export interface FieldIgnoredLog extends LogEventBase {
  readonly type: "field.ignored";
  readonly field: string;
  readonly line?: number;
  readonly column?: number;
}

/** A line of output. */
export interface OutputLog extends LogEventBase, ContainerRef {
  readonly type: "log";
  readonly stream: "stdout" | "stderr";
  readonly line: string;
  readonly partial: boolean;
}

/** The run of a pod is over; said by the command line, since the exit code is the program's. */
export interface PodFinishedLog extends LogEventBase {
  readonly type: "pod.finished";
  readonly phase: PodPhase;
  readonly reason?: string;
  readonly exitCode: number;
}
