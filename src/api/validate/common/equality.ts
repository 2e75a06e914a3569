/**
 * When two values are the same to the API server; pure.
 *
 * Rule: apimachinery, pkg/api/equality/semantic.go.
 */
import { isObject } from "../../../base/plain_data.ts";

/** As Kubernetes compares: nothing and an empty list are the same. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b || (isNothing(a) && isNothing(b))) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((it, i) => isEqual(it, b[i]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => isEqual(a[key], b[key]));
  }
  return false;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.length === 0;
}
