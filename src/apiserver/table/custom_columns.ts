/**
 * The columns of definitions, and those that definitions give their kinds; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/registry/customresource/tableconvertor and
 * pkg/registry/customresourcedefinition/tableconvertor.
 */
import { parseJsonPath, readJsonPath } from "../../api/custom/json_path.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "../../api/types/definition.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { remembered } from "../../base/remembered.ts";
import { formatSince } from "./age.ts";
import {
  type Cell,
  type Column,
  type ColumnHead,
  columnsEach,
  type KindColumns,
} from "./column.ts";
import { name } from "./object_columns.ts";

/** Of definitions. */
export const definitionColumns: readonly Column<CustomResourceDefinition>[] = [
  name,
  { name: "Created At", type: "date", cell: ({ metadata }) => metadata.creationTimestamp ?? "" },
];

/** Of a version that gives none. */
const AGE: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  description:
    "CreationTimestamp is a timestamp representing the server time when this object was " +
    "created.",
  jsonPath: ".metadata.creationTimestamp",
};

/** The columns of a version; where the path of one cannot be read, name and age. */
export const customColumnsOf: (
  version: CustomResourceDefinitionVersion,
) => KindColumns<KubernetesObject> = remembered(
  (version: CustomResourceDefinitionVersion): KindColumns<KubernetesObject> => {
    const { additionalPrinterColumns: given = [] } = version;
    const isReadable = given.length > 0 &&
      given.every(({ jsonPath }) => parseJsonPath(jsonPath) !== undefined);
    const columns = isReadable ? given : [AGE];
    return columnsEach([name, ...columns.map(columnOf)]);
  },
);

function columnOf(column: CustomResourceColumnDefinition): Column<KubernetesObject> {
  const { name, type, format = "", description, priority = 0, jsonPath } = column;
  return {
    name,
    // Validation leaves no other.
    type: type as NonNullable<ColumnHead["type"]>,
    format,
    description: description ||
      `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    cell: (object, now) => cellOf(readJsonPath(object, jsonPath)[0], type, now),
  };
}

function cellOf(value: unknown, type: string, now: number): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      if (typeof value !== "string") return null;
      return Number.isNaN(Date.parse(value)) ? "<invalid>" : formatSince(value, now);
    default:
      return typeof value === "string" ? value : JSON.stringify(value);
  }
}
