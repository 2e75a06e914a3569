import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { thinLanes } from "../../../src/report/timeline/thin.ts";
import { computeTimeline } from "../../../src/report/timeline/timeline.ts";
import { CRASH_LOOP, manyEvents } from "./events.ts";

const lanesOf = (events: Parameters<typeof computeTimeline>[0]) =>
  computeTimeline(events).groups.flatMap((group) => group.lanes);

const sketch = (lanes: ReturnType<typeof thinLanes>) =>
  lanes.map(({ title, spans }) =>
    `${title} ${spans.map((it) => `${it.label} ${it.state}`).join()}`
  );

Deno.test("thinLanes() leaves alone what has few parts", () => {
  const lanes = lanesOf(CRASH_LOOP);
  deepEqual(
    thinLanes(lanes, (at) => at / 100, 100).map(({ spans }) => spans.map(({ count }) => count)),
    lanes.map(({ spans }) => spans.map(() => 1)),
  );
});

Deno.test("thinLanes() joins what lies close together, and shows the worst of it", () => {
  const thinned = thinLanes(lanesOf(CRASH_LOOP), (at) => at / 100_000, 6);
  const found = sketch(thinned).find((it) => it.startsWith("web"));
  deepEqual(found, "web 4× backOff");
});

Deno.test("thinLanes() comes near to as many parts as there may be", () => {
  const thinned = thinLanes(lanesOf(manyEvents(20_000)), (at) => at / 10_000, 4000);
  const count = thinned.reduce((sum, it) => sum + it.spans.length + it.marks.length, 0);
  ok(count <= 4000 && count > 2000, String(count));
});
