/**
 * Which labels a selector selects; pure.
 *
 * Rule: apimachinery, pkg/apis/meta/v1/helpers.go, LabelSelectorAsSelector, and
 * pkg/labels/selector.go, Requirement.Matches.
 */
import type { LabelSelector, LabelSelectorRequirement } from "./types/meta.ts";

/** The labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** Whether a selector asks for nothing, so that it selects everything. */
export function isEmptySelector(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Whether a valid selector selects an object with these labels. */
export function matchesSelector(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels = {},
): boolean {
  return Object.entries(matchLabels).every(([key, value]) => valueOf(labels, key) === value) &&
    matchExpressions.every((it) => matchesRequirement(it, valueOf(labels, it.key)));
}

/**
 * {@link matchesSelector} for many objects in a row: those of one template share their labels,
 * which are looked at once.
 */
export function createMatcher(selector: LabelSelector): (labels: Labels | undefined) => boolean {
  let last: { readonly labels: Labels | undefined; readonly isSelected: boolean } | undefined;
  return (labels) => {
    if (last === undefined || last.labels !== labels) {
      last = { labels, isSelected: matchesSelector(selector, labels) };
    }
    return last.isSelected;
  };
}

/** `NotIn` holds for objects without the label too. */
function matchesRequirement(
  { operator, values = [] }: LabelSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      throw new TypeError(`${operator} is not an operator of a label selector`);
  }
}

/** A label may be called as a member of every object is. */
function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
