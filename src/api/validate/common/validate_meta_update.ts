/**
 * What may change in the `metadata` of an object that is there already.
 *
 * Rule: apimachinery, pkg/api/validation/objectmeta.go, ValidateObjectMetaUpdate.
 */
import { forbidden, invalid } from "../../types/errors.ts";
import type { ObjectMeta } from "../../types/meta.ts";
import type { FieldErrors } from "./validate_value.ts";

/** Everything that is wrong with replacing `oldMeta` by `meta`. */
export function* validateMetaUpdate(meta: ObjectMeta, oldMeta: ObjectMeta): FieldErrors {
  if (oldMeta.deletionTimestamp !== undefined) {
    const known = oldMeta.finalizers ?? [];
    const added = (meta.finalizers ?? []).filter((it) => !known.includes(it));
    if (added.length > 0) {
      const list = added.map((it) => JSON.stringify(it)).join(", ");
      yield forbidden(
        "metadata.finalizers",
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
      );
    }
  }
  if (!meta.resourceVersion) {
    yield invalid("metadata.resourceVersion", "", "must be specified for an update");
  }
  if ((meta.generation ?? 0) < (oldMeta.generation ?? 0)) {
    yield invalid("metadata.generation", meta.generation ?? 0, "must not be decremented");
  }
  const fixed = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const;
  for (const key of fixed) {
    if (meta[key] !== oldMeta[key]) {
      yield invalid(`metadata.${key}`, meta[key], "field is immutable");
    }
  }
}
