import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { chooseLabels, placeSpans } from "../../../src/report/timeline/place.js";

const SPAN = { x: 100, width: 100, gap: 1_000_000, label: 40, end: 40 };
const NOWHERE = { isAbove: false, isInside: false };

const spans: readonly [name: string, span: typeof SPAN, zoom: number, place: object][] = [
  ["an end stands behind", SPAN, 1, { x: 100, width: 100, label: 104, end: 204, ...NOWHERE }],
  ["or inside", { ...SPAN, gap: 0 }, 1, {
    x: 100,
    width: 100,
    label: 104,
    end: 156,
    ...NOWHERE,
    isInside: true,
  }],
  ["or above, where neither has room", { ...SPAN, gap: 0 }, 0.4, {
    x: 40,
    width: 40,
    end: 40,
    ...NOWHERE,
    isAbove: true,
  }],
  ["or nowhere", { ...SPAN, gap: 0, x: 0 }, 0.4, { x: 0, width: 40, ...NOWHERE }],
  ["a label that does not fit is left out", { ...SPAN, end: 0 }, 0.4, {
    x: 40,
    width: 40,
    ...NOWHERE,
  }],
  ["nothing is too short to be seen", { ...SPAN, width: 0, label: 0, end: 0 }, 1, {
    x: 100,
    width: 2,
    ...NOWHERE,
  }],
];
for (const [name, span, zoom, place] of spans) {
  Deno.test(`placeSpans(): ${name}`, () => deepEqual(placeSpans([span], zoom, 20), [place]));
}

Deno.test("placeSpans(): ends above do not touch each other", () => {
  const short = { x: 200, width: 5, gap: 0, label: 0, end: 40 };
  const places = placeSpans([short, { ...short, x: 210 }, { ...short, x: 260 }], 1, 20);
  deepEqual(places.map(({ end }) => end), [165, undefined, 225]);
});

Deno.test("chooseLabels() shows the first ones, and those that touch none", () => {
  const labels = [0, 50, 58, 100].map((x) => ({ x, length: 20 }));
  const line = { width: 100, left: 12, right: 12 };
  deepEqual(chooseLabels(labels, 1, line), [true, true, false, true]);
  deepEqual(chooseLabels(labels, 6, line), [true, true, true, true]);
  deepEqual(chooseLabels(labels, 0.5, line), [true, false, false, true]);
});

Deno.test("chooseLabels() shows a finer level of a segment only where all of it has room", () => {
  const tick = (x: number, segment: number, level: number) => ({ x, length: 20, segment, level });
  const labels = [
    { x: 200, length: 20 },
    ...[0, 100, 195].map((x) => tick(x, 0, 0)),
    ...[300, 400].map((x) => tick(x, 2, 0)),
    ...[40, 80].map((x) => tick(x, 0, 1)),
    ...[350, 450].map((x) => tick(x, 2, 1)),
    ...[20, 60].map((x) => tick(x, 0, 2)),
  ];
  const line = { width: 450, left: 12, right: 12 };
  const choose = (zoom: number) =>
    chooseLabels(labels, zoom, line).map((isShown) => isShown ? "+" : "-").join("");
  // The one that the break covers is left out alone.
  equal(choose(1), "+ ++- ++ -- ++ --".replaceAll(" ", ""));
  equal(choose(2), "+ ++- ++ ++ ++ ++".replaceAll(" ", ""));
  equal(choose(0.5), "+ ++- ++ -- -- --".replaceAll(" ", ""));
});
