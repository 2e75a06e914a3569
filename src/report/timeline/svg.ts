/** A timeline as SVG; pure. */
import type { Millis } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import type { Fact, MarkKind } from "./lane.ts";
import { escapeMarkup, formatNumber } from "./markup.ts";
import { chooseLabels, placeSpans } from "./place.js";
import { STYLE } from "./style.ts";
import { thinLanes, type ThinnedLane } from "./thin.ts";
import {
  computeTicks,
  computeTimeAxis,
  positionOf,
  type Tick,
  type TimeAxis,
} from "./time_axis.ts";
import type { Timeline } from "./timeline.ts";

/** The width that a drawing has by itself, in pixels. */
const BASE_WIDTH = 1200;
/** As many parts as a browser redraws between two frames. */
const MOST_PARTS = 8_000;

const BREAK_WIDTH = 44;
const LEFT = 12;
/** Room for a text about the end of the last span. */
const RIGHT = 84;
const LINE_WIDTH = BASE_WIDTH - LEFT - RIGHT;
const TITLE_HEIGHT = 24;
const AXIS_HEIGHT = 22;
const LANE_HEIGHT = 31;
const LABEL_HEIGHT = 13;
const BAR_HEIGHT = 13;
/** Behind the last span there is room at every zoom. */
const NO_NEXT = 1_000_000;
/** Of a character, in pixels: fonts of one width have 0.6 of their size. */
const CHARACTER = 6.7;
/** Of the coarsest ticks, which a narrow page shows. */
const TICK_ROOM = 360;
const TICK_LEVELS = 9;

/** What a page needs to know of the measures, in pixels. */
export const MEASURES = {
  left: LEFT,
  right: RIGHT,
  line: LINE_WIDTH,
  character: CHARACTER,
} as const;

/** What is shown of a part where someone points. */
export interface Detail {
  /** `web · run 2 · exit 1`. */
  readonly title: string;
  readonly facts: readonly Fact[];
}

/** The drawing of one Pod, or of an object that manages Pods. */
export interface GroupDrawing {
  readonly title: string;
  readonly depth: number;
  /** In pixels. */
  readonly height: number;
  /** Elements, without a root. */
  readonly body: string;
}

/** A whole drawing. */
export interface Drawing {
  readonly from: Millis;
  /** What stands above all groups. */
  readonly axis: string;
  readonly axisHeight: number;
  readonly groups: readonly GroupDrawing[];
  /** By the numbers in `data-i`. */
  readonly details: readonly Detail[];
}

/** Draws what each group shows; `isPage`: a page shows the details, and no `<title>` does. */
export function drawTimeline(timeline: Timeline, isPage: boolean): Drawing {
  const lanes = timeline.groups.flatMap((group) => group.lanes);
  const times = lanes.flatMap(({ spans, marks }) => [
    ...spans.flatMap(({ from, to }) => [from, to]),
    ...marks.map(({ at }) => at),
  ]);
  const axis = computeTimeAxis([timeline.from, ...times, timeline.to], LINE_WIDTH, BREAK_WIDTH);
  const xOf = (at: Millis) => positionOf(axis, at);
  const thinned = thinLanes(lanes, xOf, MOST_PARTS);
  const pen = new Pen(axis, isPage);
  let next = 0;
  const groups = timeline.groups.map(({ title, depth, lanes }): GroupDrawing => {
    const own = thinned.slice(next, next += lanes.length);
    const height = own.length * LANE_HEIGHT;
    const body = own.map((lane, index) => pen.lane(lane, index * LANE_HEIGHT));
    return { title, depth, height, body: pen.breaks(height) + body.join("") };
  });
  const { from } = timeline;
  return { from, axis: pen.axis(), axisHeight: AXIS_HEIGHT, groups, details: pen.details };
}

