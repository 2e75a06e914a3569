/** The ReplicaSet's row; pure. Rule: Kubernetes, pkg/registry/apps/replicaset/strategy.go. */
import type { ReplicaSet } from "../types/apps.ts";
import { replicaSetErrors, replicaSetUpdateErrors } from "../validate/apps/validate_workload.ts";
import { defaultReplicaSet } from "../workload_defaults.ts";
import type { Strategy } from "./strategy.ts";
import { mapTemplate, templateAt } from "./template.ts";

/** How ReplicaSets are read, completed, checked and stored. */
export const replicaSetStrategy: Strategy<ReplicaSet> = {
  kind: "ReplicaSet",
  apiVersion: "apps/v1",
  plural: "replicasets",
  singular: "replicaset",
  shortNames: ["rs"],
  namespaced: true,
  struct: "ReplicaSet",
  confidential: false,
  hasStatus: true,
  applyDefaults: defaultReplicaSet,
  prepareForCreate: (it) => ({ ...it, metadata: { ...it.metadata, generation: 1 } }),
  validate: replicaSetErrors,
  validateUpdate: replicaSetUpdateErrors,
  podTemplatesOf: ({ metadata, spec }) => [templateAt("spec.template", spec.template, metadata)],
  mapPods: (it, change) => ({
    ...it,
    spec: { ...it.spec, template: mapTemplate(it.spec.template, it.metadata, change) },
  }),
};
