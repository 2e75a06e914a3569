/** Kubernetes' words for the state of objects that manage Pods; pure. */
import type { Meaning } from "./meaning.ts";

const CONDITION = "condition of a Deployment";
const REASON = "reason of a condition of a Deployment";
const EVENT = "reason of an Event";

const UNBOUND = "reason of the condition PodScheduled";
const REJECTED = "reason of a Pod";

/** By word, each meaning of it. */
export const controllerGlossary: Readonly<Record<string, readonly Meaning[]>> = {
  Unschedulable: [{
    as: UNBOUND,
    text: "No node can have the Pod as things are: it stays Pending until that changes.",
    rule: "R-SCHED-2",
    next: "The message names the filter that refuses it.",
  }],
  FailedToOpenPort: [{
    as: EVENT,
    text: "A port of a Service could not be opened on this machine; it is attempted again.",
    rule: "R-PROXY-1",
    next: "The message has the machine's reason, and what would do.",
  }],
  Preempted: [{
    as: EVENT,
    text: "The scheduler has deleted the Pod, so that one of higher priority finds room.",
    rule: "R-SCHED-5",
    next: "The message names that Pod; its priorityClassName or priority is higher.",
  }],
  TaintManagerEviction: [{
    as: EVENT,
    text: "The Pod was deleted because its node has a taint NoExecute, or is not to be after all.",
    rule: "R-SCHED-6",
    next: "kubectl describe node shows the taints; a toleration of the Pod lets it stay.",
  }],
  DeletionByTaintManager: [{
    as: "reason of the condition DisruptionTarget",
    text: "The Pod was deleted because it does not tolerate a taint NoExecute of its node.",
    rule: "R-SCHED-6",
    next: "kubectl describe node shows the taints; a toleration of the Pod lets it stay.",
  }],
  FailedScheduling: [{
    as: EVENT,
    text: "An attempt to give the Pod a node has failed; it waits until something changes.",
    rule: "R-SCHED-1",
    next: "The message names the filter that refuses it.",
  }],
  SchedulingGated: [{
    as: UNBOUND,
    text: "The Pod has scheduling gates, and is not looked at until the last is removed.",
    rule: "R-COND-8",
  }],
  PreemptionByScheduler: [{
    as: "reason of the condition DisruptionTarget",
    text: "The Pod was deleted so that one of higher priority finds room.",
    rule: "R-SCHED-5",
  }],
  OutOfcpu: [{
    as: REJECTED,
    text:
      "The Pod was given a node that has less CPU left than it requests; other resources have " +
      "their own word: OutOfmemory, OutOfpods.",
    rule: "R-SCHED-4",
    next: "Leave out nodeName, so that the Pod waits for room instead.",
  }],
  Available: [{
    as: CONDITION,
    text: "As many Pods are available as must be while a rollout goes on.",
    rule: "R-DEPLOY-14",
  }],
  Progressing: [{
    as: CONDITION,
    text: "The rollout goes on or is complete; False: it has made no progress for too long.",
    rule: "R-DEPLOY-11",
  }],
  ReplicaFailure: [{
    as: "condition of a ReplicaSet or Deployment",
    text: "A Pod could not be created or deleted.",
    rule: "R-RS-8",
    next: "The message has the API server's refusal of the Pod.",
  }],
  MinimumReplicasAvailable: [{
    as: REASON,
    text: "At least replicas less maxUnavailable Pods are available.",
    rule: "R-DEPLOY-14",
  }],
  MinimumReplicasUnavailable: [{
    as: REASON,
    text: "Fewer Pods are available than replicas less maxUnavailable.",
    rule: "R-DEPLOY-14",
    next: "Look at the Pods that are not ready, and at their readiness probes.",
  }],
  NewReplicaSetCreated: [{
    as: REASON,
    text: "A ReplicaSet was created for a new template.",
    rule: "R-DEPLOY-1",
  }],
  FoundNewReplicaSet: [{
    as: REASON,
    text: "A ReplicaSet with the present template was there already.",
    rule: "R-DEPLOY-4",
  }],
  ReplicaSetUpdated: [{
    as: REASON,
    text: "More new Pods are there, ready or available than before, or fewer old ones.",
    rule: "R-DEPLOY-10",
  }],
  NewReplicaSetAvailable: [{
    as: REASON,
    text: "The rollout is complete: every Pod is new and available.",
    rule: "R-DEPLOY-10",
  }],
  ProgressDeadlineExceeded: [{
    as: REASON,
    text:
      "The rollout has made no progress for progressDeadlineSeconds; nothing is rolled back, and the old Pods stay.",
    rule: "R-DEPLOY-11",
    next: "Look at the new Pods: why they are not ready. A template that works ends the rollout.",
  }],
  DeploymentPaused: [{
    as: REASON,
    text: "spec.paused holds the rollout; scaling works.",
    rule: "R-DEPLOY-8",
    next: "Set paused to false to let it go on.",
  }],
  DeploymentResumed: [{ as: REASON, text: "The rollout goes on again.", rule: "R-DEPLOY-8" }],
  ScalingReplicaSet: [{
    as: EVENT,
    text: "A Deployment has given one of its ReplicaSets another size.",
    rule: "R-DEPLOY-5",
  }],
  SuccessfulCreate: [{
    as: EVENT,
    text: "A controller has created a Pod that was missing, or the claim of one.",
    rule: "R-RS-1",
  }],
  SuccessfulUpdate: [{
    as: EVENT,
    text: "A StatefulSet has given a Pod the labels of its name again.",
    rule: "R-STS-3",
  }],
  FailedUpdate: [{
    as: EVENT,
    text: "An object could not be changed; the controller repeats it ever more rarely.",
    rule: "R-RS-8",
    next: "The message has the API server's refusal.",
  }],
  FailedDaemonPod: [{
    as: EVENT,
    text: "A Pod of a DaemonSet has failed, and is replaced, ever more rarely.",
    rule: "R-DS-5",
    next:
      "Look at the Pod before it is gone: a Pod that restarts always only fails as a whole when the node ends it.",
  }],
  SucceededDaemonPod: [{
    as: EVENT,
    text: "A Pod of a DaemonSet has succeeded, and is replaced.",
    rule: "R-DS-5",
  }],
  SuccessfulDelete: [{
    as: EVENT,
    text: "A controller has deleted a Pod that was one too many.",
    rule: "R-RS-2",
  }],
  FailedCreate: [{
    as: "reason of an Event, and of ReplicaFailure",
    text: "An object could not be created; the controller repeats it ever more rarely.",
    rule: "R-RS-8",
    next: "The message has the API server's refusal.",
  }],
  FailedDelete: [{
    as: "reason of an Event, and of ReplicaFailure",
    text: "An object could not be deleted; the controller repeats it ever more rarely.",
    rule: "R-RS-8",
    next: "The message has the API server's refusal.",
  }],
  SomeResourcesRemain: [{
    as: "reason of the condition NamespaceContentRemaining",
    text: "A namespace that is being deleted still has objects in it; Pods go first.",
    rule: "R-NS-3",
    next: "The message counts what is left; a Pod takes its grace period to end.",
  }],
  SomeFinalizersRemain: [{
    as: "reason of the condition NamespaceFinalizersRemaining",
    text: "Finalizers hold objects of a namespace that is being deleted.",
    rule: "R-NS-3",
    next: "The message names them: what set them has to remove them.",
  }],
};
