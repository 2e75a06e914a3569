/** Jobs and CronJobs for tests, as they are stored. */
import { defaultCronJob, defaultJob } from "../../src/api/batch/job_defaults.ts";
import { withGeneratedSelector } from "../../src/api/batch/job_labels.ts";
import type { CronJob, CronJobSpec, Job, JobSpec } from "../../src/api/types/batch.ts";
import type { ObjectMeta } from "../../src/api/types/meta.ts";

/** A template of one container, with what its spec has beside. */
export function jobTemplate(spec: object = {}, metadata: object = {}): JobSpec["template"] {
  const containers = [{ name: "c", image: "i:1" }];
  return { metadata, spec: { containers, restartPolicy: "Never", ...spec } };
}

/** A stored Job `j`. */
export function jobOf(spec: object = {}, metadata: Partial<ObjectMeta> = {}): Job {
  return withGeneratedSelector(defaultJob({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "j",
      namespace: "default",
      uid: "job",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
    spec: { template: jobTemplate(), ...spec },
  }));
}

/** A stored CronJob `c` of every minute. */
export function cronJobOf(spec: object = {}, metadata: Partial<ObjectMeta> = {}): CronJob {
  const whole = {
    schedule: "* * * * *",
    jobTemplate: { spec: { template: jobTemplate() } },
    ...spec,
  } as CronJobSpec;
  return defaultCronJob({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name: "c",
      namespace: "default",
      uid: "cron",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
    spec: whole,
  });
}
