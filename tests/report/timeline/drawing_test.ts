/** The three forms of a drawing. */
import { deepStrictEqual as deepEqual, doesNotMatch, match, ok } from "node:assert/strict";
import type { RunEvent } from "../../../src/lifecycle/trace/log_event.ts";
import { formatPage } from "../../../src/report/timeline/page.ts";
import { drawTimeline, formatSvg } from "../../../src/report/timeline/svg.ts";
import { drawText } from "../../../src/report/timeline/text_drawing.ts";
import { computeTimeline } from "../../../src/report/timeline/timeline.ts";
import { CRASH_LOOP, podEvent, run } from "./events.ts";

const TIMELINE = computeTimeline(CRASH_LOOP);
const linesOf = (width: number) =>
  drawText(TIMELINE, width).map((line) => line.map(({ text }) => text).join("").trimEnd());

Deno.test("drawText() draws a crash loop", () => {
  deepEqual(linesOf(72), [
    "       0              500ms        ╱╱10s              11.5s          12s",
    "Pod default/web",
    "phase  ┄Pending┄┄┄┄┄┄┄┄┄━Running━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━═══",
    "Ready  ┄NotYet┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄",
    "pause    ━pid 7━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ended",
    "setup       ━running━━exit 0",
    "web                     ━running━1··━━━1CrashLoopBackOff•···············",
  ]);
});

for (const width of [20, 40, 80, 200]) {
  Deno.test(`drawText() fits ${width} columns`, () => {
    for (const line of linesOf(width)) ok([...line].length <= Math.max(width, 24), line);
  });
}

/** What other people may have written into names and messages. */
const HOSTILE = `</script><script>alert(1)</script>"'&\x1b[31m\u202e`;
const HOSTILE_EVENTS: readonly RunEvent[] = run(HOSTILE, "app", 0, 5, 1).map((it) => ({
  ...it,
  pod: HOSTILE,
  message: HOSTILE,
  because: HOSTILE,
}));

Deno.test("no form of a drawing passes on markup or control characters", () => {
  const timeline = computeTimeline(HOSTILE_EVENTS);
  const page = formatPage(timeline, HOSTILE, "digest");
  const text = drawText(timeline, 200).flat().map((it) => it.text).join("");
  for (const form of [formatSvg(timeline), page]) {
    doesNotMatch(form, /<script>alert/);
    // deno-lint-ignore no-control-regex
    doesNotMatch(form, /[\x00-\x09\x0b-\x1f\u202e]/);
  }
  // deno-lint-ignore no-control-regex
  doesNotMatch(text, /[\x00-\x1f\u202e]/);
});

Deno.test("formatSvg() says on each part why", () => {
  const svg = formatSvg(TIMELINE);
  match(
    svg,
    /<title>web · running · exit 1\ncontainer\.started at 600\nbecause so it is \(R-PHASE-4\)/,
  );
});

Deno.test("what cannot be distinguished is drawn as one", () => {
  const many = Array.from({ length: 40_000 }, (_, i) => run("web", "app", i, i + 1, 1, i)).flat();
  const { groups: [group], details } = drawTimeline(computeTimeline(many), true);
  ok(details.length <= 20_000, String(details.length));
  ok(details.length > 1000, String(details.length));
  match(group!.body, /web · \d+×/);
});

Deno.test("a log with nothing but the beginning is drawn", () => {
  const timeline = computeTimeline([podEvent(3, "pod.condition", { condition: "PodScheduled" })]);
  match(formatPage(timeline, "x", "digest"), /Pod default\/web/);
  match(formatSvg(timeline), /Pending/);
});

Deno.test("formatSvg() holds no label that it does not show", () => {
  const svg = formatSvg(TIMELINE);
  ok(svg.match(/class="at tick"/g)!.length > 2);
  doesNotMatch(svg, /class="at [^>]*display="none"/);
});
