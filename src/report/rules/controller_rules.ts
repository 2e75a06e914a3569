/** Rules of the objects that manage Pods: `R-RS-n`, `R-DEPLOY-n`, `R-GC-n`; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const controllerRules: Rules = {
  "R-RS-1": {
    text: "A ReplicaSet creates as many Pods of its template as it has fewer than `replicas`; " +
      "Pods that have ended or are being deleted do not count.",
    source: "pkg/controller/replicaset/replica_set.go (manageReplicas)",
  },
  "R-RS-2": {
    text: "A ReplicaSet deletes as many of its Pods as it has more than `replicas`.",
    source: "pkg/controller/replicaset/replica_set.go (manageReplicas)",
  },
  "R-RS-3": {
    text: "Of too many Pods those go first that have no node, do not run, are not ready, have a " +
      "lower deletion cost, share a node with more of them, have been ready for less time, have " +
      "restarted more often, or are younger; ages are compared by powers of two.",
    source: "pkg/controller/controller_utils.go (ActivePodsWithRanks)",
  },
  "R-RS-4": {
    text: "A Pod is available when it has been ready for `minReadySeconds`.",
    source: "pkg/api/v1/pod/util.go (IsPodAvailable)",
  },
  "R-RS-5": {
    text: "A controller adopts what it selects and has no controller, unless either is being " +
      "deleted; it never takes what another controller has.",
    source: "pkg/controller/controller_ref_manager.go (ClaimObject)",
  },
  "R-RS-6": {
    text: "A controller releases what is its own and has labels that it does not select any more.",
    source: "pkg/controller/controller_ref_manager.go (ClaimObject)",
  },
  "R-RS-7": {
    text:
      "The status of a ReplicaSet counts its active Pods, those that are ready, available and " +
      "have every label of the template, and those that are being deleted.",
    source: "pkg/controller/replicaset/replica_set_utils.go (calculateStatus)",
  },
  "R-RS-8": {
    text: "A ReplicaSet that cannot create or delete a Pod has the condition ReplicaFailure, " +
      "attempts no further one in that pass, and is repeated ever more rarely.",
    source: "pkg/controller/replicaset/replica_set.go (slowStartBatch); " +
      "pkg/controller/replicaset/replica_set_utils.go (calculateStatus)",
  },
  "R-DEPLOY-1": {
    text: "A Deployment has one ReplicaSet for each template that it had; it creates one when " +
      "none has the present template.",
    source: "pkg/controller/deployment/sync.go (getNewReplicaSet)",
  },
  "R-DEPLOY-2": {
    text: "A ReplicaSet is named after its Deployment and the hash of the template, which is a " +
      "label of its Pods too; a name that is taken raises `collisionCount`, which changes the hash.",
    source: "pkg/controller/controller_utils.go (ComputeHash); " +
      "pkg/controller/deployment/sync.go (getNewReplicaSet)",
  },
  "R-DEPLOY-3": {
    text: "The ReplicaSet of the present template has the highest revision, and the Deployment " +
      "the same one.",
    source: "pkg/controller/deployment/util/deployment_util.go (SetNewReplicaSetAnnotations)",
  },
  "R-DEPLOY-4": {
    text: "A template that is used again keeps its ReplicaSet, which gets a new revision and " +
      "lists the former ones.",
    source: "pkg/controller/deployment/util/deployment_util.go (SetNewReplicaSetAnnotations)",
  },
  "R-DEPLOY-5": {
    text:
      "A rolling update never wants more Pods than `replicas` and `maxSurge`; percentages are " +
      "rounded up for the surge and down for what may be unavailable, and if both are 0, one may " +
      "be unavailable.",
    source: "pkg/controller/deployment/util/deployment_util.go (NewRSNewReplicas, " +
      "ResolveFenceposts)",
  },
  "R-DEPLOY-6": {
    text:
      "A rolling update takes old Pods away, the unavailable first, while at least `replicas` " +
      "less `maxUnavailable` stay available.",
    source: "pkg/controller/deployment/rolling.go (reconcileOldReplicaSets)",
  },
  "R-DEPLOY-7": {
    text: "Recreate takes every old Pod away, and creates the new ones when all of these have " +
      "ended or are gone.",
    source: "pkg/controller/deployment/recreate.go (rolloutRecreate)",
  },
  "R-DEPLOY-8": {
    text: "A paused Deployment does not roll out a new template, and scales all the same.",
    source: "pkg/controller/deployment/sync.go (checkPausedConditions, sync)",
  },
  "R-DEPLOY-9": {
    text:
      "New `replicas` in the middle of a rollout are shared out over the ReplicaSets by their " +
      "sizes.",
    source: "pkg/controller/deployment/sync.go (scale)",
  },
  "R-DEPLOY-10": {
    text: "A rollout is complete when all Pods are new and available and as many as wanted.",
    source: "pkg/controller/deployment/util/deployment_util.go (DeploymentComplete)",
  },
  "R-DEPLOY-11": {
    text: "A rollout without progress for `progressDeadlineSeconds` is reported as failed; " +
      "nothing is taken back.",
    source: "pkg/controller/deployment/util/deployment_util.go (DeploymentTimedOut)",
  },
  "R-DEPLOY-12": {
    text:
      "A condition of a Deployment changes its transition time with its status alone, and its " +
      "update time with its reason too.",
    source: "pkg/controller/deployment/util/deployment_util.go (SetDeploymentCondition)",
  },
  "R-DEPLOY-13": {
    text: "Once a rollout is complete, the oldest ReplicaSets without Pods go that are over " +
      "`revisionHistoryLimit`.",
    source: "pkg/controller/deployment/sync.go (cleanupDeployment)",
  },
  "R-DEPLOY-14": {
    text: "A Deployment is Available while at least `replicas` less `maxUnavailable` Pods are.",
    source: "pkg/controller/deployment/sync.go (calculateStatus)",
  },
  "R-GC-1": {
    text: "An object is deleted when its last owner is gone; one that has an owner's name and " +
      "another uid is not that owner.",
    source: "pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem)",
  },
  "R-GC-2": {
    text: "An object with an owner that stays only loses its references to those that do not.",
    source: "pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem)",
  },
  "R-GC-3": {
    text: "An owner that is deleted in the foreground stays until every dependent is gone that " +
      "has `blockOwnerDeletion`; the others are deleted without waiting.",
    source: "pkg/controller/garbagecollector/garbagecollector.go (processDeletingDependentsItem)",
  },
  "R-GC-4": {
    text: "An owner that is deleted with its dependents orphaned stays until nothing refers to " +
      "it any more.",
    source: "pkg/controller/garbagecollector/garbagecollector.go (attemptToOrphanWorker)",
  },
  "R-GC-5": {
    text: "An object with finalizers is only marked by its deletion; it goes when the last " +
      "finalizer is removed.",
    source:
      "staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (ShouldDeleteDuringUpdate)",
  },
};
