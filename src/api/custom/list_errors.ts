/**
 * What is wrong with the lists and the inner objects of a custom object, beside its schema; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/listtype/validation.go and
 * pkg/apiserver/schema/objectmeta/validation.go.
 */
import { isObject } from "../../base/plain_data.ts";
import { duplicate, invalid, required } from "../types/errors.ts";
import { dns1035LabelDetails, type FieldErrors } from "../validate/common/validate_value.ts";
import { fieldOf, isResource, propertyOf, type Schema } from "./schema.ts";

/** The items of sets and maps that occur twice. */
export function* findListErrors(
  value: unknown,
  schema: Schema | undefined,
  path = "",
): FieldErrors {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    yield* findDoubles(value, schema, path);
    for (const [i, item] of value.entries()) {
      yield* findListErrors(item, schema.items, `${path}[${i}]`);
    }
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield* findListErrors(item, fieldOf(schema, key), pathOf(path, key, schema));
    }
  }
}

function* findDoubles(list: readonly unknown[], schema: Schema, path: string): FieldErrors {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") yield* findTwice(list, list, path);
  if (type !== "map") return;
  const wrong = list.findIndex((it) => it !== null && !isObject(it));
  if (wrong >= 0) {
    const detail = "must be an object for an array of list-type map";
    return yield invalid(`${path}[${wrong}]`, list[wrong], detail);
  }
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const names = list.map((it) =>
    Object.fromEntries(
      keys.flatMap((key) => isObject(it) && Object.hasOwn(it, key) ? [[key, it[key]]] : []),
    )
  );
  yield* findTwice(names, names, path);
}

/** Each second one, not the third. */
function* findTwice(
  names: readonly unknown[],
  shown: readonly unknown[],
  path: string,
): FieldErrors {
  const counts = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const text = JSON.stringify(name);
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (count === 2) yield duplicate(`${path}[${i}]`, shown[i]);
  }
}

/** What is wrong with kind, version and metadata of the objects that an object has in it. */
export function* findResourceErrors(
  value: unknown,
  schema: Schema | undefined,
  path = "",
): FieldErrors {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      yield* findResourceErrors(item, schema.items, `${path}[${i}]`);
    }
  } else if (isObject(value)) {
    if (isResource(schema)) yield* resourceErrors(value, path);
    for (const [key, item] of Object.entries(value)) {
      yield* findResourceErrors(item, fieldOf(schema, key), pathOf(path, key, schema));
    }
  }
}

function* resourceErrors(value: Readonly<Record<string, unknown>>, path: string): FieldErrors {
  for (const key of ["apiVersion", "kind"] as const) {
    const field = `${path}.${key}`;
    const found = value[key];
    if (found === undefined) yield required(field);
    else if (typeof found !== "string") yield invalid(field, found, "must be a string");
    else if (found === "") yield invalid(field, found, "must not be empty");
    else yield* key === "kind" ? kindErrors(field, found) : versionErrors(field, found);
  }
  const { metadata } = value;
  if (metadata !== undefined && !isObject(metadata)) {
    yield invalid(`${path}.metadata`, metadata, "must be an object");
  }
}

function* kindErrors(field: string, kind: string): FieldErrors {
  const details = dns1035LabelDetails(kind.toLowerCase());
  if (details.length === 0) return;
  const detail = `may have mixed case, but should otherwise match: ${details.join(",")}`;
  yield invalid(field, kind, detail);
}

function* versionErrors(field: string, version: string): FieldErrors {
  if (version.split("/").length <= 2) return;
  yield invalid(field, version, `unexpected GroupVersion string: ${version}`);
}

function pathOf(path: string, key: string, schema: Schema): string {
  if (propertyOf(schema, key) === undefined) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}
