/**
 * Labels, annotations and the finalizer of Jobs and their Pods, and the selector that a Job gets;
 * pure.
 *
 * Rule: Kubernetes, staging/src/k8s.io/api/batch/v1/types.go; pkg/registry/batch/job/strategy.go,
 * generateSelector.
 */
import type { Job } from "../types/batch.ts";

/** The uid of the Job, of its Pods. */
export const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
/** The name of the Job, of its Pods. */
export const JOB_NAME = "batch.kubernetes.io/job-name";
/** As {@link CONTROLLER_UID}, without a domain. */
export const LEGACY_CONTROLLER_UID = "controller-uid";
/** As {@link JOB_NAME}, without a domain. */
export const LEGACY_JOB_NAME = "job-name";
/** The index of a Pod of an Indexed Job, as a label and as an annotation. */
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";
/** How often the index of a Pod has failed before. */
export const INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";
/** How often the index of a Pod has failed before in a way that the failure policy ignores. */
export const IGNORED_INDEX_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";
/** Keeps a Pod that has ended until the status of its Job counts it. */
export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";
/** The moment for which a CronJob created a Job. */
export const SCHEDULED_TIMESTAMP = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/**
 * A new Job with the labels by which it knows its Pods, unless it selects them by hand (R-JOB-1).
 * Labels that the manifest has stay, and validation refuses those that are wrong.
 */
export function withGeneratedSelector(job: Job): Job {
  const { metadata, spec } = job;
  const { selector = {}, template } = spec;
  if (spec.manualSelector) return job;
  const uid = metadata.uid!;
  const labels = {
    [LEGACY_JOB_NAME]: metadata.name,
    [JOB_NAME]: metadata.name,
    [LEGACY_CONTROLLER_UID]: uid,
    [CONTROLLER_UID]: uid,
    ...template.metadata?.labels,
  };
  // Defaults give a Job without labels those of its template, in Go the same map.
  const isShared = Object.keys(metadata.labels ?? {}).length === 0 ||
    metadata.labels === template.metadata?.labels;
  return {
    ...job,
    metadata: { ...metadata, ...(isShared && { labels }) },
    spec: {
      ...spec,
      selector: { ...selector, matchLabels: { [CONTROLLER_UID]: uid, ...selector.matchLabels } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}
