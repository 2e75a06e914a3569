/**
 * How each end of a Pod is counted once, by the uids in the status and the Pod's finalizer; pure.
 *
 * The status names a Pod first; then the Pod loses its finalizer and is counted. Whatever fails in
 * between, nothing is counted twice and nothing is lost (R-JOB-14).
 *
 * Rule: Kubernetes, pkg/controller/job/job_controller.go, trackJobStatusAndRemoveFinalizers.
 */
import type { JobStatus, UncountedTerminatedPods } from "../../api/types/batch.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { ControllerWrite } from "../change.ts";
import { judgeFailure } from "./failure_policy.ts";
import type { JobEnd } from "./job_end.ts";
import type { JobFacts } from "./job_facts.ts";
import { hasFailed, hasSucceeded, indexOf, isIndexed, isTracked } from "./job_pods.ts";
import { findReplacedPods, removeFinalizer } from "./job_scale.ts";

/** As many uids as a status may name, so that it stays short. */
const MAX_UNCOUNTED = 500;

/** What is counted, and the Pods that may go because of it. */
export interface Tracking {
  readonly writes: readonly ControllerWrite[];
  /** Of the status, once the writes have succeeded. */
  readonly counts: Pick<
    JobStatus,
    "succeeded" | "failed" | "completedIndexes" | "failedIndexes" | "uncountedTerminatedPods"
  >;
  /** Indexes that have a Pod which the status has counted. */
  readonly completed: ReadonlySet<number>;
  /** Whether every end is counted, and every Pod that has one is released. */
  readonly isSettled: boolean;
}

/**
 * What a look at the Pods adds to the counts.
 *
 * @param deleted Pods that are deleted first: they are released at the next look.
 */
export function trackPods(
  facts: JobFacts,
  end: JobEnd | undefined,
  deleted: ReadonlySet<Pod>,
): Tracking {
  const { job, uncounted, completedBefore } = facts;
  const { succeeded = 0, failed = 0, uncountedTerminatedPods: former = {} } = job.status ?? {};
  const named = { succeeded: [] as string[], failed: [] as string[] };
  const completed = new Set(completedBefore);
  const released: Pod[] = [];
  const replaced = new Set(findReplacedPods(facts).values());
  let isSettled = true;
  for (const pod of facts.pods.filter(isTracked)) {
    const uid = pod.metadata.uid!;
    const isNamed = uncounted.has(uid);
    const place = isNamed ? "known" : placeOf(pod, facts, end, replaced);
    if (place === undefined) continue;
    if (isNamed || place === "known" && !deleted.has(pod)) {
      released.push(pod);
      continue;
    }
    isSettled = false;
    const news = named.succeeded.length + named.failed.length + completed.size -
      completedBefore.size;
    if (place === "known" || news >= MAX_UNCOUNTED) continue;
    if (typeof place === "number") completed.add(place);
    else named[place].push(uid);
  }
  const because = `the status of Job ${job.metadata.name} counts it`;
  return {
    writes: released.map((pod) => removeFinalizer(pod, because)),
    completed,
    counts: {
      succeeded: isIndexed(job) ? completed.size : succeeded + (former.succeeded?.length ?? 0),
      failed: failed + (former.failed?.length ?? 0),
      uncountedTerminatedPods: listsOf(named),
    },
    isSettled,
  };
}

/**
 * Where the end of a Pod is noted: in one of the lists, or as an index.
 *
 * @returns `known`: it is noted, or is not to be; undefined: it has not ended, or its finalizer is
 * needed still.
 */
function placeOf(
  pod: Pod,
  facts: JobFacts,
  end: JobEnd | undefined,
  replaced: ReadonlySet<Pod>,
): "succeeded" | "failed" | "known" | number | undefined {
  const { job, completedBefore } = facts;
  const index = indexOf(pod, job);
  const isCountable = !isIndexed(job) || index !== undefined;
  if (hasSucceeded(pod)) {
    if (!isIndexed(job)) return "succeeded";
    return index === undefined || completedBefore.has(index) ? "known" : index;
  }
  const isFailure = hasFailed(pod, job);
  const isEnding = end !== undefined || job.metadata.deletionTimestamp !== undefined;
  if (!isEnding && (!isFailure || replaced.has(pod))) return undefined;
  const counts = isFailure && !goesWithSuccess(pod, end) || end?.announcedBy === "FailureTarget";
  return counts && isCountable && judgeFailure(pod, job).counts ? "failed" : "known";
}

/** A Pod that is deleted since the Job has succeeded without it has not failed. */
function goesWithSuccess({ metadata, status }: Pod, end: JobEnd | undefined): boolean {
  return end?.announcedBy === "SuccessCriteriaMet" && end.isAnnounced &&
    metadata.deletionTimestamp !== undefined && status?.phase !== "Failed";
}

/** A list that is empty is left out. */
function listsOf({ succeeded, failed }: Required<UncountedTerminatedPods>) {
  return {
    ...(succeeded.length > 0 && { succeeded }),
    ...(failed.length > 0 && { failed }),
  };
}
