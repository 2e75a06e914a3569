/** Columns, and where their last one is broken. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { formatColumns } from "../../../src/cli/output/columns.ts";

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
