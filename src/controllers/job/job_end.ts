/**
 * Whether and why a Job comes to its end; pure.
 *
 * Rule: Kubernetes, pkg/controller/job/job_controller.go, syncJob; success_policy.go.
 */
import { readIndexes } from "../../api/batch/indexes.ts";
import type { Job, JobCondition } from "../../api/types/batch.ts";
import type { Pod } from "../../api/types/pod.ts";
import { judgeFailure } from "./failure_policy.ts";
import { findCondition } from "../job_state.ts";
import type { JobFacts } from "./job_facts.ts";
import { hasFailed } from "./job_pods.ts";

/** How a Job ends. */
export interface JobEnd {
  /** The condition that announces it, until nothing of the Job runs. */
  readonly announcedBy: "SuccessCriteriaMet" | "FailureTarget";
  readonly reason: string;
  readonly message: string;
  /** Whether the status has the condition already. */
  readonly isAnnounced: boolean;
  /** Id of the rule that explains it. */
  readonly rule: string;
}

/** The rules behind the reasons of a Job's last condition, also of an earlier look. */
export const JOB_END_RULES: Readonly<Record<string, string>> = {
  CompletionsReached: "R-JOB-3",
  SuccessPolicy: "R-JOB-11",
  BackoffLimitExceeded: "R-JOB-7",
  DeadlineExceeded: "R-JOB-12",
  PodFailurePolicy: "R-JOB-10",
  FailedIndexes: "R-JOB-9",
  MaxFailedIndexesExceeded: "R-JOB-9",
};

/** The end that its Pods and the time bring about, whatever still runs; the first one counts. */
export function findEnd(facts: JobFacts): JobEnd | undefined {
  const { job } = facts;
  for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
    const announced = findCondition(job, type);
    if (announced !== undefined) return announcedEnd(type, announced);
  }
  return findPolicyFailure(facts) ?? findLimit(facts) ?? findIndexLimit(facts) ??
    findPolicySuccess(facts);
}

/** As many Pods as were wanted have succeeded, and nothing is left (R-JOB-3). */
export function findCompletion(
  { job: { spec: { completions } }, succeeded }: JobFacts,
  active: number,
): JobEnd | undefined {
  const isComplete = completions === undefined ? succeeded > 0 : succeeded >= completions;
  if (!isComplete || active > 0) return undefined;
  const message = "Reached expected number of succeeded pods";
  return end("SuccessCriteriaMet", "CompletionsReached", message);
}

/** The moment at which the Job is too old, in wall ms; undefined: never (R-JOB-12). */
export function deadlineOf(
  { job: { spec, status }, memory, now }: Pick<JobFacts, "job" | "memory" | "now">,
): number | undefined {
  const { activeDeadlineSeconds, suspend } = spec;
  if (activeDeadlineSeconds === undefined || suspend) return undefined;
  // One that has not started does so now, and may be too old at once.
  const startedMs = status?.startTime
    ? memory.startedMs ?? Date.parse(status.startTime)
    : now.wallMs;
  return startedMs + activeDeadlineSeconds * 1000 / now.speed;
}

function announcedEnd(
  announcedBy: JobEnd["announcedBy"],
  { reason = "", message = "" }: JobCondition,
): JobEnd {
  return { ...end(announcedBy, reason, message), isAnnounced: true };
}

function end(announcedBy: JobEnd["announcedBy"], reason: string, message: string): JobEnd {
  const rule = JOB_END_RULES[reason] ?? "R-JOB-15";
  return { announcedBy, reason, message, isAnnounced: false, rule };
}

function failure(reason: string, message: string): JobEnd {
  return end("FailureTarget", reason, message);
}

function findPolicyFailure({ job, pods }: JobFacts): JobEnd | undefined {
  if (job.spec.podFailurePolicy === undefined) return undefined;
  for (const pod of pods) {
    if (!hasFailed(pod, job)) continue;
    const { action, because = "" } = judgeFailure(pod, job);
    if (action === "FailJob") return failure("PodFailurePolicy", because);
  }
  return undefined;
}

function findLimit(facts: JobFacts): JobEnd | undefined {
  const { job, pods, failed, now } = facts;
  const { backoffLimit = 6 } = job.spec;
  if (failed > backoffLimit || isPastRestarts(job, pods, backoffLimit)) {
    return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  if ((deadlineOf(facts) ?? Infinity) <= now.wallMs) {
    return failure("DeadlineExceeded", "Job was active longer than specified deadline");
  }
  return undefined;
}

/** Containers that restart in place count as well (R-JOB-7). */
function isPastRestarts(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return false;
  const living = pods.filter(({ status }) =>
    status?.phase === "Running" || status?.phase === "Pending"
  );
  const restarts = living.flatMap(({ status }) => [
    ...status?.initContainerStatuses ?? [],
    ...status?.containerStatuses ?? [],
  ]).reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function findIndexLimit({ job, failedIndexes, completedIndexes }: JobFacts): JobEnd | undefined {
  if (failedIndexes === undefined) return undefined;
  const { completions = 0, maxFailedIndexes = Infinity } = job.spec;
  const failed = failedIndexes.size;
  if (failed > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return failure("MaxFailedIndexesExceeded", message);
  }
  return failed > 0 && failed + completedIndexes.size >= completions
    ? failure("FailedIndexes", "Job has failed indexes")
    : undefined;
}

/** The first rule that enough completed indexes fulfil (R-JOB-11). */
function findPolicySuccess({ job: { spec }, completedIndexes }: JobFacts): JobEnd | undefined {
  if (completedIndexes.size === 0) return undefined;
  const { completions = 0, successPolicy } = spec;
  const index = (successPolicy?.rules ?? []).findIndex((rule) => {
    const { succeededIndexes, succeededCount } = rule;
    if (succeededIndexes === undefined) return completedIndexes.size >= succeededCount!;
    const wanted = readIndexes(succeededIndexes, completions);
    const found = wanted.intersection(completedIndexes).size;
    return wanted.size > 0 && found >= (succeededCount ?? wanted.size);
  });
  if (index < 0) return undefined;
  return end("SuccessCriteriaMet", "SuccessPolicy", `Matched rules at index ${index}`);
}
