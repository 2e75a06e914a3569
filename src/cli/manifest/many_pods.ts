/** Objects that want more Pods at once than a machine is made for; pure. */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { MAX_PODS } from "../../node/config/pod_sources.ts";

/** How many Pods a command takes without a word. */
export interface PodBound {
  readonly pods: number;
  /** What more of them come to; one line, no full stop. */
  readonly why: string;
}

/** Of Pods that are processes. */
export const NODE_BOUND: PodBound = {
  pods: MAX_PODS,
  why: `a node takes ${MAX_PODS}, and the others wait`,
};

/** Of Pods that are only simulated. */
export const SIMULATED_BOUND: PodBound = {
  pods: 10_000,
  why: "all of them are kept in memory",
};

/** A line for each object that wants more Pods at once than the bound. */
export function describeManyPods(objects: readonly KubernetesObject[], bound: PodBound): string[] {
  return objects.flatMap((object) => {
    const { kind, metadata: { name } } = object;
    const pods = countPods(object);
    return pods > bound.pods ? [`${kind} "${name}" wants ${pods} Pods at once: ${bound.why}`] : [];
  });
}

function countPods(object: KubernetesObject): number {
  switch (object.kind) {
    case "ReplicaSet":
    case "ReplicationController":
    case "Deployment":
    case "StatefulSet":
      return object.spec.replicas ?? 1;
    case "Job":
      return countOfJob(object.spec);
    case "CronJob":
      return countOfJob(object.spec.jobTemplate.spec);
    default:
      return 0;
  }
}

function countOfJob(
  { parallelism = 1, completions = Infinity }: { parallelism?: number; completions?: number },
): number {
  return Math.min(parallelism, completions);
}
