/**
 * Durations and windows of time as people type them: text in, value out, {@link UsageError} for the
 * rest; pure.
 */
import type { Millis } from "./clock.ts";
import { UsageError } from "./usage_error.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * `100ms`, `3s`, `1m30s`, `2h`, `1.5s`; `0` needs no unit.
 * @throws {UsageError}
 */
export function parseDuration(text: string): Millis {
  if (text === "0") return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    const hint = /^\d+(\.\d+)?$/.test(text) ? ` (did you mean "${text}s"?)` : "";
    throw new UsageError(`${quote(text)} is not a duration such as 100ms, 3s, 1m30s or 2h${hint}`);
  }
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(number) * UNIT_MS[unit!]!;
  }
  return total;
}

/** A duration above 0. */
export function parsePositiveDuration(text: string): Millis {
  const ms = parseDuration(text);
  if (ms <= 0) throw new UsageError("must be longer than 0");
  return ms;
}

/** A while. */
export interface Window {
  /** Its first moment. */
  readonly from: Millis;
  /** The first moment after it; may be infinite. */
  readonly to: Millis;
}

/** `2s..5s`, `2s..`, `..5s` or `..`: from a moment up to, not including, another. */
export function parseWindow(text: string): Window {
  const [, first, last] = /^(.*?)\.\.(.*)$/.exec(text) ?? [];
  if (first === undefined || last === undefined) {
    throw new UsageError(`${quote(text)} is not FROM..TO, such as 2s..5s or 30s..`);
  }
  const window = {
    from: first === "" ? 0 : parseDuration(first),
    to: last === "" ? Infinity : parseDuration(last),
  };
  if (window.to <= window.from) throw new UsageError(`${quote(text)} ends before it begins`);
  return window;
}

/**
 * Seconds as people write them: `90s` and `1m30s` alike give `1m30s`; fractions of a second to the
 * millisecond.
 */
export function formatDuration(ms: Millis): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms) / 1000;
  if (seconds < 60) return `${seconds}s`;
  const whole = Math.round(seconds);
  const parts = [[3600, "h"], [60, "m"], [1, "s"]] as const;
  let rest = whole;
  let text = "";
  for (const [size, unit] of parts) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}

/** As an error shows what was typed: escaped, and not longer than a line. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
