/**
 * What a table of objects is made of; pure.
 *
 * Rule: Kubernetes, pkg/printers/internalversion/printers.go, AddHandlers.
 */
import type { LabelSelector } from "../../api/types/meta.ts";
import type { Container, Pod } from "../../api/types/pod.ts";

/** A cell: text or a number, or nothing. */
export type Cell = string | number | boolean | null;

/** The head of a column. */
export interface ColumnHead {
  /** As its head shows it, in capitals: `Up-to-date`. */
  readonly name: string;
  /** @default string */
  readonly type?: "string" | "integer" | "number" | "boolean" | "date";
  /** @default `name` of a name, else none */
  readonly format?: string;
  /** @default none */
  readonly description?: string;
  /** Shown with `-o wide` only. @default false */
  readonly isWide?: boolean;
  /** From 1 on it is wide; there is no other use of the number. */
  readonly priority?: number;
}

/** A column and its cells. */
export interface Column<O> extends ColumnHead {
  /** @param now wall clock, in ms since 1970. */
  readonly cell: (object: O, now: number) => Cell;
}

/** All columns of a kind, the name first. */
export interface KindColumns<O> {
  readonly heads: readonly ColumnHead[];
  /** @param now wall clock, in ms since 1970. */
  readonly cells: (object: O, now: number) => readonly Cell[];
}

/** Columns of which each knows its own cells. */
export function columnsEach<O>(columns: readonly Column<O>[]): KindColumns<O> {
  return { heads: columns, cells: (object, now) => columns.map(({ cell }) => cell(object, now)) };
}

/** The content of an empty cell. */
export const NONE = "<none>";

/** The names of the containers of a template. */
export function formatContainers(
  { spec }: Pick<Pod, "spec"> | { readonly spec: Pod["spec"] },
): string {
  return spec.containers.map(({ name }) => name).join(",");
}

/** The images of the containers of a template. */
export function formatImages(
  { spec }: { readonly spec: { readonly containers: readonly Container[] } },
): string {
  return spec.containers.map(({ image = "" }) => image).join(",");
}

/**
 * A selector as it is typed.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/helpers.go, FormatLabelSelector, and
 * pkg/labels/selector.go, Requirement.String.
 */
export function formatSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return NONE;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const requirements = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      const list = `(${values.toSorted().join(",")})`;
      switch (operator) {
        case "In":
          return { key, text: `${key} in ${list}` };
        case "NotIn":
          return { key, text: `${key} notin ${list}` };
        case "Exists":
          return { key, text: key };
        default:
          return { key, text: `!${key}` };
      }
    }),
  ];
  const texts = requirements.toSorted((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    .map(({ text }) => text);
  return texts.length === 0 ? NONE : texts.join(",");
}

/** Labels as they are typed. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const texts = Object.entries(labels ?? {}).toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([key, value]) => `${key}=${value}`);
  return texts.length === 0 ? NONE : texts.join(",");
}

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

/** The access modes of a volume, in short. */
export function formatAccessModes(modes: readonly string[] = []): string {
  return modes.map((it) => MODES[it] ?? it).join(",");
}
