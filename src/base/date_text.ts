/** Moments as text. */

/** The last moment that RFC 3339 can name: the end of the year 9999. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A moment in ms since 1970 as RFC 3339 has it, in milliseconds; one that it cannot name is the last that it can. */
export function formatDate(wallMs: number): string {
  return new Date(Math.max(0, Math.min(wallMs, LAST_MS))).toISOString();
}
