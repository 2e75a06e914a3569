import { strictEqual as equal } from "node:assert/strict";
import { withReturns } from "../../../src/cli/output/line_buffer.ts";

for (
  const [lines, fitted] of [
    ["", ""],
    ["no end", "no end"],
    ["a\n\nb\n", "a\r\n\r\nb\r\n"],
    ["a\r\nb\n", "a\r\nb\r\n"],
    ["\rover\r", "\rover\r"],
  ] as const
) {
  Deno.test(`withReturns() of ${JSON.stringify(lines)}`, () => {
    equal(new TextDecoder().decode(withReturns(new TextEncoder().encode(lines))), fitted);
  });
}
