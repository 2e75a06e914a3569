/**
 * When a pod needs another sandbox, and what goes and stays with the old one (R-SANDBOX-1,
 * R-RAC-3).
 */
import { hasGoneDown, isAnyRunning, newestRun } from "../policy/runs.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import type { RemoveContainer, SyncStep } from "../record/action.ts";
import type { ContainerRecord, ExitedRun } from "../record/container_record.ts";
import type { StopCause } from "../record/vocabulary.ts";
import { type PodPlan, specGraceMs, stopStep } from "./pod_plan.ts";
import type { BackoffSettings, PodRecord } from "../record/record.ts";
import { isReplacementWanted, mainsToStart, triggersRestartAll } from "../policy/restart.ts";
import { stopPod } from "./termination.ts";

/**
 * Creates the first sandbox, or replaces one that is unusable, and starts what runs in it: the
 * first init container, or without any the main containers (R-SANDBOX-2 to R-SANDBOX-5,
 * R-SANDBOX-8).
 */
export function decideSandbox(plan: PodPlan): void {
  const { pod, record, now, actions, waits } = plan;
  const { sandbox } = record;
  if (sandbox.type === "creating") return;
  if (sandbox.type === "failed" && now < sandbox.retryAt) {
    const { message, retryAt: until } = sandbox;
    waits.push({ type: "sandbox", until, reason: "FailedCreatePodSandBox", message });
    return;
  }
  const steps: SyncStep[] = [];
  if ("sandboxId" in sandbox && sandbox.type !== "stopped") {
    steps.push({ type: "killPod", sandboxId: sandbox.sandboxId, cause: "sandboxGone" });
  }
  if (isReplacementWanted(pod, record)) {
    const attempt = nextAttempt(record);
    const hostNetwork = pod.spec.hostNetwork ?? false;
    steps.push(...removedInits(pod, record), { type: "createSandbox", attempt, hostNetwork });
    const first = pod.spec.initContainers?.[0];
    for (const { name } of first === undefined ? mainsToStart(pod, record) : [first]) {
      const afterKill = hasGoneDown(record, record.containers.get(name));
      steps.push({ type: "startContainer", name, afterKill });
    }
  }
  if (steps.length > 0) actions.push({ type: "beginSync", steps });
}

function nextAttempt({ sandbox }: PodRecord): number {
  if (sandbox.type === "none") return 0;
  return sandbox.type === "failed" ? sandbox.attempt : sandbox.attempt + 1;
}

/** A new sandbox runs every init container again (R-SANDBOX-5, R-ACT-6.2). */
function removedInits(pod: Pod, record: PodRecord): SyncStep[] {
  return (pod.spec.initContainers ?? []).flatMap(({ name }, index) => {
    const run = newestRun(record, name);
    if (run === undefined) return [];
    const { containerId } = run;
    const removal = {
      type: "removeContainer",
      name,
      containerId,
      cause: "sandboxChanged",
    } as const;
    // The first is started in this very sync, which goes by the records at its beginning
    // (R-BACKOFF-2, R-BACKOFF-7).
    const containerRecord = record.containers.get(name);
    const last = hasGoneDown(record, containerRecord) ? containerRecord?.previous : run;
    return [
      index === 0 && last?.type === "exited"
        ? { ...removal, backoffFrom: last.finishedAt }
        : removal,
    ];
  });
}

/**
 * No main runs or is to run, or an init has failed for good: all is stopped, the sandbox too (row 6
 * of R-ACT-2).
 */
export function beginKillPod({ record, actions }: PodPlan, cause: StopCause): void {
  const { sandbox } = record;
  if (!("sandboxId" in sandbox)) return;
  const { sandboxId } = sandbox;
  actions.push({ type: "beginSync", steps: [{ type: "killPod", sandboxId, cause }] });
}

/** Stops the containers in their order, then what is left of their sandbox (R-ACT-6.2). */
export function killPod(plan: PodPlan, cause: StopCause): void {
  const { pod, record, now, actions, waits } = plan;
  const { sandbox } = record;
  if (isAnyRunning(record)) return stopPod(plan, cause, specGraceMs(pod));
  if (!("sandboxId" in sandbox) || sandbox.type === "stopping") return;
  if (sandbox.type === "stopFailed" && now < sandbox.retryAt) {
    waits.push({ type: "cleanup", until: sandbox.retryAt });
  } else actions.push({ type: "stopSandbox", sandboxId: sandbox.sandboxId });
}

/**
 * Starts the whole pod over in its sandbox: each container in turn is stopped and its record
 * removed, those that caused it last (R-RAC-3). With the last of them the trigger is gone, and the
 * next sync starts from the first init (R-RAC-4).
 */
export function beginReset(plan: PodPlan): void {
  const { record, actions } = plan;
  const steps: SyncStep[] = [];
  for (const container of resetOrder(plan)) {
    const { name } = container;
    const containerRecord = record.containers.get(name);
    const run = containerRecord?.current;
    if (run === undefined) continue;
    const { containerId } = run;
    if (run.type === "running") {
      steps.push(
        stopStep(record, container, { cause: "restartAll", graceMs: 0, restarts: false }),
      );
    }
    const causes = run.type === "exited" && triggersRestartAll(container, containerRecord);
    steps.push({
      type: "removeContainer",
      name,
      containerId,
      cause: "restartAll",
      ...(causes && backoffOf(run, containerRecord!, record.settings.backoff)),
    });
  }
  actions.push({ type: "beginSync", steps });
}

/** So many rounds in a row start at once, as all do in a cluster. */
const FREE_ROUNDS = 3;

/**
 * What an exit that starts the pod over does to its container's next start: from the fourth round
 * on, crash-loop back-off counts it as any other restart. After a run longer than the reset period
 * of the back-off the count starts again.
 *
 * Differs: 1.36 starts it at once every time, in a hot loop (R-RAC-7).
 */
function backoffOf(
  { startedAt, finishedAt }: ExitedRun,
  containerRecord: ContainerRecord,
  { resetMs }: BackoffSettings,
): Pick<RemoveContainer, "round" | "backoffFrom"> {
  const isLong = startedAt !== undefined && finishedAt - startedAt > resetMs;
  const round = isLong ? 1 : (containerRecord.rounds ?? 0) + 1;
  return { round, ...(round > FREE_ROUNDS && { backoffFrom: finishedAt }) };
}

/** Mains not causing it, inits not causing it, causing mains, causing inits (R-RAC-3). */
function resetOrder({ pod, record }: PodPlan): readonly Container[] {
  const mains = pod.spec.containers;
  const inits = pod.spec.initContainers ?? [];
  const causes = (container: Container) =>
    triggersRestartAll(container, record.containers.get(container.name));
  const spared = (container: Container) => !causes(container);
  return [
    ...mains.filter(spared),
    ...inits.filter(spared),
    ...mains.filter(causes),
    ...inits.filter(causes),
  ];
}
