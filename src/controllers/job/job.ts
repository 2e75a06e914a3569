/**
 * What a Job's controller does; pure.
 *
 * Rule: Kubernetes, pkg/controller/job/job_controller.go, syncJob; the deletion of Jobs that have
 * finished: pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
 */
import { formatIndexes } from "../../api/batch/indexes.ts";
import { TRACKING_FINALIZER } from "../../api/batch/job_labels.ts";
import type { Job, JobCondition, JobStatus } from "../../api/types/batch.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { Changes, ControllerDecision, ControllerWrite, Moment } from "../change.ts";
import { claimObjects, claimWrites, controllerOf } from "../ownership.ts";
import { deadlineOf, findCompletion, findEnd, type JobEnd } from "./job_end.ts";
import { findCondition, isFinished, isManagedHere } from "../job_state.ts";
import { gatherFacts, type JobFacts, type JobMemory, NO_MEMORY } from "./job_facts.ts";
import { isTracked, withoutTracking } from "./job_pods.ts";
import { endPods, remain, removeFinalizer, scaleJob, type Scaling } from "./job_scale.ts";
import { type Tracking, trackPods } from "./job_tracking.ts";

/** How long a change of the number of ready Pods waits after another change of the status. */
const READY_DELAY_MS = 1000;

/** What is known when a Job is looked at. */
export interface JobInput {
  readonly job: Job;
  /** Every Pod of its namespace. */
  readonly pods: readonly Pod[];
  /** As the last look left it. @default of a Job that has not been looked at */
  readonly memory?: JobMemory | undefined;
}

/** What follows for a Job. */
export interface JobChanges extends Changes<Job> {
  /** For the next look, once everything is written. */
  readonly memory: JobMemory;
}

/** The Pods that a Job creates, deletes and counts, and its status. */
export function computeJobChanges(input: JobInput, now: Moment): JobChanges {
  const { job, memory = NO_MEMORY } = input;
  const { spec: { selector = {} } } = job;
  if (!isManagedHere(job)) return { writes: [], memory };
  if (isFinished(job)) return { ...computeExpiry(job, memory, now), memory };

  const claims = claimObjects(job, selector, input.pods);
  const adopted = claims.adopted.map(withTracking);
  const facts = gatherFacts(job, [...claims.owned, ...adopted], memory, now);
  const isDeleted = job.metadata.deletionTimestamp !== undefined;
  let end = findEnd(facts);
  const scaling = end !== undefined
    ? endPods(facts, end.message, end.rule)
    : isDeleted
    ? remain(facts, [])
    : scaleJob(facts);
  end ??= findCompletion(facts, scaling.active);
  const deleted = new Set(
    scaling.writes.filter(({ verb }) => verb === "delete").map(({ object }) => object as Pod),
  );
  const tracking = trackPods(facts, end, deleted);
  const { status, decisions } = generateStatus(facts, scaling, tracking, end);
  const readyAtMs = findReadyWrite(facts, status);
  const isDue = !isEqual(status, job.status ?? {}) && (readyAtMs ?? 0) <= now.wallMs;
  const wakeAtMs = earliest(
    scaling.wakeAtMs,
    isDue ? undefined : readyAtMs,
    end ? undefined : deadlineOf({ ...facts, job: { ...job, status } }),
  );
  return {
    writes: [
      ...claimWrites(job, { adopted, released: claims.released.map(withoutTracking) }),
      ...scaling.writes,
      ...tracking.writes,
    ],
    ...(isDue && { published: { ...job, status } }),
    ...(decisions.length > 0 && { decisions }),
    ...(wakeAtMs !== undefined && { wakeAtMs }),
    memory: isDue ? noteWrite(facts, status) : facts.memory,
  };
}

/**
 * When a status may be written that differs in the number of ready Pods alone, so that it is not
 * written for each of them (R-JOB-18); undefined: at once.
 */
function findReadyWrite({ job, memory, now }: JobFacts, status: JobStatus): number | undefined {
  const { writtenMs } = memory;
  if (writtenMs === undefined || !job.status || status.ready === job.status.ready) return undefined;
  const isAlone = isEqual({ ...status, ready: job.status.ready }, job.status);
  return isAlone ? writtenMs + READY_DELAY_MS / now.speed : undefined;
}

/** Pods that keep their finalizer for a Job that is gone lose it (R-JOB-14). */
export function computeOrphanChanges(pods: readonly Pod[]): ControllerWrite[] {
  return pods.filter(isTracked).map((pod) =>
    removeFinalizer(pod, `its Job ${controllerOf(pod.metadata)?.name} is gone`)
  );
}

/** A Job that has finished goes after a while, with its Pods before it (R-JOB-17). */
function computeExpiry(job: Job, { finishedMs }: JobMemory, now: Moment): Changes<Job> {
  const { metadata, spec: { ttlSecondsAfterFinished: seconds } } = job;
  if (seconds === undefined || metadata.deletionTimestamp !== undefined) return { writes: [] };
  const { lastTransitionTime = "" } = findCondition(job, "Complete") ??
    findCondition(job, "Failed")!;
  const wakeAtMs = (finishedMs ?? Date.parse(lastTransitionTime)) + seconds * 1000 / now.speed;
  if (wakeAtMs > now.wallMs) return { writes: [], wakeAtMs };
  return {
    writes: [{
      action: "deleteJob",
      verb: "delete",
      object: job,
      propagation: "foreground",
      because: `Job ${metadata.name} finished ${seconds} s ago or earlier`,
      rule: "R-JOB-17",
    }],
  };
}

