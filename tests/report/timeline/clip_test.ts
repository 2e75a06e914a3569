import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { clipTimeline } from "../../../src/report/timeline/clip.ts";
import { computeTimeline } from "../../../src/report/timeline/timeline.ts";
import { CRASH_LOOP } from "./events.ts";

/** What is left of each lane: spans with their ends, and marks. */
function sketch(from: number, to: number) {
  const { groups, ...range } = clipTimeline(computeTimeline(CRASH_LOOP), from, to);
  const lanes = groups.flatMap((group) => group.lanes).map(({ title, spans, marks }) =>
    [
      title,
      ...spans.map((it) => `${it.from}..${it.to}${it.end === undefined ? "" : ` ${it.end}`}`),
      ...marks.map(({ at }) => `mark ${at}`),
    ].join(" ")
  );
  return [`${range.from}..${range.to}`, ...lanes];
}

const rows: readonly [from: number, to: number, ...lanes: string[]][] = [
  [
    250,
    950,
    "250..950",
    "phase 250..600 600..950",
    "Ready 250..950",
    "pause 250..950",
    "setup 250..500 exit 0",
    "web 600..900 exit 1 900..950",
  ],
  [
    11_400,
    20_000,
    "11400..12100",
    "phase 11400..12000 12000..12100",
    "Ready 11400..12100",
    "pause 11400..12100 ended",
    "web 11400..12100 mark 11500",
  ],
];
for (const [from, to, ...lanes] of rows) {
  Deno.test(`clipTimeline() keeps what there is from ${from} to ${to}`, () => {
    deepEqual(sketch(from, to), lanes);
  });
}

Deno.test("clipTimeline() of nothing, and beyond the end, is empty or a moment", () => {
  deepEqual(clipTimeline(computeTimeline([]), 0, 10), { groups: [], from: 0, to: 0 });
  deepEqual(sketch(50_000, 60_000)[0], "12100..12100");
});
