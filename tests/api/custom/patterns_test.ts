/** Go's regular expressions: what they match, which are none, and those that are hostile. */
import { strictEqual as equal } from "node:assert/strict";
import { compilePattern, matchesPattern } from "../../../src/api/custom/patterns.ts";

const LONG = `${"a".repeat(2000)}!`;

/** A pattern, a text, and whether some part of it matches. */
const rows: readonly [string, string, boolean][] = [
  ["b", "abc", true],
  ["^b", "abc", false],
  ["^[[:alpha:]]+$", "abc", true],
  ["a(?i)x", "aX", true],
  [String.raw`\Aa\z`, "a\n", false],
  ["(?P<name>a)", "a", true],
  [String.raw`^\pL$`, "ü", true],
  // Other engines take longer than the sun shines.
  ["^(a+)+$", LONG, false],
  ["^(a|a)*$", LONG, false],
  ["^(a|aa)+$", LONG, false],
  ["^(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)b$", LONG, false],
];
for (const [pattern, text, expected] of rows) {
  Deno.test(`matchesPattern() ${pattern} in ${text.slice(0, 9)}`, () =>
    equal(matchesPattern(pattern, text), expected));
}

/** What is none, and how its error begins. */
const none: readonly [string, string][] = [
  ["(", "error parsing regexp: missing closing )"],
  ["(?=a)", "error parsing regexp: invalid or unsupported Perl syntax"],
  [String.raw`(a)\1`, "error parsing regexp: invalid escape sequence"],
  ["a{1001}", "error parsing regexp: invalid repeat count"],
  ["(?:(?:a{1,100}){1,100}){1,100}", "error parsing regexp: "],
  ["(".repeat(5000) + ")".repeat(5000), "error parsing regexp: "],
];
for (const [pattern, message] of none) {
  Deno.test(`compilePattern() of ${pattern.slice(0, 40)}`, () => {
    const made = compilePattern(pattern);
    equal(made instanceof Error && made.message.slice(0, message.length), message);
    equal(matchesPattern(pattern, "a"), false);
  });
}
