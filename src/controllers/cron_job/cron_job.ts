/**
 * What a CronJob's controller does; pure.
 *
 * Rule: Kubernetes, pkg/controller/cronjob/cronjob_controllerv2.go, syncCronJob and
 * cleanupFinishedJobs.
 */
import { CronError } from "../../api/batch/cron_fields.ts";
import { type CronSchedule, parseCronSchedule } from "../../api/batch/cron_schedule.ts";
import { SCHEDULED_TIMESTAMP } from "../../api/batch/job_labels.ts";
import { findTimeZone, formatInZone, type TimeZone, UTC } from "../../api/batch/time_zone.ts";
import type { CronJob, Job } from "../../api/types/batch.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { formatDuration } from "../../base/duration.ts";
import { quoteText } from "../../base/go_text.ts";
import type { Changes, ControllerDecision, ControllerEvent, ControllerWrite } from "../change.ts";
import { findCondition } from "../job_state.ts";
import { controllerOf, controllerReference } from "../ownership.ts";
import { findDueTime } from "./due_time.ts";
import {
  type CronJobInput,
  type CronJobMemory,
  isThere,
  nameOfJob,
  seeJobs,
  type SeenJobs,
} from "./seen_jobs.ts";

/** What follows for a CronJob. */
export interface CronJobChanges extends Changes<CronJob> {
  /** For the next look, once everything is written. */
  readonly memory: CronJobMemory;
}

/** What one look collects. */
interface Look extends SeenJobs {
  readonly writes: readonly ControllerWrite[];
  readonly decisions: readonly ControllerDecision[];
  readonly wakeAtMs?: number | undefined;
}

/**
 * The Jobs that a CronJob creates and deletes, and its status.
 *
 * @param nowMs the clock of the schedule, in ms since 1970.
 */
export function computeCronJobChanges(input: CronJobInput, nowMs: number): CronJobChanges {
  const { cronJob, jobs } = input;
  const own = jobs.filter(({ metadata }) => controllerOf(metadata)?.uid === cronJob.metadata.uid);
  const seen: Look = { ...seeJobs(input, own), writes: [], decisions: [] };
  const isDeleted = cronJob.metadata.deletionTimestamp !== undefined;
  const look = isDeleted
    ? seen
    : cronJob.spec.suspend
    ? wait(seen, { because: "it is suspended", rule: "R-CRON-9" })
    : startJob(input, own, seen, nowMs);
  const expired = isDeleted ? [] : [
    ...findExpired(cronJob, own, "Complete"),
    ...findExpired(cronJob, own, "Failed"),
  ];
  const { status, decisions, events, memory, wakeAtMs } = look;
  const isSame = isEqual(status, cronJob.status ?? {});
  return {
    writes: [...look.writes, ...expired],
    ...(!isSame && { published: { ...cronJob, status } }),
    ...(decisions.length > 0 && { decisions }),
    ...(events.length > 0 && { events }),
    ...(wakeAtMs !== undefined && { wakeAtMs }),
    memory,
  };
}

/** The Job of the moment that is due, unless another one of its Jobs stands in the way. */
function startJob(input: CronJobInput, own: readonly Job[], looked: Look, nowMs: number): Look {
  const { cronJob, jobs, createdMs } = input;
  const { spec, metadata } = cronJob;
  const zone = spec.timeZone === undefined ? UTC : findTimeZone(spec.timeZone);
  if (zone === undefined) {
    const detail = `${quoteText(spec.timeZone!)}: unknown time zone ${spec.timeZone}`;
    return withWarning(looked, "UnknownTimeZone", `invalid timeZone: ${detail}`);
  }
  const { parsed } = looked.memory;
  const text = `${spec.timeZone ?? ""} ${spec.schedule}`;
  const schedule = parsed?.text === text ? parsed.schedule : readSchedule(spec.schedule, zone);
  if (typeof schedule === "string") {
    const message = `unparseable schedule: ${quoteText(spec.schedule)} : ${schedule}`;
    return withWarning(looked, "UnparseableSchedule", message);
  }
  const seen = { ...looked, memory: { ...looked.memory, parsed: { text, schedule } } };
  const { lastScheduleTime, active = [] } = seen.status;
  const answeredMs = lastScheduleTime === undefined ? createdMs : Date.parse(lastScheduleTime);
  const deadlineMs = nowMs - (spec.startingDeadlineSeconds ?? Infinity) * 1000;
  // What is older may not begin any more (R-CRON-6).
  const since = Math.max(answeredMs, deadlineMs);
  const { at, next, hasMissedMany } = findDueTime(schedule, since, nowMs);
  const look = { ...seen, wakeAtMs: next };
  // A Job of that name that another made is left alone, and counts for the moment.
  if (at === undefined || jobs.some((it) => it.metadata.name === nameOfJob(cronJob, at))) {
    return active.length > 0 ? look : waitForNext(look, { text: spec.schedule, zone, nowMs });
  }
  const reported = hasMissedMany ? reportMissed(look, at) : look;
  if (spec.concurrencyPolicy === "Forbid" && active.length > 0) {
    return skip(reported, metadata.name, at);
  }
  const isReplacing = spec.concurrencyPolicy === "Replace";
  const replaced = isReplacing
    ? own.filter((job) => active.some(({ uid }) => uid === job.metadata.uid))
    : [];
  const { active: _, ...others } = look.status;
  return {
    ...reported,
    status: isReplacing ? others : look.status,
    writes: [
      ...replaced.filter(isThere).map((job) =>
        deletion(job, `CronJob ${metadata.name} replaces it by its next Job`, "R-CRON-7")
      ),
      creation(cronJob, at, zone),
    ],
  };
}

