/** How the store refuses an object: of a kind that is gone, with wrong fields, as things stand. */
import type { KindTable } from "../api/kinds/kind_table.ts";
import { kindNameOf, qualifiedKindOf } from "../api/kinds/kinds.ts";
import type { Strategy } from "../api/kinds/strategy/strategy.ts";
import { type FieldError, InvalidObjectError } from "../api/types/errors.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import { StatusError, type StatusReason } from "./status_error.ts";

/** Why, which object, and what {@link StatusError} takes beside that. */
export type Refusal = [
  reason: StatusReason,
  object: KubernetesObject,
  more?: ConstructorParameters<typeof StatusError>[3],
];

/** The refusal of a request about an object. */
export function refusalOf(kinds: KindTable, ...[reason, object, more]: Refusal): StatusError {
  const resource = kinds.resourceOf(kindNameOf(object));
  return new StatusError(reason, resource, object.metadata.name, more);
}

/**
 * Refuses an object with wrong fields.
 *
 * @throws {InvalidObjectError} with what is wrong, if anything is.
 */
export function refuseInvalid(object: KubernetesObject, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const { kind, metadata: { name } } = object;
  throw new InvalidObjectError({ kind, qualifiedKind: qualifiedKindOf(object), name }, errors);
}

/**
 * The row of an object's kind.
 *
 * @throws {StatusError} `NotFound`: its definition is gone.
 */
export function rowOf<O extends KubernetesObject>(kinds: KindTable, object: O): Strategy<O> {
  const row = kinds.rowOf(object);
  if (row === undefined) throw refusalOf(kinds, "NotFound", object);
  return row;
}
