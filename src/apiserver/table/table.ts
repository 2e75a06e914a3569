/**
 * Objects as the `Table` that `kubectl get` prints; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/types.go, Table.
 */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { KindRow } from "../discovery/resources.ts";
import type { Cell, ColumnHead, KindColumns } from "./column.ts";
import { columnsOf } from "./columns.ts";

/** How much of each object a row carries. */
export type IncludedObject = "None" | "Metadata" | "Object";

/** The table of some objects of a kind. */
export interface Table {
  readonly kind: "Table";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly columnDefinitions: readonly ColumnDefinition[];
  readonly rows: readonly TableRow[];
}

/** The head of a column, as it is sent. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** One object in a table. */
export interface TableRow {
  readonly cells: readonly Cell[];
  readonly object?: unknown;
}

/** What a table is made with. */
export interface TableOptions {
  /** Of the kind. */
  readonly row: KindRow;
  /** Of the list, or of the one object. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly include: IncludedObject;
  /** Wall clock, in ms since 1970. */
  readonly now: number;
}

/** The table of objects of one kind. */
export function formatTable(
  objects: readonly KubernetesObject[],
  { row, ...options }: TableOptions,
): Table {
  return formatRows(objects, { columns: columnsOf(row), ...options });
}

/** The table of objects with these columns. */
export function formatRows<O extends Pick<KubernetesObject, "metadata">>(
  objects: readonly O[],
  { columns: { heads, cells }, metadata, include, now }: Omit<TableOptions, "row"> & {
    readonly columns: KindColumns<O>;
  },
): Table {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: heads.map(defineColumn),
    rows: objects.map((object) => ({
      cells: cells(object, now),
      ...(include !== "None" && { object: include === "Object" ? object : rowMetadataOf(object) }),
    })),
  };
}

/** An object without all but its metadata, as clients ask for that know no kind. */
export function metadataOf(
  { metadata }: Pick<KubernetesObject, "metadata">,
): Readonly<Record<string, unknown>> {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

/** What rows carry of an object: no table shows which managers have which fields. */
function rowMetadataOf(
  { metadata }: Pick<KubernetesObject, "metadata">,
): Readonly<Record<string, unknown>> {
  const { managedFields: _, ...shown } = metadata;
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: shown };
}

/** The head of a column as it is sent. */
export function defineColumn(
  { name, type = "string", isWide, format, description = "", priority }: ColumnHead,
): ColumnDefinition {
  return {
    name,
    type,
    format: format ?? (name === "Name" ? "name" : ""),
    description,
    priority: priority ?? (isWide ? 1 : 0),
  };
}
