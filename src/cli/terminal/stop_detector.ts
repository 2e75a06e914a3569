/**
 * Whether the process has been stopped and continued; pure.
 *
 * SIGCONT alone does not say so: a run of processes without a sandbox sends it to itself.
 */

/** Between two beats. */
export const BEAT_MS = 250;
/** Without a beat for this long, the process may have been stopped. */
const GAP_MS = 750;
/** The signal may be noticed this much later than the beat that was late. */
const SIGNAL_MS = 250;

/** Knows it from beats that are late and a signal that comes with them; times are wall ms. */
export class StopDetector {
  #beatAt: number;
  #lateAt = -Infinity;

  /** Beats begin now. */
  constructor(now: number) {
    this.#beatAt = now;
  }

  /** Called every {@link BEAT_MS} while the process is not stopped. */
  beat(now: number): void {
    if (now - this.#beatAt > GAP_MS) this.#lateAt = now;
    this.#beatAt = now;
  }

  /** Whether a SIGCONT that is noticed now ends a stop. */
  isContinued(now: number): boolean {
    return now - this.#beatAt > GAP_MS || now - this.#lateAt < SIGNAL_MS;
  }
}
