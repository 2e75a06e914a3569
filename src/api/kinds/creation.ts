/**
 * What a create makes of an object before it is stored: the one way in for all kinds; pure.
 *
 * Rule: Kubernetes, apiserver, pkg/registry/rest/create.go, BeforeCreate, and meta.go,
 * FillObjectMetaSystemFields.
 */
import type { FieldError } from "../types/errors.ts";
import type { KubernetesObject } from "../types/kinds.ts";
import type { ObjectMeta } from "../types/meta.ts";
import type { NewObject, Ranges } from "../types/new_object.ts";
import { strategyOf } from "./kinds.ts";
import type { CreateStamp, Strategy } from "./strategy/strategy.ts";

/** Nothing is stored: any stamp is as good as another. */
const DRY_RUN: CreateStamp = {
  uid: "00000000-0000-0000-0000-000000000000",
  creationTimestamp: "1970-01-01T00:00:00Z",
};

/**
 * Completes, prepares and checks an object that is to be created (R-DEFAULT-4, R-DEFAULT-16,
 * R-VALID-1).
 */
export function prepareCreate<O extends KubernetesObject>(
  given: O,
  stamp: CreateStamp,
  row: Strategy<O> = strategyOf(given),
): NewObject<O> {
  const metadata = stampMetadata(row, given.metadata, stamp);
  const bare = withoutStatus(row, { ...given, metadata });
  const object = row.prepareForCreate(row.applyDefaults(bare), stamp);
  return { object, errors: [...row.validate(object)] };
}

/** All that a create would refuse, in Kubernetes' order, without storing anything. */
export function validateCreate(object: KubernetesObject): readonly FieldError[] {
  return planCreate(object, []).errors;
}

/**
 * An object as a create would store it beside others, without storing anything.
 *
 * @param others the objects that are there.
 */
export function planCreate(
  object: KubernetesObject,
  others: readonly KubernetesObject[],
): NewObject {
  const prepared = prepareCreate(object, DRY_RUN);
  return prepared.errors.length > 0 ? prepared : allocate(prepared.object, others);
}

/**
 * A valid object with what it is given of the ranges of its cluster.
 *
 * @param others the objects that are there; only those of its kind count.
 */
export function allocate<O extends KubernetesObject>(
  object: O,
  others: readonly KubernetesObject[],
  ranges: Ranges = {},
): NewObject<O> {
  const row = strategyOf(object);
  if (row.allocate === undefined) return { object, errors: [] };
  // Objects of one kind have one type.
  const alike = others.filter((it) => it.kind === object.kind) as unknown as readonly O[];
  return row.allocate(object, alike, ranges);
}

/** The manifest's values for the object's own life are replaced. */
function stampMetadata(
  { namespaced }: Strategy,
  given: ObjectMeta,
  { uid, creationTimestamp }: CreateStamp,
): ObjectMeta {
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, namespace, ...metadata } = given;
  return {
    ...metadata,
    ...(namespaced && { namespace: namespace || "default" }),
    uid,
    creationTimestamp,
  };
}

/** A new object has the status of a new object, whatever the manifest contains. */
function withoutStatus<O extends KubernetesObject>({ hasStatus }: Strategy<O>, object: O): O {
  if (!hasStatus || !("status" in object)) return object;
  const { status: _, ...rest } = object;
  return rest as unknown as O; // No kind's status is required.
}
