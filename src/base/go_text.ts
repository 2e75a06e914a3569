/**
 * Moments, durations and texts as Go prints them: Kubernetes' objects and messages are made of
 * them; pure.
 */
import type { Millis } from "./clock.ts";

/** A duration as Go prints it: `10s`, `1m20s`, `5m0s`, `2.5s`, `100ms`, `0s`. */
export function formatGoDuration(ms: Millis): string {
  if (ms === 0) return "0s";
  if (ms < 1000) return `${Number(ms.toFixed(6))}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = `${Number(((ms - minutes * 60_000) / 1000).toFixed(9))}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

/** A Go string literal, as `%q` prints it. */
export function quoteText(text: string): string {
  return `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, quoteCharacter)}"`;
}

function quoteCharacter(character: string): string {
  const named = NAMED_ESCAPES.get(character);
  if (named !== undefined) return named;
  const code = character.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
]);

/** The last moment that RFC 3339 can name: the end of the year 9999. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A moment in ms since 1970 as RFC 3339 has it, in milliseconds; one that it cannot name is the
 * last that it can.
 */
export function formatDate(wallMs: number): string {
  return new Date(Math.max(0, Math.min(wallMs, LAST_MS))).toISOString();
}

/** The same in millionths of a second, as a `MicroTime` has it. */
export function formatMicros(wallMs: number): string {
  return `${formatDate(wallMs).slice(0, 23)}000Z`;
}

/** The same cut to whole seconds: `2026-05-01T12:00:00Z`. */
export function formatSecond(wallMs: number): string {
  return `${formatDate(wallMs).slice(0, 19)}Z`;
}
