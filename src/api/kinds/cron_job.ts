/** The CronJob's row; pure. Rule: Kubernetes, pkg/registry/batch/cronjob/strategy.go. */
import type { CronJob } from "../types/batch.ts";
import { batchRulesOf } from "./late_rules.ts";
import type { Strategy } from "./strategy.ts";
import { mapTemplate, templateAt } from "./template.ts";

/** How CronJobs are read, completed, checked and stored. */
export const cronJobStrategy: Strategy<CronJob> = {
  kind: "CronJob",
  apiVersion: "batch/v1",
  plural: "cronjobs",
  singular: "cronjob",
  shortNames: ["cj"],
  namespaced: true,
  struct: "CronJob",
  confidential: false,
  hasStatus: true,
  applyDefaults: (it) => batchRulesOf().defaultCronJob(it),
  prepareForCreate: (it) => ({ ...it, metadata: { ...it.metadata, generation: 1 } }),
  validate: (it) => batchRulesOf().cronJobErrors(it),
  validateUpdate: (it, old) => batchRulesOf().cronJobUpdateErrors(it, old),
  podTemplatesOf: ({ metadata, spec }) => [
    templateAt("spec.jobTemplate.spec.template", spec.jobTemplate.spec.template, metadata),
  ],
  mapPods: (it, change) => {
    const { jobTemplate } = it.spec;
    const template = mapTemplate(jobTemplate.spec.template, it.metadata, change);
    return {
      ...it,
      spec: {
        ...it.spec,
        jobTemplate: { ...jobTemplate, spec: { ...jobTemplate.spec, template } },
      },
    };
  },
};
