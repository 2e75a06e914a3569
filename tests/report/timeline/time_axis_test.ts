import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import {
  computeTicks,
  computeTimeAxis,
  positionOf,
} from "../../../src/report/timeline/time_axis.ts";

const axes: readonly [name: string, times: number[], segments: string[]][] = [
  ["to scale", [0, 400, 1000], ["0-1000 at 0 of 100"]],
  ["one moment", [5, 5], ["5-5 at 0 of 100"]],
  ["nothing", [], ["0-0 at 0 of 100"]],
  ["a long wait is broken", [0, 100, 10_100, 10_200], [
    "0-100 at 0 of 45",
    "100-10100 at 45 of 10 broken",
    "10100-10200 at 55 of 45",
  ]],
  ["a run that only waits is not", [0, 30_000], ["0-30000 at 0 of 100"]],
  ["a wait that is as long as the rest is not", [0, 100, 200], ["0-200 at 0 of 100"]],
];
for (const [name, times, segments] of axes) {
  Deno.test(`computeTimeAxis(): ${name}`, () => {
    const axis = computeTimeAxis(times, 100, 10);
    deepEqual(
      axis.segments.map(({ from, to, x, width, isBreak }) =>
        `${from}-${to} at ${x} of ${width}${isBreak ? " broken" : ""}`
      ),
      segments,
    );
  });
}

Deno.test("positionOf() never goes back, and stays on the line", () => {
  const times = [0, 7, 30, 31, 5000, 5001, 5100, 90_000, 90_010];
  const axis = computeTimeAxis(times, 1000, 40);
  let last = 0;
  for (let at = -10; at < 91_000; at += 7) {
    const x = positionOf(axis, at);
    ok(x >= last && x <= 1000, `${at} at ${x} after ${last}`);
    last = x;
  }
  ok(Math.abs(positionOf(axis, 90_010) - 1000) < 1e-6);
  equal(positionOf(axis, 0), 0);
});

const tickRows: readonly [name: string, times: number[], levels: number, rows: string[]][] = [
  ["a step has to divide the one before", [1000, 2000], 3, ["0/0: 0ms 500ms 1s"]],
  ["levels that have none of their own are left out", [1000, 2000], 4, [
    "0/0: 0ms 500ms 1s",
    "0/3: 100ms 200ms 300ms 400ms 600ms 700ms 800ms 900ms",
  ]],
  ["each segment has its own", [0, 100, 10_100, 10_200], 1, ["0/0: 0ms", "2/0: 10.2s"]],
];
for (const [name, times, levels, rows] of tickRows) {
  Deno.test(`computeTicks(): ${name}`, () => {
    const found = new Map<string, string[]>();
    for (
      const { label, segment, level } of computeTicks(computeTimeAxis(times, 100, 10), 50, levels)
    ) {
      const row = `${segment}/${level}`;
      found.set(row, [...found.get(row) ?? [], label]);
    }
    deepEqual([...found].map(([row, labels]) => `${row}: ${labels.join(" ")}`), rows);
  });
}

Deno.test("computeTicks(): all levels up to one together are evenly spaced", () => {
  for (const length of [7, 150, 999, 3000, 12_345, 61_000, 4_000_000, 90_000_000]) {
    const ticks = computeTicks(computeTimeAxis([0, length], 1000, 10), 300, 8);
    for (const last of new Set(ticks.map(({ level }) => level))) {
      const places = ticks.filter(({ level }) => level <= last).map(({ x }) => x)
        .sort((a, b) => a - b);
      const gaps = places.slice(1).map((x, index) => Math.round((x - places[index]!) * 1e6));
      equal(new Set(gaps).size <= 1, true, `${length} ms at level ${last}: ${gaps}`);
    }
  }
});
