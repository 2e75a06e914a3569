/**
 * Server-side apply: an object with what a manager wants of it, and which manager owns which field;
 * pure.
 *
 * Rule: Kubernetes, structured-merge-diff, merge/update.go; apimachinery,
 * pkg/util/managedfields/internal/structuredmerge.go and lastappliedmanager.go.
 */
import { isObject, parseJson } from "../../base/plain_data.ts";
import type { KubernetesObject } from "../types/kinds.ts";
import type { ManagedFieldsEntry, Time } from "../types/meta.ts";
import { isEqual } from "../validate/common/equality.ts";
import {
  type FieldSource,
  flattenFields,
  formatFieldTree,
  itemElement,
  joinFieldPath,
  ownershipOf,
  ownershipOfObject,
  type OwnershipRule,
  parseFieldTree,
} from "./field_paths.ts";

/** Who writes, and when. */
export interface FieldWriter {
  readonly manager: string;
  readonly time: Time;
  /** Of the kind. */
  readonly struct: FieldSource;
  /** Through which part of the object: what is owned there is owned apart. @default the object */
  readonly subresource?: string;
}

/** A field that another manager owns. */
export interface FieldConflict {
  readonly manager: string;
  readonly apiVersion: string;
  /** As {@link flattenFields} names it. */
  readonly path: string;
}

/** What an apply comes to. */
export interface AppliedObject<O> {
  readonly object: O;
  /** Fields of others that it changes; empty where it is forced. */
  readonly conflicts: readonly FieldConflict[];
}

/** A manager with the paths that it owns. */
interface Owner {
  readonly entry: ManagedFieldsEntry;
  readonly paths: Set<string>;
}

/** Where `kubectl apply` keeps what it has applied. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * An object with what a manager wants of it, and without what that has wanted before, does not want
 * any more, and no other owns.
 *
 * @param present undefined: there is none yet.
 * @param isForced takes fields over that others own.
 */
export function applyFields<O extends KubernetesObject>(
  present: O | undefined,
  given: O,
  writer: FieldWriter,
  isForced: boolean,
): AppliedObject<O> {
  const { manager, time, struct, subresource } = writer;
  const owners = readOwners(present);
  const own = findOwner(owners, writer, "Apply");
  const others = owners.filter((it) => it !== own);
  const wanted = flattenFields(given, struct);
  const before = flattenFields(present ?? {}, struct);
  const found = others.flatMap(({ entry, paths }) =>
    [...wanted].filter(([path, value]) => paths.has(path) && !isEqual(before.get(path), value))
      .map(([path]): FieldConflict => ({
        manager: entry.manager ?? "",
        apiVersion: entry.apiVersion ?? "",
        path,
      }))
  );
  const takesOver = isForced || isOwnClientSide(present, manager, struct, found);
  if (found.length > 0 && !takesOver) return { object: given, conflicts: found };
  for (const { paths } of others) for (const { path } of found) paths.delete(path);
  const isThere = [...wanted].every(([path, value]) => isEqual(before.get(path), value));
  const left = [...own?.paths ?? []].filter((path) =>
    !wanted.has(path) && !others.some(({ paths }) => paths.has(path))
  );
  const merged = mergeWanted(present ?? {}, given, ownershipOfObject(struct));
  const pruned = left.length === 0
    ? merged
    : removeFields(merged, new Set(left), ownershipOfObject(struct), "");
  const entry: ManagedFieldsEntry = {
    manager,
    operation: "Apply",
    apiVersion: given.apiVersion,
    ...(subresource !== undefined && { subresource }),
    time: own !== undefined && isSameSet(own.paths, wanted) && isThere
      ? own.entry.time ?? time
      : time,
  };
  const managed = [{ entry, paths: new Set(wanted.keys()) }, ...others];
  // Only parts of objects of one kind are put together.
  const object = withOwners(pruned as unknown as O, managed);
  // A part of the object is not what was applied of it.
  return {
    object: subresource === undefined ? keepLastApplied(object, given, manager) : object,
    conflicts: [],
  };
}

/** An object that a manager writes as a whole or in part owns what it changes of it. */
export function trackUpdate<O extends KubernetesObject>(
  present: O | undefined,
  given: O,
  writer: FieldWriter,
): O {
  const { manager, time, struct, subresource } = writer;
  const isCleared = given.metadata.managedFields?.every((it) => Object.keys(it).length === 0);
  if (isCleared) return withOwners(given, []);
  const owners = readOwners(given.metadata.managedFields === undefined ? present : given);
  const before = flattenFields(present ?? {}, struct);
  const after = flattenFields(given, struct);
  const changed = [...after].filter(([path, value]) => !isEqual(before.get(path), value))
    .map(([path]) => path);
  const removed = [...before.keys()].filter((path) => !after.has(path));
  for (const { paths } of owners) for (const path of [...removed, ...changed]) paths.delete(path);
  if (changed.length === 0) return withOwners(given, owners);
  const own = findOwner(owners, writer, "Update");
  const paths = new Set([...own?.paths ?? [], ...changed]);
  const { apiVersion } = given;
  const entry: ManagedFieldsEntry = {
    manager,
    operation: "Update",
    apiVersion,
    ...(subresource !== undefined && { subresource }),
    time,
  };
  return withOwners(given, [...owners.filter((it) => it !== own), { entry, paths }]);
}

