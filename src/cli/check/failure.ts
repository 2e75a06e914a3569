/** What is not as it was expected; pure. */
import type { Millis } from "../../base/clock.ts";
import type { Piece } from "../../report/timeline/text_drawing.ts";

/** An expectation that does not hold. */
export interface Failure {
  /** Which one: `trace[3]`, `restarts.web`. */
  readonly field: string;
  /** In a few words, without a full stop. */
  readonly expected: string;
  /** In a few words, without a full stop. */
  readonly seen: string;
  /** When, if there is a moment at which to look. */
  readonly at?: Millis;
  /** What has to stand where for it to hold. @default nothing in its place would hold */
  readonly update?: { readonly field: string; readonly value: unknown };
}

/** The same, in its file. */
export interface LocatedFailure extends Failure {
  readonly line: number;
  readonly column: number;
  /** The run around it, drawn. */
  readonly timeline: readonly (readonly Piece[])[];
}

/** An error of a file, in its line. */
export interface FileError {
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** With the place, as it is printed. */
  readonly text: string;
}

/** The outcome of one file. */
export interface FileResult {
  /** As it was typed. */
  readonly file: string;
  /** What it shows; empty if it cannot be read. */
  readonly about: string;
  readonly outcome: "passed" | "failed" | "skipped" | "refused";
  /** Of one that failed. */
  readonly failures: readonly LocatedFailure[];
  /** Why it cannot be run. */
  readonly errors: readonly FileError[];
  /** Why it was skipped, or what of it was not compared. */
  readonly notes: readonly string[];
  /** How long it took, in milliseconds of the machine. */
  readonly durationMs: number;
  /** The difference that `--update` has written, a line each. */
  readonly changes: readonly string[];
}
