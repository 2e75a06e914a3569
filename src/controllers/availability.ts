/** Whether what manages Pods has all of them, as `kubectl rollout status` decides it; pure. */
import type { ReplicaSet, ReplicationController } from "../api/types/apps.ts";
import type { KindName, KubernetesObject, ObjectOf } from "../api/types/kinds.ts";

/** One row for each kind that has such a state. */
const availability: { readonly [K in KindName]?: (object: ObjectOf<K>) => boolean } = {
  ReplicaSet: hasReplicas,
  ReplicationController: hasReplicas,
  // kubectl, pkg/polymorphichelpers/rollout_status.go, DeploymentStatusViewer.
  Deployment: ({ spec: { replicas = 1 }, status = {} }) => {
    const { updatedReplicas = 0, replicas: count = 0, availableReplicas = 0 } = status;
    return updatedReplicas >= replicas && count <= updatedReplicas &&
      availableReplicas >= updatedReplicas;
  },
  // StatefulSetStatusViewer; what is updated by hand alone only has to be ready.
  StatefulSet: ({ spec: { replicas = 1, updateStrategy = {} }, status }) => {
    const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = status ??
      { replicas: 0 };
    if (readyReplicas < replicas) return false;
    if (updateStrategy.type === "OnDelete") return true;
    const { rollingUpdate } = updateStrategy;
    return rollingUpdate === undefined
      ? currentRevision === updateRevision
      : updatedReplicas >= replicas - (rollingUpdate.partition ?? 0);
  },
  // DaemonSetStatusViewer, likewise.
  DaemonSet: ({ spec: { updateStrategy }, status }) => {
    const { desiredNumberScheduled: wanted = 1, numberAvailable = 0 } = status ?? {};
    const { updatedNumberScheduled = 0 } = status ?? {};
    const isUpdated = updateStrategy?.type === "OnDelete" || updatedNumberScheduled >= wanted;
    return isUpdated && numberAvailable >= wanted;
  },
};

function hasReplicas(
  { spec: { replicas = 1 }, status }: ReplicaSet | ReplicationController,
): boolean {
  return (status?.availableReplicas ?? 0) >= replicas;
}

/**
 * Whether every Pod that an object wants is there, new and available; undefined for kinds without
 * such a state.
 */
export function isAvailable(object: KubernetesObject): boolean | undefined {
  // The row of a kind takes objects of that kind.
  const row = availability[object.kind] as ((object: KubernetesObject) => boolean) | undefined;
  if (row === undefined) return undefined;
  const { generation = 0 } = object.metadata;
  const observed = "status" in object && object.status && "observedGeneration" in object.status
    ? object.status.observedGeneration ?? 0
    : 0;
  return observed >= generation && row(object);
}
