/**
 * What the API server fills in in Jobs and CronJobs; pure.
 *
 * Rule: Kubernetes, pkg/apis/batch/v1/defaults.go.
 */
import type { CronJob, Job, PodFailurePolicy, PodFailurePolicyRule } from "../types/batch.ts";
import { defaultTemplate } from "../workload_defaults.ts";

/** The most that `backoffLimit` can be: each index has a limit of its own. */
const NO_LIMIT = 2 ** 31 - 1;

/** A Job with everything that it leaves open (R-JOB-2); a second time changes nothing. */
export function defaultJob(job: Job): Job {
  const { metadata, spec, status = {} } = job;
  const { completions, parallelism, podFailurePolicy, backoffLimitPerIndex } = spec;
  const isSingle = completions === undefined && parallelism === undefined;
  const template = defaultTemplate(spec.template);
  const { labels } = template.metadata!;
  const hasLabels = Object.keys(metadata.labels ?? {}).length > 0;
  return {
    ...job,
    metadata: { ...metadata, ...(!hasLabels && labels && { labels }) },
    spec: {
      ...spec,
      ...(isSingle && { completions: 1 }),
      parallelism: parallelism ?? 1,
      backoffLimit: spec.backoffLimit ?? (backoffLimitPerIndex === undefined ? 6 : NO_LIMIT),
      completionMode: spec.completionMode ?? "NonIndexed",
      suspend: spec.suspend ?? false,
      manualSelector: spec.manualSelector ?? false,
      podReplacementPolicy: spec.podReplacementPolicy ??
        (podFailurePolicy ? "Failed" : "TerminatingOrFailed"),
      ...(podFailurePolicy && { podFailurePolicy: defaultFailurePolicy(podFailurePolicy) }),
      template,
    },
    status,
  };
}

/**
 * A CronJob with everything that it leaves open (R-CRON-1); of its Jobs only their Pods, since a
 * Job is completed when it is created. A second time changes nothing.
 */
export function defaultCronJob(cronJob: CronJob): CronJob {
  const { spec, status = {} } = cronJob;
  const { name, ...metadata } = spec.jobTemplate.metadata ?? {};
  const { spec: jobSpec } = spec.jobTemplate;
  return {
    ...cronJob,
    spec: {
      ...spec,
      concurrencyPolicy: spec.concurrencyPolicy || "Allow",
      suspend: spec.suspend ?? false,
      successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit ?? 3,
      failedJobsHistoryLimit: spec.failedJobsHistoryLimit ?? 1,
      jobTemplate: {
        metadata: { ...metadata, ...(name && { name }) },
        spec: { ...jobSpec, template: defaultTemplate(jobSpec.template) },
      },
    },
    status,
  };
}

function defaultFailurePolicy({ rules }: PodFailurePolicy): PodFailurePolicy {
  return { rules: rules.map(defaultRule) };
}

/** A condition that is named alone has to be True. */
function defaultRule(rule: PodFailurePolicyRule): PodFailurePolicyRule {
  const { onPodConditions } = rule;
  if (onPodConditions === undefined) return rule;
  const conditions = onPodConditions.map((it) => ({ ...it, status: it.status || "True" as const }));
  return { ...rule, onPodConditions: conditions };
}
