/** The Kubernetes Events of a pod (R-EVENT-1 to R-EVENT-17). */
import { ofResize, ofResizeEnd } from "./resize_event.ts";
import { findContainer, isEphemeral } from "../../api/pod_containers.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodAction } from "../record/action.ts";
import type {
  ContainerStarted,
  ContainerStartFailed,
  HookFinished,
  PodEvent,
  ProbeFinished,
} from "../record/event.ts";
import {
  backoffEventMessage,
  deadlineMessage,
  deadlineReason,
  killingMessage,
  startErrorMessage,
} from "../record/reasons.ts";
import type { PodRecord } from "../record/record.ts";

/** A Kubernetes Event to be recorded. */
export interface K8sEvent {
  readonly at: Millis;
  /** `Warning` is for what went wrong. */
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  /** Kubernetes' text. */
  readonly message: string;
  /**
   * `spec.containers{NAME}` and the like; absent: the pod itself (R-EVENT-18).
   */
  readonly fieldPath?: string;
  /** The component that reports it. @default "kubelet" */
  readonly component?: string;
}

/**
 * The Event of a pod that has got its node (R-EVENT-1; Kubernetes, pkg/scheduler/schedule_one.go).
 */
export function generateScheduledEvent({ metadata, spec }: Pod, at: Millis): K8sEvent {
  const { namespace, name } = metadata;
  return {
    at,
    type: "Normal",
    reason: "Scheduled",
    message: `Successfully assigned ${namespace}/${name} to ${spec.nodeName}`,
    component: "default-scheduler",
  };
}

/**
 * The Event of a pod that has to wait for a node (Kubernetes, pkg/scheduler/schedule_one.go,
 * handleSchedulingFailure).
 */
export function generateUnschedulableEvent(message: string, at: Millis): K8sEvent {
  const [type, reason] = ["Warning", "FailedScheduling"] as const;
  return { at, type, reason, message, component: "default-scheduler" };
}

/**
 * The Event of a pod that goes to make room (Kubernetes,
 * pkg/scheduler/framework/preemption/preemption.go).
 *
 * @param uid of the pod that it goes for.
 */
export function generatePreemptedEvent(uid: string, nodeName: string, at: Millis): K8sEvent {
  return {
    at,
    type: "Normal",
    reason: "Preempted",
    message: `Preempted by pod ${uid} on node ${nodeName}`,
    component: "default-scheduler",
  };
}

/** The events to record for one step; the recorder counts repetitions (R-EVENT-20). */
export function generateK8sEvents(
  pod: Pod,
  before: PodRecord,
  event: PodEvent,
): readonly K8sEvent[] {
  const { at } = event;
  switch (event.type) {
    case "actionBegun":
      return ofAction(pod, before, event.action, at);
    case "containerStarted": {
      const on = { at, type: "Normal", fieldPath: fieldPath(pod, event.name) } as const;
      return [
        ...ofImage(pod, event),
        { ...on, reason: "Created", message: "Container created" },
        { ...on, reason: "Started", message: "Container started" },
      ];
    }
    case "containerStartFailed": {
      const on = { at, fieldPath: fieldPath(pod, event.name) };
      const failed: K8sEvent = {
        ...on,
        type: "Warning",
        reason: "Failed",
        message: `Error: ${
          event.step === "start" ? startErrorMessage(event.message) : event.message
        }`,
      };
      // By then the container had been created (R-START-1).
      return event.step === "start"
        ? [
          ...ofImage(pod, event),
          { ...on, type: "Normal", reason: "Created", message: "Container created" },
          failed,
        ]
        : [...ofImage(pod, event), failed];
    }
    case "volumesFailed":
      return event.messages.map((message) => ({
        at,
        type: "Warning",
        reason: "FailedMount",
        message,
      }));
    case "sandboxFailed": {
      const message = `Failed to create pod sandbox: ${event.message}`;
      return [{ at, type: "Warning", reason: "FailedCreatePodSandBox", message }];
    }
    case "sandboxStopFailed": {
      const message = `error killing pod: ${event.message}`;
      return [{ at, type: "Warning", reason: "FailedKillPod", message }];
    }
    case "rejected":
    case "evicted":
      return [{ at, type: "Warning", reason: event.reason, message: event.message }];
    case "probeFinished":
      return ofProbe(pod, before, event);
    case "hookFinished":
      return ofHook(pod, before, event);
    case "resizeAdmitted":
    case "resizeRefused":
    case "resizeFailed":
      return ofResize(pod, before, event);
    case "resizeDesired":
    case "podResized":
    case "roomChanged":
    case "statusPublished":
    case "deletionRequested":
    case "killRequested":
    case "volumesPrepared":
    case "sandboxStarted":
    case "sandboxExited":
    case "sandboxStopped":
    case "containerExited":
    case "containerLost":
    case "podRemoved":
    case "podRemoveFailed":
      return [];
  }
}

