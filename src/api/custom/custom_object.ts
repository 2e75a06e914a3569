/**
 * Custom objects as a version of their definition has them; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/registry/customresource/strategy.go,
 * status_strategy.go and validator.go; pkg/apiserver/customresource_handler.go,
 * unstructuredSchemaCoercer.
 */
import { isObject } from "../../base/plain_data.ts";
import type { CustomResourceSubresourceScale } from "../types/definition.ts";
import { invalid } from "../types/errors.ts";
import type { ObjectMeta } from "../types/meta.ts";
import { validateObjectMeta } from "../validate/common/validate_meta.ts";
import { validateMetaUpdate } from "../validate/common/validate_meta_update.ts";
import type { FieldErrors } from "../validate/common/validate_value.ts";
import { isEqual } from "../validate/common/equality.ts";
import type { CustomKind } from "./custom_kind.ts";
import { findListErrors, findResourceErrors } from "./list_errors.ts";
import { pruneFields, pruneNulls } from "./pruning.ts";
import { META_FIELDS } from "./schema.ts";
import { applySchemaDefaults } from "./schema_defaults.ts";
import { findSchemaErrors } from "./schema_errors.ts";

/** What is looked at of a custom object. */
export interface CustomObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly status?: unknown;
}

const MAX_INT32 = 2 ** 31 - 1;

/** An object with the defaults of its schema; its metadata has none. */
export function applyCustomDefaults<O extends CustomObject>(object: O, { schema }: CustomKind): O {
  return applySchemaDefaults(object, withoutMetaDefaults(schema)) as O;
}

function withoutMetaDefaults(schema: CustomKind["schema"]): CustomKind["schema"] {
  if (!Object.hasOwn(schema.properties ?? {}, "metadata")) return schema;
  const { metadata: _, ...properties } = schema.properties!;
  return { ...schema, properties };
}

/**
 * A stored object as a version shows it: conversion changes nothing but the version, and what this
 * one does not know is left out.
 */
export function presentCustom<O extends CustomObject>(object: O, kind: CustomKind): O {
  const { value, unknown } = pruneFields(object, kind.schema, true);
  const pruned = unknown.length === 0 ? object : value as O;
  const completed = applyCustomDefaults(pruneOwnNulls(pruned, kind), kind);
  const apiVersion = `${kind.definition.spec.group}/${kind.version.name}`;
  return completed.apiVersion === apiVersion ? completed : { ...completed, apiVersion };
}

function pruneOwnNulls<O extends CustomObject>(object: O, { schema }: CustomKind): O {
  const pruned = pruneNulls(object, schema);
  return isEqual(pruned, object) ? object : pruned as O;
}

/** Whether anything differs that counts as a change of what is wanted. */
export function isCustomChange(
  object: CustomObject,
  old: CustomObject,
  hasStatus: boolean,
): boolean {
  const wantedOf = (it: CustomObject) =>
    Object.fromEntries(
      Object.entries(it).filter(([key]) =>
        !META_FIELDS.has(key) && !(hasStatus && key === "status")
      ),
    );
  return !isEqual(wantedOf(object), wantedOf(old));
}

/** What is wrong with a new object. */
export function* findCustomErrors(object: CustomObject, kind: CustomKind): FieldErrors {
  const nameRule = isOfRoles(kind) ? pathPartDetails : undefined;
  yield* validateObjectMeta(object.metadata, nameRule, isNamespaced(kind), false);
  yield* contentErrors(object, kind, undefined);
}

/** What is wrong with replacing an object, which is as the same version shows it. */
export function* findCustomUpdateErrors(
  object: CustomObject,
  old: CustomObject,
  kind: CustomKind,
): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  const [role, oldRole] = [object, old].map((it) => readPath(it, "roleRef"));
  if (isOfRoles(kind) && !isEqual(role, oldRole)) {
    yield invalid("roleRef", role, "cannot change roleRef");
  }
  yield* contentErrors(object, kind, old);
}

/** Roles and their bindings have rules of their own where they are kept. */
function isOfRoles({ keptNote, definition }: CustomKind): boolean {
  return keptNote !== undefined && definition.spec.group === "rbac.authorization.k8s.io";
}

