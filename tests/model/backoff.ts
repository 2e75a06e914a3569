/** The table of crash-loop back-off (R-BACKOFF-2), one row for each container. */

/** One row (R-BACKOFF-2). */
interface Row {
  delayMs: number;
  lastUpdate: number;
}

/** Whether a start is refused, and until when. */
export type BackoffAnswer =
  | { readonly type: "start" }
  | { readonly type: "refused"; readonly delayMs: number; readonly until: number };

/** R-BACKOFF-1. */
const FIRST_MS = 10_000;
const CAP_MS = 300_000;
/** R-BACKOFF-4: fixed, not twice the cap. */
export const EXPIRY_MS = 600_000;

/** Knows when each container was last let start, and how long the next one has to wait. */
export class BackoffTable {
  readonly #rows = new Map<string, Row>();
  readonly #grow: (delayMs: number, capMs: number) => number;

  constructor(grow: (delayMs: number, capMs: number) => number) {
    this.#grow = grow;
  }

  /**
   * Asked before every start (R-ACT-8).
   *
   * @param finishedAt of the newest exited record; without one the table is not touched.
   */
  ask(name: string, finishedAt: number | undefined, now: number): BackoffAnswer {
    if (finishedAt === undefined) return { type: "start" };
    // Housekeeping drops rows of long ago (R-BACKOFF-4 b); here at the very moment.
    const row = this.#rows.get(name);
    if (row === undefined || now - row.lastUpdate > EXPIRY_MS) {
      this.#rows.set(name, { delayMs: FIRST_MS, lastUpdate: now });
      return { type: "start" };
    }
    if (now - finishedAt < row.delayMs) {
      const until = Math.min(finishedAt + row.delayMs, row.lastUpdate + EXPIRY_MS + 1);
      return { type: "refused", delayMs: row.delayMs, until };
    }
    this.#rows.set(name, { delayMs: this.#grow(row.delayMs, CAP_MS), lastUpdate: now });
    return { type: "start" };
  }
}
