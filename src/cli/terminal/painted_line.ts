/** Pieces of a drawn timeline in the colours of a terminal; pure. */
import type { Piece } from "../../report/timeline/text_drawing.ts";

/** Escape sequences by what a piece shows. */
const COLOURS: Readonly<Record<NonNullable<Piece["state"]>, number>> = {
  pending: 90,
  running: 34,
  succeeded: 32,
  failed: 31,
  unknown: 90,
  ready: 32,
  notReady: 90,
  waiting: 90,
  backOff: 33,
  object: 35,
  dim: 2,
};

/** A line of a drawing for a terminal, without blanks at its end. */
export function paintLine(pieces: readonly Piece[], hasColour: boolean): string {
  return pieces.map((piece) => hasColour ? colour(piece) : piece.text).join("").trimEnd();
}

function colour({ text, state }: Piece): string {
  return state === undefined ? text : `\x1b[${COLOURS[state]}m${text}\x1b[0m`;
}
