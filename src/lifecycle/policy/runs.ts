/**
 * Facts of a record about runs and the sandbox: the questions that decisions and statuses share.
 */
import type { Pod } from "../../api/types/pod.ts";
import type {
  ContainerRecord,
  ContainerRun,
  ExitedRun,
  RunningRun,
} from "../record/container_record.ts";
import type { PodRecord } from "../record/record.ts";
import { isHookPending, openSteps } from "../record/sync.ts";

/** The newest run of a container. */
export function newestRun(record: PodRecord, name: string): ContainerRun | undefined {
  return record.containers.get(name)?.current;
}

/** The run of a container whose process is alive. */
export function runningRun(record: PodRecord, name: string): RunningRun | undefined {
  const run = record.containers.get(name)?.current;
  return run?.type === "running" ? run : undefined;
}

/** Whether a process of the pod may be alive: one runs, or one is being started. */
export function isAnyRunning(record: PodRecord): boolean {
  for (const containerRecord of record.containers.values()) {
    if (containerRecord.current?.type === "running" || containerRecord.starting !== undefined) {
      return true;
    }
  }
  return false;
}

/**
 * Whether a start has begun and not ended, its postStart hook included: nothing else is decided
 * meanwhile (R-WORKER-1, R-ACT-7).
 */
export function isAnyStarting(record: PodRecord): boolean {
  for (const { starting, current } of record.containers.values()) {
    if (starting !== undefined || isHookPending(current)) return true;
  }
  return false;
}

/** Whether a regular init has failed; an OOM kill counts even beside exit code 0 (R-INIT-9). */
export function hasInitFailed(run: ExitedRun): boolean {
  return run.exitCode !== 0 || run.reason === "OOMKilled";
}

/** Running, and past its startup probe if anything probes it (R-STATUS-4). */
export function isStarted(run: RunningRun): boolean {
  return run.probes === undefined || run.probes.startup === "success";
}

/**
 * Whether the newest run of a container went down with its pause process, and its sandbox has not
 * been replaced or removed yet. In the kubelet it still runs then, and is killed by the sync that
 * does so: what it ended with decides nothing before (R-SANDBOX-5).
 */
export function hasGoneDown(
  record: PodRecord,
  containerRecord: ContainerRecord | undefined,
): boolean {
  const { sandbox } = record;
  return endedWithSandbox(record, containerRecord) && sandbox.type !== "ready" &&
    (sandbox.type !== "stopped" || openSteps(record).length > 0);
}

/**
 * Whether the newest run of a container ended because its pause process did. One that was being
 * stopped for a reason of its own does not count, nor one whose postStart hook failed: a sync
 * before kills those itself (R-ACT-6, R-HOOK-4).
 */
export function endedWithSandbox(
  { sandbox }: PodRecord,
  containerRecord: ContainerRecord | undefined,
): boolean {
  const run = containerRecord?.current;
  return run?.type === "exited" && run.startedAt !== undefined &&
    containerRecord?.startFailure?.type !== "postStart" &&
    (run.stop === undefined || run.stop.cause === "sandboxGone") &&
    "exitedAt" in sandbox && sandbox.exitedAt !== undefined &&
    run.sandboxId === sandbox.sandboxId && run.finishedAt >= sandbox.exitedAt;
}

/**
 * Whether a sync is under way, or has to be, before the phase is looked at again (R-WORKER-3): a
 * step is still to be taken, or a start is under way.
 */
export function isSyncing(record: PodRecord): boolean {
  return isAnyStarting(record) || openSteps(record).some(({ type }) => type !== "killPod");
}

/**
 * Whether the pod has a sandbox that it can go on with (R-SANDBOX-1). Two ready ones never exist
 * here.
 */
export function isSandboxUsable(pod: Pod, { sandbox }: PodRecord): boolean {
  if (sandbox.type !== "ready") return false;
  const hostNetwork = pod.spec.hostNetwork ?? false;
  return sandbox.hostNetwork === hostNetwork && (hostNetwork || sandbox.podIP !== "");
}
