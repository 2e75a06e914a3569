/** A pod's volumes with the objects they name looked up: what a runtime can make; pure. */
import type {
  ConfigMapProjection,
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  KeyToPath,
  PersistentVolumeClaimVolumeSource,
  Pod,
  SecretProjection,
  Volume,
  VolumeProjection,
} from "../../api/types/pod.ts";
import { ROOT_CERTIFICATES } from "../../api/service_account.ts";
import { nanosOf } from "../../api/types/qos.ts";
import type { VolumeConfig, VolumeFile, VolumeOwnership } from "../../runtime/runtime.ts";
import { ConfigError } from "./config_error.ts";
import { podFieldValue, resourceFieldValue } from "./downward_api.ts";
import type { PodSources } from "./pod_sources.ts";
import { generatePodResources } from "./resource_config.ts";

/**
 * Every volume of the pod, in order; whether a machine can mount a cluster's storage is its own affair.
 *
 * Rules: R-VOL-1 to R-VOL-4 (the type of a hostPath is checked by the runtime). `Differs:` only what needs neither a
 * network nor a cluster is offered: emptyDir, hostPath, configMap, secret, downwardAPI, projected volumes of the last
 * three, and claims, whatever their class and size, as directories. The claim of an `ephemeral` volume is made with the
 * pod and gone with it, so its volume is as an emptyDir.
 *
 * @throws {ConfigError} `FailedMount` when an object or key is missing that is not optional (R-START-5).
 */
export function generateVolumeConfigs(sources: PodSources): VolumeConfig[] {
  return (sources.pod.spec.volumes ?? []).map((volume) => {
    try {
      return generateVolumeConfig(sources, volume);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(
        error.reason,
        `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`,
      );
    }
  });
}

/** To whom the volumes of a pod belong; undefined where it does not say. */
export function generateVolumeOwnership({ spec }: Pod): VolumeOwnership | undefined {
  const { fsGroup, fsGroupChangePolicy } = spec.securityContext ?? {};
  if (fsGroup === undefined) return undefined;
  return {
    fsGroup,
    changePolicy: fsGroupChangePolicy === "OnRootMismatch" ? "OnRootMismatch" : "Always",
  };
}

/** What a projected volume is made of here. */
const PROJECTED = ["configMap", "secret", "downwardAPI", "serviceAccountToken"];

function generateVolumeConfig(sources: PodSources, volume: Volume): VolumeConfig {
  const { name, emptyDir, hostPath, configMap, secret, downwardAPI, projected } = volume;
  if (hostPath !== undefined) {
    return { name, type: "hostPath", path: hostPath.path, hostPathType: hostPath.type ?? "" };
  }
  if (configMap !== undefined) {
    const mode = configMap.defaultMode ?? DEFAULT_MODE;
    return files(name, configMapFiles(sources, configMap, mode));
  }
  if (secret !== undefined) {
    const { secretName = "", defaultMode = DEFAULT_MODE, ...rest } = secret;
    return files(name, secretFiles(sources, { ...rest, name: secretName }, defaultMode));
  }
  if (downwardAPI !== undefined) {
    const mode = downwardAPI.defaultMode ?? DEFAULT_MODE;
    return files(name, downwardApiFiles(sources, downwardAPI.items, mode));
  }
  if (projected !== undefined) {
    const mode = projected.defaultMode ?? DEFAULT_MODE;
    const projections = projected.sources ?? [];
    const other = projections.flatMap(Object.keys).find((it) => !PROJECTED.includes(it));
    if (other !== undefined) return { name, type: "unsupported", kind: `projected ${other}` };
    return files(name, projections.flatMap((it) => projectedFiles(sources, it, mode)));
  }
  if (volume.persistentVolumeClaim !== undefined) {
    return claimedVolume(sources, name, volume.persistentVolumeClaim);
  }
  if (volume.ephemeral !== undefined) return { name, type: "emptyDir", medium: "" };
  const other = Object.keys(volume).find((key) => key !== "name" && key !== "emptyDir");
  if (other !== undefined) return { name, type: "unsupported", kind: other };
  return emptyVolume(sources.pod, name, emptyDir ?? {});
}

