import { strictEqual as equal } from "node:assert/strict";
import { escapeControls } from "../../src/base/control_characters.ts";

const texts = [
  ["plain ünïcode", "plain ünïcode"],
  ["a\nb\tc\r", "a\\nb\\tc\\r"],
  ["k\u001b]0;PWN\u0007", "k\\u001b]0;PWN\\u0007"],
  ["\u009b31m", "\\u009b31m"],
  ["\u202egnp.exe", "\\u202egnp.exe"],
] as const;
for (const [text, escaped] of texts) {
  Deno.test(`escapeControls() of ${JSON.stringify(text)}`, () => {
    equal(escapeControls(text), escaped);
  });
}
