import { strictEqual as equal } from "node:assert/strict";
import { remembered, rememberedWith } from "../../src/base/remembered.ts";

Deno.test("remembered() computes once for each object", () => {
  let computed = 0;
  const read = remembered(({ a }: { readonly a: number }) => {
    computed++;
    return { a };
  });
  const first = { a: 1 };
  const answer = read(first);
  equal(read(first), answer);
  equal(read({ a: 2 }).a, 2);
  equal(computed, 2);
});

Deno.test("rememberedWith() computes again for another parameter", () => {
  const read = rememberedWith(({ a }: { readonly a: number }, b: number) => ({ sum: a + b }));
  const first = { a: 1 };
  const answer = read(first, 1);
  equal(read(first, 1), answer);
  equal(read(first, 2).sum, 3);
  equal(read(first, 1).sum, 2);
});
