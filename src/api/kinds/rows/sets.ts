/**
 * The rows of StatefulSet and DaemonSet, and of the ControllerRevisions that both keep; pure.
 *
 * Rule: Kubernetes, pkg/registry/apps/statefulset/strategy.go, daemonset/strategy.go and
 * controllerrevision/strategy.go.
 */
import { templateWithClaims, templateWithoutClaims } from "../../claim_volumes.ts";
import type { ControllerRevision, DaemonSet, StatefulSet } from "../../types/apps.ts";
import { isEqual } from "../../validate/common/equality.ts";
import { lateRules } from "../strategy/late_rules.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { managingRow, mapTemplate, templateAt, withFirstGeneration } from "../strategy/template.ts";

/** The number of a DaemonSet's template; its Pods have it as a label (R-DS-2). */
export const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

/** How StatefulSets are read, completed, checked and stored. */
export const statefulSetStrategy: Strategy<StatefulSet> = {
  ...managingRow,
  kind: "StatefulSet",
  apiVersion: "apps/v1",
  plural: "statefulsets",
  singular: "statefulset",
  shortNames: ["sts"],
  struct: "StatefulSet",
  applyDefaults: (it) => lateRules("sets").defaultStatefulSet(it),
  validate: (it) => lateRules("sets").statefulSetErrors(it),
  validateUpdate: (it, old) => lateRules("sets").statefulSetUpdateErrors(it, old),
  podTemplatesOf: (it) => [templateAt("spec.template", templateWithClaims(it), it.metadata)],
  mapPods: (it, change) => {
    const template = mapTemplate(templateWithClaims(it), it.metadata, change);
    return { ...it, spec: { ...it.spec, template: templateWithoutClaims(it, template) } };
  },
};

/** How DaemonSets are read, completed, checked and stored. */
export const daemonSetStrategy: Strategy<DaemonSet> = {
  ...managingRow,
  kind: "DaemonSet",
  apiVersion: "apps/v1",
  plural: "daemonsets",
  singular: "daemonset",
  shortNames: ["ds"],
  struct: "DaemonSet",
  applyDefaults: (it) => lateRules("sets").defaultDaemonSet(it),
  prepareForCreate: (it) => withTemplateGeneration(withFirstGeneration(it), 1),
  prepareForUpdate: (it, old) => {
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
    const isChanged = !isEqual(it.spec.template, old.spec.template);
    return withTemplateGeneration(it, before + (isChanged ? 1 : 0));
  },
  validate: (it) => lateRules("sets").daemonSetErrors(it),
  validateUpdate: (it, old) => lateRules("sets").daemonSetUpdateErrors(it, old),
};

/** How ControllerRevisions are read, completed, checked and stored. */
export const controllerRevisionStrategy: Strategy<ControllerRevision> = {
  kind: "ControllerRevision",
  apiVersion: "apps/v1",
  plural: "controllerrevisions",
  singular: "controllerrevision",
  shortNames: [],
  namespaced: true,
  struct: "ControllerRevision",
  confidential: false,
  hasStatus: false,
  applyDefaults: (it) => it,
  prepareForCreate: (it) => it,
  validate: (it) => lateRules("sets").controllerRevisionErrors(it),
  validateUpdate: (it, old) => lateRules("sets").controllerRevisionUpdateErrors(it, old),
  podTemplatesOf: () => [],
};

function withTemplateGeneration(daemonSet: DaemonSet, count: number): DaemonSet {
  const { metadata } = daemonSet;
  const annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(count) };
  return { ...daemonSet, metadata: { ...metadata, annotations } };
}
