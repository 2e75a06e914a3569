/** A pod's volumes with the objects they name looked up: what a runtime can make; pure. */
import { everyContainer } from "../../api/pod_containers.ts";
import type {
  ConfigMapProjection,
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  KeyToPath,
  PersistentVolumeClaimVolumeSource,
  Pod,
  SecretProjection,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from "../../api/types/pod.ts";
import { ROOT_CERTIFICATES } from "../../api/service_account.ts";
import { nanosOf } from "../../api/types/qos.ts";
import { NANO } from "../../api/types/quantity.ts";
import { quoteText } from "../../base/go_text.ts";
import type { VolumeConfig, VolumeFile, VolumeOwnership } from "../../runtime/config.ts";
import { formatClaimError, formatSetUpError } from "../../runtime/volume_text.ts";
import { ConfigError } from "./config_error.ts";
import { podFieldValue, resourceFieldValue } from "./downward_api.ts";
import { generatePodResources } from "./resource_config.ts";
import { type PodSources, tokenOf } from "./pod_sources.ts";

/**
 * Every volume of the pod that a container mounts, in order; the others are not made, and cannot
 * fail (R-VOL-1, Kubernetes, pkg/volume/util/util.go, GetPodVolumeNames). Whether a machine can
 * mount a cluster's storage is its own affair.
 *
 * Rules: R-VOL-1 to R-VOL-4, R-VOL-7 (the type of a hostPath is checked by the runtime). `Differs:`
 * only what needs neither a network nor a cluster is offered: emptyDir, hostPath, configMap,
 * secret, downwardAPI, projected volumes of the last three and of tokens, and claims, whatever
 * their class and size, as directories. The claim of an `ephemeral` volume is made with the pod and
 * gone with it, so its volume is as an emptyDir.
 *
 * A volume has failed when an object or key is missing that is not optional (R-START-5,
 * R-EVENT-13).
 */
export function generateVolumeConfigs(sources: PodSources): VolumeConfigs {
  const { spec } = sources.pod;
  const mounted = new Set(
    everyContainer(sources.pod).flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ name }) => name)
    ),
  );
  const configs: VolumeConfig[] = [];
  const failures = new Map<string, string>();
  for (const volume of (spec.volumes ?? []).filter(({ name }) => mounted.has(name))) {
    try {
      configs.push(generateVolumeConfig(sources, volume));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { name, persistentVolumeClaim: claim } = volume;
      failures.set(
        name,
        claim === undefined
          ? formatSetUpError(name, error.message)
          : formatClaimError(name, sources.pod.metadata.namespace!, claim.claimName),
      );
    }
  }
  return { configs, failures };
}

/** The volumes of a pod. */
export interface VolumeConfigs {
  /** Those that a machine can be asked for, in order. */
  readonly configs: readonly VolumeConfig[];
  /** Why the others cannot be made, by name: a whole sentence each. */
  readonly failures: ReadonlyMap<string, string>;
}

/** The owner of the volumes of a pod; undefined where it sets none. */
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
    // The kubelet keeps it on disk, where a folder is not sticky.
    return { ...files(name, configMapFiles(sources, configMap, mode)), rootMode: 0o777 };
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
  return emptyVolume(sources, name, emptyDir ?? {});
}

/**
 * What lies in memory is at most as large as the pod's memory, whatever its own limit; a limit of
 * zero is none.
 *
 * Rules: R-VOL-2, R-VOL-7. `Differs:` where neither is set it is half of the node's memory,
 * not all of it, so that one volume cannot take the memory of everything else.
 */
