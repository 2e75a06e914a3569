/** What a cluster adds to every Pod without a priority and tolerations of its own; pure. */
import { remembered } from "../base/remembered.ts";
import type { Pod, PodSpec, Toleration } from "./types/pod.ts";

/** The classes that every cluster has. Rule: Kubernetes, pkg/apis/scheduling/v1/helpers.go. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "": 0,
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** How long a Pod stays on a node that is in trouble. */
const TOLERATION_SECONDS = 300;
const TROUBLES = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/**
 * The Pod with its priority and the two tolerations of a node in trouble; its own values stay. The
 * value of a priority class that only another cluster has stays open.
 *
 * Rule: Kubernetes, plugin/pkg/admission/priority/admission.go and
 * plugin/pkg/admission/defaulttolerationseconds/admission.go.
 */
export function withSchedulingDefaults(pod: Pod): Pod {
  return { ...pod, spec: sharedSpec(pod.spec) };
}

/** The Pods of one template have one spec. */
const sharedSpec = remembered((spec: PodSpec): PodSpec => {
  const { priorityClassName = "", tolerations = [] } = spec;
  const priority = spec.priority ??
    (Object.hasOwn(SYSTEM_CLASSES, priorityClassName)
      ? SYSTEM_CLASSES[priorityClassName]
      : undefined);
  const added = TROUBLES
    .filter((key) => !tolerations.some((it) => tolerates(it, key)))
    .map((key) => ({
      key,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: TOLERATION_SECONDS,
    }));
  return {
    ...spec,
    ...(priority !== undefined && {
      priority,
      preemptionPolicy: spec.preemptionPolicy ?? "PreemptLowerPriority",
    }),
    ...(added.length > 0 && { tolerations: [...tolerations, ...added] }),
  };
});

/**
 * Whether a Pod asks anything of its node or of the Pods there, so that a node may not do, or names
 * one.
 */
export function asksOfNode({ spec }: Pod): boolean {
  const { affinity, nodeName, nodeSelector, resources, topologySpreadConstraints, volumes } = spec;
  const containers = [...spec.initContainers ?? [], ...spec.containers];
  return Boolean(nodeName || nodeSelector || affinity || topologySpreadConstraints || resources) ||
    volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim) ||
    containers.some((it) =>
      it.resources !== undefined ||
      it.ports?.some(({ hostPort }) => hostPort || spec.hostNetwork)
    );
}

/**
 * Whether a Pod is to be given a node: it has none, no gate holds it back, and it is not being
 * deleted.
 *
 * Rule: R-COND-8 (Kubernetes, pkg/registry/core/pod/storage/storage.go, setPodNodeAndMetadata).
 */
export function isSchedulable({ metadata, spec }: Pod): boolean {
  return !spec.nodeName && (spec.schedulingGates ?? []).length === 0 &&
    metadata.deletionTimestamp === undefined;
}

/** An empty key or effect is any. */
function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === "NoExecute");
}
