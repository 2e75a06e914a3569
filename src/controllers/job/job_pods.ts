/** What a Job sees of its Pods; pure. Rule: Kubernetes, pkg/controller/job/job_controller.go. */
import {
  COMPLETION_INDEX,
  IGNORED_INDEX_FAILURES,
  INDEX_FAILURES,
  TRACKING_FINALIZER,
} from "../../api/batch/job_labels.ts";
import type { Job } from "../../api/types/batch.ts";
import type { ContainerStatus, Pod } from "../../api/types/pod.ts";
import type { Moment } from "../change.ts";

/** Whether each Pod of a Job has an index of its own. */
export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === "Indexed";
}

/** Whether a Pod that is being deleted is replaced only when it has ended (R-JOB-16). */
export function replacesFailedAlone({ spec }: Job): boolean {
  return spec.podReplacementPolicy === "Failed" || spec.podFailurePolicy !== undefined;
}

/** Whether the status of the Job does not count the Pod's end yet (R-JOB-14). */
export function isTracked({ metadata: { finalizers = [] } }: Pod): boolean {
  return finalizers.includes(TRACKING_FINALIZER);
}

/** The Pod without the finalizer, which may go once its node has stopped it. */
export function withoutTracking(pod: Pod): Pod {
  const { finalizers = [], ...metadata } = pod.metadata;
  const others = finalizers.filter((it) => it !== TRACKING_FINALIZER);
  return { ...pod, metadata: { ...metadata, ...(others.length > 0 && { finalizers: others }) } };
}

/** Whether it has failed, or is being deleted where that counts as a failure (R-JOB-16). */
export function hasFailed({ metadata, status }: Pod, job: Job): boolean {
  if (status?.phase === "Failed") return true;
  if (replacesFailedAlone(job)) return false;
  return metadata.deletionTimestamp !== undefined && status?.phase !== "Succeeded";
}

/** Whether all its containers have succeeded. */
export function hasSucceeded({ status }: Pod): boolean {
  return status?.phase === "Succeeded";
}

/** The index of a Pod; undefined if it has none that is below the Job's completions. */
export function indexOf(pod: Pod, { spec: { completions = 0 } }: Job): number | undefined {
  const index = readCount(pod, COMPLETION_INDEX);
  return index !== undefined && index < completions ? index : undefined;
}

/** How often the index of a Pod had failed, not counting what the failure policy ignores. */
export function indexFailuresOf(pod: Pod): number {
  return readCount(pod, INDEX_FAILURES) ?? 0;
}

/** How often the index of a Pod had failed in ways that the failure policy ignores. */
export function ignoredFailuresOf(pod: Pod): number {
  return readCount(pod, IGNORED_INDEX_FAILURES) ?? 0;
}

function readCount({ metadata: { annotations = {} } }: Pod, key: string): number | undefined {
  const text = annotations[key];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * When a Pod ended, in wall ms: when its last container did, else when it was not ready any more,
 * else when it was deleted. These are whole seconds: an end of this very second is now.
 *
 * Rule: pkg/controller/job/backoff_utils.go, getFinishedTime.
 */
export function endOf(pod: Pod, { wallMs }: Moment): number {
  const endMs = containersEnd(pod) ?? readinessEnd(pod) ?? deletionMs(pod) ??
    Date.parse(pod.metadata.creationTimestamp!);
  return endMs > wallMs - 1000 ? wallMs : endMs;
}

/** Undefined while one of them runs; sidecars end last. */
function containersEnd({ spec, status }: Pod): number | undefined {
  const sidecars = (spec.initContainers ?? []).filter((it) => it.restartPolicy === "Always")
    .map(({ name }) => name);
  const statuses: readonly ContainerStatus[] = [
    ...status?.containerStatuses ?? [],
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.includes(name)),
  ];
  const ends = statuses.map(({ state }) => state?.terminated?.finishedAt);
  if (ends.length === 0 || !ends.every((it) => it)) return undefined;
  return Math.max(...ends.map((it) => Date.parse(it!)));
}

function readinessEnd({ status }: Pod): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "False" && ready.lastTransitionTime
    ? Date.parse(ready.lastTransitionTime)
    : undefined;
}

function deletionMs({ metadata }: Pod): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp === undefined) return undefined;
  return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
}
