/** Names with an ending that is given here. */
import { strictEqual as equal } from "node:assert/strict";
import { generateName, NAME_ENDINGS } from "../../src/api/generate_name.ts";

const rows: [base: string, ending: number, name: string][] = [
  ["web-", 0, "web-bbbbb"],
  ["web-", 1, "web-bbbbc"],
  ["web-", 27, "web-bbbcb"],
  ["web", NAME_ENDINGS - 1, "web99999"],
  ["a".repeat(70), 0, `${"a".repeat(58)}bbbbb`],
];
for (const [base, ending, name] of rows) {
  Deno.test(`generateName() makes ${name} of ${base}`, () => {
    equal(generateName(base, ending), name);
  });
}
