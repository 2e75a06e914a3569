/**
 * New Pods of a Job; pure.
 *
 * Rule: Kubernetes, pkg/controller/job/indexed_job_utils.go, addCompletionIndexEnvVariable and
 * addIndexFailureCountAnnotation.
 */
import {
  COMPLETION_INDEX,
  IGNORED_INDEX_FAILURES,
  INDEX_FAILURES,
  TRACKING_FINALIZER,
} from "../../api/batch/job_labels.ts";
import { mapContainers } from "../../api/pod_containers.ts";
import type { PodTemplateSpec } from "../../api/types/apps.ts";
import type { Job } from "../../api/types/batch.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { podFromTemplate } from "../pod_template.ts";
import { judgeFailure } from "./failure_policy.ts";
import { ignoredFailuresOf, indexFailuresOf } from "./job_pods.ts";

const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

/** The longest prefix of a generated name. */
const MAX_PREFIX = 58;

/** A new Pod (R-JOB-14). */
export function jobPod(job: Job): Pod {
  return podFromTemplate(job, tracked(job.spec.template));
}

/**
 * A new Pod with an index: in its name, host name, label, annotation and environment (R-JOB-5).
 *
 * @param failures annotations of {@link countFailures}, with a limit for each index.
 */
export function indexedPod(
  job: Job,
  index: number,
  failures: Readonly<Record<string, string>> = {},
): Pod {
  const { metadata, spec } = tracked(job.spec.template);
  const own = { [COMPLETION_INDEX]: String(index) };
  const template: PodTemplateSpec = {
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, ...own },
      annotations: { ...metadata?.annotations, ...own, ...failures },
    },
    spec: { ...mapContainers(spec, withIndex), hostname: `${job.metadata.name}-${index}` },
  };
  return podFromTemplate(job, template, prefixOf(job.metadata.name, index));
}

function tracked({ metadata, spec }: PodTemplateSpec): PodTemplateSpec {
  const finalizers = new Set([...metadata?.finalizers ?? [], TRACKING_FINALIZER]);
  return { metadata: { ...metadata, finalizers: [...finalizers] }, spec };
}

/** A variable of that name that the manifest has stays. */
function withIndex(container: Container): Container {
  const { env = [] } = container;
  if (env.some(({ name }) => name === INDEX_VARIABLE)) return container;
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` };
  return { ...container, env: [...env, { name: INDEX_VARIABLE, valueFrom: { fieldRef } }] };
}

/** The annotations that a Pod takes over from the one that it replaces (R-JOB-8). */
export function countFailures(job: Job, replaced: Pod | undefined): Record<string, string> {
  let [counted, ignored] = [0, 0];
  if (replaced !== undefined) {
    const { counts } = judgeFailure(replaced, job);
    counted = indexFailuresOf(replaced) + (counts ? 1 : 0);
    ignored = ignoredFailuresOf(replaced) + (counts ? 0 : 1);
  }
  return {
    [INDEX_FAILURES]: String(counted),
    ...(ignored > 0 && { [IGNORED_INDEX_FAILURES]: String(ignored) }),
  };
}

/** A long name is cut, and the index stays. */
function prefixOf(name: string, index: number): string {
  const suffix = `-${index}-`;
  return name.slice(0, MAX_PREFIX - suffix.length) + suffix;
}
