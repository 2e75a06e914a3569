/**
 * Amounts such as `250m`, `64Mi` and `1e3`: parsed exactly, compared and written in Kubernetes'
 * canonical form.
 *
 * Rule: apimachinery, pkg/api/resource/quantity.go.
 */
import type { Quantity } from "./meta.ts";

/** How an amount was written, which decides how it is written back. */
export type QuantityFormat = "decimalSI" | "binarySI" | "decimalExponent";

/** An amount, exact to a billionth; what is finer is rounded away from zero. */
export interface Amount {
  /** Billionths of the unit: of a core, a byte. */
  readonly nanos: bigint;
  /** The suffix family it was written in. */
  readonly format: QuantityFormat;
}

/** One unit in billionths. */
export const NANO = 1_000_000_000n;

/** What larger amounts are cut to, as in Kubernetes: the largest int64. */
const MAX_NANOS = (2n ** 63n - 1n) * NANO;
/** More digits than an amount below the largest can need. */
const MAX_DIGITS = 30;

const PATTERN = /^([+-]?)(\d+\.?\d*|\.\d+)(|[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)$/;
const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Reads an amount; undefined if it is none. */
export function parseQuantity(text: string): Amount | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, sign, number, suffix] = match as unknown as [string, string, string, string];
  const [whole = "", fraction = ""] = number.split(".");

  const binary = BINARY_SUFFIXES.indexOf(suffix, 1);
  if (binary > 0) {
    return { nanos: scale(sign, whole, fraction, 0, 1024n ** BigInt(binary)), format: "binarySI" };
  }
  const decimal = DECIMAL_SUFFIXES.indexOf(suffix);
  if (decimal >= 0) {
    return { nanos: scale(sign, whole, fraction, (decimal - 3) * 3, 1n), format: "decimalSI" };
  }
  const exponent = Number(suffix.slice(1));
  return { nanos: scale(sign, whole, fraction, exponent, 1n), format: "decimalExponent" };
}

/** Writes an amount canonically: no fraction, the largest suffix that keeps it exact. */
export function formatQuantity({ nanos, format }: Amount): Quantity {
  if (nanos === 0n) return "0";
  if (format === "binarySI" && nanos % NANO === 0n && abs(nanos) >= 1024n * NANO) {
    const [mantissa, exponent] = takeFactors(nanos / NANO, 1024n, BINARY_SUFFIXES.length - 1);
    return `${mantissa}${BINARY_SUFFIXES[exponent]}`;
  }
  const [mantissa, exponent] = takeFactors(nanos, 1000n, DECIMAL_SUFFIXES.length - 1);
  if (format === "decimalExponent") {
    return exponent === 3 ? `${mantissa}` : `${mantissa}e${(exponent - 3) * 3}`;
  }
  return `${mantissa}${DECIMAL_SUFFIXES[exponent]}`;
}

/**
 * Negative, zero or positive as `a` is below, equal to or above `b`.
 * @throws {RangeError} if one of them is not an amount
 */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const difference = amountOf(a) - amountOf(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * How many times `divisor` the amount is, rounded up (R-ENV-6): `divideQuantity("250m", "1")` is 1.
 * @throws {RangeError} if one of them is not an amount, or the divisor is zero
 */
export function divideQuantity(amount: Quantity, divisor: Quantity): bigint {
  const [dividend, by] = [amountOf(amount), amountOf(divisor)];
  const quotient = dividend / by;
  return quotient * by < dividend ? quotient + 1n : quotient;
}

function amountOf(text: Quantity): bigint {
  const amount = parseQuantity(text);
  if (!amount) throw new RangeError(`${JSON.stringify(text)} is not a quantity`);
  return amount.nanos;
}

/**
 * Billionths of `whole.fraction` × 10^exponent × factor; never a number of more than a few dozen
 * digits.
 */
function scale(sign: string, whole: string, fraction: string, exponent: number, factor: bigint) {
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return 0n;
  // Value = digits × 10^power billionths; the number of digits left of the point gives the size
  // beforehand.
  const power = exponent + 9 - fraction.length;
  let nanos: bigint;
  if (digits.length + power > MAX_DIGITS) nanos = MAX_NANOS;
  else if (digits.length + power < -MAX_DIGITS) nanos = 1n;
  else if (power >= 0) nanos = BigInt(digits) * 10n ** BigInt(power) * factor;
  else {
    const shown = digits.slice(0, 2 * MAX_DIGITS);
    const by = 10n ** BigInt(-power - (digits.length - shown.length));
    const product = BigInt(shown) * factor;
    nanos = product / by;
    if (nanos * by < product || shown.length < digits.length) nanos += 1n;
  }
  if (nanos > MAX_NANOS) nanos = MAX_NANOS;
  return sign === "-" ? -nanos : nanos;
}

/** The number without its factors of `base`, at most `most` of them, and how many there were. */
function takeFactors(value: bigint, base: bigint, most: number): [bigint, number] {
  let count = 0;
  while (count < most && value % base === 0n) {
    value /= base;
    count++;
  }
  return [value, count];
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
