/** Columns, and where their last one is broken. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { breakLines, formatColumns } from "../../../src/cli/output/columns.ts";

const rows = [
  ["a", "yes", "one two three four five six seven"],
  ["longer", "no", ""],
  ["", "", "and-a-word-that-is-longer-than-the-line and more"],
] as const;

Deno.test("formatColumns() aligns columns", () => {
  deepEqual(formatColumns(rows, Infinity), [
    "a       yes  one two three four five six seven",
    "longer  no",
    "             and-a-word-that-is-longer-than-the-line and more",
  ]);
  deepEqual(formatColumns([], 80), []);
});

Deno.test("formatColumns() breaks the last one at blanks", () => {
  const broken = [
    "a       yes  one two three four five",
    "             six seven",
    "longer  no",
    "             and-a-word-that-is-longer-than-the-line",
    "             and more",
  ];
  deepEqual(formatColumns(rows, 37), broken);
  // Never to less than can be read.
  deepEqual(formatColumns(rows, 5), broken);
});

const SENTENCE = "one two three four five six seven eight";

Deno.test("breakLines() leaves what fits", () => {
  const lines = [SENTENCE, "", `  ${SENTENCE}`, `  0.1s  web  ${SENTENCE}`];
  deepEqual(breakLines(lines, Infinity), lines);
  deepEqual(breakLines(lines, 52), lines);
});

Deno.test("breakLines() goes on below a column, an indent or the beginning", () => {
  deepEqual(breakLines([SENTENCE, "", `  ${SENTENCE}`, `  0.1s  web  ${SENTENCE}`], 38), [
    "one two three four five six seven",
    "eight",
    "",
    "  one two three four five six seven",
    "    eight",
    "  0.1s  web  one two three four five",
    "             six seven eight",
  ]);
});

Deno.test("breakLines() does not break to less than can be read", () => {
  deepEqual(breakLines([`  0.1s  web  ${SENTENCE}`], 30), [
    "  0.1s  web  one two three",
    "    four five six seven eight",
  ]);
  deepEqual(breakLines(["  a-word-that-is-longer-than-a-line and"], 12), [
    "  a-word-that-is-longer-than-a-line",
    "    and",
  ]);
});
