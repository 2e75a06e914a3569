/**
 * Which indexes of an Indexed Job have failed, and which get Pods; pure.
 *
 * Rule: Kubernetes, pkg/controller/job/indexed_job_utils.go.
 */
import { readIndexes } from "../../api/batch/indexes.ts";
import type { Job } from "../../api/types/batch.ts";
import type { Pod } from "../../api/types/pod.ts";
import { judgeFailure } from "./failure_policy.ts";
import { hasFailed, ignoredFailuresOf, indexFailuresOf, indexOf, isTracked } from "./job_pods.ts";

/**
 * Indexes whose last Pod has failed and that have no failure left, or that the failure policy ends
 * (R-JOB-8).
 */
export function findFailedIndexes(job: Job, pods: readonly Pod[]): Set<number> {
  const { spec: { completions = 0 }, status } = job;
  const failed = readIndexes(status?.failedIndexes, completions);
  for (const pod of pods) {
    const index = indexOf(pod, job);
    if (index !== undefined && isTracked(pod) && endsIndex(pod, job)) failed.add(index);
  }
  return failed;
}

function endsIndex(pod: Pod, job: Job): boolean {
  if (!hasFailed(pod, job)) return false;
  const { action, counts } = judgeFailure(pod, job);
  if (action === "FailIndex") return true;
  return counts && indexFailuresOf(pod) >= job.spec.backoffLimitPerIndex!;
}

/**
 * The failed Pod of each index that waits for another one, which takes over its count of failures:
 * until then the Pod keeps its finalizer (R-JOB-8).
 *
 * @param taken indexes that wait for nothing: completed, failed, or with an active Pod.
 */
export function findReplaced(
  job: Job,
  pods: readonly Pod[],
  taken: ReadonlySet<number>,
  endMsOf: (pod: Pod) => number,
): Map<number, Pod> {
  const replaced = new Map<number, Pod>();
  for (const pod of pods) {
    const index = indexOf(pod, job);
    if (index === undefined || taken.has(index)) continue;
    if (!isTracked(pod) || !hasFailed(pod, job)) continue;
    const known = replaced.get(index);
    const isLater = known === undefined ||
      failuresOf(known) <= failuresOf(pod) && endMsOf(known) <= endMsOf(pod);
    if (isLater) replaced.set(index, pod);
  }
  return replaced;
}

/** How often the index of a Pod had failed, whatever the failure policy says of it. */
export function failuresOf(pod: Pod): number {
  return indexFailuresOf(pod) + ignoredFailuresOf(pod);
}

/** The lowest indexes that are not taken. */
export function findFreeIndexes(
  completions: number,
  taken: ReadonlySet<number>,
  count: number,
): number[] {
  const free: number[] = [];
  for (let index = 0; index < completions && free.length < count; index++) {
    if (!taken.has(index)) free.push(index);
  }
  return free;
}
