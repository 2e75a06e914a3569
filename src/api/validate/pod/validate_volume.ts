/**
 * A Pod's volumes (R-VALID-41 to R-VALID-43).
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateVolumes.
 */
import { duplicate, forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type {
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
} from "../../types/pod.ts";
import { nanosOf } from "../../types/qos.ts";
import { validateClaimTemplate } from "../common/validate_claim.ts";
import { validateFieldRef, validateResourceFieldRef } from "./validate_env.ts";
import {
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  validateLocalPath,
  validateNoBacksteps,
  validateRequired,
} from "../common/validate_value.ts";
import { validateVolumeKind } from "./validate_volume_kinds.ts";

/** What a downward API volume may hold of the Pod. */
const VOLUME_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** In this order the second of two sources is found (R-VALID-42). */
const SOURCES = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flocker",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "quobyte",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
] as const satisfies readonly (keyof Volume)[];

/** As Kubernetes spells a source that is one too many. */
const SPELLED: Readonly<Partial<Record<keyof Volume, string>>> = {
  cephfs: "cephFS",
  downwardAPI: "downwarAPI",
};

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

/**
 * Validates `spec.volumes` and puts those without an error into `known` (R-VALID-41 to R-VALID-44).
 */
export function* validateVolumes(
  volumes: readonly Volume[],
  podName: string,
  known: Map<string, Volume>,
): FieldErrors {
  for (const [i, volume] of volumes.entries()) {
    const path = `spec.volumes[${i}]`;
    const errors = [
      ...validateSource(path, volume, podName),
      ...validateRequired(`${path}.name`, volume.name, dnsLabelDetails),
    ];
    if (known.has(volume.name)) errors.push(duplicate(`${path}.name`, volume.name));
    if (errors.length === 0) known.set(volume.name, volume);
    yield* errors;
  }
}