/** Counts that are 0 are left out, but for `ready` and `terminating` (R-JOB-18). */
function generateStatus(
  facts: JobFacts,
  scaling: Scaling,
  tracking: Tracking,
  end: JobEnd | undefined,
): { readonly status: JobStatus; readonly decisions: readonly ControllerDecision[] } {
  const { job, failedIndexes, now } = facts;
  const { succeeded, failed, uncountedTerminatedPods } = tracking.counts;
  const completedIndexes = formatIndexes(tracking.completed);
  const { conditions, decisions } = generateConditions(facts, scaling, tracking, end);
  const startTime = job.spec.suspend && end === undefined
    ? undefined
    : decisions.some(({ action }) => action === "resume")
    ? formatSecond(now.wallMs)
    : job.status?.startTime ?? formatSecond(now.wallMs);
  const finished = conditions.find(({ type }) => type === "Complete");
  return {
    status: {
      ...(scaling.active > 0 && { active: scaling.active }),
      ...(completedIndexes !== "" && { completedIndexes }),
      ...(finished && { completionTime: finished.lastTransitionTime! }),
      ...(conditions.length > 0 && { conditions }),
      ...(failed && { failed }),
      ...(failedIndexes && { failedIndexes: formatIndexes(failedIndexes) }),
      ready: scaling.ready,
      ...(startTime !== undefined && { startTime }),
      ...(succeeded && { succeeded }),
      terminating: scaling.terminating,
      ...(uncountedTerminatedPods && { uncountedTerminatedPods }),
    },
    decisions,
  };
}

/**
 * The end is announced first; the Job has come to it when every Pod is counted and none runs
 * (R-JOB-15). Without an end the Job is suspended or not (R-JOB-13).
 */
function generateConditions(
  { job, now }: JobFacts,
  { active, terminating }: Scaling,
  { isSettled }: Tracking,
  end: JobEnd | undefined,
) {
  const old = job.status?.conditions ?? [];
  if (end === undefined) return suspendOrResume(job, old, now);
  const { announcedBy, reason, message } = end;
  if (!end.isAnnounced) {
    const announced = conditionOf(announcedBy, "True", reason, message, now);
    return { conditions: [...old, announced], decisions: [] };
  }
  if (!isSettled || active > 0 || terminating > 0) return { conditions: old, decisions: [] };
  const isSuccess = announcedBy === "SuccessCriteriaMet";
  const type = isSuccess ? "Complete" : "Failed";
  const decision: ControllerDecision = {
    action: isSuccess ? "complete" : "fail",
    because: message,
    rule: end.rule,
    event: isSuccess
      ? { reason: "Completed", messageOf: () => "Job completed" }
      : { type: "Warning", reason, messageOf: () => message },
  };
  const conditions = [...old, conditionOf(type, "True", reason, message, now)];
  return { conditions, decisions: [decision] };
}

function suspendOrResume({ metadata, spec }: Job, old: readonly JobCondition[], now: Moment) {
  const known = old.find(({ type }) => type === "Suspended");
  const isSuspended = known?.status === "True";
  if (isSuspended === (spec.suspend ?? false)) return { conditions: old, decisions: [] };
  const [word, action] = isSuspended
    ? ["Resumed", "resume"] as const
    : ["Suspended", "suspend"] as const;
  const message = `Job ${word.toLowerCase()}`;
  const condition = conditionOf(
    "Suspended",
    isSuspended ? "False" : "True",
    `Job${word}`,
    message,
    now,
  );
  const conditions = known ? old.map((it) => it === known ? condition : it) : [...old, condition];
  const decision: ControllerDecision = {
    action,
    because: `spec.suspend of Job ${metadata.name} is ${!isSuspended}`,
    rule: "R-JOB-13",
    event: { reason: word, messageOf: () => message },
  };
  return { conditions, decisions: [decision] };
}

function conditionOf(
  type: string,
  status: "True" | "False",
  reason: string,
  message: string,
  { wallMs }: Moment,
): JobCondition {
  const time = formatSecond(wallMs);
  return { lastProbeTime: time, lastTransitionTime: time, message, reason, status, type };
}

/** What the status does not have, or in whole seconds only. */
function noteWrite({ job, memory, now }: JobFacts, status: JobStatus): JobMemory {
  const { startedMs: _, ...others } = memory;
  const isSame = status.startTime === job.status?.startTime;
  const startedMs = isSame ? memory.startedMs : now.wallMs;
  const finished = isFinished({ ...job, status });
  return {
    ...others,
    writtenMs: now.wallMs,
    ...(status.startTime !== undefined && startedMs !== undefined && { startedMs }),
    ...(finished && { finishedMs: now.wallMs }),
  };
}

function withTracking(pod: Pod): Pod {
  const { finalizers = [] } = pod.metadata;
  if (isTracked(pod)) return pod;
  return { ...pod, metadata: { ...pod.metadata, finalizers: [...finalizers, TRACKING_FINALIZER] } };
}

function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((it) => it !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
