/** What a status repeats of the spec that it was computed from (R-STATUS-11, R-STATUS-12). */
import type {
  Container,
  ContainerStatus,
  PodStatus,
  ResourceRequirements,
  VolumeMount,
  VolumeMountStatus,
} from "../../api/types/pod.ts";

/**
 * The amounts that a container, or a Pod, requests and may use: what is allocated, and what is in
 * force. `resources` is there without any, too.
 *
 * Rule: R-STATUS-11, R-STATUS-12; Kubernetes, pkg/kubelet/kubelet_pods.go,
 * convertContainerStatusResources.
 */
export function describeResources(
  allocated: ResourceRequirements = {},
  { requests = {}, limits = {} }: ResourceRequirements = allocated,
): Required<Pick<PodStatus, "resources">> & Pick<PodStatus, "allocatedResources"> {
  const isAllocated = Object.keys(allocated.requests ?? {}).length > 0;
  const isRequested = Object.keys(requests).length > 0;
  const isLimited = Object.keys(limits).length > 0;
  return {
    ...(isAllocated && { allocatedResources: allocated.requests }),
    resources: { ...(isLimited && { limits }), ...(isRequested && { requests }) },
  };
}

/** The mounts of a container, absent if there are none (R-STATUS-11). */
export function describeMounts(
  { volumeMounts = [] }: Container,
): Pick<ContainerStatus, "volumeMounts"> {
  return volumeMounts.length === 0 ? {} : { volumeMounts: volumeMounts.map(describeMount) };
}

/** Rule: Kubernetes, pkg/kubelet/kubelet_pods.go, resolveRecursiveReadOnly. */
function describeMount(
  { name, mountPath, readOnly, recursiveReadOnly = "Disabled" }: VolumeMount,
): VolumeMountStatus {
  return readOnly !== true ? { name, mountPath } : {
    name,
    mountPath,
    readOnly,
    recursiveReadOnly: recursiveReadOnly === "Disabled" ? "Disabled" : "Enabled",
  };
}
