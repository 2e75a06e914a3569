import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { endsWithin, inBackground } from "../../src/base/abort.ts";
import { settled, VirtualClock } from "../../src/base/clock.ts";

Deno.test("endsWithin() waits for the work, and leaves no timer", async () => {
  const clock = new VirtualClock();
  const ended = endsWithin(clock.sleepUntil(900), 1000, clock);
  await clock.advance(900);
  equal(await ended, true);
  equal(clock.nextWake, undefined);
});

Deno.test("endsWithin() waits no longer than this", async () => {
  const clock = new VirtualClock();
  const seen: boolean[] = [];
  void endsWithin(new Promise(() => {}), 1000, clock).then((ended) => seen.push(ended));
  await clock.advance(999);
  deepEqual(seen, []);
  await clock.advance(1);
  deepEqual(seen, [false]);
});

Deno.test("endsWithin() fails as the work does", async () => {
  const clock = new VirtualClock();
  await rejects(endsWithin(Promise.reject(new Error("no")), 1000, clock), { message: "no" });
  equal(clock.nextWake, undefined);
});

Deno.test("work in the background reports its failure, and ends nothing", async () => {
  const lines: string[] = [];
  inBackground(Promise.reject(new Error("denied")), "Cannot do it", (line) => lines.push(line));
  inBackground(Promise.resolve(), "Cannot do that", (line) => lines.push(line));
  await settled();
  deepEqual(lines, ["Cannot do it: denied"]);
});
