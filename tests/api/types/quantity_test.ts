import { strictEqual as equal, throws } from "node:assert/strict";
import {
  compareQuantities,
  divideQuantity,
  formatQuantity,
  parseQuantity,
} from "../../../src/api/types/quantity.ts";

const canonical = [
  ["0", "0"],
  ["0.0", "0"],
  ["-0", "0"],
  ["1", "1"],
  ["+1", "1"],
  ["1000", "1k"],
  ["1024", "1024"],
  ["100000", "100k"],
  ["0.5", "500m"],
  [".5", "500m"],
  ["1.", "1"],
  ["250m", "250m"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["-250m", "-250m"],
  ["1u", "1u"],
  ["1n", "1n"],
  ["0.1n", "1n"],
  ["-0.1n", "-1n"],
  ["1.0000000001", "1000000001n"],
  ["64Mi", "64Mi"],
  ["1024Mi", "1Gi"],
  ["1000Mi", "1000Mi"],
  ["1Ki", "1Ki"],
  ["0.5Ki", "512"],
  ["1.5Gi", "1536Mi"],
  ["0.1Ki", "102400m"],
  ["12e6", "12e6"],
  ["12E6", "12e6"],
  ["1500e3", "1500e3"],
  ["1e-3", "1e-3"],
  ["1e0", "1"],
  ["1e1000000000", "9223372036854775807"],
  ["1e-1000000000", "1e-9"],
  ["99999999999999999999", "9223372036854775807"],
  ["16Ei", "9223372036854775807"],
  ["3E", "3E"],
  ["7Ti", "7Ti"],
  ["2P", "2P"],
] as const;

for (const [text, expected] of canonical) {
  Deno.test(`formatQuantity() writes ${text} as ${expected}`, () => {
    equal(formatQuantity(parseQuantity(text)!), expected);
  });
}

for (
  const text of [
    "",
    " 1",
    "1 ",
    "abc",
    "1.2.3",
    "1KI",
    "1ki",
    "K",
    "1K",
    "--1",
    "1e",
    "0x10",
    "NaN",
    "∞",
  ]
) {
  Deno.test(`parseQuantity() refuses ${JSON.stringify(text)}`, () => {
    equal(parseQuantity(text), undefined);
  });
}

const compared = [
  ["1", "1000m", 0],
  ["1Ki", "1k", 1],
  ["-1", "0", -1],
  ["2", "10", -1],
  ["0.1", "100m", 0],
] as const;

for (const [a, b, expected] of compared) {
  Deno.test(`compareQuantities() puts ${a} and ${b} in order`, () => {
    equal(compareQuantities(a, b), expected);
  });
}

const divided = [
  ["250m", "1", 1n],
  ["250m", "1m", 250n],
  ["1", "1", 1n],
  ["1001m", "1", 2n],
  ["64Mi", "1Mi", 64n],
  ["64Mi", "1", 67108864n],
  ["0", "1", 0n],
  ["-1500m", "1", -1n],
] as const;

for (const [amount, divisor, expected] of divided) {
  Deno.test(`divideQuantity() finds ${divisor} in ${amount} rounded up (R-ENV-6)`, () => {
    equal(divideQuantity(amount, divisor), expected);
  });
}

Deno.test("divideQuantity() throws for what is not an amount, and for a divisor of zero", () => {
  throws(() => divideQuantity("x", "1"), RangeError);
  throws(() => divideQuantity("1", "0"), RangeError);
});

Deno.test("parseQuantity() takes no longer for three million digits than for thirty", () => {
  equal(formatQuantity(parseQuantity(`${"9".repeat(3_000_000)}`)!), "9223372036854775807");
  equal(formatQuantity(parseQuantity(`0.${"0".repeat(3_000_000)}1`)!), "1n");
  equal(formatQuantity(parseQuantity(`0.${"3".repeat(3_000_000)}`)!), "333333334n");
});
