/** What is known when a Job is looked at, and what follows from its Pods at once; pure. */
import { readIndexes } from "../../api/batch/indexes.ts";
import type { Job } from "../../api/types/batch.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Moment } from "../change.ts";
import { isActive, isTerminating } from "../pod_state.ts";
import { judgeFailure } from "./failure_policy.ts";
import { endOf, hasFailed, hasSucceeded, indexOf, isIndexed, isTracked } from "./job_pods.ts";
import { findFailedIndexes } from "./job_indexes.ts";

/** What the controller remembers of a Job between two looks at it; a new one begins empty. */
export interface JobMemory {
  /** Failures in a row: a success sets them back (R-JOB-6). */
  readonly failures: number;
  /** When the last of them was, in wall ms. */
  readonly lastFailureMs?: number;
  /** When each Pod ended that was still there at the last end, in wall ms, by uid. */
  readonly ends: ReadonlyMap<string, number>;
  /** When its status was written last, in wall ms. */
  readonly writtenMs?: number;
  /** When it started and finished, in wall ms; the status has whole seconds. */
  readonly startedMs?: number;
  readonly finishedMs?: number;
}

/** Of a Job that is looked at for the first time. */
export const NO_MEMORY: JobMemory = { failures: 0, ends: new Map() };

/** What the decisions about a Job are made from. */
export interface JobFacts {
  readonly job: Job;
  /** Its own Pods. */
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  /** Uids of Pods that the status names and does not count yet. */
  readonly uncounted: ReadonlySet<string>;
  /** With what the Pods add to the status. */
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed Job: those of the status. */
  readonly completedBefore: ReadonlySet<number>;
  /** Of an Indexed Job: those of the status and those of its Pods. */
  readonly completedIndexes: ReadonlySet<number>;
  /** With a limit for each index. */
  readonly failedIndexes?: ReadonlySet<number>;
  readonly memory: JobMemory;
  readonly now: Moment;
}

/** What follows from a Job's own Pods. */
export function gatherFacts(
  job: Job,
  pods: readonly Pod[],
  memory: JobMemory,
  now: Moment,
): JobFacts {
  const { spec, status = {} } = job;
  const { succeeded = 0, failed = 0, uncountedTerminatedPods: lists = {} } = status;
  const uncounted = new Set([...lists.succeeded ?? [], ...lists.failed ?? []]);
  // Of thousands that have ended few are not counted yet.
  const news = pods.filter((pod) =>
    isTracked(pod) && !uncounted.has(pod.metadata.uid!) &&
    (!isIndexed(job) || indexOf(pod, job) !== undefined)
  );
  const succeededNow = news.filter(hasSucceeded);
  const failedNow = news.filter((pod) => hasFailed(pod, job));
  const completions = spec.completions ?? 0;
  const completedBefore = readIndexes(status.completedIndexes, completions);
  const completedIndexes = isIndexed(job)
    ? completedBefore.union(new Set(succeededNow.map((pod) => indexOf(pod, job)!)))
    : completedBefore;
  const hasIndexLimit = spec.backoffLimitPerIndex !== undefined && isIndexed(job);
  return {
    job,
    pods,
    active: pods.filter(isActive),
    terminating: pods.filter(isTerminating),
    uncounted,
    succeeded: isIndexed(job)
      ? completedIndexes.size
      : succeeded + succeededNow.length + (lists.succeeded?.length ?? 0),
    failed: failed + (lists.failed?.length ?? 0) +
      failedNow.filter((pod) => judgeFailure(pod, job).counts).length,
    completedBefore,
    completedIndexes,
    ...(hasIndexLimit && { failedIndexes: findFailedIndexes(job, pods) }),
    memory: remember(memory, pods, succeededNow, failedNow, now),
    now,
  };
}

/**
 * Ends that were not known are added to the memory: only failures after the last success count.
 *
 * Rule: Kubernetes, pkg/controller/job/backoff_utils.go, newBackoffRecord.
 */
function remember(
  memory: JobMemory,
  pods: readonly Pod[],
  succeeded: readonly Pod[],
  failed: readonly Pod[],
  now: Moment,
): JobMemory {
  const { failures, lastFailureMs, ends, ...moments } = memory;
  const isKnown = ({ metadata }: Pod) => ends.has(metadata.uid!);
  // Those that are gone are forgotten at the next end.
  if (succeeded.every(isKnown) && failed.every(isKnown)) return memory;
  const present = new Set(pods.map(({ metadata }) => metadata.uid!));
  const kept = new Map([...ends].filter(([uid]) => present.has(uid)));
  const endsOf = (some: readonly Pod[]) =>
    some.filter((pod) => !isKnown(pod)).map((pod) => {
      const endMs = endOf(pod, now);
      kept.set(pod.metadata.uid!, endMs);
      return endMs;
    });
  const lastSuccess = Math.max(-Infinity, ...endsOf(succeeded));
  const later = endsOf(failed).filter((endMs) => endMs > lastSuccess);
  const former = lastSuccess === -Infinity ? failures : 0;
  const last = later.length > 0 ? Math.max(...later) : former > 0 ? lastFailureMs : undefined;
  return {
    ...moments,
    failures: former + later.length,
    ...(last !== undefined && { lastFailureMs: last }),
    ends: kept,
  };
}
