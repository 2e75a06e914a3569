/**
 * What the API server fills in in objects with a Pod template, and what a create sets; pure.
 *
 * Rule: Kubernetes, pkg/apis/apps/v1/defaults.go.
 */
import { defaultTemplateSpec } from "./defaults.ts";
import type {
  Deployment,
  DeploymentStrategy,
  PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
} from "./types/apps.ts";

/** A ReplicaSet with everything that it leaves open; a second time changes nothing. */
export function defaultReplicaSet(replicaSet: ReplicaSet): ReplicaSet {
  const { spec, status = { replicas: 0 } } = replicaSet;
  return {
    ...replicaSet,
    spec: { ...spec, replicas: spec.replicas ?? 1, template: defaultTemplate(spec.template) },
    status,
  };
}

/**
 * A ReplicationController with everything that it leaves open: the labels of its template are its
 * selector and its own; a second time changes nothing.
 *
 * Rule: Kubernetes, pkg/apis/core/v1/defaults.go, SetDefaults_ReplicationController.
 */
export function defaultReplicationController(
  controller: ReplicationController,
): ReplicationController {
  const { metadata, spec, status = { replicas: 0 } } = controller;
  const labels = spec.template.metadata?.labels;
  const isEmpty = (it: Readonly<Record<string, string>> = {}) => Object.keys(it).length === 0;
  return {
    ...controller,
    metadata: { ...metadata, ...(labels && isEmpty(metadata.labels) && { labels }) },
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      ...(labels && isEmpty(spec.selector) && { selector: labels }),
      template: defaultTemplate(spec.template),
    },
    status,
  };
}

/** A Deployment with everything that it leaves open; a second time changes nothing. */
export function defaultDeployment(deployment: Deployment): Deployment {
  const { spec, status = {} } = deployment;
  return {
    ...deployment,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      template: defaultTemplate(spec.template),
      strategy: defaultStrategy(spec.strategy ?? {}),
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
    },
    status,
  };
}

/** A template of Pods, completed; it has no name, and decoding gives it an empty one. */
export function defaultTemplate({ metadata: given, spec }: PodTemplateSpec): PodTemplateSpec {
  const { name, ...metadata } = given ?? {};
  return { metadata: { ...metadata, ...(name && { name }) }, spec: defaultTemplateSpec(spec) };
}

function defaultStrategy({ type: given, rollingUpdate }: DeploymentStrategy): DeploymentStrategy {
  const type = given || "RollingUpdate";
  if (type !== "RollingUpdate") return { type, ...(rollingUpdate && { rollingUpdate }) };
  return { type, rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%", ...rollingUpdate } };
}
