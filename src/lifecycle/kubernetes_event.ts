/** The Kubernetes Events of a pod (section 22). */
import type { Pod } from "../api/pod.ts";
import type { Millis } from "../base/clock.ts";
import type { PodAction } from "./action.ts";
import type { PodEvent } from "./event.ts";
import { backoffEventMessage, deadlineMessage, deadlineReason, killingMessage } from "./reasons.ts";
import type { PodRecord } from "./record.ts";

/** A Kubernetes Event to be recorded (section 22). */
export interface K8sEvent {
  /** Lifecycle moment. */
  readonly at: Millis;
  /** `Warning` is for what went wrong. */
  readonly type: "Normal" | "Warning";
  /** Kubernetes' word. */
  readonly reason: string;
  /** Kubernetes' text. */
  readonly message: string;
  /** `spec.containers{NAME}` or `spec.initContainers{NAME}`; absent: the pod itself (R-EVENT-18). */
  readonly fieldPath?: string;
}

/** Says what is to be recorded about one step; whether an event is repeated is the recorder's matter (R-EVENT-20). */
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
        message: `Error: ${event.message}`,
      };
      // By then the container had been created (R-START-1).
      return event.step === "start"
        ? [{ ...on, type: "Normal", reason: "Created", message: "Container created" }, failed]
        : [failed];
    }
    case "volumesFailed": {
      const message = `Unable to attach or mount volumes: ${event.message}`;
      return [{ at, type: "Warning", reason: "FailedMount", message }];
    }
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
    case "statusPublished":
    case "deletionRequested":
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
        message: killingMessage(action.name, action.cause, isInit(pod, action.name)),
        fieldPath: fieldPath(pod, action.name),
      }];
    case "holdContainer":
      return [{
        at,
        type: "Warning",
        reason: "BackOff",
        message: backoffEventMessage(pod, action.name),
        fieldPath: fieldPath(pod, action.name),
      }];
    case "prepareVolumes":
    case "stopSandbox":
    case "startContainer":
    case "signalContainer":
    case "removeContainer":
    case "removePod":
      return [];
  }
}

function isInit(pod: Pod, name: string): boolean {
  return pod.spec.initContainers?.some((init) => init.name === name) ?? false;
}

/** R-EVENT-18. */
function fieldPath(pod: Pod, name: string): string {
  return isInit(pod, name) ? `spec.initContainers{${name}}` : `spec.containers{${name}}`;
}
