/**
 * What the API server fills in in StatefulSets and DaemonSets; pure.
 *
 * Rule: Kubernetes, pkg/apis/apps/v1/defaults.go.
 */
import { defaultClaim } from "./defaults.ts";
import type {
  DaemonSet,
  DaemonSetUpdateStrategy,
  StatefulSet,
  StatefulSetUpdateStrategy,
} from "./types/apps.ts";
import type { PersistentVolumeClaim } from "./types/core.ts";
import { defaultTemplate } from "./workload_defaults.ts";

/**
 * A StatefulSet with everything that it leaves open; a second time changes nothing. What the gate
 * MaxUnavailableStatefulSet allows is dropped, since Kubernetes 1.36 has it off (R-STS-9).
 */
export function defaultStatefulSet(statefulSet: StatefulSet): StatefulSet {
  const { spec, status = { availableReplicas: 0, replicas: 0 } } = statefulSet;
  const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  const { volumeClaimTemplates } = spec;
  return {
    ...statefulSet,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      template: defaultTemplate(spec.template),
      ...(volumeClaimTemplates && {
        volumeClaimTemplates: volumeClaimTemplates.map(defaultClaimTemplate),
      }),
      podManagementPolicy: spec.podManagementPolicy || "OrderedReady",
      updateStrategy: defaultStatefulStrategy(spec.updateStrategy ?? {}),
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: whenDeleted || "Retain",
        whenScaled: whenScaled || "Retain",
      },
    },
    status,
  };
}

/** A DaemonSet with everything that it leaves open; a second time changes nothing. */
export function defaultDaemonSet(daemonSet: DaemonSet): DaemonSet {
  const { spec, status = NO_DAEMONS } = daemonSet;
  return {
    ...daemonSet,
    spec: {
      ...spec,
      template: defaultTemplate(spec.template),
      updateStrategy: defaultDaemonStrategy(spec.updateStrategy ?? {}),
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    },
    status,
  };
}

const NO_DAEMONS = {
  currentNumberScheduled: 0,
  desiredNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
};

/** In a list of claims each is a claim, whether or not it says so. */
function defaultClaimTemplate(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  return {
    ...defaultClaim(claim),
    apiVersion: claim.apiVersion || "v1",
    kind: claim.kind || "PersistentVolumeClaim",
  };
}

/** Only a strategy that is left open altogether gets a partition. */
function defaultStatefulStrategy(
  { type: given, rollingUpdate }: StatefulSetUpdateStrategy,
): StatefulSetUpdateStrategy {
  const type = given || "RollingUpdate";
  const { maxUnavailable: _, ...rolling } = rollingUpdate ?? {};
  if (type !== "RollingUpdate") return { type, ...(rollingUpdate && { rollingUpdate: rolling }) };
  if (given && rollingUpdate === undefined) return { type };
  return { type, rollingUpdate: { partition: 0, ...rolling } };
}

function defaultDaemonStrategy(
  { type: given, rollingUpdate }: DaemonSetUpdateStrategy,
): DaemonSetUpdateStrategy {
  const type = given || "RollingUpdate";
  if (type !== "RollingUpdate") return { type, ...(rollingUpdate && { rollingUpdate }) };
  return { type, rollingUpdate: { maxSurge: 0, maxUnavailable: 1, ...rollingUpdate } };
}
