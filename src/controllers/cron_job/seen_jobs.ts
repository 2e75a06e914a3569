/** What a CronJob sees of its Jobs; pure. Rule: Kubernetes, pkg/controller/cronjob. */
import type { CronSchedule } from "../../api/batch/cron_schedule.ts";
import { SCHEDULED_TIMESTAMP } from "../../api/batch/job_labels.ts";
import type { CronJob, CronJobStatus, Job, ObjectReference } from "../../api/types/batch.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { ControllerEvent } from "../change.ts";
import { findCondition, isFinished } from "../job_state.ts";

/** What is known when a CronJob is looked at. */
export interface CronJobInput {
  readonly cronJob: CronJob;
  /** Every Job of its namespace. */
  readonly jobs: readonly Job[];
  /** When it was created by the clock of its schedule, in ms since 1970. */
  readonly createdMs: number;
  /** As the last look left it. @default of a CronJob that has not been looked at */
  readonly memory?: CronJobMemory | undefined;
}

/** What the controller remembers of a CronJob between two looks at it. */
export interface CronJobMemory {
  /** Uids of Jobs that it has reported as not its own doing. */
  readonly unexpected: ReadonlySet<string>;
  /** The moment of the schedule that it has reported last, as skipped or as one of many. */
  readonly reportedMs?: number;
  /** What it has reported last that it waits for. */
  readonly waitsFor?: string;
  /** Its schedule, and the texts that this was read from. */
  readonly parsed?: { readonly text: string; readonly schedule: CronSchedule };
}

/** What a look at the Jobs gives. */
export interface SeenJobs {
  readonly status: CronJobStatus;
  readonly events: readonly ControllerEvent[];
  readonly memory: CronJobMemory;
}

/** The name of the Job of a moment: with the minutes since 1970 (R-CRON-4). */
export function nameOfJob({ metadata: { name } }: CronJob, scheduledMs: number): string {
  return `${name}-${Math.floor(scheduledMs / 60_000)}`;
}

/**
 * What of its own Jobs has begun, ended or gone since the last look: the status names those that
 * run, and the last moment that was answered (R-CRON-10).
 */
export function seeJobs({ cronJob, memory }: CronJobInput, own: readonly Job[]): SeenJobs {
  const { active: former = [] } = cronJob.status ?? {};
  let { lastScheduleTime, lastSuccessfulTime } = cronJob.status ?? {};
  const events: ControllerEvent[] = [];
  const active: ObjectReference[] = [];
  for (const reference of former) {
    const job = own.find(({ metadata }) => metadata.uid === reference.uid);
    const name = reference.name!;
    if (job === undefined) {
      events.push({ reason: "MissingJob", messageOf: () => `Active job went missing: ${name}` });
    } else if (isFinished(job)) {
      const condition = findCondition(job, "Complete") ? "Complete" : "Failed";
      const message = `Saw completed job: ${name}, condition: ${condition}`;
      events.push({ reason: "SawCompletedJob", messageOf: () => message });
    } else active.push(reference);
  }
  const unexpected = new Set<string>();
  let lastMs = lastScheduleTime === undefined ? -Infinity : Date.parse(lastScheduleTime);
  for (const job of own) {
    const { uid = "", name } = job.metadata;
    const scheduledMs = scheduledMsOf(cronJob, job);
    if (scheduledMs > lastMs) {
      lastMs = scheduledMs;
      lastScheduleTime = formatSecond(scheduledMs);
      if (!isFinished(job)) active.push(referenceTo(job));
    } else if (isOpen(job) && !active.some((it) => it.uid === uid)) {
      unexpected.add(uid);
      if (memory?.unexpected.has(uid)) continue;
      const message = `Saw a job that the controller did not create or forgot: ${name}`;
      events.push({ type: "Warning", reason: "UnexpectedJob", messageOf: () => message });
    }
    const { completionTime } = job.status ?? {};
    if (completionTime !== undefined && isAfter(completionTime, lastSuccessfulTime)) {
      lastSuccessfulTime = completionTime;
    }
  }
  return {
    status: {
      ...(active.length > 0 && { active }),
      ...(lastScheduleTime !== undefined && { lastScheduleTime }),
      ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }),
    },
    events,
    memory: { ...memory, unexpected },
  };
}

/** The moment for which a CronJob created a Job, in ms since 1970; NaN: not for one. */
function scheduledMsOf(cronJob: CronJob, { metadata }: Job): number {
  const scheduledMs = Date.parse(metadata.annotations?.[SCHEDULED_TIMESTAMP] ?? "");
  return metadata.name === nameOfJob(cronJob, scheduledMs) ? scheduledMs : NaN;
}

/** Whether it has not come to its end, and is not being deleted. */
function isOpen(job: Job): boolean {
  return !isFinished(job) && isThere(job);
}

/** Whether nothing has asked for its deletion. */
export function isThere({ metadata }: Job): boolean {
  return metadata.deletionTimestamp === undefined;
}

function referenceTo({ apiVersion, kind, metadata }: Job): ObjectReference {
  const { name, namespace, resourceVersion, uid } = metadata;
  return {
    apiVersion,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(uid !== undefined && { uid }),
  };
}

/** Of two moments in UTC and whole seconds. */
function isAfter(time: string, other: string | undefined): boolean {
  return other === undefined || time > other;
}