function* validateSource(path: string, volume: Volume, podName: string): FieldErrors {
  const [first, ...more] = SOURCES.filter((it) => volume[it] !== undefined);
  if (first === undefined) return yield required(path, "must specify a volume type");

  const { emptyDir, hostPath, configMap, secret, downwardAPI, projected } = volume;
  const at = `${path}.${first}`;
  if (emptyDir && nanosOf(emptyDir.sizeLimit) < 0n) {
    yield forbidden(`${at}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
  }
  if (first === "hostPath" && hostPath) yield* validateHostPath(at, hostPath);
  if (first === "configMap" && configMap) {
    if (!configMap.name) yield required(`${at}.name`);
    yield* validateMode(`${at}.defaultMode`, configMap.defaultMode);
    yield* validateItems(`${at}.items`, configMap.items ?? []);
  }
  if (first === "secret" && secret) {
    if (!secret.secretName) yield required(`${at}.secretName`);
    yield* validateMode(`${at}.defaultMode`, secret.defaultMode);
    yield* validateItems(`${at}.items`, secret.items ?? []);
  }
  if (first === "downwardAPI" && downwardAPI) {
    yield* validateMode(`${at}.defaultMode`, downwardAPI.defaultMode);
    for (const item of downwardAPI.items ?? []) yield* validateDownwardAPIItem(at, item);
  }
  if (first === "projected" && projected) yield* validateProjected(at, projected);
  if (first === "ephemeral" && volume.ephemeral) {
    yield* validateClaimTemplate(`${at}.volumeClaimTemplate`, volume.ephemeral.volumeClaimTemplate);
    const claim = `${podName}-${volume.name}`;
    for (const detail of podName && volume.name ? dnsSubdomainDetails(claim) : []) {
      const shown = JSON.stringify(claim);
      yield invalid(`${path}.name`, volume.name, `PVC name ${shown}: ${detail}`);
    }
  }
  yield* validateVolumeKind(at, first, volume);
  for (const other of more) {
    yield forbidden(
      `${path}.${SPELLED[other] ?? other}`,
      "may not specify more than 1 volume type",
    );
  }
}

/** R-VALID-43. */
function* validateHostPath(path: string, source: HostPathVolumeSource): FieldErrors {
  if (!source.path) return yield required(`${path}.path`);
  yield* validateNoBacksteps(`${path}.path`, source.path);
  if (source.type !== undefined && !HOST_PATH_TYPES.includes(source.type)) {
    yield notSupported(`${path}.type`, source.type, HOST_PATH_TYPES);
  }
}

/** R-VALID-59. */
function* validateItems(path: string, items: readonly KeyToPath[]): FieldErrors {
  for (const [i, item] of items.entries()) {
    if (!item.key) yield required(`${path}[${i}].key`);
    yield* validateLocalPath(`${path}[${i}].path`, item.path);
    yield* validateMode(`${path}[${i}].mode`, item.mode);
  }
}

/** Errors carry the path of the volume: Kubernetes leaves the item's index out (R-VALID-61). */
function* validateDownwardAPIItem(path: string, item: DownwardAPIVolumeFile): FieldErrors {
  yield* validateLocalPath(`${path}.path`, item.path);
  if (item.fieldRef) {
    yield* validateFieldRef(`${path}.fieldRef`, item.fieldRef, VOLUME_FIELDS);
    if (item.resourceFieldRef) {
      const detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
      yield invalid(path, "resource", detail);
    }
  } else if (item.resourceFieldRef) {
    const at = `${path}.resourceFieldRef`;
    if (!item.resourceFieldRef.containerName) yield required(`${at}.containerName`);
    else yield* validateResourceFieldRef(at, item.resourceFieldRef);
  } else {
    yield required(path, "one of fieldRef and resourceFieldRef is required");
  }
  yield* validateMode(`${path}.mode`, item.mode);
}

function* validateProjected(path: string, projected: ProjectedVolumeSource): FieldErrors {
  yield* validateMode(`${path}.defaultMode`, projected.defaultMode);
  const taken = new Set<string>();
  function* claim(file: string, shown: string | undefined): FieldErrors {
    if (taken.has(file)) yield invalid(path, shown ?? "", "conflicting duplicate paths");
    taken.add(file);
  }

  for (const [i, source] of (projected.sources ?? []).entries()) {
    const at = `${path}.sources[${i}]`;
    const { secret, configMap, downwardAPI, serviceAccountToken } = source;
    for (const [key, object] of Object.entries({ secret, configMap })) {
      if (!object) continue;
      if (!object.name) yield required(`${at}.${key}.name`);
      yield* validateItems(`${at}.${key}.items`, object.items ?? []);
      for (const item of object.items ?? []) if (item.path) yield* claim(item.path, object.name);
    }
    for (const item of downwardAPI?.items ?? []) {
      yield* validateDownwardAPIItem(`${at}.downwardAPI`, item);
      if (item.path) yield* claim(item.path, item.path);
    }
    if (serviceAccountToken) yield* validateToken(at, path, serviceAccountToken);
    if (Object.values(source).filter((it) => it !== undefined).length > 1) {
      yield forbidden(at, "may not specify more than 1 volume type per source");
    }
  }
}

/** The path of the token is blamed on the volume, as in Kubernetes. */
function* validateToken(
  sourcePath: string,
  path: string,
  token: ServiceAccountTokenProjection,
): FieldErrors {
  const { expirationSeconds: seconds = 3600 } = token;
  const at = `${sourcePath}.serviceAccountToken.expirationSeconds`;
  if (seconds < 600) yield invalid(at, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > 2 ** 32) {
    yield invalid(at, seconds, "may not specify a duration larger than 2^32 seconds");
  }
  yield* validateLocalPath(`${path}.path`, token.path);
}

/** R-VALID-60. */
function* validateMode(path: string, mode: number | undefined): FieldErrors {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) {
    yield invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
  }
}