/**
 * An image of which the machine has what it runs (R-IMAGE-3); one that nothing is known of has no
 * Event.
 */
function ofImage(
  pod: Pod,
  { at, name, hasImage }: ContainerStarted | ContainerStartFailed,
): readonly K8sEvent[] {
  if (!hasImage) return [];
  const { image = "" } = findContainer(pod, name) ?? {};
  return [{
    at,
    type: "Normal",
    reason: "Pulled",
    message: `Container image "${image}" already present on machine and can be accessed by the pod`,
    fieldPath: fieldPath(pod, name),
  }];
}

function ofAction(
  pod: Pod,
  before: PodRecord,
  action: PodAction,
  at: Millis,
): readonly K8sEvent[] {
  switch (action.type) {
    case "terminatePod":
      return action.cause === "deadline"
        ? [{ at, type: "Normal", reason: deadlineReason, message: deadlineMessage }]
        : [];
    case "createSandbox":
      return before.sandbox.type === "stopped"
        ? [{
          at,
          type: "Normal",
          reason: "SandboxChanged",
          message: "Pod sandbox changed, it will be killed and re-created.",
        }]
        : [];
    case "stopContainer":
      return [{
        at,
        type: "Normal",
        reason: "Killing",
        message: killingMessage({ ...action, isInit: isInit(pod, action.name) }),
        fieldPath: fieldPath(pod, action.name),
      }];
    case "backOffContainer":
      return [{
        at,
        type: "Warning",
        reason: "BackOff",
        message: backoffEventMessage(pod, action.name),
        fieldPath: fieldPath(pod, action.name),
      }];
    case "completeResize":
      return ofResizeEnd(pod, before, at);
    case "admitResize":
    case "resizePod":
    case "beginSync":
    case "prepareVolumes":
    case "stopSandbox":
    case "startContainer":
    case "signalContainer":
    case "runProbe":
    case "runHook":
    case "cancelHook":
    case "cancelStart":
    case "removeContainer":
    case "removePod":
      return [];
  }
}

/** Every try that counts, below the threshold too (R-EVENT-6 to R-EVENT-8, R-EVENT-19). */
function ofProbe(
  pod: Pod,
  before: PodRecord,
  { at, name, containerId, probe, outcome, output, state }: ProbeFinished,
): readonly K8sEvent[] {
  const run = before.containers.get(name)?.current;
  if (run?.type !== "running" || run.containerId !== containerId) return [];
  const on = { at, type: "Warning", fieldPath: fieldPath(pod, name) } as const;
  const what = `${probe[0]!.toUpperCase()}${probe.slice(1)} probe`;
  switch (outcome) {
    case "success":
      return [];
    case "warning":
      return [{ ...on, reason: "ProbeWarning", message: `${what} warning: ${output}` }];
    case "failure":
      return [{ ...on, reason: "Unhealthy", message: `${what} failed: ${output}` }];
    case "error": {
      const message = `${what} errored and resulted in ${state ?? "unknown"} state: ${output}`;
      return [{ ...on, reason: "Unhealthy", message }];
    }
  }
}

/**
 * The output of a hook is never recorded: it may be a secret (R-EVENT-9, R-EVENT-17, R-EVENT-19).
 */
function ofHook(
  pod: Pod,
  before: PodRecord,
  { at, name, containerId, hook, outcome, message }: HookFinished,
): readonly K8sEvent[] {
  if (!isHookAwaited(before, { name, containerId, hook }) || outcome === "success") return [];
  if (outcome === "warning") {
    return [{ at, type: "Warning", reason: "LifecycleHTTPFallback", message }];
  }
  const what = hook === "postStart" ? "PostStartHook" : "PreStopHook";
  return [{
    at,
    type: "Warning",
    reason: `Failed${what}`,
    message: `${what} failed`,
    fieldPath: fieldPath(pod, name),
  }];
}

/** Whether the end of a hook still matters. */
export function isHookAwaited(
  { containers }: PodRecord,
  { name, containerId, hook }: Pick<HookFinished, "name" | "containerId" | "hook">,
): boolean {
  const run = containers.get(name)?.current;
  if (run?.containerId !== containerId) return false;
  return hook === "postStart"
    ? run.postStart === "running"
    : run.type === "running" && run.stop?.step.type === "preStop";
}

function isInit(pod: Pod, name: string): boolean {
  return pod.spec.initContainers?.some((init) => init.name === name) ?? false;
}

/** R-EVENT-18. */
function fieldPath(pod: Pod, name: string): string {
  const list = isInit(pod, name)
    ? "initContainers"
    : isEphemeral(pod, name)
    ? "ephemeralContainers"
    : "containers";
  return `spec.${list}{${name}}`;
}
