/** Data whose shape is not known yet. */
import { strictEqual as equal } from "node:assert/strict";
import { isObject, ownValue, parseJson } from "../../src/base/plain_data.ts";

for (
  const [key, expected] of [["a", "1"], ["b", undefined], ["constructor", undefined]] as const
) {
  Deno.test(`ownValue() of ${key}`, () => equal(ownValue({ a: "1" }, key), expected));
}

Deno.test("ownValue() of no record", () => equal(ownValue(undefined, "a"), undefined));

for (const [value, expected] of [[{}, true], [[], false], [null, false], ["a", false]] as const) {
  Deno.test(`isObject() of ${JSON.stringify(value)}`, () => equal(isObject(value), expected));
}

Deno.test("parseJson() of what is not JSON", () => equal(parseJson("{"), undefined));
