/** The condition of `--until`; pure. */
import type { Job } from "../../api/types/batch.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isAvailable } from "../../controllers/availability.ts";
import { findCondition } from "../../controllers/job_state.ts";
import { controllerOf } from "../../controllers/ownership.ts";
import type { UntilCondition } from "../arguments/values.ts";

/** Whether a phase or condition of a pod is as `--until` wants it. */
function holds(pod: Pod, until: UntilCondition): boolean {
  if (pod.status?.phase === until) return true;
  return pod.status?.conditions?.some(({ type, status }) => type === until && status === "True") ??
    false;
}

/**
 * Whether `--until` is reached: by every Pod, for `Available` by every object that manages Pods and
 * is not managed itself, or for `Complete` by every Job.
 */
export function isReached(
  until: UntilCondition,
  { readPods, objects, jobs }: {
    /** Reads the Pods, for conditions of theirs. */
    readonly readPods: () => readonly Pod[];
    readonly objects: readonly KubernetesObject[];
    readonly jobs: readonly Job[];
  },
): boolean {
  if (until === "Complete") {
    return jobs.length > 0 && jobs.every((job) => findCondition(job, "Complete"));
  }
  if (until !== "Available") {
    const pods = readPods();
    return pods.length > 0 && pods.every((pod) => holds(pod, until));
  }
  const states = objects.filter(({ metadata }) => controllerOf(metadata) === undefined)
    .map(isAvailable).filter((it) => it !== undefined);
  return states.length > 0 && states.every(Boolean);
}

/**
 * Why `Available` or `Complete` is not reached any more unless something changes; undefined if it
 * may be. Of a rollout in `kubectl rollout status`' words (R-DEPLOY-11).
 */
export function findMissed(
  until: UntilCondition,
  { objects, jobs }: {
    readonly objects: readonly KubernetesObject[];
    readonly jobs: readonly Job[];
  },
): string | undefined {
  if (until === "Complete") {
    const failed = jobs.find((job) =>
      controllerOf(job.metadata) === undefined && findCondition(job, "Failed")
    );
    return failed && `job "${failed.metadata.name}" has failed`;
  }
  if (until !== "Available") return undefined;
  const late = objects.find((it) =>
    it.kind === "Deployment" &&
    (it.status?.observedGeneration ?? 0) >= (it.metadata.generation ?? 0) &&
    it.status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded")
  );
  return late && `deployment "${late.metadata.name}" exceeded its progress deadline`;
}
