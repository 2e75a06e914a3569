/**
 * What may change in a Pod that is there already (R-VALID-30).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePodUpdate.
 */
import { isObject } from "../../../base/plain_data.ts";
import { type FieldError, forbidden, invalid } from "../../types/errors.ts";
import type { Container, Pod, PodSpec, Toleration } from "../../types/pod.ts";
import { validateAnnotationUpdate } from "../pod/validate_annotations.ts";
import { isEqual } from "../common/equality.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import { podErrors } from "../pod/validate_pod.ts";
import type { FieldErrors } from "../common/validate_value.ts";

const CHANGEABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];

/**
 * Everything that is wrong with replacing `oldPod` by `newPod`, defaults applied to both.
 *
 * Differs: the difference below the last error is our own, a line for each field; Kubernetes prints
 * a Go diff.
 */
export function validatePodUpdate(newPod: Pod, oldPod: Pod): readonly FieldError[] {
  return [...updateErrors(newPod, oldPod)];
}

function* updateErrors(newPod: Pod, oldPod: Pod): FieldErrors {
  yield* validateMetaUpdate(newPod.metadata, oldPod.metadata);
  yield* validateAnnotationUpdate(
    "metadata.annotations",
    newPod.metadata.annotations ?? {},
    oldPod.metadata.annotations ?? {},
  );
  yield* podErrors(newPod);

  const [spec, oldSpec] = [newPod.spec, oldPod.spec];
  for (const key of ["containers", "initContainers"] as const) {
    if ((spec[key]?.length ?? 0) !== (oldSpec[key]?.length ?? 0)) {
      return yield forbidden(`spec.${key}`, "pod updates may not add or remove containers");
    }
  }
  const deadlineError = findDeadlineError(spec, oldSpec);
  if (deadlineError) yield deadlineError;
  yield* validateAddedTolerations(spec.tolerations ?? [], oldSpec.tolerations ?? []);
  yield* validateGates(spec, oldSpec);

  const difference = listDifferences("spec", withoutChangeable(spec, oldSpec), oldSpec);
  if (difference.length > 0) {
    const fields = CHANGEABLE.join(",");
    const lines = difference.join("\n");
    yield forbidden("spec", `pod updates may not change fields other than ${fields}\n${lines}`);
  }
}

/** The deadline may be set, and then only come nearer. */
function findDeadlineError(spec: PodSpec, oldSpec: PodSpec): FieldError | undefined {
  const path = "spec.activeDeadlineSeconds";
  const [deadline, old] = [spec.activeDeadlineSeconds, oldSpec.activeDeadlineSeconds];
  if (old === undefined || deadline === old) return undefined;
  if (deadline === undefined) {
    return invalid(path, null, "must not update from a positive integer to nil value");
  }
  return deadline > old
    ? invalid(path, deadline, "must be less than or equal to previous value")
    : undefined;
}

/** Of a toleration that is there only the time may change. */
function* validateAddedTolerations(
  tolerations: readonly Toleration[],
  old: readonly Toleration[],
): FieldErrors {
  const keyOf = ({ key = "", operator = "", value = "", effect = "" }: Toleration) =>
    JSON.stringify([key, operator, value, effect]);
  const kept = new Set(tolerations.map(keyOf));
  if (!old.every((it) => kept.has(keyOf(it)))) {
    const detail = "existing toleration can not be modified except its tolerationSeconds";
    yield forbidden("spec.tolerations", detail);
  }
}

function* validateGates(spec: PodSpec, oldSpec: PodSpec): FieldErrors {
  const known = new Set((oldSpec.schedulingGates ?? []).map((it) => it.name));
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    if (known.has(name)) continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    yield forbidden(`spec.schedulingGates[${i}].name`, detail);
  }
}

/** The new spec with the old values of all that may change, so that what differs still may not. */
function withoutChangeable(spec: PodSpec, oldSpec: PodSpec): PodSpec {
  const withOldImages = (
    containers: readonly Container[],
    old: readonly Container[] | undefined,
  ) => containers.map((it, i) => overwrite(it, old?.[i], ["image"]));
  const graceRepaired = (oldSpec.terminationGracePeriodSeconds ?? 0) < 0 &&
    spec.terminationGracePeriodSeconds === 1;
  return {
    ...overwrite(spec, oldSpec, [
      "activeDeadlineSeconds",
      "tolerations",
      "schedulingGates",
      ...(graceRepaired ? ["terminationGracePeriodSeconds"] as const : []),
    ]),
    containers: withOldImages(spec.containers, oldSpec.containers),
    ...(spec.initContainers && {
      initContainers: withOldImages(spec.initContainers, oldSpec.initContainers),
    }),
  };
}

/** A copy with the other's values of some keys, left out where the other has none. */
function overwrite<T extends object>(
  object: T,
  other: T | undefined,
  keys: readonly (keyof T)[],
): T {
  const copy = { ...object };
  for (const key of keys) {
    if (other?.[key] === undefined) delete copy[key];
    else copy[key] = other[key];
  }
  return copy;
}

/** `PATH: OLD -> NEW` for each value that differs. */
function listDifferences(path: string, value: unknown, old: unknown): string[] {
  if (isEqual(value, old)) return [];
  if (Array.isArray(value) && Array.isArray(old) && value.length === old.length) {
    return value.flatMap((it, i) => listDifferences(`${path}[${i}]`, it, old[i]));
  }
  if (isObject(value) && isObject(old)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(value)]);
    return [...keys].flatMap((key) => listDifferences(`${path}.${key}`, value[key], old[key]));
  }
  return [`${path}: ${JSON.stringify(old) ?? "unset"} -> ${JSON.stringify(value) ?? "unset"}`];
}
