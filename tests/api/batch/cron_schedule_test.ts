import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { CronError } from "../../../src/api/batch/cron_fields.ts";
import { parseCronSchedule } from "../../../src/api/batch/cron_schedule.ts";
import { findTimeZone, formatInZone, UTC } from "../../../src/api/batch/time_zone.ts";

const at = (time: string) => Date.parse(time);

/** The moments after one, in the zone. */
function moments(schedule: string, zone: string, after: string, count: number): string[] {
  const timeZone = findTimeZone(zone)!;
  const { nextAfter } = parseCronSchedule(schedule, timeZone);
  const found: string[] = [];
  for (let now = nextAfter(at(after)); now !== undefined && found.length < count;) {
    found.push(formatInZone(now, timeZone));
    now = nextAfter(now);
  }
  return found;
}

const BERLIN = "Europe/Berlin";
const NEW_YORK = "America/New_York";

const rows: readonly [string, string, string, string, string[]][] = [
  ["every minute, from the next one on", "* * * * *", "UTC", "2026-01-01T00:00:00.500Z", [
    "2026-01-01T00:01:00Z",
    "2026-01-01T00:02:00Z",
  ]],
  ["a moment itself is not after it", "0 0 * * *", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-02T00:00:00Z",
  ]],
  ["steps, lists and ranges", "*/20,5 3-4 * * *", "UTC", "2026-01-01T03:30:00Z", [
    "2026-01-01T03:40:00Z",
    "2026-01-01T04:00:00Z",
    "2026-01-01T04:05:00Z",
  ]],
  ["a value with a step goes on to the end", "50/5 0 * * *", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-01T00:50:00Z",
    "2026-01-01T00:55:00Z",
    "2026-01-02T00:50:00Z",
  ]],
  ["names of months and days", "0 12 * feb MON", "UTC", "2026-01-01T00:00:00Z", [
    "2026-02-02T12:00:00Z",
    "2026-02-09T12:00:00Z",
  ]],
  ["either day is enough when both are given", "0 0 13 * fri", "UTC", "2026-02-07T00:00:00Z", [
    "2026-02-13T00:00:00Z",
    "2026-02-20T00:00:00Z",
    "2026-02-27T00:00:00Z",
    "2026-03-06T00:00:00Z",
    "2026-03-13T00:00:00Z",
  ]],
  ["a step over all days is not open", "0 0 */10 * sat", "UTC", "2026-03-01T00:00:00Z", [
    "2026-03-07T00:00:00Z",
    "2026-03-11T00:00:00Z",
  ]],
  ["the end of months of all lengths", "0 0 31 * *", "UTC", "2026-03-31T00:00:00Z", [
    "2026-05-31T00:00:00Z",
    "2026-07-31T00:00:00Z",
  ]],
  ["leap days", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", [
    "2028-02-29T00:00:00Z",
    "2032-02-29T00:00:00Z",
  ]],
  ["a day that never comes", "0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", []],
  ["@hourly", "@hourly", "UTC", "2026-01-01T00:10:00Z", ["2026-01-01T01:00:00Z"]],
  ["@weekly", "@weekly", "UTC", "2026-01-01T00:00:00Z", ["2026-01-04T00:00:00Z"]],
  ["@monthly", "@monthly", "UTC", "2026-01-01T00:00:00Z", ["2026-02-01T00:00:00Z"]],
  ["@yearly", "@yearly", "UTC", "2026-01-01T00:00:00Z", ["2027-01-01T00:00:00Z"]],
  ["@every, from whole seconds on", "@every 1h30m", "UTC", "2026-01-01T00:00:07.900Z", [
    "2026-01-01T01:30:07Z",
    "2026-01-01T03:00:07Z",
  ]],
  ["@every less than a second", "@every 1ms", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-01T00:00:01Z",
  ]],
  ["a zone of its own", "TZ=Asia/Kolkata 30 9 * * *", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-01T04:00:00Z",
  ]],
  ["a zone of half an hour", "0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", [
    "2026-01-01T09:00:00+05:30",
  ]],
  ["R-CRON-3: a day without 02:30", "30 2 * * *", BERLIN, "2026-03-28T00:00:00Z", [
    "2026-03-28T02:30:00+01:00",
    "2026-03-30T02:30:00+02:00",
  ]],
  ["R-CRON-3: an hour that is not there", "0 * * * *", BERLIN, "2026-03-29T00:30:00Z", [
    "2026-03-29T03:00:00+02:00",
  ]],
  ["R-CRON-3: 02:30 twice", "30 2 * * *", BERLIN, "2026-10-24T12:00:00Z", [
    "2026-10-25T02:30:00+02:00",
    "2026-10-25T02:30:00+01:00",
    "2026-10-26T02:30:00+01:00",
  ]],
  ["R-CRON-3: 01:30 twice, west of Greenwich", "30 1 * * *", NEW_YORK, "2026-11-01T00:00:00Z", [
    "2026-11-01T01:30:00-04:00",
    "2026-11-01T01:30:00-05:00",
    "2026-11-02T01:30:00-05:00",
  ]],
  ["R-CRON-3: midnight is skipped", "0 0 * * *", "Africa/Cairo", "2026-04-22T12:00:00Z", [
    "2026-04-23T00:00:00+02:00",
    "2026-04-25T00:00:00+03:00",
  ]],
  ["R-CRON-3: a day that begins at one", "0 1 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", [
    "2026-04-24T01:00:00+03:00",
  ]],
  ["days end when the zone's do", "0 8 1 * *", "Pacific/Auckland", "2026-03-31T18:00:00Z", [
    "2026-04-01T08:00:00+13:00",
    "2026-05-01T08:00:00+12:00",
  ]],
];

