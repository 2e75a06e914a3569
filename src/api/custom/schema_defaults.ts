/**
 * The defaults of a schema; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/defaulting/algorithm.go.
 */
import { isObject } from "../../base/plain_data.ts";
import { fieldOf, type Schema } from "./schema.ts";

/** A value with the defaults of its schema; the same value where it has all of them. */
export function applySchemaDefaults(value: unknown, schema: Schema | undefined): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) {
    const { items } = schema;
    return mapSame(value, (it) => applySchemaDefaults(replaceNull(it, items), items));
  }
  if (!isObject(value)) return value;
  const missing = Object.entries(schema.properties ?? {}).filter(([key, of]) =>
    of.default !== undefined && !Object.hasOwn(value, key)
  );
  let isSame = missing.length === 0;
  const entries = Object.entries(value).map(([key, item]) => {
    const of = fieldOf(schema, key);
    const completed = applySchemaDefaults(replaceNull(item, of), of);
    if (completed !== item) isSame = false;
    return [key, completed] as const;
  });
  if (isSame) return value;
  const added = missing.map(([key, of]) => [key, applySchemaDefaults(of.default, of)] as const);
  return Object.fromEntries([...entries, ...added]);
}

function replaceNull(value: unknown, schema: Schema | undefined): unknown {
  const isReplaced = value === null && schema !== undefined && !schema.nullable &&
    schema.default !== undefined;
  return isReplaced ? schema.default : value;
}

function mapSame(values: readonly unknown[], change: (value: unknown) => unknown) {
  const changed = values.map(change);
  return changed.every((it, i) => it === values[i]) ? values : changed;
}
