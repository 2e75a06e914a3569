/**
 * What `kubectl apply` makes of an object that is there; pure.
 *
 * Rule: Kubernetes, Declarative Management of Kubernetes Objects Using Configuration Files ("How
 * apply calculates differences and merges changes"), and the patch strategies of the types.
 */
import { isObject } from "../base/plain_data.ts";
import type { KubernetesObject } from "./types/kinds.ts";

type Fields = Readonly<Record<string, unknown>>;

/** By which field the items of a list are the same; other lists are replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  imagePullSecrets: "name",
  ports: "containerPort",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/** Parts of which only the keys stay that are given: their keys exclude each other. */
const RETAINED = /^spec\.strategy$|\.volumes\[\]$/;

/** What of the metadata a manifest writes. */
const WRITTEN = ["name", "namespace", "labels", "annotations", "finalizers"];

/**
 * The present object with what a manifest gives it, and without what the manifest that was applied
 * before gave and this one does not; all else stays.
 *
 * @param last the manifest that was applied before; undefined: none.
 */
export function applyManifest<O extends KubernetesObject>(
  present: O,
  given: O,
  last: O | undefined,
): O {
  // Only parts of objects of one kind are put together.
  return merge(present, withoutServerFields(given), last && withoutServerFields(last), "") as O;
}

function withoutServerFields(object: KubernetesObject): Fields {
  const { status: _, metadata, ...rest } = object as unknown as Fields;
  const written = Object.entries(metadata as Fields).filter(([key]) => WRITTEN.includes(key));
  return { ...rest, metadata: Object.fromEntries(written) };
}

function merge(present: unknown, given: unknown, last: unknown, path: string): unknown {
  if (isObject(given) && isObject(present)) {
    return mergeFields(present, given, isObject(last) ? last : {}, path);
  }
  if (Array.isArray(given) && Array.isArray(present)) {
    const key = MERGE_KEYS[path.slice(path.lastIndexOf(".") + 1)];
    if (key !== undefined && [...given, ...present].every((it) => isObject(it) && key in it)) {
      return mergeItems(present, given, Array.isArray(last) ? last : [], { key, path });
    }
  }
  return given;
}

function mergeFields(present: Fields, given: Fields, last: Fields, path: string): Fields {
  const isRetained = RETAINED.test(path);
  const stays = (key: string) => !isRetained && !(key in given) && !(key in last);
  const kept = Object.entries(present).filter(([key]) => stays(key) || key in given);
  const merged = Object.entries(given).map(([key, value]) => {
    const at = path === "" ? key : `${path}.${key}`;
    return [key, merge(present[key], value, last[key], at)] as const;
  });
  return { ...Object.fromEntries(kept), ...Object.fromEntries(merged) };
}

/** In the order of the manifest; what it does not name comes after that. */
function mergeItems(
  present: readonly Fields[],
  given: readonly Fields[],
  last: readonly Fields[],
  { key, path }: { readonly key: string; readonly path: string },
): Fields[] {
  const find = (list: readonly Fields[], item: Fields) => list.find((it) => it[key] === item[key]);
  const merged = given.map((item) =>
    merge(find(present, item), item, find(last, item), `${path}[]`) as Fields
  );
  const others = present.filter((item) =>
    find(given, item) === undefined && find(last, item) === undefined
  );
  return [...merged, ...others];
}
