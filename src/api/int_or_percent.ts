/**
 * Numbers that a manifest gives as a count or as a percentage of another number; pure.
 *
 * Rule: apimachinery, pkg/util/intstr/intstr.go, GetScaledValueFromIntOrPercent.
 */
import type { IntOrString } from "./types/meta.ts";

/** How a fraction becomes a whole number. */
export type Rounding = "up" | "down";

/** The number before the `%`; undefined for a text that is not a percentage. */
export function parsePercent(text: string): number | undefined {
  return /^[0-9]+%$/.test(text) ? Number(text.slice(0, -1)) : undefined;
}

/**
 * The count that a valid value stands for.
 *
 * @param total what a percentage is of.
 */
export function scaleIntOrPercent(value: IntOrString, total: number, rounding: Rounding): number {
  if (typeof value === "number") return value;
  const share = parsePercent(value)! * total / 100;
  return rounding === "up" ? Math.ceil(share) : Math.floor(share);
}
