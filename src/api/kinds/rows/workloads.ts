/**
 * The rows of ReplicaSet, ReplicationController, Deployment and Job; pure.
 *
 * Rule: Kubernetes, pkg/registry/apps/replicaset/strategy.go, deployment/strategy.go,
 * pkg/registry/core/replicationcontroller/strategy.go and pkg/registry/batch/job/strategy.go.
 */
import type { Deployment, ReplicaSet, ReplicationController } from "../../types/apps.ts";
import type { Job } from "../../types/batch.ts";
import {
  deploymentErrors,
  deploymentUpdateErrors,
  replicaSetErrors,
  replicaSetUpdateErrors,
  replicationControllerErrors,
  replicationControllerUpdateErrors,
} from "../../validate/apps/validate_workload.ts";
import { isEqual } from "../../validate/common/equality.ts";
import {
  defaultDeployment,
  defaultReplicaSet,
  defaultReplicationController,
} from "../../workload_defaults.ts";
import { lateRules } from "../strategy/late_rules.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { managingRow, withFirstGeneration } from "../strategy/template.ts";

/** How ReplicaSets are read, completed, checked and stored. */
export const replicaSetStrategy: Strategy<ReplicaSet> = {
  ...managingRow,
  kind: "ReplicaSet",
  apiVersion: "apps/v1",
  plural: "replicasets",
  singular: "replicaset",
  shortNames: ["rs"],
  struct: "ReplicaSet",
  applyDefaults: defaultReplicaSet,
  validate: replicaSetErrors,
  validateUpdate: replicaSetUpdateErrors,
};

/** How ReplicationControllers are read, completed, checked and stored. */
export const replicationControllerStrategy: Strategy<ReplicationController> = {
  ...managingRow,
  kind: "ReplicationController",
  apiVersion: "v1",
  plural: "replicationcontrollers",
  singular: "replicationcontroller",
  shortNames: ["rc"],
  struct: "ReplicationController",
  applyDefaults: defaultReplicationController,
  validate: replicationControllerErrors,
  validateUpdate: replicationControllerUpdateErrors,
};

/** How Deployments are read, completed, checked and stored. */
export const deploymentStrategy: Strategy<Deployment> = {
  ...managingRow,
  kind: "Deployment",
  apiVersion: "apps/v1",
  plural: "deployments",
  singular: "deployment",
  shortNames: ["deploy"],
  struct: "Deployment",
  applyDefaults: defaultDeployment,
  validate: deploymentErrors,
  validateUpdate: deploymentUpdateErrors,
  raisesGeneration: (it, old) =>
    !isEqual(it.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
};

/** How Jobs are read, completed, checked and stored. */
export const jobStrategy: Strategy<Job> = {
  ...managingRow,
  kind: "Job",
  apiVersion: "batch/v1",
  plural: "jobs",
  singular: "job",
  shortNames: [],
  struct: "Job",
  applyDefaults: (it) => lateRules("batch").defaultJob(it),
  prepareForCreate: (it) => lateRules("batch").withGeneratedSelector(withFirstGeneration(it)),
  validate: (it) => lateRules("batch").jobErrors(it),
  validateUpdate: (it, old) => lateRules("batch").jobUpdateErrors(it, old),
};
