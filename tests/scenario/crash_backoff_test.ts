import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { UsageError } from "../../src/base/usage_error.ts";
import { parseCrashBackoff } from "../../src/scenario/crash_backoff.ts";

const backoffs = [
  ["0", 0, 0],
  ["100ms,3s", 100, 3000],
  ["1s", 1000, 300_000],
  ["10m", 600_000, 600_000],
  ["0,0", 0, 0],
] as const;
for (const [text, baseMs, maxMs] of backoffs) {
  Deno.test(`parseCrashBackoff() reads ${text}`, () => {
    deepEqual(parseCrashBackoff(text), { baseMs, maxMs });
  });
}
for (const text of ["3s,1s", "1s,2s,3s", "1,2"]) {
  Deno.test(`parseCrashBackoff() refuses ${text}`, () => {
    throws(() => parseCrashBackoff(text), UsageError);
  });
}
