/**
 * What `kubectl apply` makes of an object that is there; pure.
 *
 * Rule: Kubernetes, Declarative Management of Kubernetes Objects Using Configuration Files ("How
 * apply calculates differences and merges changes"), and the patch strategies of the types.
 */
import { isObject } from "../../base/plain_data.ts";
import { strategyOf } from "../kinds/kinds.ts";
import type { KubernetesObject } from "../types/kinds.ts";
import { isRetained, type MergeRule, mergeRuleOf } from "./merge_keys.ts";

type Fields = Readonly<Record<string, unknown>>;

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
  const rule: MergeRule = { struct: strategyOf(present).struct, key: undefined, isSet: false };
  // Only parts of objects of one kind are put together.
  return merge(present, withoutServerFields(given), last && withoutServerFields(last), rule) as O;
}

function withoutServerFields(object: KubernetesObject): Fields {
  const { status: _, metadata, ...rest } = object as unknown as Fields;
  const written = Object.entries(metadata as Fields).filter(([key]) => WRITTEN.includes(key));
  return { ...rest, metadata: Object.fromEntries(written) };
}

function merge(present: unknown, given: unknown, last: unknown, rule: MergeRule): unknown {
  if (isObject(given) && isObject(present)) {
    return mergeFields(present, given, isObject(last) ? last : {}, rule.struct);
  }
  const { key } = rule;
  if (Array.isArray(given) && Array.isArray(present) && key !== undefined) {
    if ([...given, ...present].every((it) => isObject(it) && key in it)) {
      return mergeItems(present, given, Array.isArray(last) ? last : [], { ...rule, key });
    }
  }
  return given;
}

function mergeFields(
  present: Fields,
  given: Fields,
  last: Fields,
  struct: string | undefined,
): Fields {
  const stays = (key: string) => !isRetained(struct) && !(key in given) && !(key in last);
  const kept = Object.entries(present).filter(([key]) => stays(key) || key in given);
  const merged = Object.entries(given).map(([key, value]) =>
    [key, merge(present[key], value, last[key], mergeRuleOf(struct, key))] as const
  );
  return { ...Object.fromEntries(kept), ...Object.fromEntries(merged) };
}

/** In the order of the manifest; what it does not name comes after that. */
function mergeItems(
  present: readonly Fields[],
  given: readonly Fields[],
  last: readonly Fields[],
  { key, struct }: MergeRule & { readonly key: string },
): Fields[] {
  const find = (list: readonly Fields[], item: Fields) => list.find((it) => it[key] === item[key]);
  const merged = given.map((item) =>
    merge(find(present, item), item, find(last, item), {
      struct,
      key: undefined,
      isSet: false,
    }) as Fields
  );
  const others = present.filter((item) =>
    find(given, item) === undefined && find(last, item) === undefined
  );
  return [...merged, ...others];
}
