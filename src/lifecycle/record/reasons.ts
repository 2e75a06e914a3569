/**
 * Kubernetes' reason words and message texts, byte for byte (R-BACKOFF-8, R-STATUS-1, R-DEADLINE-1,
 * R-TERM-10).
 */
import type { ContainerStartStep, StopCause } from "./vocabulary.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import { formatGoDuration } from "../../base/go_text.ts";

/**
 * Why a container waits, each with when it is used (R-STATUS-1, R-START-1, R-BACKOFF-8, R-RAC-5).
 */
export const waitingReasons = {
  ContainerCreating: "not started yet; the pod has no init containers",
  PodInitializing: "not started yet; the pod has init containers",
  CrashLoopBackOff: "it ended, and back-off refuses the next start for a while",
  CreateContainerConfigError: "its configuration could not be generated; retried",
  CreateContainerError: "the machine could not create it; retried",
  RunContainerError: "its program could not be started; will be retried",
  PostStartHookError: "its postStart hook failed; will be retried",
  RestartingAllContainers: "a restart rule is starting the whole pod over",
} as const;

/** A reason of a waiting container. */
export type WaitingReason = keyof typeof waitingReasons;

/** Why a container ended, each with when it is used (R-EXIT-1 to R-EXIT-3). */
export const terminatedReasons = {
  Completed: "exit code 0",
  Error: "an exit code other than 0, or a signal",
  OOMKilled: "an OOM kill hit the container",
  StartError: "its program could not be started; exit code 128",
  ContainerStatusUnknown: "its outcome is unknown; exit code 137",
  RestartingAllContainers: "removed to start the whole pod over; exit code 137",
  Unknown: "the node was down when it ended; exit code 255",
} as const;

/** A reason of a terminated container. */
export type TerminatedReason = keyof typeof terminatedReasons;

/** What a container waits for after a failed step of its start (R-START-1). */
export const startStepReasons: Readonly<Record<ContainerStartStep, WaitingReason>> = {
  config: "CreateContainerConfigError",
  create: "CreateContainerError",
  start: "RunContainerError",
};

/**
 * Message of a program that could not be started, as containerd and runc put it in front of what
 * failed. Rule: R-START-1; containerd, internal/cri/server/container_start.go; runc,
 * libcontainer/container_linux.go.
 */
export function startErrorMessage(why: string): string {
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${why}`;
}

/** What a container waits for after a failed postStart hook (R-HOOK-4). */
export const hookFailureReason: WaitingReason = "PostStartHookError";

/** Reason of a pod whose time ran out (R-DEADLINE-1). */
export const deadlineReason = "DeadlineExceeded";

/** Message of a pod whose time ran out (R-DEADLINE-1). */
export const deadlineMessage = "Pod was active on the node longer than the specified deadline";

/** Message of a container whose record vanished while it ran (R-STATUS-1). */
export const lostMessage =
  "The container could not be located when the pod was deleted.  The container used to be Running";

/** Message of a container whose end is unknown (R-STATUS-1, R-STATUS-9). */
export const unlocatedMessage = "The container could not be located when the pod was terminated";

/** Message of an init container that is believed to have ended well (R-STATUS-6). */
export const presumedCompletedMessage =
  "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally";

/** Message of a container removed to start the pod over (R-RAC-5). */
export const restartAllMessage = "The container is removed because RestartAllContainers in place";

/** Message of the condition AllContainersRestarting while True (R-RAC-2). */
export const restartAllConditionMessage = "container exited with restart policy rule";

/** `POD_NAMESPACE(UID)`, as back-off texts name a pod (R-BACKOFF-8). */
export function formatPod(pod: Pod): string {
  const { name, namespace, uid } = pod.metadata;
  return `${name}_${namespace ?? "default"}(${uid ?? ""})`;
}

/** Message of a container that waits in CrashLoopBackOff (R-BACKOFF-8). */
export function backoffMessage(pod: Pod, container: string, delayMs: Millis): string {
  return `back-off ${formatGoDuration(delayMs)} restarting failed container=${container} pod=${
    formatPod(pod)
  }`;
}

/** Text of the event `BackOff` (R-BACKOFF-8). */
export function backoffEventMessage(pod: Pod, container: string): string {
  return `Back-off restarting failed container ${container} in pod ${formatPod(pod)}`;
}

/** What the text of the event `Killing` depends on. */
export interface KillingFacts {
  readonly name: string;
  /** Why it is stopped. */
  readonly cause: StopCause;
  /** It is started again right after. */
  readonly restarts: boolean;
  /** It is a sidecar. */
  readonly isInit: boolean;
}

/** Text of the event `Killing` (R-TERM-10). */
export function killingMessage({ name, cause, restarts, isInit }: KillingFacts): string {
  const because = (why: string) => {
    if (isInit) return `Init container ${name} ${why}`;
    return `Container ${name} ${why}${restarts ? ", will be restarted" : ""}`;
  };
  switch (cause) {
    case "podTerminating":
    case "podDone":
    case "sandboxGone":
      return `Stopping container ${name}`;
    case "definitionChanged":
      return because("definition changed");
    case "livenessFailed":
      return because("failed liveness probe");
    case "startupFailed":
      return because("failed startup probe");
    case "resized":
      return `Container ${name} resize requires restart`;
    case "postStartFailed":
      return "FailedPostStartHook";
    case "restartAll":
      return "killing";
  }
}
