/**
 * What a schema does not name is left out of an object; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/pruning/algorithm.go and
 * pkg/apiserver/schema/defaulting/prunenulls.go.
 */
import { isObject } from "../../base/plain_data.ts";
import { fieldOf, isOpen, isResource, META_FIELDS, type Schema } from "./schema.ts";

/** A value without what its schema does not name. */
export interface PrunedValue {
  readonly value: unknown;
  /** The paths of what it is without: `spec.foo`, sorted. */
  readonly unknown: readonly string[];
}

/**
 * Leaves out of an object what its schema does not name.
 *
 * @param isRoot whether the value is an object with kind and metadata, which stay.
 */
export function pruneFields(value: unknown, schema: Schema, isRoot: boolean): PrunedValue {
  const pruner = new Pruner();
  const pruned = pruner.prune(value, schema, "", isRoot);
  return { value: pruned, unknown: pruner.unknown.toSorted() };
}

class Pruner {
  readonly unknown: string[] = [];

  prune(value: unknown, schema: Schema | undefined, path: string, isRoot = false): unknown {
    if (Array.isArray(value)) {
      const prune = (it: unknown, i: number) =>
        isOpen(schema)
          ? this.#pruneOpen(it, schema?.items, `${path}[${i}]`)
          : this.prune(it, schema?.items, `${path}[${i}]`);
      return value.map(prune);
    }
    if (!isObject(value)) return value;
    if (isOpen(schema)) return this.#pruneOpen(value, schema, path, isRoot);
    const kept = Object.entries(value).flatMap(([key, item]) => {
      const at = path === "" ? key : `${path}.${key}`;
      const isMeta = META_FIELDS.has(key);
      if (isMeta && (isRoot || isResource(schema))) return [[key, item] as const];
      if (isNamed(schema, key)) return [[key, this.prune(item, fieldOf(schema, key), at)] as const];
      this.unknown.push(at);
      return [];
    });
    return Object.fromEntries(kept);
  }

  /** Of what may have any fields only those are looked at that are named. */
  #pruneOpen(value: unknown, schema: Schema | undefined, path: string, isRoot = false): unknown {
    if (schema === undefined) return value;
    if (Array.isArray(value)) {
      return value.map((it, i) => this.#pruneOpen(it, schema.items, `${path}[${i}]`));
    }
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => {
      const isMeta = META_FIELDS.has(key) && (isRoot || isResource(schema));
      const at = path === "" ? key : `${path}.${key}`;
      const isLookedAt = !isMeta && isNamed(schema, key);
      return [key, isLookedAt ? this.prune(item, fieldOf(schema, key), at) : item] as const;
    });
    return Object.fromEntries(entries);
  }
}

function isNamed(schema: Schema | undefined, key: string): boolean {
  return fieldOf(schema, key) !== undefined || schema?.additionalProperties !== undefined;
}

/** A value without the nulls that its schema neither allows nor replaces by a default. */
export function pruneNulls(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) return value.map((it) => pruneNulls(it, schema?.items));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, item]) => {
    const of = fieldOf(schema, key);
    const isDropped = item === null && of !== undefined && !of.nullable && of.default === undefined;
    return isDropped ? [] : [[key, pruneNulls(item, of)] as const];
  });
  return Object.fromEntries(kept);
}
