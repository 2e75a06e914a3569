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

/** The zone of a name of the tz database; undefined if it has none of that name. */
export function findTimeZone(name: string): TimeZone | undefined {
  if (name === "UTC") return UTC;
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
    return isMisspelt ? undefined : { name, offsetAt: rememberQuarter(format) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Formatting is slow, and schedules ask for neighbouring moments. */
function rememberQuarter(format: Intl.DateTimeFormat): (utcMs: number) => number {
  let known = NaN;
  let offset = 0;
  return (utcMs) => {
    const quarter = Math.floor(utcMs / QUARTER_MS) * QUARTER_MS;
    if (quarter !== known) [known, offset] = [quarter, readOffset(format, quarter)];
    return offset;
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
