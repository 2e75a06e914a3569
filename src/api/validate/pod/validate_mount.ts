/**
 * Where containers mount volumes.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateVolumeMounts and
 * ValidateVolumeDevices.
 */
import { forbidden, invalid, notFound, notSupported, required } from "../../types/errors.ts";
import type { Container, Volume, VolumeMount } from "../../types/pod.ts";
import { type FieldErrors, validateDescendingPath } from "../common/validate_value.ts";

/** `volumeMounts` and `volumeDevices` (R-VALID-44 to R-VALID-46). */
export function* validateMounts(
  path: string,
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
): FieldErrors {
  const { volumeMounts: mounts = [], volumeDevices: devices = [] } = container;
  const deviceNames = new Set(devices.map((it) => it.name));
  const devicePaths = new Set(devices.map((it) => it.devicePath));
  const taken = new Set<string>();
  for (const [i, mount] of mounts.entries()) {
    const at = `${path}.volumeMounts[${i}]`;
    const { name, mountPath } = mount;
    if (!name) yield required(`${at}.name`);
    if (!volumes.has(name)) yield notFound(`${at}.name`, name);
    if (!mountPath) yield required(`${at}.mountPath`);
    if (taken.has(mountPath)) yield invalid(`${at}.mountPath`, mountPath, "must be unique");
    taken.add(mountPath);
    if (deviceNames.has(name)) {
      yield invalid(`${at}.name`, name, "must not already exist in volumeDevices");
    }
    if (devicePaths.has(mountPath)) {
      const detail = "must not already exist as a path in volumeDevices";
      yield invalid(`${at}.mountPath`, mountPath, detail);
    }
    yield* validateSubPath(`${path}.volumeMounts`, i, mount);
    yield* validatePropagation(`${path}.volumeMounts`, mount, container);
  }
  if (devices.length > 0) yield* validateDevices(`${path}.volumeDevices`, container, volumes);
}

function* validateDevices(
  path: string,
  { volumeMounts: mounts = [], volumeDevices: devices = [] }: Container,
  volumes: ReadonlyMap<string, Volume>,
): FieldErrors {
  const mountNames = new Set(mounts.map((it) => it.name));
  const mountPaths = new Set(mounts.map((it) => it.mountPath));
  const [takenNames, takenPaths] = [new Set<string>(), new Set<string>()];
  for (const [i, { name, devicePath }] of devices.entries()) {
    const at = `${path}[${i}]`;
    const volume = volumes.get(name);
    if (!name) yield required(`${at}.name`);
    if (takenNames.has(name)) yield invalid(`${at}.name`, name, "must be unique");
    if (!volume) yield notFound(`${at}.name`, name);
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail =
        "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      yield invalid(`${at}.name`, name, detail);
    }
    if (!devicePath) yield required(`${at}.devicePath`);
    if (takenPaths.has(devicePath)) {
      yield invalid(`${at}.devicePath`, devicePath, "must be unique");
    }
    if (devicePath.split("/").includes("..")) {
      yield invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')");
    } else takenPaths.add(devicePath);
    if (mountNames.has(name)) {
      yield invalid(`${at}.name`, name, "must not already exist in volumeMounts");
    }
    if (mountPaths.has(devicePath)) {
      const detail = "must not already exist as a path in volumeMounts";
      yield invalid(`${at}.devicePath`, devicePath, detail);
    }
    if (name) takenNames.add(name);
  }
}

/**
 * Some of these errors are on the list, without the index of the mount, as in Kubernetes
 * (R-VALID-46).
 */
function* validateSubPath(
  path: string,
  index: number,
  mount: VolumeMount,
): FieldErrors {
  const { subPath, subPathExpr } = mount;
  const at = `${path}[${index}]`;
  if (subPath) yield* validateDescendingPath(`${path}.subPath`, subPath);
  if (!subPathExpr) return;
  if (subPath) {
    const detail = "subPathExpr and subPath are mutually exclusive";
    yield invalid(`${at}.subPathExpr`, subPathExpr, detail);
  }
  yield* validateDescendingPath(`${path}.subPathExpr`, subPathExpr);
}

function* validatePropagation(
  path: string,
  mount: VolumeMount,
  container: Container,
): FieldErrors {
  const { mountPropagation, recursiveReadOnly, readOnly } = mount;
  if (mountPropagation !== undefined) {
    const words = ["Bidirectional", "HostToContainer", "None"];
    const at = `${path}.mountPropagation`;
    if (!words.includes(mountPropagation)) yield notSupported(at, mountPropagation, words);
    if (mountPropagation === "Bidirectional" && !container.securityContext?.privileged) {
      const detail = "Bidirectional mount propagation is available only to privileged containers";
      yield forbidden(at, detail);
    }
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return;
  const at = `${path}.recursiveReadOnly`;
  if (recursiveReadOnly !== "Enabled" && recursiveReadOnly !== "IfPossible") {
    yield notSupported(at, recursiveReadOnly, ["Disabled", "Enabled", "IfPossible"]);
    return;
  }
  if (!readOnly) yield forbidden(at, "may only be specified when readOnly is true");
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    yield forbidden(at, "may only be specified when mountPropagation is None or not specified");
  }
}
