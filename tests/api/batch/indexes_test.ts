import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { formatIndexes, parseIndexes, readIndexes } from "../../../src/api/batch/indexes.ts";

const texts: readonly [string, number[]][] = [
  ["", []],
  ["0", [0]],
  ["0,1", [0, 1]],
  ["0-2", [0, 1, 2]],
  ["0-2,4,5,7-9", [0, 1, 2, 4, 5, 7, 8, 9]],
];

for (const [text, indexes] of texts) {
  Deno.test(`formatIndexes(), parseIndexes() R-JOB-5: ${JSON.stringify(text)}`, () => {
    deepEqual(formatIndexes(new Set(indexes.toReversed())), text);
    deepEqual(parseIndexes(text, 10), { indexes: new Set(indexes) });
    deepEqual(readIndexes(text, 10), new Set(indexes));
  });
}

const errors: readonly [string, string][] = [
  ["a", 'cannot convert string to integer for index: "a"'],
  ["1-", 'cannot convert string to integer for index: ""'],
  ["5", 'too large index: "5"'],
  ["2-7", 'too large index: "7"'],
  ["3-1", "non-increasing order, previous: 3, current: 1"],
  ["1,1", "non-increasing order, previous: 1, current: 1"],
  [
    "1-2-3",
    "the fragment \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'",
  ],
];

for (const [text, error] of errors) {
  Deno.test(`parseIndexes() refuses ${JSON.stringify(text)}`, () => {
    deepEqual(parseIndexes(text, 5), { error });
  });
}

Deno.test("readIndexes() leaves out what a Job that shrank does not have any more", () => {
  deepEqual(readIndexes("1-7,9,x", 4), new Set([1, 2, 3]));
});