/** A wait of so long is reported: the first one, and each later one. */
const [FIRST_WAIT_MS, LONG_WAIT_MS] = [10_000, 600_000];

/** Reports a long wait for the next moment, and that there is none. */
function waitForNext(
  look: Look,
  { text, zone, nowMs }: { readonly text: string; readonly zone: TimeZone; readonly nowMs: number },
): Look {
  const { wakeAtMs, memory } = look;
  const schedule = `its schedule ${quoteText(text)}`;
  const rule = "R-CRON-4";
  if (wakeAtMs === undefined) return wait(look, { because: `${schedule} is never due`, rule });
  const waitMs = wakeAtMs - nowMs;
  if (waitMs < (memory.waitsFor === undefined ? FIRST_WAIT_MS : LONG_WAIT_MS)) return look;
  const because = `${schedule} is next due at ${formatInZone(wakeAtMs, zone)}`;
  return wait(look, { because, rule }, `, in ${formatDuration(waitMs)}`);
}

/** Reports once that it waits; `more` changes all the time. */
function wait(
  look: Look,
  { because, rule }: Pick<ControllerDecision, "because" | "rule">,
  more = "",
): Look {
  if (look.memory.waitsFor === because) return look;
  const decision: ControllerDecision = { action: "wait", because: `${because}${more}`, rule };
  return {
    ...look,
    decisions: [...look.decisions, decision],
    memory: { ...look.memory, waitsFor: because },
  };
}

/** @returns a text: what is wrong with it. */
function readSchedule(text: string, zone: TimeZone): CronSchedule | string {
  try {
    return parseCronSchedule(text, zone);
  } catch (error) {
    if (error instanceof CronError) return error.message;
    throw error;
  }
}

function withWarning(look: Look, reason: string, message: string): Look {
  const event: ControllerEvent = { type: "Warning", reason, messageOf: () => message };
  return { ...look, events: [...look.events, event] };
}

/** Once for each moment. */
function reportMissed(look: Look, at: number): Look {
  if (look.memory.reportedMs === at) return look;
  const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds " +
    "or check clock skew";
  const memory = { ...look.memory, reportedMs: at };
  return { ...withWarning(look, "TooManyMissedTimes", message), memory };
}

/** The moment stays due, so that the Job begins when the other one has ended (R-CRON-7). */
function skip(look: Look, name: string, at: number): Look {
  if (look.memory.reportedMs === at) return look;
  const message = "Not starting job because prior execution is running and concurrency policy " +
    "is Forbid";
  const decision: ControllerDecision = {
    action: "skip",
    because: `CronJob ${name} has a Job that runs, and its policy is Forbid`,
    rule: "R-CRON-7",
    event: { reason: "JobAlreadyActive", messageOf: () => message },
  };
  const memory = { ...look.memory, reportedMs: at };
  return { ...look, decisions: [...look.decisions, decision], memory };
}

function creation(cronJob: CronJob, at: number, zone: TimeZone): ControllerWrite {
  const { metadata: { name, namespace }, spec: { jobTemplate } } = cronJob;
  const { labels, annotations } = jobTemplate.metadata ?? {};
  const scheduled = formatInZone(at, zone);
  return {
    action: "createJob",
    verb: "create",
    object: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: nameOfJob(cronJob, at),
        ...(namespace !== undefined && { namespace }),
        ...(labels && { labels }),
        annotations: { ...annotations, [SCHEDULED_TIMESTAMP]: scheduled },
        ownerReferences: [controllerReference(cronJob)],
      },
      spec: jobTemplate.spec,
    },
    because: `CronJob ${name} is due at ${scheduled}`,
    rule: "R-CRON-4",
    event: { reason: "SuccessfulCreate", messageOf: (job) => `Created job ${job}` },
  };
}

/** The oldest of the finished Jobs that are more than are kept (R-CRON-8). */
function findExpired(
  { metadata, spec }: CronJob,
  own: readonly Job[],
  condition: "Complete" | "Failed",
): ControllerWrite[] {
  const limit = condition === "Complete"
    ? spec.successfulJobsHistoryLimit
    : spec.failedJobsHistoryLimit;
  if (limit === undefined) return [];
  const finished = own.filter((job) => findCondition(job, condition) && isThere(job))
    .toSorted(compareStarts);
  const because = `CronJob ${metadata.name} keeps ${limit} Jobs that are ${condition}`;
  return finished.slice(0, Math.max(0, finished.length - limit))
    .map((job) => deletion(job, because, "R-CRON-8"));
}

function compareStarts(a: Job, b: Job): number {
  const [startA = "~", startB = "~"] = [a.status?.startTime, b.status?.startTime];
  if (startA !== startB) return startA < startB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function deletion(job: Job, because: string, rule: string): ControllerWrite {
  const event = { reason: "SuccessfulDelete", messageOf: (name: string) => `Deleted job ${name}` };
  return { action: "deleteJob", verb: "delete", object: job, because, rule, event };
}
