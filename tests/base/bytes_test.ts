/** Runs of bytes. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { ByteBuilder, concatBytes } from "../../src/base/bytes.ts";

Deno.test("concatBytes() keeps order, empty parts included", () => {
  const parts = [[1, 2], [], [3]].map((it) => new Uint8Array(it));
  deepEqual(concatBytes(parts), new Uint8Array([1, 2, 3]));
  deepEqual(concatBytes([]), new Uint8Array());
});

Deno.test("ByteBuilder puts parts together, again and again", () => {
  const builder = new ByteBuilder();
  const large = new Uint8Array(300_000).fill(7);
  for (const parts of [[[1, 2], [], [3]], [], [[4]], [large], [[5], large], [[6]]]) {
    const wanted = concatBytes([...parts.map((part) => Uint8Array.from(part)), Uint8Array.of(10)]);
    for (const part of parts) builder.append(Uint8Array.from(part));
    builder.appendByte(10);
    equal(builder.length, wanted.length);
    equal(builder.take().join(), wanted.join());
    equal(builder.length, 0);
  }
});
