/** The Job's row; pure. Rule: Kubernetes, pkg/registry/batch/job/strategy.go. */
import type { Job } from "../types/batch.ts";
import { batchRulesOf } from "./late_rules.ts";
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
  applyDefaults: (it) => batchRulesOf().defaultJob(it),
  prepareForCreate: (it) =>
    batchRulesOf().withGeneratedSelector({ ...it, metadata: { ...it.metadata, generation: 1 } }),
  validate: (it) => batchRulesOf().jobErrors(it),
  validateUpdate: (it, old) => batchRulesOf().jobUpdateErrors(it, old),
  podTemplatesOf: ({ metadata, spec }) => [templateAt("spec.template", spec.template, metadata)],
  mapPods: (it, change) => ({
    ...it,
    spec: { ...it.spec, template: mapTemplate(it.spec.template, it.metadata, change) },
  }),
};
