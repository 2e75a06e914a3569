import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { computeRetryDelay } from "../../src/base/retry.ts";

Deno.test("computeRetryDelay() doubles from 0.2 s to 10 s and stays there", () => {
  deepEqual(
    [1, 2, 3, 6, 7, 100].map(computeRetryDelay),
    [200, 400, 800, 6400, 10_000, 10_000],
  );
});
