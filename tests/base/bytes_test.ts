/** Runs of bytes. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { concatBytes } from "../../src/base/bytes.ts";

Deno.test("concatBytes() keeps order, empty parts included", () => {
  const parts = [[1, 2], [], [3]].map((it) => new Uint8Array(it));
  deepEqual(concatBytes(parts), new Uint8Array([1, 2, 3]));
  deepEqual(concatBytes([]), new Uint8Array());
});
