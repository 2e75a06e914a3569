/**
 * What every object's `metadata` obeys.
 *
 * Rule: apimachinery, pkg/api/validation/objectmeta.go.
 */
import type { ObjectMeta, OwnerReference } from "../types/meta.ts";
import { invalid, required, tooLong } from "../types/errors.ts";
import {
  byteLength,
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  labelValueDetails,
  qualifiedNameDetails,
  validateNonNegative,
  validateRequired,
  validateValue,
} from "./validate_value.ts";

/** All annotations of an object together, in bytes. */
const MAX_ANNOTATIONS = 256 * 1024;

/** The metadata of a namespaced object whose name is a DNS subdomain (R-VALID-6 to R-VALID-9). */
export function* validateObjectMeta(meta: ObjectMeta): FieldErrors {
  if (meta.generateName) {
    // A generated name goes on after the prefix, so a hyphen at its end does no harm.
    const { generateName } = meta;
    const details = dnsSubdomainDetails(generateName.replace(/-$/, "a"));
    for (const detail of details) yield invalid("metadata.generateName", generateName, detail);
  }
  if (!meta.name) yield required("metadata.name", "name or generateName is required");
  else yield* validateValue("metadata.name", meta.name, dnsSubdomainDetails);
  yield* validateRequired("metadata.namespace", meta.namespace, dnsLabelDetails);
  yield* validateNonNegative("metadata.generation", meta.generation);
  if (meta.labels) yield* validateLabels("metadata.labels", meta.labels);
  if (meta.annotations) yield* validateAnnotations("metadata.annotations", meta.annotations);
  if (meta.ownerReferences) {
    yield* validateOwners("metadata.ownerReferences", meta.ownerReferences);
  }
  for (const finalizer of meta.finalizers ?? []) {
    yield* validateValue("metadata.finalizers", finalizer, qualifiedNameDetails);
  }
}

/** Labels, or a selector of the same form; errors are on the whole map, as in Kubernetes (R-VALID-9). */
export function* validateLabels(
  path: string,
  labels: Readonly<Record<string, string>>,
): FieldErrors {
  for (const [key, value] of Object.entries(labels)) {
    yield* validateValue(path, key, qualifiedNameDetails);
    yield* validateValue(path, value, labelValueDetails);
  }
}

/** Keys and size of annotations; errors are on the whole map. */
export function* validateAnnotations(
  path: string,
  annotations: Readonly<Record<string, string>>,
): FieldErrors {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const detail of qualifiedNameDetails(key.toLowerCase())) yield invalid(path, key, detail);
    size += byteLength(key) + byteLength(value);
  }
  if (size > MAX_ANNOTATIONS) yield tooLong(path, MAX_ANNOTATIONS);
}

function* validateOwners(path: string, owners: readonly OwnerReference[]): FieldErrors {
  let controller: string | undefined;
  for (const owner of owners) {
    if (!owner.apiVersion) {
      yield invalid(`${path}.apiVersion`, owner.apiVersion, "version must not be empty");
    }
    for (const key of ["kind", "name", "uid"] as const) {
      if (!owner[key]) yield invalid(`${path}.${key}`, owner[key], "must not be empty");
    }
    if (owner.controller) {
      const name = `${owner.kind}/${owner.name}`;
      if (controller !== undefined) {
        yield invalid(
          path,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        );
      }
      controller ??= name;
    }
  }
}
