/**
 * PersistentVolumeClaims, and the templates of claims in a Pod's volumes.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePersistentVolumeClaim and
 * ValidatePersistentVolumeClaimTemplate. `Differs:` fields that select a volume among others are
 * not checked, since there are no others.
 */
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "../../types/core.ts";
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { ObjectMeta } from "../../types/meta.ts";
import type { PersistentVolumeClaimTemplate } from "../../types/pod.ts";
import { nanosOf } from "../../types/qos.ts";
import { validateAnnotations, validateLabels, validateObjectMeta } from "./validate_meta.ts";
import { dnsSubdomainDetails, type FieldErrors, validateValue } from "./validate_value.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES = ["Block", "Filesystem"];

/** What is wrong with a PersistentVolumeClaim. */
export function* claimErrors({ metadata, spec }: PersistentVolumeClaim): FieldErrors {
  yield* validateObjectMeta(metadata);
  yield* validateClaimSpec("spec", spec);
}

/** What is wrong with a template of claims; its metadata are only for labels and annotations. */
export function* validateClaimTemplate(
  path: string,
  template: PersistentVolumeClaimTemplate | undefined,
): FieldErrors {
  if (template === undefined) return yield required(path);
  yield* validateTemplateMeta(`${path}.metadata`, template.metadata ?? { name: "" });
  yield* validateClaimSpec(`${path}.spec`, template.spec);
}

function* validateTemplateMeta(path: string, metadata: ObjectMeta): FieldErrors {
  const { annotations, labels, ...others } = metadata;
  if (annotations) yield* validateAnnotations(`${path}.annotations`, annotations);
  if (labels) yield* validateLabels(`${path}.labels`, labels);
  for (const [key, value] of Object.entries(others)) {
    if (value) yield forbidden(`${path}.${key}`, "cannot be set");
  }
}

/** What is wrong with the spec of a claim, or of a template of claims. */
export function* validateClaimSpec(path: string, spec: PersistentVolumeClaimSpec): FieldErrors {
  const { accessModes = [], volumeMode, resources } = spec;
  if (accessModes.length === 0) {
    yield required(`${path}.accessModes`, "at least 1 access mode is required");
  }
  for (const mode of accessModes) {
    if (!ACCESS_MODES.includes(mode)) yield notSupported(`${path}.accessModes`, mode, ACCESS_MODES);
  }
  const others = accessModes.filter((it) => it !== "ReadWriteOncePod" && ACCESS_MODES.includes(it));
  if (accessModes.includes("ReadWriteOncePod") && others.length > 0) {
    const detail = "may not use ReadWriteOncePod with other access modes";
    yield forbidden(`${path}.accessModes`, detail);
  }
  const storage = resources?.requests?.["storage"];
  if (storage === undefined) yield required(`${path}.resources[storage]`);
  else if (nanosOf(storage) <= 0n) {
    yield invalid(`${path}.resources[storage]`, storage, "must be greater than zero");
  }
  for (const key of ["storageClassName", "volumeAttributesClassName"] as const) {
    const name = spec[key];
    if (name) yield* validateValue(`${path}.${key}`, name, dnsSubdomainDetails);
  }
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    yield notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES);
  }
}
