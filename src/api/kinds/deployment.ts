/** The Deployment's row; pure. Rule: Kubernetes, pkg/registry/apps/deployment/strategy.go. */
import type { Deployment } from "../types/apps.ts";
import { deploymentErrors, deploymentUpdateErrors } from "../validate/apps/validate_workload.ts";
import { isEqual } from "../validate/common/equality.ts";
import { defaultDeployment } from "../workload_defaults.ts";
import type { Strategy } from "./strategy.ts";
import { mapTemplate, templateAt } from "./template.ts";

/** How Deployments are read, completed, checked and stored. */
export const deploymentStrategy: Strategy<Deployment> = {
  kind: "Deployment",
  apiVersion: "apps/v1",
  plural: "deployments",
  singular: "deployment",
  shortNames: ["deploy"],
  namespaced: true,
  struct: "Deployment",
  confidential: false,
  hasStatus: true,
  applyDefaults: defaultDeployment,
  prepareForCreate: (it) => ({ ...it, metadata: { ...it.metadata, generation: 1 } }),
  validate: deploymentErrors,
  validateUpdate: deploymentUpdateErrors,
  raisesGeneration: (it, old) =>
    !isEqual(it.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  podTemplatesOf: ({ metadata, spec }) => [templateAt("spec.template", spec.template, metadata)],
  mapPods: (it, change) => ({
    ...it,
    spec: { ...it.spec, template: mapTemplate(it.spec.template, it.metadata, change) },
  }),
};