/** Rule: apimachinery, pkg/api/validation/path/name.go, IsValidPathSegmentName. */
function pathPartDetails(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((it) => name.includes(it)).map((it) => `may not contain '${it}'`);
}

function* contentErrors(
  object: CustomObject,
  kind: CustomKind,
  old: CustomObject | undefined,
): FieldErrors {
  const { schema, version } = kind;
  const { scale } = version.subresources ?? {};
  yield* findSchemaErrors(object, schema, { old });
  if (scale !== undefined) yield* scaleErrors(object, scale);
  yield* findResourceErrors(object, schema);
  // What was wrong before may stay so.
  const before = old === undefined ? [] : [...findListErrors(old, schema)];
  if (before.length === 0) yield* findListErrors(object, schema);
}

/** What is wrong with the status that an object gets. */
export function* findCustomStatusErrors(
  object: CustomObject,
  old: CustomObject,
  { schema, version }: CustomKind,
): FieldErrors {
  const of = schema.properties?.["status"];
  if (object.status !== undefined && of !== undefined) {
    yield* findSchemaErrors(object.status, of, { base: "status", old: old.status });
    if ([...findListErrors(old, schema)].length === 0) yield* findListErrors(object, schema);
  }
  const { scale } = version.subresources ?? {};
  if (scale !== undefined) yield* countErrors(object, scale.statusReplicasPath);
}

function* scaleErrors(object: CustomObject, scale: CustomResourceSubresourceScale): FieldErrors {
  yield* countErrors(object, scale.specReplicasPath);
  yield* countErrors(object, scale.statusReplicasPath);
  const { labelSelectorPath: path = "" } = scale;
  const selector = path === "" ? undefined : readPath(object, path);
  if (selector !== undefined && typeof selector !== "string") {
    yield invalid(path, "", describeAccess(path, selector, "string"));
  }
}

function* countErrors(object: CustomObject, path: string): FieldErrors {
  const count = readPath(object, path);
  if (count === undefined) return;
  if (typeof count !== "number" || !Number.isInteger(count)) {
    yield invalid(path, 0, describeAccess(path, count, "int64"));
  } else if (count < 0) yield invalid(path, count, "should be a non-negative integer");
  else if (count > MAX_INT32) {
    yield invalid(path, count, `should be less than or equal to ${MAX_INT32}`);
  }
}

/** Rule: apimachinery, pkg/apis/meta/v1/unstructured/helpers.go, NestedInt64. */
function describeAccess(path: string, value: unknown, wanted: string): string {
  const type = Array.isArray(value)
    ? "[]interface {}"
    : isObject(value)
    ? "map[string]interface {}"
    : typeof value === "number"
    ? Number.isInteger(value) ? "int64" : "float64"
    : typeof value === "boolean"
    ? "bool"
    : value === null
    ? "<nil>"
    : "string";
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return `${path} accessor error: ${shown} is of the type ${type}, expected ${wanted}`;
}

/** The value at a path of names: `.spec.replicas`; undefined where there is none. */
export function readPath(object: unknown, path: string): unknown {
  return path.replace(/^\./, "").split(".").reduce<unknown>(
    (value, name) => isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined,
    object,
  );
}

/** An object with another value at a path of names; objects on the way are created. */
export function writePath(object: unknown, path: string, value: unknown): unknown {
  const [name = "", ...rest] = path.replace(/^\./, "").split(".");
  const entries = isObject(object) ? Object.entries(object) : [];
  const inner = rest.length === 0
    ? value
    : writePath(entries.find(([key]) => key === name)?.[1], rest.join("."), value);
  const others = entries.filter(([key]) => key !== name);
  return Object.fromEntries([...others, [name, inner]]);
}

/** What the sender of an object is warned of. */
export function warnCustom({ metadata }: CustomObject): readonly string[] {
  return (metadata.finalizers ?? [])
    .filter((it) => !it.includes("/") && !["orphan", "foregroundDeletion"].includes(it))
    .map((it) =>
      `metadata.finalizers: ${JSON.stringify(it)}: prefer a domain-qualified finalizer name ` +
      `${it.includes(".") ? "including a path (/) " : ""}to avoid accidental conflicts with ` +
      "other finalizer writers"
    );
}

function isNamespaced({ definition }: CustomKind): boolean {
  return definition.spec.scope === "Namespaced";
}
