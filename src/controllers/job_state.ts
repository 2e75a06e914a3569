/** How far a Job is, by its conditions alone; pure. */
import type { Job, JobCondition } from "../api/types/batch.ts";

/** Kubernetes' own controller, which Jobs may name or not. */
const OWN_NAME = "kubernetes.io/job-controller";

/** A condition of a Job that is True. */
export function findCondition({ status }: Job, type: string): JobCondition | undefined {
  return status?.conditions?.find((it) => it.type === type && it.status === "True");
}

/** Whether a Job has come to its end, as its status has it. */
export function isFinished(job: Job): boolean {
  return findCondition(job, "Complete") !== undefined || findCondition(job, "Failed") !== undefined;
}

/** Whether our own controller works on a Job, and not another one that it names. */
export function isManagedHere({ spec: { managedBy = OWN_NAME } }: Job): boolean {
  return managedBy === OWN_NAME;
}
