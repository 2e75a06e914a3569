import { strictEqual as equal } from "node:assert/strict";
import { ownValue } from "../../src/base/own_value.ts";

for (
  const [key, expected] of [["a", "1"], ["b", undefined], ["constructor", undefined]] as const
) {
  Deno.test(`ownValue() of ${key}`, () => equal(ownValue({ a: "1" }, key), expected));
}

Deno.test("ownValue() of no record", () => equal(ownValue(undefined, "a"), undefined));
