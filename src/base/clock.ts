/**
 * Time as an argument: the system's clock, one that runs faster, one that a test moves.
 * Knows no Kubernetes.
 */

/** Milliseconds: of lifecycle time since the clock began where it is a moment, else a duration. May have a fraction. */
export type Millis = number;

/** Where moments and waits come from. */
export interface Clock {
  /** Lifecycle time since this clock began, in ms; never goes back. */
  now(): Millis;
  /** The wall clock at a lifecycle moment, in ms since 1970 (UTC). */
  wallTime(at: Millis): number;
  /**
   * Resolves at lifecycle time `at` (at once if it has passed), whatever the length of the wait.
   * @throws {DOMException} `AbortError` when the signal is aborted first.
   */
  sleepUntil(at: Millis, signal?: AbortSignal): Promise<void>;
}
