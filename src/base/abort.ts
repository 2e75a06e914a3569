/** Work that its caller may stop waiting for, or does not wait for at all. */
import type { Clock, Millis } from "./clock.ts";
import { messageOf } from "./error_text.ts";

/**
 * The result of the work, unless the signal is aborted first; a later result is discarded.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => {}); // Reported already, or of no use any more.
  }
}

/**
 * Waits for the work, and no longer than this.
 *
 * @returns whether the work has ended by then.
 * @throws what the work fails with.
 */
export async function endsWithin(
  work: Promise<unknown>,
  ms: Millis,
  clock: Clock,
): Promise<boolean> {
  const timer = new AbortController();
  const timeout = clock.sleepUntil(clock.now() + ms, timer.signal).then(() => false);
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    timer.abort();
  }
}

/**
 * A signal that is aborted with the first of these, for the reason of that one. It leaves nothing
 * with them at the end of its block, however long they live.
 */
export function joinSignals(
  signals: readonly AbortSignal[],
): { readonly signal: AbortSignal } & Disposable {
  const joined = new AbortController();
  const listeners = signals.map((signal) => {
    const onAbort = () => joined.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    return () => signal.removeEventListener("abort", onAbort);
  });
  return {
    signal: joined.signal,
    [Symbol.dispose]: () => {
      for (const remove of listeners) remove();
    },
  };
}

/**
 * Leaves work to itself; its failure ends nothing else and is reported.
 * @param what could not be done then: `Cannot …`.
 * @param warn prints one line for the user.
 */
export function inBackground(
  work: Promise<unknown>,
  what: string,
  warn: (line: string) => void,
): void {
  work.catch((error) => warn(`${what}: ${messageOf(error)}`));
}
