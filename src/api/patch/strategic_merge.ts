/**
 * Strategic merge patch: a merge patch that knows which lists are merged by a key, with directives;
 * pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/util/strategicpatch/patch.go, and "Strategic Merge Patch" of
 * the contributors' documents.
 */
import { isObject } from "../../base/plain_data.ts";
import { isRetained, type MergeRule, mergeRuleOf } from "./merge_keys.ts";
import { PatchError } from "./patch_error.ts";

type Fields = Readonly<Record<string, unknown>>;

const PATCH = "$patch";
const RETAIN_KEYS = "$retainKeys";
const ELEMENT_ORDER = "$setElementOrder/";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";

/**
 * An object with a patch.
 *
 * @param struct of the object.
 * @throws {PatchError}
 */
export function applyStrategicMerge(target: unknown, patch: unknown, struct: string): unknown {
  if (!isObject(patch)) throw new PatchError("malformed", "a patch is an object");
  return mergeFields(isObject(target) ? target : {}, patch, struct);
}

function mergeFields(target: Fields, patch: Fields, struct: string | undefined): Fields {
  const { [PATCH]: directive, [RETAIN_KEYS]: retained, ...given } = patch;
  switch (directive) {
    case undefined:
    case "merge":
      break;
    case "replace":
      return mergeFields({}, given, struct);
    case "delete":
      return {};
    default:
      throw unknownDirective(directive);
  }
  const merged = new Map(Object.entries(target));
  if (retained !== undefined) retainKeys(merged, given, retained, struct);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith(ELEMENT_ORDER) || key.startsWith(DELETE_FROM_LIST)) {
      const field = key.slice(key.indexOf("/") + 1);
      // Beside a patch of the list it is part of that.
      if (field in given) continue;
      const list = merged.get(field);
      if (Array.isArray(list)) {
        merged.set(field, mergeList(list, [], ruleFor(field, given, struct)));
      }
    } else if (value === null) merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), value, ruleFor(key, given, struct)));
  }
  return Object.fromEntries(merged);
}

/** A rule with the directives that stand beside the field. */
interface ListRule extends MergeRule {
  readonly field: string;
  readonly order?: unknown;
  readonly removed?: unknown;
}

function ruleFor(field: string, given: Fields, struct: string | undefined): ListRule {
  return {
    field,
    ...mergeRuleOf(struct, field),
    order: given[`${ELEMENT_ORDER}${field}`],
    removed: given[`${DELETE_FROM_LIST}${field}`],
  };
}

function mergeValue(target: unknown, value: unknown, rule: ListRule): unknown {
  if (isObject(value)) return mergeFields(isObject(target) ? target : {}, value, rule.struct);
  if (!Array.isArray(value)) return value;
  return mergeList(Array.isArray(target) ? target : [], value, rule);
}

function mergeList(
  target: readonly unknown[],
  given: readonly unknown[],
  rule: ListRule,
): unknown[] {
  if (rule.isSet) return mergeSet(target, given, rule);
  if (rule.key !== undefined) return mergeItems(target, given, { ...rule, key: rule.key });
  return given.filter((it) => !(isObject(it) && PATCH in it));
}

function retainKeys(
  merged: Map<string, unknown>,
  given: Fields,
  retained: unknown,
  struct: string | undefined,
): void {
  if (!Array.isArray(retained) || !isRetained(struct)) {
    throw new PatchError("malformed", `${RETAIN_KEYS} is a list of keys of an object that has it`);
  }
  for (const key of Object.keys(given)) {
    if (!key.startsWith("$") && given[key] !== null && !retained.includes(key)) {
      throw new PatchError("malformed", `${RETAIN_KEYS} does not name ${JSON.stringify(key)}`);
    }
  }
  for (const key of merged.keys()) if (!retained.includes(key)) merged.delete(key);
}

function mergeSet(
  target: readonly unknown[],
  given: readonly unknown[],
  { order, removed }: ListRule,
): unknown[] {
  const gone = Array.isArray(removed) ? removed : [];
  const merged = [...new Set([...target.filter((it) => !gone.includes(it)), ...given])];
  return Array.isArray(order) ? sortByOrder(merged, target, order, (it) => it) : merged;
}

type KeyedRule = ListRule & { readonly key: string };

function mergeItems(
  target: readonly unknown[],
  given: readonly unknown[],
  rule: KeyedRule,
): unknown[] {
  const { key, struct, order } = rule;
  const items = given.map((it) => checkItem(it, rule));
  const isReplaced = items.some((it) => it[PATCH] === "replace");
  const merged = isReplaced ? [] : target.map((it) => checkItem(it, rule));
  for (const item of items) {
    const { [PATCH]: directive, ...fields } = item;
    const at = merged.findIndex((it) => it[key] === item[key]);
    if (directive === "delete") {
      if (at >= 0) merged.splice(at, 1);
    } else if (directive === "replace" && !(key in fields)) continue;
    else if (at >= 0) merged[at] = mergeFields(merged[at]!, item, struct);
    else merged.push(mergeFields({}, item, struct));
  }
  if (!Array.isArray(order)) return merged;
  const keyOf = (it: unknown) => isObject(it) ? it[key] : undefined;
  return sortByOrder(merged, target, order.map(keyOf), keyOf);
}

function checkItem(item: unknown, { field, key }: KeyedRule): Fields {
  if (isObject(item) && (key in item || item[PATCH] === "replace")) return item;
  throw new PatchError(
    "malformed",
    `${JSON.stringify(item)} of ${field} does not contain declared merge key: ${key}`,
  );
}

/**
 * In the given order; what that does not name stays behind what it was behind of.
 *
 * @param before the list as it was.
 */
function sortByOrder<T>(
  items: readonly T[],
  before: readonly unknown[],
  order: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): T[] {
  const rank = (it: T) => order.indexOf(keyOf(it));
  const placeBefore = (it: T) => before.findIndex((other) => keyOf(other) === keyOf(it));
  const sorted = items.filter((it) => rank(it) >= 0).toSorted((a, b) => rank(a) - rank(b));
  const others = items.filter((it) => rank(it) < 0)
    .toSorted((a, b) => placeBefore(a) - placeBefore(b));
  let from = 0;
  for (const other of others) {
    const place = placeBefore(other);
    const at = sorted.findIndex((it, index) => index >= from && placeBefore(it) > place);
    const index = at < 0 ? sorted.length : at;
    sorted.splice(index, 0, other);
    from = index + 1;
  }
  return sorted;
}

function unknownDirective(directive: unknown): PatchError {
  return new PatchError("malformed", `unknown patch type: ${String(directive)}`);
}