/** What lies in memory is at most as large as the pod's memory, whatever its own limit; a limit of zero is none. */
function emptyVolume(pod: Pod, name: string, source: EmptyDirVolumeSource): VolumeConfig {
  const medium = source.medium === "Memory" ? "Memory" : "";
  const limits = [Number(nanosOf(source.sizeLimit) / NANO)];
  if (medium === "Memory") limits.push(generatePodResources(pod).memoryLimitBytes ?? 0);
  const sizeLimitBytes = Math.min(...limits.filter((it) => it > 0));
  return { name, type: "emptyDir", medium, ...(sizeLimitBytes < Infinity && { sizeLimitBytes }) };
}

/** Billionths in one. */
const NANO = 1_000_000_000n;

function claimedVolume(
  sources: PodSources,
  name: string,
  { claimName }: PersistentVolumeClaimVolumeSource,
): VolumeConfig {
  const claim = sources.claim(claimName);
  if (claim === undefined) return refuse(`persistentvolumeclaim "${claimName}" not found`);
  return { name, type: "persistent", namespace: sources.pod.metadata.namespace!, claimName };
}

const DEFAULT_MODE = 0o644;

/** Where two sources give one path the later one wins. */
function files(name: string, all: readonly VolumeFile[]): VolumeConfig {
  const byPath = new Map(all.map((file) => [file.path, file]));
  for (const path of byPath.keys()) {
    const below = [...byPath.keys()].find((other) => other.startsWith(`${path}/`));
    if (below !== undefined) refuse(`"${path}" cannot be a file: "${below}" is to be in it`);
  }
  return { name, type: "files", files: [...byPath.values()] };
}

function projectedFiles(sources: PodSources, source: VolumeProjection, mode: number): VolumeFile[] {
  const { configMap, secret, downwardAPI } = source;
  if (configMap !== undefined) return configMapFiles(sources, configMap, mode);
  if (secret !== undefined) return secretFiles(sources, secret, mode);
  // No API server signs a token, and none would accept another: what else is projected is there without it.
  return downwardAPI === undefined ? [] : downwardApiFiles(sources, downwardAPI.items, mode);
}

function configMapFiles(
  sources: PodSources,
  source: ConfigMapProjection,
  mode: number,
): VolumeFile[] {
  const { name = "", optional = false, items } = source;
  const object = sources.configMap(name);
  if (object === undefined) {
    // In a cluster it is always there; there is no API server whose certificate it could hold.
    return optional || name === ROOT_CERTIFICATES ? [] : refuse(`configmap "${name}" not found`);
  }
  const data = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(object.data ?? {})) data.set(key, utf8.encode(text));
  for (const [key, base64] of Object.entries(object.binaryData ?? {})) {
    data.set(key, Uint8Array.fromBase64(base64));
  }
  return selectFiles(
    { data, items, optional, mode },
    (key) => `configmap references non-existent config key: ${key}`,
  );
}

function secretFiles(sources: PodSources, source: SecretProjection, mode: number): VolumeFile[] {
  const { name = "", optional = false, items } = source;
  const object = sources.secret(name);
  if (object === undefined) return optional ? [] : refuse(`secret "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, base64] of Object.entries(object.data ?? {})) {
    data.set(key, Uint8Array.fromBase64(base64));
  }
  return selectFiles(
    { data, items, optional, mode },
    (key) => `references non-existent secret key: ${key}`,
  );
}

/** All keys under their own names, or the chosen ones under theirs. */
function selectFiles(
  source: {
    readonly data: ReadonlyMap<string, Uint8Array>;
    readonly items: readonly KeyToPath[] | undefined;
    readonly optional: boolean;
    readonly mode: number;
  },
  describeMissing: (key: string) => string,
): VolumeFile[] {
  const { data, items = [], optional, mode } = source;
  if (items.length === 0) return Array.from(data, ([path, bytes]) => ({ path, data: bytes, mode }));
  return items.flatMap((item) => {
    const bytes = data.get(item.key);
    if (bytes !== undefined) return [{ path: item.path, data: bytes, mode: item.mode ?? mode }];
    return optional ? [] : refuse(describeMissing(item.key));
  });
}

function downwardApiFiles(
  sources: PodSources,
  items: readonly DownwardAPIVolumeFile[] = [],
  mode: number,
): VolumeFile[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode: own }) => {
    const text = fieldRef !== undefined
      ? podFieldValue(sources, fieldRef.fieldPath, undefined)
      : resourceFieldRef !== undefined
      ? resourceFieldValue(sources, resourceFieldRef, undefined)
      : "";
    return { path, data: utf8.encode(text), mode: own ?? mode };
  });
}

const utf8 = new TextEncoder();

function refuse(message: string): never {
  throw new ConfigError("FailedMount", message);
}
