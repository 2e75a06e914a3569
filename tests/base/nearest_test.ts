/** The distance between two names. */
import { strictEqual as equal } from "node:assert/strict";
import { editDistance, findNearest } from "../../src/base/nearest.ts";

const rows: [a: string, b: string, distance: number][] = [
  ["", "abc", 3],
  ["name", "name", 0],
  ["contianers", "containers", 1],
  ["kitten", "sitting", 3],
  ["ca", "abc", 3],
];
for (const [a, b, distance] of rows) {
  Deno.test(`from ${a} to ${b} it is ${distance}, or the limit`, () => {
    equal(editDistance(a, b), distance);
    equal(editDistance(b, a), distance);
    for (const limit of [1, 2, 3, 4]) equal(editDistance(a, b, limit), Math.min(distance, limit));
  });
}

const known = ["Complete", "CrashLoopBackOff", "OOMKilled", "crash"];
for (
  const [typed, nearest] of [
    ["CrashLoop", "CrashLoopBackOff"],
    ["crashloop", "CrashLoopBackOff"],
    ["cra", "crash"],
    ["CRA", "CrashLoopBackOff"],
    ["omkilled", "OOMKilled"],
    ["c", "crash"],
  ] as const
) {
  Deno.test(`findNearest() of ${typed} is ${nearest}`, () => {
    equal(findNearest(typed, known), nearest);
  });
}
