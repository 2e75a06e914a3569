/**
 * Server-side apply: an object with what a manager wants of it, and which manager owns which field;
 * pure.
 *
 * Rule: Kubernetes, structured-merge-diff, merge/update.go; apimachinery,
 * pkg/util/managedfields/internal/structuredmerge.go and lastappliedmanager.go.
 */
import { isObject, parseJson } from "../../base/plain_data.ts";
import { remembered } from "../../base/remembered.ts";
import type { Strategy } from "../kinds/strategy/strategy.ts";
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
  resourceSchema,
} from "./field_paths.ts";

/** Who writes, and when. */
export interface FieldWriter {
  readonly manager: string;
  readonly time: Time;
  /** Of the kind. */
  readonly struct: FieldSource;
  /** Through which part of the object: what is owned there is owned apart. @default the object */
  readonly subresource?: string;
  /** Whether a field of the object itself is written; others are not owned by it. @default all */
  readonly writes?: (field: string) => boolean;
}

/** Who writes an object of a kind, or its status: what is not written there is not owned by it. */
export function fieldWriterOf(
  { struct, custom, hasStatus }: Strategy,
  { manager, time, subresource }: Pick<FieldWriter, "manager" | "time" | "subresource">,
): FieldWriter {
  const isStatus = subresource === "status";
  return {
    manager,
    time,
    struct: custom === undefined ? struct : resourceSchema(custom.schema),
    ...(subresource !== undefined && { subresource }),
    ...((isStatus || hasStatus) && { writes: (field) => (field === "status") === isStatus }),
  };
}

/** A field that another manager owns. */
export interface FieldConflict {
  readonly owner: Omit<ManagedFieldsEntry, "fieldsV1">;
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
  /** Without its fields where these differ from the paths. */
  readonly entry: ManagedFieldsEntry;
  readonly paths: ReadonlySet<string>;
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
  const written = pickWritten(given, writer);
  const wanted = flattenFields(written, struct);
  const before = flattenFields(present ?? {}, struct);
  const found = others.flatMap(({ entry, paths }) =>
    [...wanted].filter(([path, value]) => paths.has(path) && !isEqual(before.get(path), value))
      .map(([path]): FieldConflict => ({ owner: entry, path }))
  );
  const takesOver = isForced || isOwnClientSide(present, manager, struct, found);
  if (found.length > 0 && !takesOver) return { object: given, conflicts: found };
  const rest = others.map((it) => withoutPaths(it, found.map(({ path }) => path)));
  const isThere = [...wanted].every(([path, value]) => isEqual(before.get(path), value));
  const left = [...own?.paths ?? []].filter((path) =>
    !wanted.has(path) && !rest.some(({ paths }) => paths.has(path))
  );
  const merged = mergeWanted(present ?? {}, written, ownershipOfObject(struct));
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
  const managed = [{ entry, paths: new Set(wanted.keys()) }, ...rest];
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
  const known = readOwners(given.metadata.managedFields === undefined ? present : given);
  const before = flattenFields(present && pickWritten(present, writer), struct);
  const after = flattenFields(pickWritten(given, writer), struct);
  const changed = [...after].filter(([path, value]) => !isEqual(before.get(path), value))
    .map(([path]) => path);
  const removed = [...before.keys()].filter((path) => !after.has(path));
  const owners = known.map((it) => withoutPaths(it, [...removed, ...changed]));
  if (changed.length === 0) return withOwners(given, owners);
  const { apiVersion } = given;
  const own = findOwner(
    owners.filter((it) => it.entry.apiVersion === apiVersion),
    writer,
    "Update",
  );
  const paths = new Set([...own?.paths ?? [], ...changed]);
  const entry: ManagedFieldsEntry = {
    manager,
    operation: "Update",
    apiVersion,
    ...(subresource !== undefined && { subresource }),
    time,
  };
  const all = [...owners.filter((it) => it !== own), { entry, paths }];
  return withOwners(given, all.length > MOST_UPDATERS ? mergeOldest(all) : all);
}

/** What a writer writes of an object. */
function pickWritten<O extends object>(object: O, { writes }: FieldWriter): O {
  if (writes === undefined) return object;
  return Object.fromEntries(Object.entries(object).filter(([field]) => writes(field))) as O;
}

/** So many managers whose writes were updates are known by name. */
const MOST_UPDATERS = 10;

/** Rule: apimachinery, pkg/util/managedfields/internal/capmanagers.go. */
function mergeOldest(owners: readonly Owner[]): Owner[] {
  const sorted = owners.toSorted((a, b) => compareEntries(a.entry, b.entry));
  const appliers = sorted.filter(({ entry }) => entry.operation === "Apply");
  const updaters = sorted.filter(({ entry }) => entry.operation !== "Apply");
  const old = updaters.splice(0, Math.max(0, updaters.length - MOST_UPDATERS + 1));
  const merged = Map.groupBy(old, ({ entry }) => entry.apiVersion);
  const ancient = [...merged].map(([apiVersion, all]): Owner => ({
    entry: {
      manager: "ancient-changes",
      operation: "Update",
      ...(apiVersion !== undefined && { apiVersion }),
      ...(all.at(-1)!.entry.time !== undefined && { time: all.at(-1)!.entry.time! }),
    },
    paths: new Set(all.flatMap(({ paths }) => [...paths])),
  }));
  return [...appliers, ...ancient, ...updaters];
}

/**
 * Rule: apimachinery, pkg/util/managedfields/internal/managedfields.go, sortEncodedManagedFields.
 */
function compareEntries(a: Owner["entry"], b: Owner["entry"]): number {
  for (const key of ["operation", "time", "manager", "apiVersion", "subresource"] as const) {
    const [first = "", second = ""] = [a[key], b[key]];
    if (first !== second) return first < second ? -1 : 1;
  }
  return 0;
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

/** Trees are parts of stored objects, and are read with each write. */
const pathsOf = remembered((tree: object): ReadonlySet<string> => parseFieldTree(tree));
const NO_PATHS: ReadonlySet<string> = new Set();

function readOwners(object: KubernetesObject | undefined): Owner[] {
  return (object?.metadata.managedFields ?? []).map((entry) => ({
    entry,
    paths: isObject(entry.fieldsV1) ? pathsOf(entry.fieldsV1) : NO_PATHS,
  }));
}

/** An owner without paths that others take; the same where it has none of them. */
function withoutPaths(owner: Owner, taken: readonly string[]): Owner {
  if (!taken.some((it) => owner.paths.has(it))) return owner;
  const gone = new Set(taken);
  const { fieldsV1: _, ...entry } = owner.entry;
  return { entry, paths: new Set([...owner.paths].filter((it) => !gone.has(it))) };
}

function withOwners<O extends KubernetesObject>(object: O, owners: readonly Owner[]): O {
  const { managedFields: _, ...metadata } = object.metadata;
  const managedFields = owners.filter(({ paths }) => paths.size > 0)
    .toSorted((a, b) => compareEntries(a.entry, b.entry))
    .map(({ entry, paths }): ManagedFieldsEntry =>
      entry.fieldsV1 !== undefined && entry.fieldsType !== undefined ? entry : {
        ...entry,
        fieldsType: "FieldsV1",
        fieldsV1: formatFieldTree(paths),
      }
    );
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
