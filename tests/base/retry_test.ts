import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { VirtualClock } from "../../src/base/clock.ts";
import { computeRetryDelay, waitForRetry } from "../../src/base/retry.ts";

Deno.test("computeRetryDelay() doubles from 0.2 s to 10 s and stays there", () => {
  deepEqual(
    [1, 2, 3, 6, 7, 100].map(computeRetryDelay),
    [200, 400, 800, 6400, 10_000, 10_000],
  );
});

Deno.test("waitForRetry() waits for the delay of its failures", async () => {
  const clock = new VirtualClock();
  const waited = waitForRetry(clock, 2, new AbortController().signal).then(() => clock.now());
  await clock.advance(1000);
  equal(await waited, 400);
});

Deno.test("waitForRetry() resolves at once when its signal is aborted", async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const waited = waitForRetry(clock, 2, stop.signal);
  stop.abort();
  await waited;
  equal(clock.now(), 0);
  await waitForRetry(clock, 2, stop.signal);
  equal(clock.now(), 0);
});
