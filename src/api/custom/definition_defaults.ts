/**
 * What a definition leaves open, and what its sender is warned of; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apis/apiextensions/v1/defaults.go and
 * pkg/registry/customresourcedefinition/strategy.go.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionStatus,
} from "../types/definition.ts";
import { setCondition } from "./definition_status.ts";
import { isUnknownFormat } from "./formats.ts";
import { everySchema, schemaOf, storageVersionOf } from "./schema.ts";

/** A definition with the names and the conversion that it leaves open. */
export function applyDefinitionDefaults(
  definition: CustomResourceDefinition,
): CustomResourceDefinition {
  const { names, conversion } = definition.spec;
  return {
    ...definition,
    spec: {
      ...definition.spec,
      names: {
        ...names,
        singular: names.singular || names.kind.toLowerCase(),
        ...(names.kind !== "" && { listKind: names.listKind || `${names.kind}List` }),
      },
      conversion: conversion ?? { strategy: "None" },
    },
  };
}

/** A definition with the version in which its objects are stored from now on. */
export function noteStoredVersion(definition: CustomResourceDefinition): CustomResourceDefinition {
  const name = storageVersionOf(definition)?.name;
  const { status = {} } = definition;
  const { storedVersions = [] } = status;
  if (name === undefined || storedVersions.includes(name)) return definition;
  return { ...definition, status: { ...status, storedVersions: [...storedVersions, name] } };
}

/** A new definition, whose names nothing has looked at yet. */
export function prepareDefinition(
  { status: _, ...definition }: CustomResourceDefinition,
): CustomResourceDefinition {
  const metadata = { ...definition.metadata, generation: 1 };
  return noteStoredVersion({ ...definition, metadata });
}

/** The status of a definition that is being deleted. */
export function endDefinition(
  definition: CustomResourceDefinition,
  now: string,
): CustomResourceDefinition {
  const status: CustomResourceDefinitionStatus = setCondition(definition.status ?? {}, {
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionPending",
    message:
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  }, now);
  return { ...definition, status };
}

/** What the sender of a definition is warned of. */
export function warnDefinition({ spec }: CustomResourceDefinition): readonly string[] {
  const warnings = spec.versions.flatMap((version, i) =>
    [...everySchema(schemaOf(version), `spec.versions[${i}].schema.openAPIV3Schema`)].flatMap(
      ([schema]) =>
        isUnknownFormat(schema) ? [`unrecognized format ${JSON.stringify(schema.format)}`] : [],
    )
  );
  return [...new Set(warnings)];
}
