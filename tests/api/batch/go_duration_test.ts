import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { parseGoDuration } from "../../../src/api/batch/go_duration.ts";

const rows: readonly [string, number | string][] = [
  ["0", 0],
  ["1h30m", 5_400_000],
  ["-1.5s", -1500],
  ["+.5s", 500],
  ["2µs", 0.002],
  ["1h1h", 7_200_000],
  ["", 'time: invalid duration ""'],
  ["-", 'time: invalid duration "-"'],
  [".s", 'time: invalid duration ".s"'],
  ["5", 'time: missing unit in duration "5"'],
  ["5d", 'time: unknown unit "d" in duration "5d"'],
  ["3000000h", 'time: invalid duration "3000000h"'],
];

for (const [text, expected] of rows) {
  Deno.test(`parseGoDuration() ${JSON.stringify(text)}`, () => {
    const parsed = parseGoDuration(text);
    deepEqual("ms" in parsed ? parsed.ms : parsed.error, expected);
  });
}
