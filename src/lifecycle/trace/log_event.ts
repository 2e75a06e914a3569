/** The lines of the event log: `--events-file`. */
import type { ProbeType } from "../../api/pod_containers.ts";
import type { HookType } from "../record/vocabulary.ts";
import type { ConditionStatus, Pod, PodPhase } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type {
  ObjectFieldIgnoredLogEvent,
  ObjectIgnoredLogEvent,
  ObjectLogEvent,
} from "./object_event.ts";

/**
 * What a container is to its pod: a regular init, a sidecar, a main container, or one that was
 * added for debugging.
 */
export type ContainerRole = "init" | "sidecar" | "app" | "ephemeral";

/** What every line of the event log carries; the sink adds `time` from `at`. */
export interface LogEventBase {
  readonly at: Millis;
  /** `namespace/name`. */
  readonly pod: string;
  /** `metadata.uid`. */
  readonly uid: string;
  /** A sentence for people. */
  readonly message: string;
}

/** What every line of a pod carries. */
export function describe(
  { pod, at }: { readonly pod: Pod; readonly at: Millis },
  message: string,
): LogEventBase {
  const { name, namespace = "default", uid = "" } = pod.metadata;
  return { at, pod: `${namespace}/${name}`, uid, message };
}

/** Why something was decided. */
export interface Decision {
  /** The facts, in one sentence. */
  readonly because: string;
  /** Id of the rule that explains it: `R-BACKOFF-3`. It explains and decides nothing. */
  readonly rule: string;
  /**
   * What chose between starting a container again and not (R-RESTART-1, R-RESTART-2, R-RESTART-5).
   */
  readonly decidedBy?: RestartDecider;
}

/** What may choose whether a container that ended is started again. */
export type RestartDecider = "podPolicy" | "containerPolicy" | "restartRule";

/** Which container a line is about. */
export interface ContainerRef {
  readonly container: string;
  /** What it is to its pod. */
  readonly role: ContainerRole;
}

/** One line of the event log. */
export type LogEvent =
  | PodPhaseLogEvent
  | PodConditionLogEvent
  | SandboxLogEvent
  | ContainerStartedLogEvent
  | ContainerExitedLogEvent
  | ContainerWaitingLogEvent
  | ContainerKillingLogEvent
  | ProbeResultLogEvent
  | HookStartedLogEvent
  | HookFinishedLogEvent
  | FieldIgnoredLogEvent
  | OutputLogEvent
  | PodFinishedLogEvent;

/** One line of the event log of a run: of a pod, or of an object beside the pods. */
export type RunEvent =
  | LogEvent
  | ObjectLogEvent
  | ObjectIgnoredLogEvent
  | ObjectFieldIgnoredLogEvent;

/** The published phase changed. */
export interface PodPhaseLogEvent extends LogEventBase, Decision {
  readonly type: "pod.phase";
  /** The phase before. */
  readonly from: PodPhase;
  /** The new phase. */
  readonly to: PodPhase;
  /** `status.reason`, such as `DeadlineExceeded`. */
  readonly reason?: string;
}

/** A published condition changed its status. */
export interface PodConditionLogEvent extends LogEventBase, Decision {
  readonly type: "pod.condition";
  /** Type of the condition. */
  readonly condition: string;
  /** The new status. */
  readonly status: ConditionStatus;
  readonly reason?: string;
}

/** A pause process lives, or has ended. */
export interface SandboxLogEvent extends LogEventBase, Decision {
  readonly type: "sandbox.started" | "sandbox.exited";
  /** As the host numbers it. */
  readonly pid: number;
  /** Number of the sandbox, from 0. */
  readonly attempt: number;
  /** What is really enforced. */
  readonly isolation: string;
  /** Of one that has exited: whether its pause process ended without a request. */
  readonly died?: boolean;
}

/** A container's program runs. */
export interface ContainerStartedLogEvent extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.started";
  /** As the host numbers it. */
  readonly pid: number;
  /** Number of the run, from 0. */
  readonly restartCount: number;
  /** From decision to exec, wall ms. */
  readonly startMs: number;
  /** The back-off it waited for, on restarts. */
  readonly delayMs?: Millis;
}

/** A container ended, or could not be started (`StartError`). */
export interface ContainerExitedLogEvent extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.exited";
  readonly reason: string;
  /** 0 to 255; 128 + n for signal n. */
  readonly exitCode: number;
  /** `SIGTERM`, `SIGKILL`, … */
  readonly signal?: string;
  /** Number of the run, from 0. */
  readonly restartCount: number;
  /** From start to end. */
  readonly durationMs: Millis;
}

/** A container began to wait for another start. */
export interface ContainerWaitingLogEvent extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.waiting";
  readonly reason: string;
  /** Number of the run, from 0. */
  readonly restartCount: number;
  /** The back-off in force. */
  readonly delayMs?: Millis;
  /** RFC 3339, the wall clock. */
  readonly until?: string;
}

/** A signal is being sent to a container in order to stop it. */
export interface ContainerKillingLogEvent extends LogEventBase, ContainerRef, Decision {
  readonly type: "container.killing";
  readonly reason: string;
  /** `SIGTERM`, `SIGKILL`, … */
  readonly signal: string;
  /** What is left of its grace. */
  readonly graceSeconds: number;
}

/** A probe has been run. */
export interface ProbeResultLogEvent extends LogEventBase, ContainerRef, Decision {
  readonly type: "probe.result";
  readonly probe: ProbeType;
  /** `warning` counts as a success, `error` for nothing. */
  readonly result: "success" | "warning" | "failure" | "error";
  /** The result that counts is another one now, its threshold having been reached. */
  readonly changed: boolean;
  readonly output: string;
}

/** A hook begins. */
export interface HookStartedLogEvent extends LogEventBase, ContainerRef, Decision {
  readonly type: "hook.started";
  readonly hook: HookType;
}

/** A hook has ended, or its end no longer matters. */
export interface HookFinishedLogEvent extends LogEventBase, ContainerRef, Decision {
  readonly type: "hook.finished";
  readonly hook: HookType;
  /** `abandoned`: its grace ran out, and it is left to itself; `cancelled`: the pod is ending. */
  readonly result: "success" | "failure" | "abandoned" | "cancelled";
  /** Of one that failed: what it wrote, or why it could not be run. */
  readonly output?: string;
  /** Of a program that ran to its end. */
  readonly exitCode?: number;
}

/** A field of the manifest that this machine or version does not enforce. */
export interface FieldIgnoredLogEvent extends LogEventBase {
  readonly type: "field.ignored";
  /** Its path, such as `spec.dnsPolicy`. */
  readonly field: string;
  /** Where in the manifest, from 1. */
  readonly line?: number;
  /** Where in the line, from 1. */
  readonly column?: number;
}

/** A line of output. */
export interface OutputLogEvent extends LogEventBase, ContainerRef {
  readonly type: "log";
  /** Where it was written. */
  readonly stream: "stdout" | "stderr";
  /** Without its line feed. */
  readonly line: string;
  /** The line goes on in the next one. */
  readonly partial: boolean;
}

/** The run of a pod is over; reported by the command line, since the exit code is the program's. */
export interface PodFinishedLogEvent extends LogEventBase {
  readonly type: "pod.finished";
  /** `status.phase`. */
  readonly phase: PodPhase;
  readonly reason?: string;
  /** 0 to 255; 128 + n for signal n. */
  readonly exitCode: number;
}
