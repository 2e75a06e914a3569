/**
 * What an update makes of an object before it is stored, for all kinds; pure.
 *
 * Rule: Kubernetes, apiserver, pkg/registry/rest/update.go, BeforeUpdate; apimachinery,
 * pkg/api/validation/objectmeta.go, ValidateObjectMetaUpdate.
 */
import type { KubernetesObject } from "../types/kinds.ts";
import type { ObjectMeta } from "../types/meta.ts";
import type { NewObject } from "../types/new_object.ts";
import { isEqual } from "../validate/common/equality.ts";
import { validateMetaUpdate } from "../validate/common/validate_meta_update.ts";
import { strategyOf } from "./kinds.ts";
import type { Strategy } from "./strategy/strategy.ts";

/** How an object is updated. */
export interface UpdateOptions<O extends KubernetesObject> {
  /** The part of the spec that alone is changed: the name of its subresource. */
  readonly part?: string | undefined;
  /** Of its kind. @default that of the kinds of this program */
  readonly row?: Strategy<O>;
}

/**
 * Completes and checks an object that is to replace the present one. Its status stays, and what it
 * leaves out of the metadata that belongs to the server; a change of its spec raises the
 * generation.
 */
export function prepareUpdate<O extends KubernetesObject>(
  given: O,
  present: O,
  { part, row = strategyOf(present) }: UpdateOptions<O> = {},
): NewObject<O> {
  const metadata = keepMetadata(given.metadata, present.metadata);
  if (part !== undefined) return prepareSpecPart(row, { ...given, metadata }, { present, part });
  const completed = row.applyDefaults(withStatus(row, { ...given, metadata }, present));
  const prepared = row.prepareForUpdate?.(completed, present) ?? completed;
  const object = withGeneration(row, prepared, present);
  return { object, errors: [...validateUpdate(row, object, present)] };
}

/** Whatever else of the object is given stays as it is. */
function prepareSpecPart<O extends KubernetesObject>(
  row: Strategy<O>,
  given: O,
  { present, part: name }: { readonly present: O; readonly part: string },
): NewObject<O> {
  const part = row.specParts?.[name];
  if (part === undefined) throw new Error(`${row.kind} has no part ${name}`);
  const { resourceVersion, managedFields } = given.metadata;
  const changed = part.prepare(given, present);
  const completed = row.applyDefaults({
    ...changed,
    metadata: {
      ...changed.metadata,
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(managedFields && { managedFields }),
    },
  });
  const object = withGeneration(row, completed, present);
  return { object, errors: [...part.validate(object, present)] };
}

function validateUpdate<O extends KubernetesObject>(row: Strategy<O>, object: O, present: O) {
  if (row.validateUpdate) return row.validateUpdate(object, present);
  return [...validateMetaUpdate(object.metadata, present.metadata), ...row.validate(object)];
}

/** What a client does not know of, or may leave out. */
function keepMetadata(given: ObjectMeta, present: ObjectMeta): ObjectMeta {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = present;
  const { namespace, resourceVersion, generation } = present;
  return {
    ...given,
    ...(namespace !== undefined && { namespace: given.namespace || namespace }),
    ...(uid !== undefined && { uid: given.uid || uid }),
    ...(creationTimestamp && { creationTimestamp: given.creationTimestamp || creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    ...(resourceVersion && { resourceVersion: given.resourceVersion || resourceVersion }),
    ...(generation !== undefined && { generation }),
  };
}

function withStatus<O extends KubernetesObject>(
  { hasStatus }: Strategy<O>,
  object: O,
  present: O,
): O {
  if (!hasStatus) return object;
  const { status: _, ...rest } = object as O & { readonly status?: unknown };
  // The status is of the same kind as the object.
  return { ...rest, ...("status" in present && { status: present.status }) } as unknown as O;
}

/** Only kinds with a generation have it raised. */
function withGeneration<O extends KubernetesObject>(row: Strategy<O>, object: O, present: O): O {
  const { generation } = present.metadata;
  if (generation === undefined || !(row.hasStatus || row.raisesGeneration)) return object;
  const specOf = (it: O) => "spec" in it ? it.spec : undefined;
  const isChanged = !isEqual(specOf(object), specOf(present));
  if (!isChanged && !row.raisesGeneration?.(object, present)) return object;
  return { ...object, metadata: { ...object.metadata, generation: generation + 1 } };
}
