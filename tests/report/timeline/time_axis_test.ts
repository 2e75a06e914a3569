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

Deno.test("computeTicks() labels moments of the run, coarse ones first", () => {
  const axis = computeTimeAxis([1000, 2000], 100, 10);
  deepEqual(
    computeTicks(axis, 50, 3).map(({ x, label, level }) => [x, label, level]),
    [
      [0, "0ms", 0],
      [50, "500ms", 0],
      [100, "1s", 0],
      [20, "200ms", 2],
      [40, "400ms", 2],
      [60, "600ms", 2],
      [80, "800ms", 2],
    ],
  );
});
