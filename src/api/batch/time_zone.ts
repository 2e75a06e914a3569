/**
 * Time zones: how far their clocks are ahead of UTC at a moment, from the data of the JavaScript
 * engine; pure.
 */

/** A clock in a zone. */
export interface TimeZone {
  /** `Europe/Berlin`, or `UTC`. */
  readonly name: string;
  /** What to add to a moment in UTC, in ms since 1970, for what the zone's clock shows. */
  offsetAt(utcMs: number): number;
}

/** The zone that schedules without one are in. */
export const UTC: TimeZone = { name: "UTC", offsetAt: () => 0 };

/** Clocks change at quarters of an hour alone. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** Zones that were found, by name: a format takes a millisecond to make. */
const found = new Map<string, TimeZone>([["UTC", UTC]]);

/** The zone of a name of the tz database; undefined if it has none of that name. */
export function findTimeZone(name: string): TimeZone | undefined {
  const known = found.get(name);
  if (known !== undefined) return known;
  const zone = readTimeZone(name);
  if (zone !== undefined) found.set(name, zone);
  return zone;
}

function readTimeZone(name: string): TimeZone | undefined {
  // Offsets such as "+01:00" and names in small letters are known to JavaScript alone.
  if (!/^[A-Z]/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    const resolved = format.resolvedOptions().timeZone;
    const isMisspelt = resolved !== name && resolved.toLowerCase() === name.toLowerCase();
    return isMisspelt ? undefined : { name, offsetAt: rememberDays(format) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * Formatting is slow, and schedules ask for many moments of few days: a day that begins and ends
 * with one offset has that one throughout.
 */
function rememberDays(format: Intl.DateTimeFormat): (utcMs: number) => number {
  const offsets = new Map<number, number>();
  const offsetOf = (startMs: number) => {
    const known = offsets.get(startMs);
    if (known !== undefined) return known;
    const offset = readOffset(format, startMs);
    offsets.set(startMs, offset);
    return offset;
  };
  return (utcMs) => {
    const day = Math.floor(utcMs / DAY_MS) * DAY_MS;
    const offset = offsetOf(day);
    if (offsetOf(day + DAY_MS) === offset) return offset;
    return offsetOf(Math.floor(utcMs / QUARTER_MS) * QUARTER_MS);
  };
}

function readOffset(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utcMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - utcMs;
}

/** A moment as RFC 3339 has it in a zone, in whole seconds: `2026-05-01T09:00:00+02:00`. */
export function formatInZone(utcMs: number, { offsetAt }: TimeZone): string {
  const offset = offsetAt(utcMs);
  const clock = new Date(utcMs + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${clock}Z`;
  const minutes = Math.abs(offset) / 60_000;
  const twoDigits = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${clock}${offset < 0 ? "-" : "+"}${twoDigits(minutes / 60)}:${twoDigits(minutes % 60)}`;
}
