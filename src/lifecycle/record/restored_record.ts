/**
 * What a node knows of a Pod that an earlier node process has run; pure.
 *
 * The machine counts as rebooted in between: the sandbox is gone and everything in it has ended.
 * Whether it gets another one is decided as for any sandbox that is lost (R-SANDBOX-2 to
 * R-SANDBOX-5); a kubelet finds the same after a reboot. The back-off table is empty.
 *
 * Rule: containerd, internal/cri/server/restart.go, loadContainer: a container that was running
 * and has no task has ended now, with 255 and reason Unknown.
 */
import type { ContainerState, ContainerStatus, Pod, PodStatus } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import { type ContainerRecord, type ExitedRun, newContainerRecord } from "./container_record.ts";
import type { TerminatedReason } from "./reasons.ts";
import {
  createPodRecord,
  type LifecycleSettings,
  type PodRecord,
  type PodRecordInit,
} from "./record.ts";
import type { SandboxState } from "./sandbox_state.ts";

/** Exit code of a run whose end was not seen (R-EXIT-2). */
const UNSEEN_EXIT_CODE = 255;

/** The name of a sandbox that is gone. */
const GONE_SANDBOX = "";

/**
 * The record of a Pod that a node gets: of one that has not run yet there is nothing to remember.
 */
export function restorePodRecord(pod: Pod, init: Required<PodRecordInit>): PodRecord {
  const { at, settings, status } = init;
  const record = createPodRecord(init);
  const { startTime, initContainerStatuses = [], containerStatuses = [] } = status;
  const restored = new Map(record.containers);
  for (const it of [...initContainerStatuses, ...containerStatuses]) {
    const containerRecord = restoreContainer(it, settings, at);
    if (containerRecord !== undefined) restored.set(it.name, containerRecord);
  }
  if (startTime === undefined) return record;
  return {
    ...record,
    // A clock that was set back meanwhile does not put it into the future.
    seenAt: Math.min(at, toMoment(startTime, settings)),
    ...restored.size > 0 && { sandbox: goneSandbox(pod, status) },
    containers: restored,
  };
}

/** Undefined: it has not run. */
function restoreContainer(
  { name, restartCount, image, containerID, state = {}, lastState = {} }: ContainerStatus,
  settings: LifecycleSettings,
  at: Millis,
): ContainerRecord | undefined {
  const facts = {
    restartCount,
    image,
    sandboxId: GONE_SANDBOX,
    containerId: containerID ?? "",
  };
  const current: ExitedRun | undefined = state.running !== undefined
    ? {
      type: "exited",
      ...facts,
      exitCode: UNSEEN_EXIT_CODE,
      reason: "Unknown",
      startedAt: toMoment(state.running.startedAt, settings),
      finishedAt: at,
      message: "",
      logTail: "",
    }
    : restoreEnd(state.terminated ?? lastState.terminated, facts, settings);
  if (current === undefined) return undefined;
  return { ...newContainerRecord(name), current, nextRestartCount: restartCount + 1 };
}

function restoreEnd(
  end: ContainerState["terminated"],
  facts: Pick<ExitedRun, "restartCount" | "image" | "sandboxId" | "containerId">,
  settings: LifecycleSettings,
): ExitedRun | undefined {
  if (end === undefined) return undefined;
  const { exitCode, reason = "Error", message = "", startedAt, finishedAt } = end;
  return {
    type: "exited",
    ...facts,
    exitCode,
    // It was written from one.
    reason: reason as TerminatedReason,
    startedAt: toMoment(startedAt, settings),
    finishedAt: toMoment(finishedAt, settings),
    message,
    logTail: "",
  };
}

function goneSandbox({ spec }: Pod, { podIP = "", hostIP = "" }: PodStatus): SandboxState {
  return {
    type: "stopped",
    sandboxId: GONE_SANDBOX,
    attempt: 0,
    hostNetwork: spec.hostNetwork ?? false,
    pid: 0,
    isolation: "",
    podIP,
    hostIP,
  };
}

/**
 * The lifecycle moment of a time that a status shows; the beginning of 1970 for one that has none.
 * It lies within that second, so that it is shown as the same again.
 */
function toMoment(time: string | null | undefined, settings: LifecycleSettings): Millis {
  const wallMs = Date.parse(time ?? "") || 0;
  return (wallMs + 1 - settings.wallZeroMs) * settings.speed;
}
