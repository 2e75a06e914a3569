import { strictEqual as equal } from "node:assert/strict";
import { StopDetector } from "../../../src/cli/terminal/stop_detector.ts";

const cases: readonly (readonly [
  name: string,
  beats: readonly number[],
  signalAt: number,
  isStop: boolean,
])[] = [
  ["a signal of its own, between beats", [250, 500], 600, false],
  ["a signal of its own, after a beat that is a little late", [250, 900], 900, false],
  ["a signal that is noticed before the next beat", [250], 3000, true],
  ["a signal that is noticed after the next beat", [250, 3000], 3010, true],
  ["a signal of its own, long after a stop", [250, 3000, 3250, 3500], 3510, false],
  ["a signal before the first beat", [], 100, false],
];
for (const [name, beats, signalAt, isStop] of cases) {
  Deno.test(`isContinued(): ${name}`, () => {
    const stops = new StopDetector(0);
    for (const at of beats) stops.beat(at);
    equal(stops.isContinued(signalAt), isStop);
  });
}
