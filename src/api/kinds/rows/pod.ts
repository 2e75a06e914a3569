/** The Pod's row; pure. Rule: Kubernetes, pkg/registry/core/pod/strategy.go. */
import { defaultPod } from "../../defaults.ts";
import { withSchedulingDefaults } from "../../pod_scheduling.ts";
import type { Time } from "../../types/meta.ts";
import type { Pod, PodCondition } from "../../types/pod.ts";
import { validatePodUpdate } from "../../validate/pod_update/validate_update.ts";
import { ephemeralUpdateErrors } from "../../validate/pod_update/validate_ephemeral.ts";
import { resizeErrors, withResize } from "../../validate/pod_update/validate_resize.ts";
import { validatePod } from "../../validate/validate.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { withFirstGeneration } from "../strategy/template.ts";

/** How Pods are read, completed, checked and stored. */
export const podStrategy: Strategy<Pod> = {
  kind: "Pod",
  apiVersion: "v1",
  plural: "pods",
  singular: "pod",
  shortNames: ["po"],
  namespaced: true,
  struct: "Pod",
  confidential: false,
  hasStatus: true,
  applyDefaults: defaultPod,
  prepareForCreate: (pod, { creationTimestamp }) =>
    withGatedCondition(
      withSchedulingDefaults(withFirstGeneration(pod)),
      creationTimestamp,
    ),
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  specParts: {
    ephemeralcontainers: { prepare: withEphemeralContainers, validate: ephemeralUpdateErrors },
    resize: { prepare: withResize, validate: resizeErrors },
  },
  deletionGraceOf: computeDeletionGrace,
  podTemplatesOf: (pod) => [{ path: "", pod }],
  mapPods: (pod, change) => change(pod),
};

/**
 * A new Pod with scheduling gates has the condition that it waits for them from the start
 * (R-COND-8).
 */
function withGatedCondition(pod: Pod, lastTransitionTime: Time): Pod {
  if ((pod.spec.schedulingGates ?? []).length === 0) return pod;
  const gated: PodCondition = {
    type: "PodScheduled",
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
    lastProbeTime: null,
    lastTransitionTime,
  };
  return { ...pod, status: { ...pod.status, conditions: [gated] } };
}

/** The Pod with other ephemeral containers (R-EPHEMERAL-1); strategy.go, dropNonEphemeral…. */
function withEphemeralContainers(pod: Pod, old: Pod): Pod {
  const { ephemeralContainers } = pod.spec;
  const { ephemeralContainers: _, ...spec } = old.spec;
  return { ...old, spec: { ...spec, ...(ephemeralContainers && { ephemeralContainers }) } };
}

/** Seconds that a deletion gives a Pod (R-DELETE-1); strategy.go, CheckGracefulDelete. */
function computeDeletionGrace(
  { spec, status }: Pod,
  requestedSeconds: number | undefined,
): number {
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  if (!spec.nodeName || hasEnded) return 0;
  const grace = requestedSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}
