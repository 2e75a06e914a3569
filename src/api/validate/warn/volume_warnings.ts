/**
 * Warnings about a Pod's volumes: kinds that are gone, paths of one volume that hide each other
 * (R-WARN-5, R-WARN-6).
 *
 * Rule: Kubernetes, pkg/api/pod/warnings.go.
 */
import type { KeyToPath, Volume, VolumeProjection } from "../../types/pod.ts";
import type { FieldWarning } from "./field_warning.ts";

/** By the volume's field: since when it is deprecated, and from when on it does nothing. */
const OLD_KINDS = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
} as const;

/** Go's field path writes this kind otherwise than the API does. */
const PATH_NAMES: Readonly<Record<string, string>> = { storageos: "storageOS" };

/** Warnings about all volumes of a Pod, in the API server's order. */
export function* volumeWarnings(
  volumes: readonly Volume[],
): Generator<FieldWarning, void, undefined> {
  for (const [i, volume] of volumes.entries()) {
    for (const kind of Object.keys(OLD_KINDS) as (keyof typeof OLD_KINDS)[]) {
      if (volume[kind] === undefined) continue;
      yield { field: `spec.volumes[${i}].${PATH_NAMES[kind] ?? kind}`, message: OLD_KINDS[kind] };
    }
  }
  for (const [i, volume] of volumes.entries()) {
    const field = `spec.volumes[${i}]`;
    if (volume.projected && (volume.projected.sources ?? []).length === 0) {
      yield { field, message: `volume ${quote(volume.name)} (Projected) has no sources provided` };
    }
    const { source, paths } = pathsOf(volume);
    const overlaps = findOverlaps(paths);
    if (overlaps.length === 0) continue;
    yield {
      field,
      message: `volume ${quote(volume.name)} (${source}): overlapping paths: ${
        overlaps.join(", ")
      }`,
    };
  }
}

/** A path in a volume, and where it comes from if several sources share the volume. */
interface VolumePath {
  readonly path: string;
  readonly source?: string;
}

function pathsOf(
  { configMap, secret, downwardAPI, projected }: Volume,
): { readonly source: string; readonly paths: readonly VolumePath[] } {
  if (configMap) {
    return {
      source: `ConfigMap ${quote(configMap.name ?? "")}`,
      paths: itemPaths(configMap.items),
    };
  }
  if (secret) {
    return { source: `Secret ${quote(secret.secretName ?? "")}`, paths: itemPaths(secret.items) };
  }
  if (downwardAPI) return { source: "DownwardAPI", paths: itemPaths(downwardAPI.items) };
  return { source: "Projected", paths: (projected?.sources ?? []).flatMap(projectedPaths) };
}

function projectedPaths(source: VolumeProjection): VolumePath[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  return [
    ...itemPaths(secret?.items, `Secret ${quote(secret?.name ?? "")}`),
    ...itemPaths(configMap?.items, `ConfigMap ${quote(configMap?.name ?? "")}`),
    ...itemPaths(downwardAPI?.items, "DownwardAPI"),
    ...(serviceAccountToken
      ? [{ path: serviceAccountToken.path, source: "ServiceAccountToken" }]
      : []),
    ...(clusterTrustBundle
      ? [{
        path: clusterTrustBundle.path,
        source: `ClusterTrustBundle ${
          quote(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? "")
        }`,
      }]
      : []),
  ];
}

function itemPaths(
  items: readonly Pick<KeyToPath, "path">[] | undefined,
  source?: string,
): VolumePath[] {
  return (items ?? []).map(({ path }) => ({ path, ...(source !== undefined && { source }) }));
}

/**
 * How many earlier paths a path is compared with, so that thousands of items take no time either.
 */
const MAX_COMPARED = 100;

/** Each path that is the same as an earlier one, above it or below it. */
function findOverlaps(paths: readonly VolumePath[]): string[] {
  const overlaps: string[] = [];
  const earlier: VolumePath[] = [];
  for (const { path: text, ...rest } of paths) {
    const path = { path: text.replace(/\/+$/, ""), ...rest };
    for (const other of earlier.slice(0, MAX_COMPARED)) {
      if (
        `${path.path}/`.startsWith(`${other.path}/`) || `${other.path}/`.startsWith(`${path.path}/`)
      ) {
        overlaps.push(`${formatPath(path)} with ${formatPath(other)}`);
      }
    }
    earlier.push(path);
  }
  return overlaps;
}

function formatPath({ path, source }: VolumePath): string {
  return source === undefined ? quote(path) : `${quote(path)} (${source})`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