function findOwner(
  owners: readonly Owner[],
  { manager, subresource }: FieldWriter,
  operation: "Apply" | "Update",
): Owner | undefined {
  return owners.find(({ entry }) =>
    entry.manager === manager && entry.operation === operation &&
    (entry.subresource || undefined) === subresource
  );
}

function readOwners(object: KubernetesObject | undefined): Owner[] {
  return (object?.metadata.managedFields ?? []).map(({ fieldsV1, fieldsType: _, ...entry }) => ({
    entry,
    paths: parseFieldTree(fieldsV1),
  }));
}

function withOwners<O extends KubernetesObject>(object: O, owners: readonly Owner[]): O {
  const { managedFields: _, ...metadata } = object.metadata;
  const managedFields = owners.filter(({ paths }) => paths.size > 0)
    .map(({ entry, paths }) => ({
      ...entry,
      fieldsType: "FieldsV1",
      fieldsV1: formatFieldTree(paths),
    }));
  return {
    ...object,
    metadata: { ...metadata, ...(managedFields.length > 0 && { managedFields }) },
  };
}

/** What `kubectl apply` has written is its own, under whatever name. */
function isOwnClientSide(
  present: KubernetesObject | undefined,
  manager: string,
  struct: FieldSource,
  conflicts: readonly FieldConflict[],
): boolean {
  const text = present?.metadata.annotations?.[LAST_APPLIED];
  if (manager !== "kubectl" || text === undefined) return false;
  const applied = flattenFields(parseJson(text), struct);
  return conflicts.every(({ path }) => applied.has(path));
}

function keepLastApplied<O extends KubernetesObject>(object: O, given: O, manager: string): O {
  const { annotations } = object.metadata;
  if (manager !== "kubectl" || annotations?.[LAST_APPLIED] === undefined) return object;
  const { managedFields: _, ...metadata } = given.metadata;
  const text = `${JSON.stringify({ ...given, metadata })}\n`;
  const kept = { ...annotations, [LAST_APPLIED]: text };
  return { ...object, metadata: { ...object.metadata, annotations: kept } };
}

function mergeWanted(present: unknown, given: unknown, rule: OwnershipRule): unknown {
  if (isObject(present) && isObject(given) && rule.shape === "fields") {
    const merged = new Map(Object.entries(present));
    for (const [key, value] of Object.entries(given)) {
      merged.set(key, mergeWanted(merged.get(key), value, ownershipOf(rule.struct, key)));
    }
    return Object.fromEntries(merged);
  }
  if (!Array.isArray(present) || !Array.isArray(given)) return given;
  if (rule.shape !== "map" && rule.shape !== "set") return given;
  const items = new Map<string, unknown>();
  const itemRule: OwnershipRule = { struct: rule.struct, shape: "fields", keys: [] };
  for (const item of [...present, ...given]) {
    const element = itemElement(item, rule);
    if (element === undefined) return given;
    const known = items.get(element);
    items.set(element, known === undefined ? item : mergeWanted(known, item, itemRule));
  }
  return [...items.values()];
}

/** What is empty without the fields goes with them. */
function removeFields(
  value: unknown,
  gone: ReadonlySet<string>,
  rule: OwnershipRule,
  path: string,
): unknown {
  if (isObject(value) && rule.shape === "fields") {
    const kept = Object.entries(value).flatMap(([key, item]) => {
      const at = joinFieldPath(path, `f:${key}`);
      if (gone.has(at)) return [];
      const left = removeFields(item, gone, ownershipOf(rule.struct, key), at);
      return left === undefined ? [] : [[key, left] as const];
    });
    const isEmptied = kept.length === 0 && Object.keys(value).length > 0;
    return isEmptied ? undefined : Object.fromEntries(kept);
  }
  if (!Array.isArray(value) || (rule.shape !== "map" && rule.shape !== "set")) return value;
  const kept = value.flatMap((item) => {
    const element = itemElement(item, rule);
    const at = element === undefined ? undefined : joinFieldPath(path, element);
    if (at !== undefined && gone.has(at)) return [];
    if (at === undefined || rule.shape === "set") return [item];
    const itemRule: OwnershipRule = { struct: rule.struct, shape: "fields", keys: [] };
    const left = removeFields(item, gone, itemRule, at);
    return left === undefined ? [] : [left];
  });
  return kept.length === 0 && value.length > 0 ? undefined : kept;
}

function isSameSet(paths: ReadonlySet<string>, fields: ReadonlyMap<string, unknown>): boolean {
  return paths.size === fields.size && [...paths].every((it) => fields.has(it));
}
