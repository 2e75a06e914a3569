/** The kind that one version of a definition adds; pure. */
import { hasRules, type Schema, schemaOf, storageVersionOf } from "./schema.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "../types/definition.ts";
import { KEPT_ANNOTATION } from "./kept_kinds.ts";
import { hasCondition } from "./definition_status.ts";

/** What only custom kinds have. */
export interface CustomKind {
  readonly definition: CustomResourceDefinition;
  readonly version: CustomResourceDefinitionVersion;
  readonly schema: Schema;
  /** `stable.example.com/v1`: as objects are stored, whatever version they are written in. */
  readonly storedVersion: string;
  /** `CronTabList` */
  readonly listKind: string;
  readonly categories: readonly string[];
  /** The definition is being deleted, and no object is created any more. */
  readonly isEnding: boolean;
  /** The sender of a request is warned of it; undefined for a version that stays. */
  readonly deprecation: string | undefined;
  /**
   * Of a kind of Kubernetes' own that a definition of this program adds: what its sender is warned
   * of; empty: of nothing.
   */
  readonly keptNote: string | undefined;
  /** Rules in CEL judge its objects. */
  readonly hasRules: boolean;
}

/** The kinds of all versions of a definition, also of those that are not served. */
export function customKindsOf(definition: CustomResourceDefinition): readonly CustomKind[] {
  const { spec, status, metadata } = definition;
  const names = status?.acceptedNames ?? spec.names;
  const stored = storageVersionOf(definition);
  return spec.versions.map((version) => ({
    definition,
    version,
    schema: schemaOf(version),
    hasRules: hasRules(schemaOf(version)),
    storedVersion: `${spec.group}/${stored?.name}`,
    listKind: names.listKind || `${names.kind}List`,
    categories: names.categories ?? [],
    isEnding: metadata.deletionTimestamp !== undefined || hasCondition(definition, "Terminating"),
    keptNote: metadata.annotations?.[KEPT_ANNOTATION],
    deprecation: version.deprecated
      ? version.deprecationWarning ?? describeDeprecation(definition, version.name)
      : undefined,
  }));
}

/**
 * Rule: apiextensions-apiserver, pkg/apiserver/customresource_handler.go,
 * defaultDeprecationWarning.
 */
function describeDeprecation({ spec }: CustomResourceDefinition, name: string): string {
  const text = `${spec.group}/${name} ${spec.names.kind} is deprecated`;
  const better =
    spec.versions.filter((it) => it.served && !it.deprecated && compareVersions(name, it.name) < 0)
      .toSorted((a, b) => compareVersions(b.name, a.name))[0];
  return better === undefined
    ? text
    : `${text}; use ${spec.group}/${better.name} ${spec.names.kind}`;
}

/**
 * Which of two versions is the better one, as a sort takes it: `v1` after `v1beta2` after `v1beta1`
 * after `v1alpha1` after any other word.
 *
 * Rule: apimachinery, pkg/version/helpers.go, CompareKubeAwareVersionStrings.
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [first, second] = [readVersion(a), readVersion(b)];
  // Of other words the first of the alphabet is the best.
  if (first === undefined || second === undefined) {
    if (first === undefined && second === undefined) return a < b ? 1 : -1;
    return first === undefined ? -1 : 1;
  }
  for (const [i, it] of first.entries()) if (it !== second[i]) return it - second[i]!;
  return 0;
}

function readVersion(name: string): readonly number[] | undefined {
  const [, major, word, minor = "0"] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(name) ?? [];
  if (major === undefined) return undefined;
  return [word === undefined ? 2 : word === "beta" ? 1 : 0, Number(major), Number(minor)];
}
