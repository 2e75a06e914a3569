import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { scanJson } from "../../../src/apiserver/request/json_scan.ts";

const rows: readonly (readonly [text: string, depth: number, duplicates: readonly string[]])[] = [
  ["", 0, []],
  ["1", 0, []],
  ["{}", 1, []],
  ['{"a":1,"b":{"a":1}}', 2, []],
  ['{"a":1,"a":2,"a":3}', 1, ["a"]],
  ['{"a":{"b":[{"c":1},{"c":1,"d":2,"c":3}]}}', 4, ["a.b[1].c"]],
  ['{"a":"{\\"b\\":1,\\"b\\":2}"}', 1, []],
  ['{"\\u0061":1,"a":2}', 1, ["a"]],
  ['[{"a":1},{"a":1}]', 2, []],
  ['[["a","a"],[1,1]]', 2, []],
  ['{"__proto__":1,"__proto__":2}', 1, ["__proto__"]],
  ["}]}:,{", 1, []],
  ['{"a" "b":1', 1, []],
];
for (const [text, depth, duplicates] of rows) {
  Deno.test(`scanJson() of ${text}`, () => {
    deepEqual(scanJson(text, 100), { depth, duplicates });
  });
}

Deno.test("scanJson() looks no further than it has to", () => {
  deepEqual(scanJson("[".repeat(1_000_000), 100), { depth: 101, duplicates: [] });
});
