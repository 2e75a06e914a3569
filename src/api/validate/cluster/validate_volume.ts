/**
 * What a PersistentVolume obeys.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidatePersistentVolume and
 * ValidatePersistentVolumeUpdate. `Differs:` the fields of its source are not checked, since each
 * claim gets a directory of its own.
 */
import type { PersistentVolume, PersistentVolumeSpec } from "../../types/cluster.ts";
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import { nanosOf } from "../../types/qos.ts";
import { isEqual } from "../common/equality.ts";
import { validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import { dnsSubdomainDetails, type FieldErrors, validateValue } from "../common/validate_value.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const RECLAIM_POLICIES = ["Delete", "Recycle", "Retain"];
const VOLUME_MODES = ["Block", "Filesystem"];

/** The fields of a spec that are not the source of the volume. */
const OTHERS: ReadonlySet<string> = new Set([
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
]);

/** Everything that is wrong with a new volume, defaults applied. */
export function* persistentVolumeErrors({ metadata, spec }: PersistentVolume): FieldErrors {
  yield* validateObjectMeta(metadata, dnsSubdomainDetails, false);
  yield* accessErrors(spec.accessModes ?? []);
  yield* capacityErrors(spec.capacity ?? {});
  yield* sourceErrors(spec);
  const { persistentVolumeReclaimPolicy: policy, storageClassName, volumeMode } = spec;
  if (policy !== undefined && !RECLAIM_POLICIES.includes(policy)) {
    yield notSupported("spec.persistentVolumeReclaimPolicy", policy, RECLAIM_POLICIES);
  }
  if (spec.hostPath?.path === "/" && policy === "Recycle") {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    yield forbidden("spec.persistentVolumeReclaimPolicy", detail);
  }
  if (storageClassName) {
    yield* validateValue("spec.storageClassName", storageClassName, dnsSubdomainDetails);
  }
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    yield notSupported("spec.volumeMode", volumeMode, VOLUME_MODES);
  }
}

/** Everything that is wrong with replacing a volume, defaults applied to both. */
export function* persistentVolumeUpdateErrors(
  volume: PersistentVolume,
  old: PersistentVolume,
): FieldErrors {
  yield* validateMetaUpdate(volume.metadata, old.metadata);
  yield* persistentVolumeErrors(volume);
  if (!isEqual(sourcesOf(volume.spec), sourcesOf(old.spec))) {
    const detail = "spec.persistentvolumesource is immutable after creation";
    yield forbidden("spec.persistentvolumesource", detail);
  }
  if (volume.spec.volumeMode !== old.spec.volumeMode) {
    yield invalid("volumeMode", volume.spec.volumeMode, "field is immutable");
  }
}

function* accessErrors(modes: readonly string[]): FieldErrors {
  if (modes.length === 0) yield required("spec.accessModes");
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) yield notSupported("spec.accessModes", mode, ACCESS_MODES);
  }
  if (modes.includes("ReadWriteOncePod") && modes.length > 1) {
    const detail = "may not use ReadWriteOncePod with other access modes";
    yield forbidden("spec.accessModes", detail);
  }
}

function* capacityErrors(capacity: Readonly<Record<string, string>>): FieldErrors {
  const keys = Object.keys(capacity);
  if (keys.length === 0) return yield required("spec.capacity");
  if (keys.length > 1 || keys[0] !== "storage") {
    return yield notSupported("spec.capacity", capacity, ["storage"]);
  }
  const { storage = "" } = capacity;
  if (nanosOf(storage) > 0n) return;
  yield invalid("spec.capacity[storage]", storage, "must be greater than zero");
}

function* sourceErrors(spec: PersistentVolumeSpec): FieldErrors {
  const [first, ...more] = Object.keys(sourcesOf(spec));
  if (first === undefined) yield required("spec", "must specify a volume type");
  for (const source of more) {
    yield forbidden(`spec.${source}`, "may not specify more than 1 volume type");
  }
  if (spec.local !== undefined && spec.nodeAffinity === undefined) {
    yield required("metadata.annotations", "Local volume requires node affinity");
  }
}

function sourcesOf(spec: PersistentVolumeSpec): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !OTHERS.has(key)));
}
