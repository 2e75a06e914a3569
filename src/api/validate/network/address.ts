/**
 * Addresses that lead to an endpoint, and values that a list has once.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateNonSpecialIP.
 */
import { duplicate, invalid } from "../../types/errors.ts";
import { type FieldErrors, ipDetails, validateValue } from "../common/validate_value.ts";

/** An address outside of the cluster. */
export function* validateExternalAddress(path: string, address: string): FieldErrors {
  const details = ipDetails(address);
  if (details.length > 0) return yield* validateValue(path, address, () => details);
  yield* validateOrdinary(path, address);
  if (/^127\.|^::1$/.test(address)) {
    yield invalid(path, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  }
}

/**
 * An address without a special meaning. `Differs:` those of the loopback range are ordinary ones:
 * Pods on the machine's own network have them.
 */
export function* validateOrdinary(path: string, address: string): FieldErrors {
  if (/^(0\.0\.0\.0|::)$/.test(address)) {
    yield invalid(path, address, `may not be unspecified (${address})`);
  }
  if (/^169\.254\.|^fe[89ab].:/i.test(address)) {
    const detail = "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
    yield invalid(path, address, detail);
  }
  if (/^224\.0\.0\.|^ff02:/i.test(address)) {
    const detail = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
    yield invalid(path, address, detail);
  }
}

/**
 * One error for each value that was there before.
 *
 * @param keyOf what two values have in common; empty: nothing.
 * @param describe the field of a value, and what it repeats.
 */
export function* findDuplicates<T>(
  values: readonly T[],
  keyOf: (value: T) => string | number | undefined,
  describe: (value: T, index: number) => readonly [field: string, value: unknown],
): FieldErrors {
  const seen = new Set<string | number>();
  for (const [index, value] of values.entries()) {
    const key = keyOf(value);
    if (!key) continue;
    if (seen.has(key)) yield duplicate(...describe(value, index));
    seen.add(key);
  }
}
