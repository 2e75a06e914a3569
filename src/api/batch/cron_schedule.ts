/**
 * When a CronJob's schedule asks for a Job; pure.
 *
 * A parser of our own: what Kubernetes accepts, what it says of the rest and which moments it finds
 * when clocks change are those of one Go package, and none of JavaScript's cron libraries has its
 * dialect.
 *
 * Rule: github.com/robfig/cron v3, parser.go, spec.go and constantdelay.go.
 */
import { CronError, type CronFields, parseCronFields } from "./cron_fields.ts";
import { parseGoDuration } from "./go_duration.ts";
import { findTimeZone, type TimeZone, UTC } from "./time_zone.ts";

/** When Jobs are due. */
export interface CronSchedule {
  /**
   * The first moment after another, in ms since 1970.
   *
   * @returns undefined: there is none in the next five years.
   */
  nextAfter(utcMs: number): number | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Schedules that have a name, in five fields. */
const NAMED: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * Reads a schedule (R-CRON-2): five fields, a name such as `@hourly`, or `@every 1h30m`.
 *
 * @param timeZone counts unless the schedule itself begins with `TZ=` or `CRON_TZ=`. @default UTC
 * @throws {CronError}
 */
export function parseCronSchedule(text: string, timeZone: TimeZone = UTC): CronSchedule {
  if (text === "") throw new CronError("empty spec string");
  const [, zoneName, rest = text] = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(text) ?? [];
  const zone = zoneName === undefined ? timeZone : parseZone(zoneName);
  const spec = rest.trim();
  if (spec.startsWith("@every ")) return every(spec, spec.slice("@every ".length));
  if (spec.startsWith("@") && !Object.hasOwn(NAMED, spec)) {
    throw new CronError(`unrecognized descriptor: ${spec}`);
  }
  const fields = parseCronFields(NAMED[spec] ?? spec);
  return remembering((utcMs) => findNext(fields, zone, utcMs));
}

/** A CronJob is looked at often, and mostly the same moment is asked for again. */
function remembering(nextAfter: CronSchedule["nextAfter"]): CronSchedule {
  let asked: number | undefined;
  let found: number | undefined;
  return {
    nextAfter: (utcMs) => {
      if (utcMs !== asked) [asked, found] = [utcMs, nextAfter(utcMs)];
      return found;
    },
  };
}

/** Go takes an empty name for UTC. */
function parseZone(name: string): TimeZone {
  const zone = name === "" ? UTC : findTimeZone(name);
  if (zone !== undefined) return zone;
  throw new CronError(`provided bad location ${name}: unknown time zone ${name}`);
}

/** In whole seconds, at least one, from whole seconds on. */
function every(spec: string, text: string): CronSchedule {
  const duration = parseGoDuration(text);
  if ("error" in duration) {
    throw new CronError(`failed to parse duration ${spec}: ${duration.error}`);
  }
  const delayMs = Math.max(1, Math.floor(duration.ms / 1000)) * 1000;
  return { nextAfter: (utcMs) => Math.floor(utcMs / 1000) * 1000 + delayMs };
}

/**
 * The first whole minute after a moment at which the zone's clock agrees with every field: what the
 * clock skips in spring is not due, and what it repeats in autumn is due twice (R-CRON-3).
 */
function findNext(
  { minute, hour, month, dayOfMonth, dayOfWeek }: CronFields,
  zone: TimeZone,
  utcMs: number,
): number | undefined {
  const startOffset = zone.offsetAt(utcMs);
  // Whole minutes of the zone's clock, which in old times was not whole minutes from UTC.
  let at = Math.floor((utcMs + startOffset) / MINUTE_MS) * MINUTE_MS - startOffset + MINUTE_MS;
  const lastYear = new Date(at + startOffset).getUTCFullYear() + 5;
  for (;;) {
    const wallMs = at + zone.offsetAt(at);
    const wall = new Date(wallMs);
    const [year, monthIndex, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
    if (year > lastYear) return undefined;
    const isDayOfMonth = dayOfMonth.values.has(day);
    const isDayOfWeek = dayOfWeek.values.has(wall.getUTCDay());
    // Where both are given, one of them is enough.
    const isDay = dayOfMonth.isAny || dayOfWeek.isAny
      ? isDayOfMonth && isDayOfWeek
      : isDayOfMonth || isDayOfWeek;
    if (!month.values.has(monthIndex + 1)) {
      at = startOfDay(Date.UTC(year, monthIndex + 1, 1), zone, at);
    } else if (!isDay) {
      at = startOfDay(Date.UTC(year, monthIndex, day + 1), zone, at);
    } else if (!hour.values.has(wall.getUTCHours())) {
      at += HOUR_MS - wall.getUTCMinutes() * MINUTE_MS;
    } else if (!minute.values.has(wall.getUTCMinutes())) {
      at += MINUTE_MS;
    } else return at;
  }
}

/**
 * The first moment of a day of the zone's clock, which need not have a midnight.
 *
 * @param wallMs its midnight, as if the clock were UTC.
 * @param before a moment before it.
 */
function startOfDay(wallMs: number, zone: TimeZone, before: number): number {
  const early = wallMs - zone.offsetAt(before);
  const offset = zone.offsetAt(early);
  const late = wallMs - offset;
  // Else the clock skips midnight, and `early` is when it does.
  return zone.offsetAt(late) === offset ? late : early;
}