function emptyVolume(
  { pod, node }: PodSources,
  name: string,
  { medium = "", sizeLimit }: EmptyDirVolumeSource,
): VolumeConfig {
  if (medium.startsWith("HugePages")) return refuseHugePages(pod, medium);
  if (medium !== "" && medium !== "Memory") refuse(`unknown storage medium ${quoteText(medium)}`);
  const limits = [Number(nanosOf(sizeLimit) / NANO)];
  if (medium === "Memory") {
    const halfOfMemory = nanosOf(node.allocatable["memory"]) / NANO / 2n;
    limits.push(generatePodResources(pod).memoryLimitBytes ?? 0, Number(halfOfMemory));
  }
  const sizeLimitBytes = Math.min(...limits.filter((it) => it > 0));
  return { name, type: "emptyDir", medium, ...(sizeLimitBytes < Infinity && { sizeLimitBytes }) };
}

/**
 * The node has no huge pages to give: in the kubelet's words where it would find none asked for
 * (R-VOL-7).
 */
function refuseHugePages({ spec }: Pod, medium: string): never {
  if (medium !== "HugePages" && !medium.startsWith("HugePages-")) {
    refuse(`unknown storage medium ${quoteText(medium)}`);
  }
  const wanted = medium.slice("HugePages-".length);
  const sizes = new Set(
    [...spec.containers, ...spec.initContainers ?? []].flatMap(({ resources }) =>
      Object.keys(resources?.requests ?? {}).flatMap((it) =>
        it.startsWith("hugepages-") ? [it.slice("hugepages-".length)] : []
      )
    ).filter((size) => wanted === "" || size === wanted),
  );
  if (sizes.size === 0) {
    const why = "hugePages storage requested, but there is no resource request for huge pages";
    refuse(`medium ${medium}: ${why}`);
  }
  if (sizes.size > 1) {
    refuse(`medium: ${medium} can't be used if container requests multiple huge page sizes`);
  }
  return refuse(`medium ${medium}: this node has no huge pages`);
}

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
function files(
  name: string,
  all: readonly VolumeFile[],
): Extract<VolumeConfig, { type: "files" }> {
  const byPath = new Map(all.map((file) => [file.path, file]));
  for (const path of byPath.keys()) {
    const below = [...byPath.keys()].find((other) => other.startsWith(`${path}/`));
    if (below !== undefined) refuse(`"${path}" cannot be a file: "${below}" is to be in it`);
  }
  return { name, type: "files", files: [...byPath.values()] };
}

function projectedFiles(sources: PodSources, source: VolumeProjection, mode: number): VolumeFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap !== undefined) return configMapFiles(sources, configMap, mode);
  if (secret !== undefined) return secretFiles(sources, secret, mode);
  if (downwardAPI !== undefined) return downwardApiFiles(sources, downwardAPI.items, mode);
  return serviceAccountToken === undefined ? [] : tokenFiles(sources, serviceAccountToken, mode);
}

/**
 * Where no API server signs a token, what else is projected is there without it.
 *
 * Rule: Kubernetes, pkg/volume/projected/projected.go, collectData.
 */
function tokenFiles(
  sources: PodSources,
  projection: ServiceAccountTokenProjection,
  mode: number,
): VolumeFile[] {
  const outcome = sources.token?.(tokenOf(projection));
  if (outcome === undefined) return [];
  if ("fault" in outcome) return refuse(`failed to fetch token: ${outcome.fault}`);
  return [{ path: projection.path, data: utf8.encode(outcome.token), mode }];
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
  const errors = new Set<string>();
  const valueOf = ({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile): string => {
    if (fieldRef !== undefined) return podFieldValue(sources, fieldRef.fieldPath, undefined);
    if (resourceFieldRef === undefined) return "";
    try {
      return resourceFieldValue(sources, resourceFieldRef, undefined);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      errors.add(error.message);
      return "";
    }
  };
  const made = items.map((item) => (
    { path: item.path, data: utf8.encode(valueOf(item)), mode: item.mode ?? mode }
  ));
  // All that is wrong, once each, as the kubelet joins errors.
  if (errors.size > 0) refuse(errors.size === 1 ? [...errors][0]! : `[${[...errors].join(", ")}]`);
  return made;
}

const utf8 = new TextEncoder();

function refuse(message: string): never {
  throw new ConfigError("FailedMount", message);
}
