/**
 * The rows of CustomResourceDefinitions, and of the kinds that they add; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/registry/customresourcedefinition/strategy.go and
 * etcd.go; pkg/registry/customresource/strategy.go.
 */
import { remembered } from "../../../base/remembered.ts";
import type { CustomKind } from "../../custom/custom_kind.ts";
import { CLEANUP_FINALIZER } from "../../custom/definition_status.ts";
import type { CustomResourceDefinition } from "../../types/definition.ts";
import type { FieldError } from "../../types/errors.ts";
import type { KindName, KubernetesObject } from "../../types/kinds.ts";
import { findExpressionRules, lateRules } from "../strategy/late_rules.ts";
import type { Strategy } from "../strategy/strategy.ts";

/** How definitions are read, completed, checked and stored. */
export const definitionStrategy: Strategy<CustomResourceDefinition> = {
  kind: "CustomResourceDefinition",
  apiVersion: "apiextensions.k8s.io/v1",
  plural: "customresourcedefinitions",
  singular: "customresourcedefinition",
  shortNames: ["crd", "crds"],
  namespaced: false,
  struct: "CustomResourceDefinition",
  confidential: false,
  hasStatus: true,
  deletionFinalizers: [CLEANUP_FINALIZER],
  applyDefaults: (it) => lateRules("definition").applyDefinitionDefaults(it),
  prepareForCreate: (it) => lateRules("definition").prepareDefinition(it),
  prepareForUpdate: (it) => lateRules("definition").noteStoredVersion(it),
  validate: (it) => withRuleErrors(lateRules("definition").findDefinitionErrors(it), it),
  validateUpdate: (it, old) =>
    withRuleErrors(lateRules("definition").findDefinitionUpdateErrors(it, old), it),
  warnSender: (it) => [
    ...lateRules("definition").warnDefinition(it),
    ...findExpressionRules()?.warnDefinitionRules(it) ?? [],
  ],
  markDeleted: (it, now) => lateRules("definition").endDefinition(it, now),
  podTemplatesOf: () => [],
};

/** What is wrong with a definition, if nothing else with its rules in CEL. */
function* withRuleErrors(
  errors: Iterable<FieldError>,
  definition: CustomResourceDefinition,
): Iterable<FieldError> {
  const others = [...errors];
  yield* others;
  if (others.length > 0) return;
  yield* findExpressionRules()?.findDefinitionRuleErrors(definition) ?? [];
}

/** The rows of the kinds that a definition adds, one for each version, also if it is not served. */
export function customRowsOf(definition: CustomResourceDefinition): readonly Strategy[] {
  return lateRules("definition").customKindsOf(definition).map(customRow);
}

function customRow(custom: CustomKind): Strategy {
  const { definition: { spec, status }, version, storedVersion } = custom;
  const names = status?.acceptedNames ?? spec.names;
  const rules = lateRules("definition");
  const hasStatus = version.subresources?.status !== undefined;
  const asStored = <O extends KubernetesObject>(it: O): O => ({ ...it, apiVersion: storedVersion });
  const judge = (
    errors: Iterable<FieldError>,
    object: KubernetesObject,
    old: KubernetesObject | undefined,
  ) => {
    const others = [...errors];
    if (!custom.hasRules) return others;
    const found = findExpressionRules()?.findRuleErrors(object, custom, { others, old });
    return [...others, ...found ?? []];
  };
  const present = remembered((it: KubernetesObject) => rules.presentCustom(it, custom));
  return {
    // No code decides by them: they are names of the table of its cluster.
    kind: names.kind as KubernetesObject["kind"],
    apiVersion: `${spec.group}/${version.name}` as KubernetesObject["apiVersion"],
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    namespaced: spec.scope === "Namespaced",
    struct: "",
    confidential: false,
    custom,
    hasStatus,
    present,
    applyDefaults: (it) => rules.applyCustomDefaults(it, custom),
    prepareForCreate: (it) => asStored({ ...it, metadata: { ...it.metadata, generation: 1 } }),
    prepareForUpdate: (it) => asStored(it),
    validate: (it) => judge(rules.findCustomErrors(it, custom), it, undefined),
    validateUpdate: (it, old) =>
      judge(rules.findCustomUpdateErrors(it, present(old), custom), it, present(old)),
    validateStatus: (it, old) =>
      judge(rules.findCustomStatusErrors(it, present(old), custom), it, present(old)),
    raisesGeneration: (it, old) => rules.isCustomChange(it, old, hasStatus),
    warnSender: (it) => [...custom.keptNote ? [custom.keptNote] : [], ...rules.warnCustom(it)],
    podTemplatesOf: () => [],
  };
}

/** What a store keeps the objects of a definition by: `CronTab.stable.example.com`. */
export function customNameOf({ spec, status }: CustomResourceDefinition): KindName {
  const { kind } = status?.acceptedNames ?? spec.names;
  return `${kind}.${spec.group}` as KindName;
}
