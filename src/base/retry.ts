/** How long a server is waited for, between attempts and at the end. Knows no Kubernetes. */
import { endsWithin } from "./abort.ts";
import type { Clock, Millis } from "./clock.ts";
import type { LogFields, Logger } from "./log.ts";

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
const LAST_REQUESTS_MS: Millis = 5000;

/**
 * Waits for requests under way when everything else has ended, for at most
 * 5 s.
 *
 * @param what is reported of those that are not answered by then: `Cannot …`.
 */
export async function awaitLastRequests(
  requests: Promise<unknown>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  what: string,
  fields: LogFields,
): Promise<void> {
  if (await endsWithin(requests, LAST_REQUESTS_MS, clock)) return;
  const error = `the store has not answered within ${LAST_REQUESTS_MS / 1000} s`;
  log.warn(what, { ...fields, error });
}
