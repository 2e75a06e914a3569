/** The columns that every kind has; pure. */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { formatSince } from "./age.ts";
import type { Column } from "./column.ts";

/** `metadata.name` */
export const name: Column<Pick<KubernetesObject, "metadata">> = {
  name: "Name",
  cell: ({ metadata }) => metadata.name,
};

/** Since its creation. */
export const age: Column<Pick<KubernetesObject, "metadata">> = {
  name: "Age",
  cell: ({ metadata }, now) => formatSince(metadata.creationTimestamp, now),
};
