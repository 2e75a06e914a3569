/** What a script says that happens later to a sandbox or a container. */
import type { Clock, Millis } from "../../base/clock.ts";

/** Why pending work is cancelled. Created once: an error takes longer than most simulations. */
const ENDED = new Error("It has ended");

/** The work that is pending for a sandbox or a container, until that ends. */
export class PendingWork {
  readonly #clock: Clock;
  readonly #end = new AbortController();

  /** Nothing is pending yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborted at the end. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Does this after a while, unless the end comes first. */
  after(ms: Millis, work: () => void): void {
    const clock = this.#clock;
    // Cancelled when what would have happened cannot happen any more.
    clock.sleepUntil(clock.now() + ms, this.#end.signal).then(work, () => {});
  }

  /** It has ended: nothing more happens. */
  cancel(): void {
    this.#end.abort(ENDED);
  }
}