/** A whole SVG file. */
export function formatSvg(timeline: Timeline): string {
  const { axis, axisHeight, groups } = drawTimeline(timeline, false);
  let y = axisHeight;
  const parts = groups.map(({ title, depth, height, body }) => {
    const begin = y;
    y += TITLE_HEIGHT + height;
    const at = formatNumber(LEFT + depth * 16);
    return `<text class="title" x="${at}" y="${begin + 17}">${escapeMarkup(title)}</text>` +
      `<g transform="translate(${LEFT} ${begin + TITLE_HEIGHT})">${body}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${BASE_WIDTH}" height="${y + 8}" ` +
    `viewBox="0 0 ${BASE_WIDTH} ${y + 8}"><style>${STYLE}</style>` +
    `<rect class="paper" width="100%" height="100%"/>` +
    `<g transform="translate(${LEFT} 0)">${axis}</g>${parts.join("")}</svg>\n`;
}

/** Writes elements, with the places that a page needs in order to zoom. */
class Pen {
  readonly details: Detail[] = [];
  readonly #axis: TimeAxis;
  readonly #isPage: boolean;

  constructor(axis: TimeAxis, isPage: boolean) {
    this.#axis = axis;
    this.#isPage = isPage;
  }

  axis(): string {
    const { segments } = this.#axis;
    const labels: (Partial<Tick> & { x: number; label: string; mark: string })[] = [
      ...segments.filter(({ isBreak }) => isBreak).map(({ x, width, from, to }) => ({
        x: x + width / 2,
        label: `⋯ ${formatDuration(to - from)}`,
        mark: "wait",
      })),
      ...[{ x: 0, label: "0", mark: "tick" }],
      ...computeTicks(this.#axis, TICK_ROOM, TICK_LEVELS).map((it) => ({ ...it, mark: "tick" })),
    ];
    const measured = labels.map((it) => ({ ...it, length: lengthOf(it.label) }));
    const shown = chooseLabels(measured, 1, { width: LINE_WIDTH, left: LEFT, right: RIGHT });
    return measured.map(({ x, label, mark, length, segment, level }, index) =>
      // Only a page can be zoomed.
      !shown[index] && !this.#isPage
        ? ""
        : `<g class="at ${mark}" data-x="${formatNumber(x)}" data-l="${formatNumber(length)}" ` +
          (segment === undefined ? "" : `data-s="${segment} ${level}" `) +
          `transform="translate(${formatNumber(x)} 0)"${shown[index] ? "" : ' display="none"'}>` +
          `<text x="0" y="13" text-anchor="middle">${escapeMarkup(label)}</text>` +
          `<path d="M0 17v5"/></g>`
    ).join("");
  }

  /** Bands through all lanes of a group. */
  breaks(height: number): string {
    return this.#axis.segments.filter(({ isBreak }) => isBreak).map(({ x, width }) =>
      `<rect class="break" data-x="${formatNumber(x)}" data-w="${formatNumber(width)}" ` +
      `x="${formatNumber(x)}" width="${formatNumber(width)}" y="0" height="${height}"/>`
    ).join("");
  }

  lane(lane: ThinnedLane, y: number): string {
    const title = `<text class="lane" y="${y + 10}">${escapeMarkup(lane.title)}</text>`;
    const spans = this.#spans(lane, y + LABEL_HEIGHT);
    const marks = lane.marks.map((mark) => this.#mark(lane, mark, y + LABEL_HEIGHT));
    return `<g class="row" role="list" aria-label="${escapeMarkup(lane.title)}" ` +
      `data-l="${formatNumber(lengthOf(lane.title))}">${title}${spans}${marks.join("")}</g>`;
  }

  #spans(lane: ThinnedLane, y: number): string {
    const measures = lane.spans.map((span, index) => {
      const x = positionOf(this.#axis, span.from);
      const width = positionOf(this.#axis, span.to) - x;
      const next = lane.spans[index + 1];
      const gap = next === undefined
        ? NO_NEXT
        : Math.max(positionOf(this.#axis, next.from) - x - width, 0);
      return { x, width, gap, label: lengthOf(span.label), end: lengthOf(span.end ?? "") };
    });
    const places = placeSpans(measures, 1, lengthOf(lane.title));
    return lane.spans.map((span, index) => {
      const { end = "", label, facts } = span;
      const { x, width, gap, label: labelLength, end: endLength } = measures[index]!;
      const place = places[index]!;
      const title = [lane.title, label, end].filter((it) => it !== "").join(" · ");
      const ending = `end${GOOD_ENDS.has(end) ? "" : " bad"}${place.isInside ? " inside" : ""}`;
      const numbers = [x, width, gap, labelLength, endLength].map(formatNumber);
      return `<g class="span ${span.state}${span.isOpen ? " open" : ""}" ` +
        `data-p="${numbers.join(" ")}" ${this.#point(title, facts)}>` +
        `${this.#titleOf(title, facts)}<rect x="${formatNumber(place.x)}" y="${y}" ` +
        `width="${formatNumber(place.width)}" height="${BAR_HEIGHT}"/>` +
        `${formatText("label", label, place.label, y + 10)}` +
        `${formatText(ending, end, place.end, place.isAbove ? y - 3 : y + 10)}</g>`;
    }).join("");
  }

  #mark(lane: ThinnedLane, mark: ThinnedLane["marks"][number], y: number): string {
    const x = formatNumber(positionOf(this.#axis, mark.at));
    const many = mark.count > 1 ? ` (and ${mark.count - 1} more)` : "";
    const title = `${lane.title} · ${mark.label}${many}`;
    return `<g class="at mark ${mark.kind}${mark.isBad ? " bad" : ""}" data-x="${x}" ` +
      `transform="translate(${x} 0)" ${this.#point(title, [mark.fact])}>` +
      `${this.#titleOf(title, [mark.fact])}<path d="${SIGNS[mark.kind](y)}"/></g>`;
  }

  #point(title: string, facts: readonly Fact[]): string {
    const index = this.details.push({ title, facts }) - 1;
    return `role="listitem" data-i="${index}"${
      this.#isPage ? ` tabindex="-1" aria-label="${escapeMarkup(title)}"` : ""
    }`;
  }

  #titleOf(title: string, facts: readonly Fact[]): string {
    if (this.#isPage) return "";
    const lines = [
      title,
      ...facts.flatMap(({ message, because, rule }) => [
        message,
        ...because === undefined ? [] : [`because ${because}${rule ? ` (${rule})` : ""}`],
      ]),
    ];
    return `<title>${lines.map(escapeMarkup).join("\n")}</title>`;
  }
}

/** Paths of the signs, at x = 0, for a bar that begins at y. */
const SIGNS: Readonly<Record<MarkKind, (y: number) => string>> = {
  signal: (y) => `M0 ${y + 4}l-5 -8h10z`,
  probe: (y) => `M0 ${y + BAR_HEIGHT - 3}l4 6h-8z`,
  hook: (y) => `M-3 ${y - 3}h6v6h-6z`,
  decision: (y) => `M0 ${y - 4}l4 4l-4 4l-4 -4z`,
  condition: (y) => `M-3 ${y + BAR_HEIGHT - 3}h6v6h-6z`,
  startError: (y) => `M-4 ${y + 2}l8 8m0 -8l-8 8`,
};

/** Ends that are as they should be. */
const GOOD_ENDS: ReadonlySet<string> = new Set(["", "exit 0", "ended", "deleted"]);

/** A text that stands somewhere, or is there for a page that is zoomed. */
function formatText(name: string, words: string, x: number | undefined, y: number): string {
  if (words === "") return "";
  const place = x === undefined ? 'display="none"' : `x="${formatNumber(x)}"`;
  return `<text class="${name}" y="${y}" ${place}>${escapeMarkup(words)}</text>`;
}

/** Of a text, in pixels. */
function lengthOf(text: string): number {
  return [...text].length * CHARACTER;
}
