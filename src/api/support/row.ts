/** What fields get, in one word and a note; pure. */
/**
 * `enforced`: does what Kubernetes says. `emulated`: has the effect that one node without a cluster
 * can give it. `ignored`: accepted with a warning. `refused`: Kubernetes accepts it, and a run of
 * it is refused.
 */
export type Support = "enforced" | "emulated" | "ignored" | "refused";

/** What a field gets. */
export interface FieldSupport {
  /** How far. */
  readonly support: Support;
  /** Why, or by which rule: one line, no full stop. */
  readonly note: string;
}

/** One row: what a field gets, and the values of it that ask for nothing. */
export interface Row extends FieldSupport {
  /** Values that ask for nothing that is missing; false, empty text and empty lists never do. */
  readonly harmless: readonly unknown[];
}

/** Rows by path: `spec.containers[].image`. */
export type Rows = Readonly<Record<string, Row>>;

/**
 * Makes a row of a kind of support.
 *
 * @param harmless values that ask for nothing that is missing.
 */
export type MakeRow = (note: string, ...harmless: readonly unknown[]) => Row;

const row = (support: Support): MakeRow => (note, ...harmless) => ({
  support,
  note,
  harmless,
});
/** It does what Kubernetes says. */
export const enforced: MakeRow = row("enforced");
/** It has the effect that one node without a cluster can give it. */
export const emulated: MakeRow = row("emulated");
/** It is accepted with a warning. */
export const ignored: MakeRow = row("ignored");
/** A run of it is refused. */
export const refused: MakeRow = row("refused");

/** Of what the server and the node write. */
export const BY_SERVER: Row = emulated(
  "set by the node; the manifest's value is replaced, as in Kubernetes",
);
/** Of what controllers write. */
export const BY_CONTROLLER: Row = emulated(
  "set by its controller; the manifest's value is replaced",
);

/** Of every object. */
export const METADATA: Rows = {
  "apiVersion": enforced("selects how the object is read"),
  "kind": enforced("selects how the object is read"),
  "metadata.name": enforced("R-VALID-6, R-VALID-7"),
  "metadata.generateName": emulated("the name gets its random ending here"),
  "metadata.namespace": enforced("R-VALID-8, R-DEFAULT-4"),
  "metadata.labels": enforced("R-VALID-9, R-ENV-5"),
  "metadata.annotations": enforced("R-ENV-5"),
  "metadata.uid": BY_SERVER,
  "metadata.creationTimestamp": BY_SERVER,
  "metadata.deletionGracePeriodSeconds": BY_SERVER,
  "metadata.deletionTimestamp": BY_SERVER,
  "metadata.generation": BY_SERVER,
  "metadata.managedFields": BY_SERVER,
  "metadata.resourceVersion": BY_SERVER,
  "metadata.selfLink": BY_SERVER,
  "metadata.finalizers": emulated("the object stays until they are removed; no run waits for that"),
  "metadata.ownerReferences": emulated(
    "where an object manages Pods: what is left when its owners are gone is deleted (R-GC-1)",
  ),
};

/** Rows below a path. */
export function below(path: string, rows: Rows): Rows {
  return Object.fromEntries(Object.entries(rows).map(([key, row]) => [`${path}.${key}`, row]));
}
