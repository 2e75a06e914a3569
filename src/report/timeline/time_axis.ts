/** Where a moment stands on a line, with breaks in long waits; pure. */
import type { Millis } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";

/** A stretch of time and of the line. */
export interface Segment {
  readonly from: Millis;
  readonly to: Millis;
  readonly x: number;
  readonly width: number;
  /** Nothing happens in it, and it is drawn shorter than it is. */
  readonly isBreak: boolean;
}

/** Segments that follow each other without a gap. */
export interface TimeAxis {
  readonly segments: readonly Segment[];
  /** Of the whole line, in its units. */
  readonly width: number;
}

/** A moment with a label. */
export interface Tick {
  readonly x: number;
  readonly label: string;
  /** The number of its segment. */
  readonly segment: number;
  /** 0 for those that are shown first; finer ones where there is room. */
  readonly level: number;
}

/** A wait is broken where it is longer than so many times all the rest that is drawn to scale. */
const LONG = 3;
const MAX_BREAKS = 20;

/**
 * The axis of these moments.
 *
 * @param times when something happens; in any order.
 * @param width of the whole line.
 * @param breakWidth of each break, in the same units.
 */
export function computeTimeAxis(
  times: readonly Millis[],
  width: number,
  breakWidth: number,
): TimeAxis {
  const moments = [...new Set(times)].sort((a, b) => a - b);
  const waits = moments.slice(1).map((to, index) => ({ from: moments[index]!, to }));
  const lengthOf = ({ from, to }: typeof waits[number]) => to - from;
  let scaled = waits.reduce((sum, wait) => sum + lengthOf(wait), 0);
  const broken = new Set<typeof waits[number]>();
  for (const wait of waits.toSorted((a, b) => lengthOf(b) - lengthOf(a)).slice(0, MAX_BREAKS)) {
    const rest = scaled - lengthOf(wait);
    if (rest === 0 || lengthOf(wait) < LONG * rest) break;
    broken.add(wait);
    scaled = rest;
  }
  const perMs = scaled === 0 ? 0 : (width - broken.size * breakWidth) / scaled;
  let x = 0;
  const segments = joinScaled(waits, broken).map(({ from, to, isBreak }) => {
    const segment = { from, to, x, width: isBreak ? breakWidth : (to - from) * perMs, isBreak };
    x += segment.width;
    return segment;
  });
  const at = moments[0] ?? 0;
  return {
    segments: segments.length > 0 ? segments : [{ from: at, to: at, x: 0, width, isBreak: false }],
    width,
  };
}

/** Waits that are not broken are one segment with their neighbours. */
function joinScaled<W extends { readonly from: Millis; readonly to: Millis }>(
  waits: readonly W[],
  broken: ReadonlySet<W>,
): { readonly from: Millis; readonly to: Millis; readonly isBreak: boolean }[] {
  const joined: { from: Millis; to: Millis; isBreak: boolean }[] = [];
  for (const wait of waits) {
    const isBreak = broken.has(wait);
    const last = joined.at(-1);
    if (last !== undefined && !last.isBreak && !isBreak) last.to = wait.to;
    else joined.push({ from: wait.from, to: wait.to, isBreak });
  }
  return joined;
}

/** Where a moment stands; one before or after all of them stands at the end. */
export function positionOf({ segments, width }: TimeAxis, at: Millis): number {
  let low = 0;
  for (let high = segments.length - 1; low < high;) {
    const middle = (low + high) >> 1;
    if (segments[middle]!.to < at) low = middle + 1;
    else high = middle;
  }
  const { from, to, x, width: length } = segments[low]!;
  const share = to === from ? 0 : (at - from) / (to - from);
  return Math.min(Math.max(x + share * length, 0), width);
}

/** Steps between ticks: 1, 2, 5, 10 ms … and what clocks have: 15 s, a minute, an hour. */
const STEPS_MS: readonly Millis[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 6, 12, 24, 48, 168, 720, 8760].map((hours) => hours * 3_600_000),
];

/**
 * Moments to label, the coarsest first, those of a segment and level one after the other. The step
 * of each level divides that of the level before: all levels up to one together are even.
 *
 * @param room the least distance of two ticks of level 0, in units of the line; of each further
 * level the half.
 */
export function computeTicks(axis: TimeAxis, room: number, levels: number): Tick[] {
  const begin = axis.segments[0]!.from;
  const seen = new Set<Millis>();
  const steps = new Map<number, Millis>();
  const ticks: Tick[] = [];
  for (let level = 0; level < levels; level++) {
    for (const [segment, { from, to, width, isBreak }] of axis.segments.entries()) {
      if (isBreak || width === 0 || to === from) continue;
      const least = (to - from) / width * room / 2 ** level;
      const step = chooseStep(least, steps.get(segment));
      if (step === undefined) continue;
      steps.set(segment, step);
      for (let at = Math.ceil((from - begin) / step) * step; at <= to - begin; at += step) {
        if (seen.has(at)) continue;
        seen.add(at);
        const x = positionOf(axis, at + begin);
        ticks.push({ x, label: formatDuration(at), segment, level });
      }
    }
  }
  return ticks;
}

/** The least step that is long enough and divides the one before; undefined: that one is it. */
function chooseStep(least: Millis, before: Millis | undefined): Millis | undefined {
  if (before === undefined) return STEPS_MS.find((it) => it >= least) ?? STEPS_MS.at(-1)!;
  return STEPS_MS.find((it) => it >= least && it < before && before % it === 0);
}
