/** Kubernetes' words for Jobs and CronJobs; pure. */
import type { Meaning } from "./meaning.ts";

const CONDITION = "condition of a Job";
const REASON = "reason of a Job's conditions";
const EVENT = "reason of a CronJob's Event";

const PODS = "Look at the Pods that failed: they stay until the Job is deleted.";

/** A reason of the conditions, and of the Event that goes with them. */
function reason(text: string, rule: string, next?: string): readonly Meaning[] {
  return [{ as: REASON, text, rule, ...(next !== undefined && { next }) }];
}

function event(text: string, rule: string, next?: string): readonly Meaning[] {
  return [{ as: EVENT, text, rule, ...(next !== undefined && { next }) }];
}

/** By word. */
export const jobGlossary = {
  Complete: [{ as: CONDITION, text: "The Job has succeeded.", rule: "R-JOB-15" }],
  Suspended: [
    {
      as: CONDITION,
      text: "The Job has spec.suspend: its Pods are deleted, and none is created.",
      rule: "R-JOB-13",
    },
    { as: "reason of a Job's Event", text: "The same, reported.", rule: "R-JOB-13" },
  ],
  Resumed: [{
    as: "reason of a Job's Event",
    text: "The Job is not suspended any more, and starts again.",
    rule: "R-JOB-13",
  }],
  FailureTarget: [{
    as: CONDITION,
    text: "The Job is bound to fail: Failed follows when none of its Pods is left running.",
    rule: "R-JOB-15",
  }],
  SuccessCriteriaMet: [{
    as: CONDITION,
    text: "The Job is bound to succeed: Complete follows when none of its Pods is left running.",
    rule: "R-JOB-15",
  }],
  Completed: [{ as: "reason of a Job's Event", text: "The Job is Complete.", rule: "R-JOB-15" }],
  CompletionsReached: reason(
    "As many Pods have succeeded as spec.completions asks for.",
    "R-JOB-3",
  ),
  SuccessPolicy: reason("The completed indexes fulfil a rule of spec.successPolicy.", "R-JOB-11"),
  BackoffLimitExceeded: reason(
    "More Pods have failed than spec.backoffLimit allows, or containers have restarted that often.",
    "R-JOB-7",
    PODS,
  ),
  DeadlineExceeded: reason(
    "The Job was active for longer than its activeDeadlineSeconds; its Pods were deleted.",
    "R-JOB-12",
    "Raise activeDeadlineSeconds, or find out what took so long: waits after failures count too.",
  ),
  PodFailurePolicy: reason(
    "A Pod has failed in a way for which spec.podFailurePolicy has the action FailJob.",
    "R-JOB-10",
    "The message names the container, its exit code and the rule.",
  ),
  FailedIndexes: reason(
    "Every index has ended, and some of them have failed.",
    "R-JOB-9",
    "status.failedIndexes names them.",
  ),
  MaxFailedIndexesExceeded: reason(
    "More indexes have failed than spec.maxFailedIndexes allows.",
    "R-JOB-9",
    "status.failedIndexes names them.",
  ),
  JobSuspended: reason("spec.suspend is true.", "R-JOB-13", "Set it to false to start the Job."),
  JobResumed: reason("spec.suspend was true, and is false.", "R-JOB-13"),
  SawCompletedJob: event("A Job of the CronJob has finished; the message has how.", "R-CRON-10"),
  MissingJob: event(
    "A Job that the CronJob had started is gone without having finished.",
    "R-CRON-10",
    "Find out what deleted it.",
  ),
  UnexpectedJob: event(
    "A Job belongs to the CronJob that it has not started for a moment of its schedule.",
    "R-CRON-10",
  ),
  JobAlreadyActive: event(
    "A moment is due while a Job still runs, and the policy is Forbid: the next Job begins when " +
      "that one has ended.",
    "R-CRON-7",
    "Give the schedule more time, or set concurrencyPolicy.",
  ),
  TooManyMissedTimes: event(
    "More than a hundred moments have passed without a Job; the last one is made up for.",
    "R-CRON-5",
    "Look at the clocks, at spec.suspend, and at startingDeadlineSeconds.",
  ),
  UnknownTimeZone: event("The CronJob's timeZone does not exist, so nothing starts.", "R-CRON-2"),
  UnparseableSchedule: event("The CronJob's schedule cannot be read.", "R-CRON-2"),
} satisfies Readonly<Record<string, readonly Meaning[]>>;
