/** The ConfigMap's row; pure. Rule: Kubernetes, pkg/registry/core/configmap/strategy.go. */
import type { ConfigMap } from "../../types/core.ts";
import { configMapErrors } from "../../validate/common/validate_config.ts";
import type { Strategy } from "../strategy/strategy.ts";

/** How ConfigMaps are read, completed, checked and stored. */
export const configMapStrategy: Strategy<ConfigMap> = {
  kind: "ConfigMap",
  apiVersion: "v1",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  namespaced: true,
  struct: "ConfigMap",
  confidential: false,
  hasStatus: false,
  applyDefaults: (configMap) => configMap,
  prepareForCreate: (configMap) => configMap,
  validate: configMapErrors,
  podTemplatesOf: () => [],
};
