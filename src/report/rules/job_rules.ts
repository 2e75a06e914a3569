/** Rules of Jobs and CronJobs: `R-JOB-n`, `R-CRON-n`; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const jobRules: Rules = {
  "R-JOB-1": {
    text: "A Job selects its Pods by a label with its uid, which its template gets with the " +
      "Job's name; a Job without labels gets those of its template.",
    source: "pkg/registry/batch/job/strategy.go (generateSelector)",
  },
  "R-JOB-2": {
    text: "A Job without `completions` and `parallelism` runs one Pod to its end, and may fail 6 " +
      "times.",
    source: "pkg/apis/batch/v1/defaults.go (SetDefaults_Job)",
  },
  "R-JOB-3": {
    text: "A Job runs as many Pods as `parallelism` and never more than are left to complete; " +
      "without `completions` it creates none after the first success, and is complete when the " +
      "others have ended.",
    source: "pkg/controller/job/job_controller.go (manageJob, syncJob)",
  },
  "R-JOB-4": {
    text: "Pods of a Job that are too many are deleted and count neither as failed nor as " +
      "succeeded; those with an index that another Pod has go first.",
    source: "pkg/controller/job/job_controller.go (activePodsForRemoval, deleteJobPods)",
  },
  "R-JOB-5": {
    text: "Each Pod of an Indexed Job has an index, the lowest first: in its name, host name, " +
      "label, annotation and `JOB_COMPLETION_INDEX`. The status names indexes in order, three " +
      "and more in a row as a range: `0-2,4,5`.",
    source: "pkg/controller/job/indexed_job_utils.go (firstPendingIndexes, orderedIntervals)",
  },
  "R-JOB-6": {
    text:
      "After a failure a Job waits 10 s until it creates another Pod, twice as long after each " +
      "further failure in a row, and at most 10 minutes.",
    source: "pkg/controller/job/backoff_utils.go (getRemainingTimeForFailuresCount)",
  },
  "R-JOB-7": {
    text:
      "A Job fails when more Pods have failed than `backoffLimit`, or containers that restart " +
      "in place have restarted that often.",
    source: "pkg/controller/job/job_controller.go (pastBackoffLimitOnFailure)",
  },
  "R-JOB-8": {
    text: "With `backoffLimitPerIndex` each index has its own failures and waits, which its Pods " +
      "pass on in an annotation; an index without failures left has failed.",
    source: "pkg/controller/job/indexed_job_utils.go (isIndexFailed, getNewIndexFailureCounts)",
  },
  "R-JOB-9": {
    text:
      "An Indexed Job fails when every index has ended and one of them has failed, or at once " +
      "when more than `maxFailedIndexes` have.",
    source: "pkg/controller/job/job_controller.go (syncJob)",
  },
  "R-JOB-10": {
    text:
      "The first rule of `podFailurePolicy` that matches a failed Pod decides: it fails the Job " +
      "or the index, counts, or is ignored.",
    source: "pkg/controller/job/pod_failure_policy.go (matchPodFailurePolicy)",
  },
  "R-JOB-11": {
    text:
      "A Job with `successPolicy` succeeds as soon as the completed indexes fulfil one of its " +
      "rules; the Pods that still run are deleted.",
    source: "pkg/controller/job/success_policy.go (matchSuccessPolicy)",
  },
  "R-JOB-12": {
    text: "A Job that has been active for `activeDeadlineSeconds` since its start fails.",
    source: "pkg/controller/job/job_controller.go (pastActiveDeadline)",
  },
  "R-JOB-13": {
    text:
      "A suspended Job has no Pods and no start; those that it had do not count as failed. When " +
      "it goes on, it starts again.",
    source: "pkg/controller/job/job_controller.go (manageJob, syncJob)",
  },
  "R-JOB-14": {
    text:
      "A Pod of a Job has a finalizer until its end is counted: the status names it, it loses " +
      "the finalizer, and the count rises.",
    source: "pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers)",
  },
  "R-JOB-15": {
    text:
      "The end of a Job is announced by SuccessCriteriaMet or FailureTarget; Complete or Failed " +
      "follows when none of its Pods is left running.",
    source: "pkg/controller/job/job_controller.go (enactJobFinished)",
  },
  "R-JOB-16": {
    text: "A Pod of a Job that is being deleted has failed and is replaced at once; with " +
      "`podReplacementPolicy: Failed`, when it has ended.",
    source: "pkg/controller/job/job_controller.go (isPodFailed, onlyReplaceFailedPods)",
  },
  "R-JOB-17": {
    text: "A Job that has finished is deleted `ttlSecondsAfterFinished` later, after its Pods.",
    source: "pkg/controller/ttlafterfinished/ttlafterfinished_controller.go (processJob)",
  },
  "R-JOB-18": {
    text: "The status of a Job counts its active, ready and terminating Pods and those that have " +
      "succeeded and failed. A Pod counts as ended once; a change of the ready ones alone is " +
      "written a second later.",
    source: "pkg/controller/job/job_controller.go (syncJob)",
  },
  "R-CRON-1": {
    text: "A CronJob keeps 3 Jobs that are complete and 1 that has failed, and its name has at " +
      "most 52 characters, since its Jobs have longer ones.",
    source: "pkg/apis/batch/v1/defaults.go (SetDefaults_CronJob); " +
      "pkg/apis/batch/validation/validation.go (ValidateCronJobCreate)",
  },
  "R-CRON-2": {
    text: "A schedule has five fields, or is a name such as `@hourly`, or `@every 1h30m`; Sunday " +
      "is 0 and not 7. If both days are given, one of them is enough. Without `timeZone` it is " +
      "in UTC.",
    source: "https://pkg.go.dev/github.com/robfig/cron/v3",
  },
  "R-CRON-3": {
    text:
      "When clocks change, a time that is skipped is not due, and one that comes twice is due " +
      "twice.",
    source: "https://github.com/robfig/cron/blob/v3.0.1/spec.go",
  },
  "R-CRON-4": {
    text:
      "When its schedule is due, a CronJob creates a Job that is named after it and the minutes " +
      "since 1970, so that no moment has two.",
    source:
      "pkg/controller/cronjob/utils.go (getJobFromTemplate2); pkg/controller/cronjob/cronjob_controllerv2.go (syncCronJob)",
  },
  "R-CRON-5": {
    text: "Of moments that a CronJob has missed only the last one is made up for; more than a " +
      "hundred are reported.",
    source: "pkg/controller/cronjob/utils.go (mostRecentScheduleTime, nextScheduleTime)",
  },
  "R-CRON-6": {
    text: "A moment that a CronJob has missed by more than `startingDeadlineSeconds` is left out.",
    source: "pkg/controller/cronjob/utils.go (mostRecentScheduleTime)",
  },
  "R-CRON-7": {
    text:
      "While a Job of a CronJob runs, `Allow` starts the next one beside it, `Forbid` when it " +
      "has ended, and `Replace` in its place.",
    source: "pkg/controller/cronjob/cronjob_controllerv2.go (syncCronJob)",
  },
  "R-CRON-8": {
    text: "A CronJob deletes its oldest finished Jobs beyond its two history limits.",
    source: "pkg/controller/cronjob/cronjob_controllerv2.go (cleanupFinishedJobs)",
  },
  "R-CRON-9": {
    text: "A suspended CronJob starts nothing; the last moment that it has missed is made up for " +
      "when it goes on.",
    source: "pkg/controller/cronjob/cronjob_controllerv2.go (syncCronJob)",
  },
  "R-CRON-10": {
    text:
      "The status of a CronJob names the Jobs that it has started and that run, the moment that " +
      "was answered last, and the last success.",
    source: "pkg/controller/cronjob/cronjob_controllerv2.go (syncCronJob)",
  },
};
