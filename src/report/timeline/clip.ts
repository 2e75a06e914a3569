/** A part of a timeline: what there is between two moments; pure. */
import type { Millis } from "../../base/clock.ts";
import type { Span } from "./lane.ts";
import type { Timeline } from "./timeline.ts";

/** The part from one moment to another; lanes with nothing in it are left out. */
export function clipTimeline(
  { groups, from, to }: Timeline,
  begin: Millis,
  end: Millis,
): Timeline {
  const first = Math.max(from, Math.min(begin, to));
  const last = Math.min(to, Math.max(end, first));
  const clipped = groups.map((group) => ({
    ...group,
    lanes: group.lanes.map((lane) => ({
      ...lane,
      spans: lane.spans.filter((span) => span.from <= last && span.to >= first)
        .map((span) => clipSpan(span, first, last)),
      marks: lane.marks.filter(({ at }) => at >= first && at <= last),
    })).filter(({ spans, marks }) => spans.length > 0 || marks.length > 0),
  }));
  return { groups: clipped.filter(({ lanes }) => lanes.length > 0), from: first, to: last };
}

function clipSpan({ end, ...span }: Span, first: Millis, last: Millis): Span {
  return {
    ...span,
    from: Math.max(span.from, first),
    to: Math.min(span.to, last),
    // An end that is cut off is not shown.
    ...end !== undefined && span.to <= last && { end },
  };
}
