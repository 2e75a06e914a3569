/** Fewer parts of a drawing, where it has more than can be distinguished; pure. */
import type { Lane, Mark, Span, SpanState } from "./lane.ts";

/** Spans and marks with the number of those that each stands for. */
export interface ThinnedLane extends Omit<Lane, "spans" | "marks"> {
  readonly spans: readonly (Span & { readonly count: number })[];
  readonly marks: readonly (Mark & { readonly count: number })[];
}

/**
 * What is nearer to each other than a distance becomes one.
 *
 * @param positionOf where a moment stands.
 * @param distance in units of the line; 0 leaves all as it is.
 */
function thinLane(
  { spans, marks, ...lane }: Lane,
  positionOf: (at: number) => number,
  distance: number,
): ThinnedLane {
  const thinned: (Span & { readonly count: number })[] = [];
  for (const span of spans) {
    const last = thinned.at(-1);
    if (last === undefined || positionOf(span.to) - positionOf(last.from) >= distance) {
      thinned.push({ ...span, count: 1 });
      continue;
    }
    const count = last.count + 1;
    // The first and the last of them say what they are.
    const facts = [last.facts[0]!, span.facts.at(-1)!];
    const { to, isOpen } = span;
    // What is not as it should be stays to be seen.
    const state = isWorse(span.state, last.state) ? span.state : last.state;
    thinned[thinned.length - 1] = {
      from: last.from,
      to,
      state,
      label: `${count}×`,
      isOpen,
      facts,
      count,
    };
  }
  const points: (Mark & { readonly count: number })[] = [];
  for (const mark of marks) {
    const last = points.at(-1);
    if (last === undefined || positionOf(mark.at) - positionOf(last.at) >= distance) {
      points.push({ ...mark, count: 1 });
    } else {
      points[points.length - 1] = {
        ...last,
        isBad: last.isBad || mark.isBad,
        count: last.count + 1,
      };
    }
  }
  return { ...lane, spans: thinned, marks: points };
}

/** From what is well to what people look for. */
const BY_WEIGHT: readonly SpanState[] = [
  ...["object", "succeeded", "ready", "running", "pending"] as const,
  ...["waiting", "notReady", "unknown", "backOff", "failed"] as const,
];

function isWorse(a: SpanState, b: SpanState): boolean {
  return BY_WEIGHT.indexOf(a) > BY_WEIGHT.indexOf(b);
}

/** The shortest of some distances at which all lanes together have no more than so many parts. */
export function thinLanes(
  lanes: readonly Lane[],
  positionOf: (at: number) => number,
  most: number,
): ThinnedLane[] {
  for (let distance = 0;; distance = Math.max(distance * 1.4, 0.25)) {
    const thinned = lanes.map((lane) => thinLane(lane, positionOf, distance));
    const count = thinned.reduce((sum, it) => sum + it.spans.length + it.marks.length, 0);
    // Each lane keeps one part at least.
    if (count <= Math.max(most, 2 * lanes.length)) return thinned;
  }
}
