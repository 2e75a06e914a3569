/**
 * What users see of a StatefulSet; pure.
 *
 * Rule: Kubernetes, pkg/controller/statefulset/stateful_set_control.go, computeReplicaStatus, and
 * stateful_set_utils.go, completeRollingUpdate.
 */
import type { StatefulSet, StatefulSetStatus } from "../../api/types/apps.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Moment } from "../change.ts";
import {
  isAvailable,
  isGoing,
  isRunningAndReady,
  type PodRevisions,
  revisionOf,
} from "./stateful_pod.ts";

/**
 * Counts that are 0 are left out, but for `replicas`, `availableReplicas` and `collisionCount`
 * (R-STS-12).
 *
 * @param pods those that it has.
 * @param options.updatedNow Pods of the current revision that this pass deletes for the update.
 */
export function generateStatus(
  statefulSet: StatefulSet,
  pods: readonly Pod[],
  { revisions, updatedNow, now }: {
    readonly revisions: PodRevisions;
    readonly updatedNow: number;
    readonly now: Moment;
  },
): StatefulSetStatus {
  const { metadata: { generation }, spec: { replicas: wanted = 1 }, status } = statefulSet;
  const staying = pods.filter((it) => !isGoing(it));
  const updateRevision = revisions.update.metadata.name;
  const replicas = pods.length;
  const ready = pods.filter(isRunningAndReady).length;
  const updated = staying.filter((it) => revisionOf(it) === updateRevision).length;
  const isComplete = statefulSet.spec.updateStrategy?.type !== "OnDelete" &&
    [updated, ready, replicas].every((it) => it === wanted);
  const currentRevision = isComplete ? updateRevision : revisions.current.metadata.name;
  const current = isComplete
    ? updated
    : staying.filter((it) => revisionOf(it) === currentRevision).length - updatedNow;
  return {
    availableReplicas: pods.filter((it) => isAvailable(statefulSet, it, now)).length,
    collisionCount: status?.collisionCount ?? 0,
    ...(status?.conditions && { conditions: status.conditions }),
    ...(current > 0 && { currentReplicas: current }),
    currentRevision,
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(ready > 0 && { readyReplicas: ready }),
    replicas,
    updateRevision,
    ...(updated > 0 && { updatedReplicas: updated }),
  };
}
