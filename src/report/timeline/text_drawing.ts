/** A timeline for a terminal, as wide as that is; pure. */
import { escapeControls } from "../../base/control_characters.ts";
import { formatDuration } from "../../base/duration.ts";
import type { Lane, Span, SpanState } from "./lane.ts";
import { chooseLabels } from "./place.js";
import { computeTicks, computeTimeAxis, positionOf, type TimeAxis } from "./time_axis.ts";
import type { Timeline } from "./timeline.ts";

/** A piece of a line. */
export interface Piece {
  readonly text: string;
  /** What colours it; undefined: nothing does. */
  readonly state?: SpanState | "dim";
}

/** The character of each state. */
const BARS: Readonly<Record<SpanState, string>> = {
  pending: "┄",
  running: "━",
  succeeded: "═",
  failed: "═",
  unknown: "?",
  ready: "━",
  notReady: "┄",
  waiting: "┄",
  backOff: "·",
  object: "─",
};

const LEAST_LINE = 16;
const LONGEST_NAME = 24;
const BREAK = "╱╱";
/** A part of a label. */
const WORD = /[\p{L}\p{N}]/u;

/**
 * The lines of a drawing.
 *
 * @param width of the terminal, in characters.
 */
export function drawText({ groups, from, to }: Timeline, width: number): Piece[][] {
  const lanes = groups.flatMap((group) => group.lanes);
  const longest = Math.max(0, ...lanes.map(({ title }) => title.length));
  const column = Math.min(longest, LONGEST_NAME, Math.max(Math.floor(width / 3), 6));
  const line = Math.max(width - column - 2, LEAST_LINE);
  const times = lanes.flatMap(({ spans, marks }) => [
    ...spans.flatMap((span) => [span.from, span.to]),
    ...marks.map(({ at }) => at),
  ]);
  const axis = computeTimeAxis([from, ...times, to], line, BREAK.length + 1);
  return [
    [{ text: " ".repeat(column + 2) }, { text: drawAxis(axis), state: "dim" }],
    ...groups.flatMap(({ title, depth, lanes }): Piece[][] => [
      [{ text: `${"  ".repeat(Math.min(depth, 4))}${cut(title, width - 2 * Math.min(depth, 4))}` }],
      ...lanes.map((lane): Piece[] => [
        { text: `${cut(lane.title, column).padEnd(column)}  `, state: "dim" },
        ...drawLane(lane, axis),
      ]),
    ]),
  ];
}

function drawAxis(axis: TimeAxis): string {
  const { width } = axis;
  const labels: { readonly x: number; readonly label: string }[] = [
    ...axis.segments.filter(({ isBreak }) => isBreak).map(({ x, width, from, to }) => ({
      x: x + width / 2,
      label: `${BREAK}${formatDuration(to - from)}`,
    })),
    { x: 0, label: "0" },
    ...computeTicks(axis, 56, 5),
  ];
  const places = labels.map(({ x, label, ...row }) => {
    const last = Math.max(width - label.length, 0);
    const begin = Math.min(Math.round(x), last);
    const place = { label, begin, x: begin + label.length / 2, length: label.length };
    // One that is moved from the end of the line does not count among even ones.
    return x > last ? place : { ...row, ...place };
  });
  const shown = chooseLabels(places, 1, { width, left: 0, right: 0, gap: 2 });
  const cells = Array.from({ length: width }, () => " ");
  for (const [index, { begin, label }] of places.entries()) {
    if (shown[index]) cells.splice(begin, label.length, ...label);
  }
  return cells.join("").trimEnd();
}

function drawLane({ spans, marks }: Lane, axis: TimeAxis): Piece[] {
  const cells: { text: string; state?: SpanState | "dim" }[] = Array.from(
    { length: axis.width },
    () => ({ text: " " }),
  );
  const cellOf = (at: number) => Math.min(Math.floor(positionOf(axis, at)), axis.width - 1);
  for (const span of spans) {
    const [begin, end] = [cellOf(span.from), cellOf(span.to)];
    for (let at = begin; at <= end; at++) cells[at] = { text: BARS[span.state], state: span.state };
    write(cells, begin + 1, span.label, span.state, end - begin - 1);
  }
  for (const { at, isBad } of marks) {
    // A sign cuts no word: it stands behind one that is in its place.
    const free = cells.findIndex(({ text }, index) => index >= cellOf(at) && !WORD.test(text));
    cells[free === -1 ? cellOf(at) : free] = {
      text: isBad ? "×" : "•",
      state: isBad ? "failed" : "dim",
    };
  }
  // The ends last: they are what people look for.
  for (const [index, span] of spans.entries()) writeEnd(cells, span, spans[index + 1], cellOf);
  return join(cells);
}

/** How a run ended stands behind it, or at its end. */
function writeEnd(
  cells: { text: string; state?: SpanState | "dim" }[],
  { from, to, end }: Span,
  next: Span | undefined,
  cellOf: (at: number) => number,
): void {
  if (end === undefined) return;
  const state = end === "exit 0" || end === "ended" || end === "deleted" ? "succeeded" : "failed";
  const short = end.replace(/^exit /, "");
  const at = cellOf(to);
  const limit = next === undefined ? cells.length : cellOf(next.from);
  if (at + 1 + end.length <= limit) write(cells, at + 1, end, state, end.length);
  else if (at + 1 + short.length <= limit) write(cells, at + 1, short, state, short.length);
  else if (at - short.length >= cellOf(from)) {
    write(cells, at - short.length + 1, short, state, short.length);
  } else cells[at] = { text: state === "succeeded" ? "✓" : "✗", state };
}

function write(
  cells: { text: string; state?: SpanState | "dim" }[],
  from: number,
  text: string,
  state: SpanState,
  room: number,
): void {
  const characters = [...escapeControls(text)];
  if (characters.length > room) return;
  for (const [index, character] of characters.entries()) {
    if (from + index < cells.length) cells[from + index] = { text: character, state };
  }
}

/** Cells of one colour as one piece, without the blanks at the end. */
function join(cells: readonly Piece[]): Piece[] {
  const pieces: { text: string; state?: SpanState | "dim" }[] = [];
  for (const { text, state } of cells) {
    const last = pieces.at(-1);
    if (last !== undefined && last.state === state) last.text += text;
    else pieces.push(state === undefined ? { text } : { text, state });
  }
  if (pieces.at(-1)?.text.trim() === "") pieces.pop();
  return pieces;
}

function cut(text: string, room: number): string {
  const shown = escapeControls(text);
  return shown.length > room ? `${shown.slice(0, Math.max(room - 1, 1))}…` : shown;
}
