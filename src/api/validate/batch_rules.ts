/** The rules of Jobs and CronJobs, in one piece that is loaded where a manifest has one; pure. */
import { defaultCronJob, defaultJob } from "../batch/job_defaults.ts";
import { withGeneratedSelector } from "../batch/job_labels.ts";
import { cronJobErrors, cronJobUpdateErrors } from "./batch/validate_cron_job.ts";
import { jobErrors, jobUpdateErrors } from "./batch/validate_job.ts";

/** By what their rows do with them. */
export const batchRules = {
  defaultJob,
  withGeneratedSelector,
  jobErrors,
  jobUpdateErrors,
  defaultCronJob,
  cronJobErrors,
  cronJobUpdateErrors,
} as const;

/** The type of {@link batchRules}. */
export type BatchRules = typeof batchRules;
