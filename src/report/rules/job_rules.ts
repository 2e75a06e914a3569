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
  "R-JOB-5": {
    text: "The status names completed and failed indexes in order, three and more in a row as a " +
      "range: `0-2,4,5`.",
    source: "pkg/controller/job/indexed_job_utils.go (orderedIntervals)",
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
};
