/** The Job's row; pure. Rule: Kubernetes, pkg/registry/batch/job/strategy.go. */
import { defaultJob } from "../batch/job_defaults.ts";
import { withGeneratedSelector } from "../batch/job_labels.ts";
import type { Job } from "../types/batch.ts";
import { jobErrors, jobUpdateErrors } from "../validate/batch/validate_job.ts";
import type { Strategy } from "./strategy.ts";
import { mapTemplate, templateAt } from "./template.ts";

/** How Jobs are read, completed, checked and stored. */
export const jobStrategy: Strategy<Job> = {
  kind: "Job",
  apiVersion: "batch/v1",
  plural: "jobs",
  singular: "job",
  shortNames: [],
  namespaced: true,
  struct: "Job",
  confidential: false,
  hasStatus: true,
  applyDefaults: defaultJob,
  prepareForCreate: (it) =>
    withGeneratedSelector({ ...it, metadata: { ...it.metadata, generation: 1 } }),
  validate: jobErrors,
  validateUpdate: jobUpdateErrors,
  podTemplatesOf: ({ metadata, spec }) => [templateAt("spec.template", spec.template, metadata)],
  mapPods: (it, change) => ({
    ...it,
    spec: { ...it.spec, template: mapTemplate(it.spec.template, it.metadata, change) },
  }),
};
