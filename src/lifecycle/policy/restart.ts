/** Restart policy and crash-loop back-off (R-RESTART-1, R-RAC-1, R-BACKOFF-2). */
import type { BackoffEntry } from "../record/vocabulary.ts";
import type { Container, ContainerRestartRule, Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { ContainerRecord } from "../record/container_record.ts";
import type { BackoffSettings, PodRecord } from "../record/record.ts";
import { hasGoneDown, newestRun } from "./runs.ts";

/** Whether an init entry is a sidecar (R-RESTART-6). Says nothing about main containers. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

/** The first rule that matches an exit code; the others are ignored (R-RESTART-2, R-RESTART-3). */
export function matchRestartRule(
  container: Container,
  exitCode: number,
): ContainerRestartRule | undefined {
  // Rules count only beside a policy of the container's own (R-RESTART-4).
  if (container.restartPolicy === undefined) return undefined;
  return container.restartPolicyRules?.find(({ exitCodes }) => {
    if (exitCodes === undefined) return false;
    const listed = exitCodes.values?.includes(exitCode) ?? false;
    return exitCodes.operator === "In" ? listed : !listed;
  });
}

/** Whether policy and rules start a container again that ended so (rows 5 to 7 of R-RESTART-1). */
export function isRestartable(pod: Pod, container: Container, exitCode: number): boolean {
  if (matchRestartRule(container, exitCode) !== undefined) return true;
  switch (container.restartPolicy ?? pod.spec.restartPolicy ?? "Always") {
    case "Always":
      return true;
    case "OnFailure":
      return exitCode !== 0;
    case "Never":
      return false;
  }
}

/** Whether the pod is being deleted, by its own word or the record's. */
export function isDeleted(pod: Pod, record: PodRecord): boolean {
  return pod.metadata.deletionTimestamp !== undefined || record.ending?.deletedAt !== undefined;
}

/** Whether a container should be started again, going by its newest record (R-RESTART-1). */
export function shouldRestart(pod: Pod, record: PodRecord, container: Container): boolean {
  if (isDeleted(pod, record)) return false;
  const run = record.containers.get(container.name)?.current;
  switch (run?.type) {
    case undefined:
    case "unknown":
      return true;
    case "running":
      return false;
    case "exited":
      return isRestartable(pod, container, run.exitCode);
  }
}

/** Whether anything is left to run in a new sandbox (R-SANDBOX-2 to R-SANDBOX-4). */
export function isReplacementWanted(pod: Pod, record: PodRecord): boolean {
  let anyRecord = false;
  for (const containerRecord of record.containers.values()) {
    anyRecord ||= containerRecord.current !== undefined;
  }
  if (pod.spec.restartPolicy === "Never") return !anyRecord;
  return mainsToStart(pod, record).length > 0 ||
    pod.spec.containers.every(({ name }) => newestRun(record, name) === undefined);
}

/** All mains but those that have succeeded for good (R-SANDBOX-3). */
export function mainsToStart(pod: Pod, record: PodRecord): readonly Container[] {
  return pod.spec.containers.filter(({ name, restartPolicy }) => {
    const run = newestRun(record, name);
    const isDone = run?.type === "exited" && run.exitCode === 0;
    return !isDone || (restartPolicy ?? pod.spec.restartPolicy) !== "OnFailure";
  });
}

/** Whether the exit of a run starts the whole pod over (R-RAC-1). */
export function triggersRestartAll(
  container: Container,
  containerRecord?: ContainerRecord,
): boolean {
  return containerRecord?.current?.type === "exited" &&
    matchRestartRule(container, containerRecord.current.exitCode)?.action ===
      "RestartAllContainers";
}

/**
 * Whether the whole pod is being started over: a run that caused it is still on record (R-RAC-2).
 */
export function isRestartingAll(pod: Pod, record: PodRecord): boolean {
  const asks = (container: Container) => {
    if (container.restartPolicyRules === undefined) return false;
    const containerRecord = record.containers.get(container.name);
    return triggersRestartAll(container, containerRecord) && !hasGoneDown(record, containerRecord);
  };
  return pod.spec.containers.some(asks) || (pod.spec.initContainers?.some(asks) ?? false);
}

/** Whether back-off lets a container start now. */
export type BackoffDecision =
  /** Nothing ran before: the table is not touched. */
  | { readonly type: "first" }
  /** `delayMs` is what it has waited for: 0 or the back-off. */
  | { readonly type: "start"; readonly entry: BackoffEntry; readonly delayMs: Millis }
  | { readonly type: "wait"; readonly delayMs: Millis; readonly until: Millis };

/**
 * Decides whether a container may be started now (R-BACKOFF-2 to R-BACKOFF-7). The first restart is
 * immediate; later ones wait 10 s, doubling up to 300 s, counted from the end of the last run.
 *
 * @param afterKill The newest run is killed in the same sync: the one before it counts
 * (R-BACKOFF-7).
 *
 * Differs: a container that has started its pod over backs off too, where 1.36 finds no record and
 * starts it in a hot loop (R-RAC-7).
 */
export function computeBackoff(
  container: Container,
  containerRecord: ContainerRecord | undefined,
  settings: BackoffSettings,
  now: Millis,
  afterKill = false,
): BackoffDecision {
  const current = afterKill ? undefined : finishOf(containerRecord?.current);
  const finishedAt = current ?? finishOf(containerRecord?.previous) ??
    containerRecord?.reset?.causeFinishedAt ??
    containerRecord?.removedRunEnd;
  return computeBackoffSince(finishedAt, container, containerRecord, settings, now);
}

function finishOf(run: ContainerRecord["current"]): Millis | undefined {
  return run?.type === "exited" ? run.finishedAt : undefined;
}

function computeBackoffSince(
  finishedAt: Millis | undefined,
  container: Container,
  containerRecord: ContainerRecord | undefined,
  settings: BackoffSettings,
  now: Millis,
): BackoffDecision {
  if (containerRecord === undefined || finishedAt === undefined) return { type: "first" };
  const key = backoffKey(container);
  const first = Math.min(settings.baseMs, settings.maxMs);
  const entry = containerRecord.backoff;
  const expired = entry === undefined || entry.key !== key ||
    finishedAt - entry.lastUpdate > settings.resetMs || now - entry.lastUpdate > settings.resetMs;
  if (expired) {
    return { type: "start", entry: { key, delayMs: first, lastUpdate: now }, delayMs: 0 };
  }
  const until = finishedAt + entry.delayMs;
  if (now < until) {
    // A row whose last start is longer ago than the reset period is dropped (R-BACKOFF-4 b).
    const dropped = entry.lastUpdate + settings.resetMs + 1;
    return { type: "wait", delayMs: entry.delayMs, until: Math.min(until, dropped) };
  }
  const delayMs = Math.min(2 * entry.delayMs, settings.maxMs);
  return { type: "start", entry: { key, delayMs, lastUpdate: now }, delayMs: entry.delayMs };
}

/** Another image or other resources start afresh (R-BACKOFF-5). */
function backoffKey(container: Container): string {
  return container.resources === undefined
    ? container.image ?? ""
    : `${container.image ?? ""} ${JSON.stringify(container.resources)}`;
}
