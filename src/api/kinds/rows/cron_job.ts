/** The CronJob's row; pure. Rule: Kubernetes, pkg/registry/batch/cronjob/strategy.go. */
import type { CronJob } from "../../types/batch.ts";
import { lateRules } from "../strategy/late_rules.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { managingRow, mapTemplate, templateAt } from "../strategy/template.ts";

/** How CronJobs are read, completed, checked and stored. */
export const cronJobStrategy: Strategy<CronJob> = {
  ...managingRow,
  kind: "CronJob",
  apiVersion: "batch/v1",
  plural: "cronjobs",
  singular: "cronjob",
  shortNames: ["cj"],
  struct: "CronJob",
  applyDefaults: (it) => lateRules("batch").defaultCronJob(it),
  validate: (it) => lateRules("batch").cronJobErrors(it),
  validateUpdate: (it, old) => lateRules("batch").cronJobUpdateErrors(it, old),
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
