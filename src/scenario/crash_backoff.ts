/** How long a crashing container waits, as people type it: text in, value out; pure. */
import type { Millis } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { UsageError } from "../base/usage_error.ts";

/** How long a crashing container waits: `BASE`, doubling up to `MAX` (R-BACKOFF). */
export interface CrashBackoff {
  /** The first wait; 0 for none at all. */
  readonly baseMs: Millis;
  /** The longest wait. */
  readonly maxMs: Millis;
}

/** Kubernetes' own longest crash-loop delay. */
const DEFAULT_MAX_BACKOFF_MS = 300_000;

/**
 * `BASE[,MAX]`; without MAX Kubernetes' 300 s, or BASE if that is longer; `0` for no delay at all.
 *
 * @throws {UsageError}
 */
export function parseCrashBackoff(text: string): CrashBackoff {
  const [base, max, ...more] = text.split(",");
  if (more.length > 0) {
    throw new UsageError(`${JSON.stringify(text)} is not BASE[,MAX], such as 100ms,3s`);
  }
  const baseMs = parseDuration(base!);
  if (max === undefined) {
    return { baseMs, maxMs: baseMs === 0 ? 0 : Math.max(baseMs, DEFAULT_MAX_BACKOFF_MS) };
  }
  const maxMs = parseDuration(max);
  if (maxMs < baseMs) {
    throw new UsageError(`the longest delay, ${max}, is below the first, ${base}`);
  }
  return { baseMs, maxMs };
}
