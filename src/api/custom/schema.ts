/**
 * The schemas of custom objects, and how one leads to the schemas of what is in an object; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/structural.go.
 */
import { ownValue } from "../../base/plain_data.ts";
import { remembered } from "../../base/remembered.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "../types/definition.ts";

/** The schema of a value. */
export type Schema = JSONSchemaProps;

/** What every object has, whatever its schema says. */
export const META_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** The schema of a definition's version: of one that has none, of any object. */
export function schemaOf({ schema }: CustomResourceDefinitionVersion): Schema {
  return schema?.openAPIV3Schema ?? { type: "object" };
}

/** The version in which objects are stored; the first where none is marked. */
export function storageVersionOf(
  { spec: { versions } }: CustomResourceDefinition,
): CustomResourceDefinitionVersion | undefined {
  return versions.find(({ storage }) => storage) ?? versions[0];
}

/** The schema of a property that a schema names. */
export function propertyOf(schema: Schema | undefined, key: string): Schema | undefined {
  return ownValue(schema?.properties, key);
}

/** The schema of the values of a map. */
export function valuesOf(schema: Schema | undefined): Schema | undefined {
  const values = schema?.additionalProperties;
  return typeof values === "object" ? values : undefined;
}

/** The schema of a field of an object, by name or as of all values of a map. */
export function fieldOf(schema: Schema | undefined, key: string): Schema | undefined {
  return propertyOf(schema, key) ?? valuesOf(schema);
}

/** Whether a value is an object of its own: it has kind and metadata. */
export function isResource(schema: Schema | undefined): boolean {
  return schema?.["x-kubernetes-embedded-resource"] ?? false;
}

/** Whether fields stay that a schema does not name. */
export function isOpen(schema: Schema | undefined): boolean {
  return schema?.["x-kubernetes-preserve-unknown-fields"] ?? false;
}

/** Whether a value may be a number or a text. */
export function isIntOrString(schema: Schema | undefined): boolean {
  return schema?.["x-kubernetes-int-or-string"] ?? false;
}

/** Whether a schema has rules in CEL, or what is in it. */
export const hasRules: (schema: Schema) => boolean = remembered((schema: Schema): boolean => {
  const { items, properties = {} } = schema;
  const inner = [items ?? [], valuesOf(schema) ?? [], Object.values(properties)].flat();
  return (schema["x-kubernetes-validations"] ?? []).length > 0 || inner.some(hasRules);
});

/** Every schema of a schema, itself too, with its path: `PATH.properties[spec].items`. */
export function* everySchema(schema: Schema, path: string): Generator<[Schema, string]> {
  yield [schema, path];
  const { items, not } = schema;
  const values = valuesOf(schema);
  if (items !== undefined) yield* everySchema(items, `${path}.items`);
  if (values !== undefined) yield* everySchema(values, `${path}.additionalProperties`);
  if (not !== undefined) yield* everySchema(not, `${path}.not`);
  for (const junctor of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [i, it] of (schema[junctor] ?? []).entries()) {
      yield* everySchema(it, `${path}.${junctor}[${i}]`);
    }
  }
  for (const [key, it] of Object.entries(schema.properties ?? {})) {
    yield* everySchema(it, `${path}.properties[${key}]`);
  }
}
