/** Text whose characters differ in width. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { formatPairs, widthOf, wrapText } from "../../../src/cli/terminal/wide_text.ts";

const widths = [["", 0], ["abc", 3], ["容器", 4], ["Pod，", 5], ["é→…", 3]] as const;
for (const [text, width] of widths) {
  Deno.test(`widthOf(): ${text}`, () => equal(widthOf(text), width));
}

const wrapped: readonly [string, number, readonly string[]][] = [
  ["one two three", 7, ["one two", "three"]],
  ["one  two", 20, ["one two"]],
  ["unbreakable", 4, ["unbreakable"]],
  ["a unbreakable b", 4, ["a", "unbreakable", "b"]],
  ["", 4, [""]],
  ["容器会重启", 6, ["容器会", "重启"]],
  ["容器会，重启", 6, ["容器", "会，重", "启"]],
  ["在（容器）里", 5, ["在", "（容", "器）", "里"]],
  ["一个 Pod 的容器", 8, ["一个 Pod", "的容器"]],
  ["说“好”。", 6, ["说", "“好”。"]],
];
for (const [text, columns, lines] of wrapped) {
  Deno.test(`wrapText(): ${text} in ${columns}`, () => deepEqual(wrapText(text, columns), lines));
}

Deno.test("formatPairs() aligns by width, and breaks the second column below itself", () => {
  deepEqual(formatPairs([["通过", "a"], ["x", "one two three four five"]], 22), [
    "通过  a",
    "x     one two three",
    "      four five",
  ]);
  // Where there is no room beside the first column, below it.
  deepEqual(formatPairs([["a long name", "one two three"]], 20), [
    "a long name",
    "    one two three",
  ]);
});
