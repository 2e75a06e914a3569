/**
 * What every object's `metadata` obeys.
 *
 * Rule: apimachinery, pkg/api/validation/objectmeta.go and
 * pkg/apis/meta/v1/validation/validation.go; Kubernetes, pkg/apis/core/validation/validation.go,
 * ValidateObjectMeta.
 */
import type { LabelSelector, ObjectMeta, OwnerReference } from "../../types/meta.ts";
import { forbidden, invalid, required, tooLong } from "../../types/errors.ts";
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
  type ValueRule,
} from "./validate_value.ts";

/** All annotations of an object together, in bytes. */
const MAX_ANNOTATIONS = 256 * 1024;

/** Kubernetes' own, which have no domain. */
const STANDARD_FINALIZERS = ["kubernetes", "orphan", "foregroundDeletion"];

/**
 * The metadata of an object (R-VALID-6 to R-VALID-9).
 *
 * @param nameRule what its name obeys.
 */
export function* validateObjectMeta(
  meta: ObjectMeta,
  nameRule: ValueRule = dnsSubdomainDetails,
  isNamespaced = true,
  hasOwnFinalizers = true,
): FieldErrors {
  if (meta.generateName) {
    // A generated name goes on after the prefix, so that a hyphen at its end does no harm;
    // Kubernetes replaces it and the character before it, and so do we.
    const { generateName } = meta;
    const details = nameRule(generateName.replace(/.-$/s, "a"));
    for (const detail of details) yield invalid("metadata.generateName", generateName, detail);
  }
  if (!meta.name) yield required("metadata.name", "name or generateName is required");
  else yield* validateValue("metadata.name", meta.name, nameRule);
  if (isNamespaced) {
    yield* validateRequired("metadata.namespace", meta.namespace, dnsLabelDetails);
  }
  yield* validateNonNegative("metadata.generation", meta.generation);
  if (meta.labels) yield* validateLabels("metadata.labels", meta.labels);
  if (meta.annotations) yield* validateAnnotations("metadata.annotations", meta.annotations);
  if (meta.ownerReferences) {
    yield* validateOwners("metadata.ownerReferences", meta.ownerReferences);
  }
  if (meta.finalizers) {
    yield* validateFinalizers("metadata.finalizers", meta.finalizers, hasOwnFinalizers);
  }
}

/**
 * Qualified names, and with a domain but for Kubernetes' own.
 *
 * @param isStrict whether a domain is needed; custom objects do without.
 */
export function* validateFinalizers(
  path: string,
  finalizers: readonly string[],
  isStrict = true,
): FieldErrors {
  for (const name of finalizers) yield* validateValue(path, name, qualifiedNameDetails);
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const detail = "finalizer orphan and foregroundDeletion cannot be both set";
    yield invalid(path, finalizers, detail);
  }
  for (const [i, name] of isStrict ? finalizers.entries() : []) {
    if (name.includes("/") || STANDARD_FINALIZERS.includes(name)) continue;
    const detail = "name is neither a standard finalizer name nor is it fully qualified";
    yield invalid(`${path}[${i}]`, name, detail);
  }
}

/**
 * Labels, or a selector of the same form; errors are on the whole map, as in Kubernetes
 * (R-VALID-9).
 */
export function* validateLabels(
  path: string,
  labels: Readonly<Record<string, string>>,
): FieldErrors {
  for (const [key, value] of Object.entries(labels)) {
    for (const detail of qualifiedNameDetails(key)) yield { ...invalid(path, key, detail), key };
    for (const detail of labelValueDetails(value)) yield { ...invalid(path, value, detail), key };
  }
}

/** A selector of labels (SELECTOR of R-VALID-5). */
export function* validateLabelSelector(path: string, selector: LabelSelector): FieldErrors {
  if (selector.matchLabels) yield* validateLabels(`${path}.matchLabels`, selector.matchLabels);
  for (const [i, expression] of (selector.matchExpressions ?? []).entries()) {
    const { key, operator, values = [] } = expression;
    const at = `${path}.matchExpressions[${i}]`;
    if (operator === "In" || operator === "NotIn") {
      const detail = "must be specified when `operator` is 'In' or 'NotIn'";
      if (values.length === 0) yield required(`${at}.values`, detail);
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      if (values.length > 0) yield forbidden(`${at}.values`, detail);
    } else yield invalid(`${at}.operator`, operator, "not a valid selector operator");
    yield* validateValue(`${at}.key`, key, qualifiedNameDetails);
    for (const [j, value] of values.entries()) {
      yield* validateValue(`${at}.values[${j}]`, value, labelValueDetails);
    }
  }
}

/** Keys and size of annotations; errors are on the whole map. */
export function* validateAnnotations(
  path: string,
  annotations: Readonly<Record<string, string>>,
): FieldErrors {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const detail of qualifiedNameDetails(key.toLowerCase())) {
      yield { ...invalid(path, key, detail), key };
    }
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
