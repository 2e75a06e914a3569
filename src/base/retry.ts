/** How long a server is waited for, between attempts and at the end. Knows no Kubernetes. */
import type { Clock, Millis } from "./clock.ts";

/** The first wait, and the longest. */
const FIRST_MS = 200;
const LONGEST_MS = 10_000;

/**
 * The wait before an attempt is repeated: it doubles with each failure, from 0.2 s to 10 s.
 *
 * @param failures in a row so far, from 1.
 */
export function computeRetryDelay(failures: number): Millis {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}

/**
 * Waits before an attempt is repeated, for the {@link computeRetryDelay} of its failures. Resolves
 * at once when the signal is aborted.
 */
export async function waitForRetry(
  clock: Clock,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await clock.sleepUntil(clock.now() + computeRetryDelay(failures), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The longest wait for requests under way when everything else has ended, in ms. */
export const LAST_REQUESTS_MS: Millis = 5000;
