/** Rules of the objects that number or spread their Pods: `R-STS-n`, `R-DS-n`; pure. */
import type { Rules } from "./rule.ts";

const STATEFUL_SET = "pkg/controller/statefulset";
const DAEMON_SET = "pkg/controller/daemon";

/** By id. */
export const setRules: Rules = {
  "R-STS-1": {
    text: "A StatefulSet creates the Pod of each missing ordinal: the lowest first, the next one " +
      "when every Pod before it is available; with the policy Parallel all at once.",
    source: `${STATEFUL_SET}/stateful_set_control.go (processReplica, runForAll)`,
  },
  "R-STS-2": {
    text:
      "A StatefulSet deletes the Pods of ordinals that are not wanted: the highest first, the " +
      "next one when that is gone, and all that stay are available; with the policy Parallel all " +
      "at once.",
    source: `${STATEFUL_SET}/stateful_set_control.go (processCondemned)`,
  },
  "R-STS-3": {
    text: "A Pod of a StatefulSet has its name and its ordinal, from `ordinals.start`, as name, " +
      "host name and labels, and `serviceName` as its subdomain, whichever node it is on and " +
      "however often it is replaced.",
    source: `${STATEFUL_SET}/stateful_set_utils.go (initIdentity, updateIdentity)`,
  },
  "R-STS-4": {
    text: "A rolling update deletes the highest Pod of another revision, and goes on to the next " +
      "lower one when its replacement is available; the policy Parallel changes nothing about it.",
    source: `${STATEFUL_SET}/stateful_set_control.go (updateStatefulSet)`,
  },
  "R-STS-5": {
    text: "A rolling update leaves the ordinals below `partition` in the current revision, and a " +
      "Pod there that is deleted comes back in it; OnDelete deletes no Pod, and each that is " +
      "deleted comes back in the new revision.",
    source: `${STATEFUL_SET}/stateful_set_utils.go (newVersionedStatefulSetPod)`,
  },
  "R-STS-6": {
    text:
      "A Pod that has failed or succeeded is deleted and created again; one that never becomes " +
      "available holds back every step, so that in order a new template alone does not replace " +
      "it: it is deleted by hand.",
    source: `${STATEFUL_SET}/stateful_set_control.go (processReplica); ` +
      "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback",
  },
  "R-STS-7": {
    text:
      "Each template of a StatefulSet is a ControllerRevision, the present one with the highest " +
      "number; a template that is used again keeps its revision, which gets a new number.",
    source: `${STATEFUL_SET}/stateful_set_control.go (getStatefulSetRevisions)`,
  },
  "R-STS-8": {
    text:
      "A StatefulSet keeps the revisions that its Pods have, and `revisionHistoryLimit` others; " +
      "the oldest go.",
    source: `${STATEFUL_SET}/stateful_set_control.go (truncateHistory)`,
  },
  "R-STS-9": {
    text:
      "`maxUnavailable` of a StatefulSet is dropped: its feature gate is off in Kubernetes 1.36.",
    source: "pkg/features/kube_features.go (MaxUnavailableStatefulSet); " +
      "pkg/registry/apps/statefulset/strategy.go (dropStatefulSetDisabledFields)",
  },
  "R-STS-10": {
    text:
      "A StatefulSet makes a claim TEMPLATE-POD of each claim template before it creates a Pod, " +
      "with the labels of its selector; a claim that is there is used again.",
    source: `${STATEFUL_SET}/stateful_pod_control.go (createPersistentVolumeClaims)`,
  },
  "R-STS-11": {
    text:
      "Claims stay, unless `persistentVolumeClaimRetentionPolicy` has the StatefulSet own them " +
      "(`whenDeleted`), or a Pod that is not wanted any more (`whenScaled`), and they go with it; " +
      "a Pod of their name waits until they are gone.",
    source: `${STATEFUL_SET}/stateful_set_utils.go (updateClaimOwnerRefForSetAndPod); ` +
      `${STATEFUL_SET}/stateful_pod_control.go (PodClaimIsStale)`,
  },
  "R-STS-12": {
    text: "The status of a StatefulSet counts its Pods, and those of the current and the new " +
      "revision; the new one becomes the current one when every Pod has it and is ready.",
    source: `${STATEFUL_SET}/stateful_set_utils.go (completeRollingUpdate)`,
  },
  "R-STS-13": {
    text:
      "Of a StatefulSet that is there only `replicas`, `ordinals`, `template`, `updateStrategy`, " +
      "`revisionHistoryLimit`, `persistentVolumeClaimRetentionPolicy` and `minReadySeconds` may " +
      "change.",
    source: "pkg/apis/apps/validation/validation.go (ValidateStatefulSetUpdate)",
  },
  "R-DS-1": {
    text:
      "A DaemonSet has one Pod on each node that fits its selector, affinity and tolerations; " +
      "of several the oldest stays.",
    source: `${DAEMON_SET}/daemon_controller.go (podsShouldBeOnNode, NodeShouldRunDaemonPod)`,
  },
  "R-DS-2": {
    text:
      "A Pod of a DaemonSet is for one node by its affinity, tolerates what the node may lack, " +
      "and has the hash of its revision and the number of the template as labels.",
    source: `${DAEMON_SET}/util/daemonset_util.go (CreatePodTemplate)`,
  },
  "R-DS-3": {
    text:
      "A rolling update without a surge deletes the old Pod, the unavailable at once and others " +
      "within `maxUnavailable`; the new one is created when the old one has ended.",
    source: `${DAEMON_SET}/update.go (rollingUpdate)`,
  },
  "R-DS-4": {
    text:
      "With `maxSurge` the new Pod is created beside the old one, which goes when the new one " +
      "is available, or when it is not ready itself.",
    source: `${DAEMON_SET}/update.go (rollingUpdate)`,
  },
  "R-DS-5": {
    text: "A Pod of a DaemonSet that has failed or succeeded is deleted and replaced; the wait " +
      "before a failed one is deleted doubles from 1 s to 15 min.",
    source: `${DAEMON_SET}/daemon_controller.go (podsShouldBeOnNode, NewDaemonSetsController)`,
  },
  "R-DS-6": {
    text:
      "Each template of a DaemonSet is a ControllerRevision, the present one with the highest " +
      "number; of the others `revisionHistoryLimit` are kept, and those that Pods have.",
    source: `${DAEMON_SET}/update.go (constructHistory, cleanupHistory)`,
  },
  "R-DS-7": {
    text:
      "The status of a DaemonSet counts nodes: how many should have a Pod, have one, and have " +
      "one that is ready, available and new.",
    source: `${DAEMON_SET}/daemon_controller.go (updateDaemonSetStatus)`,
  },
  "R-DS-8": {
    text:
      "A DaemonSet's rolling update has either `maxUnavailable` or `maxSurge`, and its selector " +
      "never changes.",
    source: "pkg/apis/apps/validation/validation.go (ValidateRollingUpdateDaemonSet); " +
      "pkg/registry/apps/daemonset/strategy.go (ValidateUpdate)",
  },
};