for (const [name, schedule, zone, after, expected] of rows) {
  Deno.test(`parseCronSchedule() ${name}`, () => {
    deepEqual(moments(schedule, zone, after, Math.max(1, expected.length)), expected);
  });
}

const errors: readonly [string, string][] = [
  ["", "empty spec string"],
  ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
  ["* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"],
  ["61 * * * *", "end of range (61) above maximum (59): 61"],
  ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
  ["* * * * 7", "end of range (7) above maximum (6): 7"],
  ["5-2 * * * *", "beginning of range (5) beyond end of range (2): 5-2"],
  ["*/0 * * * *", "step of range should be a positive number: */0"],
  ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
  ["1/2/3 * * * *", "too many slashes: 1/2/3"],
  ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ["-5 * * * *", 'failed to parse int from : strconv.Atoi: parsing "": invalid syntax'],
  [
    "99999999999999999999 * * * *",
    'failed to parse int from 99999999999999999999: strconv.Atoi: parsing "99999999999999999999": value out of range',
  ],
  ["@never", "unrecognized descriptor: @never"],
  [
    "@every day",
    'failed to parse duration @every day: time: invalid duration "day"',
  ],
  ["TZ=Mars/Base * * * * *", "provided bad location Mars/Base: unknown time zone Mars/Base"],
];

for (const [schedule, message] of errors) {
  Deno.test(`parseCronSchedule() refuses ${JSON.stringify(schedule)}`, () => {
    throws(() => parseCronSchedule(schedule), new CronError(message));
  });
}

const zones: readonly [string, boolean][] = [
  ["UTC", true],
  ["Etc/UTC", true],
  ["Europe/Berlin", true],
  ["US/Pacific", true],
  ["Etc/GMT+5", true],
  ["europe/berlin", false],
  ["EUROPE/BERLIN", false],
  ["+01:00", false],
  ["Mars/Base", false],
];

for (const [name, isKnown] of zones) {
  Deno.test(`findTimeZone() ${name}`, () => deepEqual(findTimeZone(name) !== undefined, isKnown));
}

Deno.test("formatInZone() as Go has it", () => {
  deepEqual(formatInZone(at("2026-01-01T00:00:00Z"), UTC), "2026-01-01T00:00:00Z");
  const newfoundland = findTimeZone("America/St_Johns")!;
  deepEqual(formatInZone(at("2026-01-01T00:00:00Z"), newfoundland), "2025-12-31T20:30:00-03:30");
});
