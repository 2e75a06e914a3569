/**
 * What an object's fields get here, by the rows of `field_rows.ts`. Nothing is dropped in silence:
 * `field_support_test.ts` finds every field of `fields.ts` that no row covers.
 */
import { isObject } from "../base/plain_data.ts";
import { type FieldError, unsupported } from "./types/errors.ts";
import { NO_APP_ARMOR, rowsOf } from "./field_rows.ts";
import { APP_ARMOR_ANNOTATION } from "./pod_annotations.ts";
import type { FieldSupport, Row, Rows, Support } from "./support/row.ts";
import type { KindName, KubernetesObject } from "./types/kinds.ts";

/** A field of an object that this machine or version does not enforce. */
export interface IgnoredField {
  /** `spec.containers[0].livenessProbe` */
  readonly field: string;
  readonly note: string;
}

/** A field that the table supports in general, but this machine or run does not. */
export interface UnsupportedField {
  /**
   * As in the table, `spec.containers[].resources.limits.cpu`; with indexes that one field alone.
   */
  readonly field: string;
  /** Why: one line, no full stop. */
  readonly note: string;
  /**
   * Values that ask for nothing that is missing; without any, false, empty text and empty lists do
   * not.
   */
  readonly harmless?: readonly unknown[];
}

/**
 * The support of a field; undefined only for a path that is not a field.
 * @param path with or without indexes: `spec.containers[0].tty` or `spec.containers[].tty`
 * @param value what stands there: of a field that is refused one value may be what all get
 */
export function fieldSupport(
  kind: KindName,
  path: string,
  value?: unknown,
): FieldSupport | undefined {
  const found = findRow(rowsOf(kind), path);
  if (found === undefined) return undefined;
  const { support, note, harmless } = found;
  return {
    support: support === "refused" && harmless.includes(value) ? "enforced" : support,
    note,
  };
}

/**
 * The support of a map or list without entries: that of its own row, else as if it were absent.
 * @param path of a field that the kind has
 */
export function emptyFieldSupport(kind: KindName, path: string): FieldSupport {
  const found = patternsOf(path).map((it) => rowsOf(kind)[it]).find((it) => it !== undefined);
  return found?.support === "enforced"
    ? { support: found.support, note: found.note }
    : { support: "enforced", note: "empty: the defaults hold" };
}

/**
 * The rows of a kind in order, for the reference: a row holds for all below it that has no row of
 * its own.
 */
export function fieldSupportRows(kind: KindName): readonly (FieldSupport & IgnoredField)[] {
  return Object.entries(rowsOf(kind)).map(([field, { support, note }]) => ({
    field,
    support,
    note,
  }));
}

/**
 * The fields of an object that ask for something it does not get; each once, however much is below
 * it.
 * @param unsupported fields that this machine or run does not support, although the table does
 */
export function ignoredFields(
  object: KubernetesObject,
  unsupported: readonly UnsupportedField[] = [],
): IgnoredField[] {
  const here = unsupported.map(({ field, note, harmless = [] }): [string, Row] => [
    field,
    { support: "ignored", note, harmless },
  ]);
  const rows = { ...rowsOf(object.kind), ...Object.fromEntries(here) };
  return [
    ...annotatedFields(object),
    ...fieldsWith("ignored", object, rows).map(({ field, row }) => ({ field, note: row.note })),
  ];
}

/**
 * Annotations that are older forms of fields, and ask for what those would not get (R-VALID-74).
 */
export function annotatedFields({ kind, metadata }: KubernetesObject): IgnoredField[] {
  if (kind !== "Pod") return [];
  return Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) =>
      key.startsWith(APP_ARMOR_ANNOTATION) && value !== "" && value !== "unconfined"
    )
    .map(([key]) => ({ field: `metadata.annotations[${key}]`, note: NO_APP_ARMOR.note }));
}

/**
 * The fields of an object that Kubernetes accepts and this machine cannot give, as errors.
 * @param errors those that Kubernetes itself reports; their fields are left out
 */
export function unsupportedFields(
  object: KubernetesObject,
  errors: readonly FieldError[] = [],
): FieldError[] {
  const refused = errors.map((it) => it.field);
  return fieldsWith("refused", object, rowsOf(object.kind))
    .filter(({ field }) => !refused.some((it) => concerns(it, field)))
    .map(({ field, row }) => unsupported(field, row.note));
}

/**
 * Whether an error is about a field, something in it, or the object it is in; some paths lack the
 * index of a mount.
 */
function concerns(path: string, field: string): boolean {
  const isWithin = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  const unindexed = field.replace(/\bvolumeMounts\[\d+\]/, "volumeMounts");
  return isWithin(path, field) || isWithin(field, path) || path === unindexed;
}

interface Found {
  readonly field: string;
  readonly row: Row;
}

function fieldsWith(support: Support, object: KubernetesObject, rows: Rows): Found[] {
  const parents = parentsOf(rows);
  const found: Found[] = [];
  const visit = (value: unknown, path: string) => {
    if (Array.isArray(value) && parents.has(patternsOf(path).at(-1)!)) {
      value.forEach((item, index) => visit(item, `${path}[${index}]`));
    } else if (isObject(value) && (path === "" || parents.has(patternsOf(path).at(-1)!))) {
      for (const [key, item] of Object.entries(value)) {
        visit(item, path === "" ? key : `${path}.${key}`);
      }
    } else {
      const row = findRow(rows, path);
      if (row?.support === support && !asksForNothing(value, row)) found.push({ field: path, row });
    }
  };
  visit(object, "");
  return found;
}

/** The paths that have rows below them: there each child is looked at by itself. */
function parentsOf(rows: Rows): ReadonlySet<string> {
  const parents = new Set<string>();
  for (const pattern of Object.keys(rows)) {
    for (let path = parentOf(pattern); path !== ""; path = parentOf(path)) parents.add(path);
  }
  return parents;
}

function asksForNothing(value: unknown, { harmless, support }: Row): boolean {
  if (support === "refused") {
    return harmless.includes(value) || (Array.isArray(value) && value.length === 0);
  }
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  // Where some value is harmless in particular, `false` may be the very one that asks for
  // something.
  if (harmless.length > 0) return harmless.includes(value);
  return value === false || value === "" || value === undefined;
}

/**
 * The row for a path, or for the nearest above it. Keys of maps are the user's: a path may hold any
 * text.
 */
function findRow(rows: Rows, path: string): Row | undefined {
  for (let rest = path; rest !== ""; rest = parentOf(rest)) {
    for (const pattern of patternsOf(rest)) {
      if (Object.hasOwn(rows, pattern)) return rows[pattern];
    }
  }
  return undefined;
}

/** Always shorter than the path, whatever its last segment is made of. */
function parentOf(path: string): string {
  const parent = path.replace(/(\[[^[\]]*\]|\.?[^.[\]]+)$/, "");
  return parent.length < path.length ? parent : path.slice(0, -1);
}

/** The path, the one without indexes, and the one of main containers for init containers. */
function patternsOf(path: string): string[] {
  const pattern = path.replace(/\[[^[\]]*\]/g, "[]");
  return [path, pattern, pattern.replace(/(^|\.)spec\.initContainers\b/, "$1spec.containers")];
}
