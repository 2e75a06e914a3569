/** Keys that are named often within a moment, and looked at once. */
import type { Clock, Millis } from "../../base/clock.ts";

/** Names keys later. */
export interface GatheredKeys {
  /** Names a key, once for all calls until then. */
  add(key: string): void;
  /** Names none any more. */
  stop(): void;
}

/**
 * Waits for more before it names a key: hundreds of Pods become ready at one time.
 *
 * @param waitMs from the first call.
 */
export function gatherKeys(
  clock: Clock,
  waitMs: Millis,
  onKey: (key: string) => void,
): GatheredKeys {
  const waiting = new Set<string>();
  const stopped = new AbortController();
  return {
    add: (key) => {
      if (waiting.has(key) || stopped.signal.aborted) return;
      waiting.add(key);
      clock.sleepUntil(clock.now() + waitMs, stopped.signal).then(() => {
        waiting.delete(key);
        onKey(key);
      }, () => {}); // The only failure is our own abort.
    },
    stop: () => stopped.abort(),
  };
}
