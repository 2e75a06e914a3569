/** The run around a moment, drawn for people; pure. */
import type { Millis } from "../../base/clock.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { clipTimeline } from "../../report/timeline/clip.ts";
import { drawText, type Piece } from "../../report/timeline/text_drawing.ts";
import { computeTimeline } from "../../report/timeline/timeline.ts";

/** So many events before a moment, and as many behind it, are drawn. */
const EVENTS_AROUND = 6;
/** More lines are not drawn. */
const MOST_LINES = 24;

/**
 * The lines of a drawing.
 *
 * @param at undefined: all of the run.
 * @param width in characters.
 */
export function drawAround(
  events: readonly RunEvent[],
  at: Millis | undefined,
  width: number,
): Piece[][] {
  const drawn = events.filter(({ type }) => type !== "log").toSorted((a, b) => a.at - b.at);
  const timeline = computeTimeline(drawn);
  if (timeline.groups.length === 0) return [];
  const index = at === undefined ? -1 : drawn.findIndex((it) => it.at >= at);
  const here = index < 0 ? drawn.length - 1 : index;
  const part = at === undefined ? timeline : clipTimeline(
    timeline,
    drawn[Math.max(here - EVENTS_AROUND, 0)]!.at,
    drawn[Math.min(here + EVENTS_AROUND, drawn.length - 1)]!.at,
  );
  const lines = drawText(part, width);
  if (lines.length <= MOST_LINES) return lines;
  const left: Piece = { text: `… ${lines.length - MOST_LINES} more lines`, state: "dim" };
  return [...lines.slice(0, MOST_LINES), [left]];
}
