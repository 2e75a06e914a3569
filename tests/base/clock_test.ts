import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { scaledClock, settled, systemClock, VirtualClock } from "../../src/base/clock.ts";

Deno.test("systemClock() begins at 0, never goes back and never wakes early", async () => {
  const clock = systemClock();
  const begin = clock.now();
  ok(begin >= 0 && begin < 100);
  const at = begin + 5.5;
  await clock.sleepUntil(at);
  ok(clock.now() >= at);
});

Deno.test("systemClock() knows the wall clock of a moment", () => {
  const clock = systemClock();
  ok(Math.abs(clock.wallTime(clock.now()) - Date.now()) < 1000);
  equal(clock.wallTime(5000) - clock.wallTime(2000), 3000);
});

Deno.test("systemClock() sleeps at once through what has passed", async () => {
  await systemClock().sleepUntil(-1);
});

Deno.test("systemClock() wakes many sleepers in the order of their moments", async () => {
  const clock = systemClock();
  const woken: number[] = [];
  const begin = clock.now();
  const controller = new AbortController();
  const given = clock.sleepUntil(begin + 3, controller.signal);
  const sleeps = [12, 4, 8, 4.5, 1e6].map((ms) =>
    clock.sleepUntil(begin + ms, ms === 1e6 ? controller.signal : undefined).then(() => {
      ok(clock.now() >= begin + ms);
      woken.push(ms);
    })
  );
  controller.abort();
  await rejects(given, { name: "AbortError" });
  await rejects(sleeps.pop()!, { name: "AbortError" });
  await Promise.all(sleeps);
  deepEqual(woken, [4, 4.5, 8, 12]);
  // The timer that is left from a sleep that was aborted is used again.
  await clock.sleepUntil(clock.now() + 2);
});

for (const [name, ms] of [["a short", 1e6], ["a longer than setTimeout can", 2 ** 33]] as const) {
  Deno.test(`systemClock() keeps ${name} sleep until it is aborted`, async () => {
    const clock = systemClock();
    const controller = new AbortController();
    let woke = false;
    const sleep = clock.sleepUntil(clock.now() + ms, controller.signal).then(() => woke = true);
    await systemClock().sleepUntil(20);
    equal(woke, false);
    controller.abort();
    await rejects(sleep, { name: "AbortError" });
  });
}

Deno.test("sleepUntil() refuses a signal that is aborted already", async () => {
  for (const clock of [systemClock(), new VirtualClock()]) {
    await rejects(clock.sleepUntil(1e9, AbortSignal.abort()), { name: "AbortError" });
  }
});

Deno.test("scaledClock() runs lifecycle time faster and leaves the wall clock alone", async () => {
  const virtual = new VirtualClock(1_000_000);
  const clock = scaledClock(virtual, 60);
  let woke = false;
  clock.sleepUntil(60_000).then(() => woke = true);
  await virtual.advance(999);
  equal(woke, false);
  await virtual.advance(1);
  equal(woke, true);
  equal(clock.now(), 60_000);
  equal(clock.wallTime(clock.now()), 1_001_000);
});

Deno.test("scaledClock() at speed 1 is the clock itself", () => {
  const clock = systemClock();
  equal(scaledClock(clock, 1), clock);
});

Deno.test("VirtualClock ends sleeps in the order of their moments, then of their coming", async () => {
  const clock = new VirtualClock();
  const woken: string[] = [];
  const sleep = (name: string, at: number) =>
    clock.sleepUntil(at).then(() => woken.push(`${name}@${clock.now()}`));
  sleep("c", 30);
  sleep("a", 10);
  sleep("b1", 20);
  sleep("b2", 20);
  await clock.advance(25);
  deepEqual(woken, ["a@10", "b1@20", "b2@20"]);
  equal(clock.now(), 25);
  equal(clock.nextWake, 30);
});

Deno.test("VirtualClock lets all that a sleep sets off run before the next sleep ends", async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const work = async () => {
    await clock.sleepUntil(10);
    for (let i = 0; i < 50; i++) await undefined;
    await clock.sleepUntil(12);
    seen.push(clock.now());
  };
  const other = async () => {
    await clock.sleepUntil(11);
    seen.push(clock.now());
  };
  work();
  other();
  await clock.runUntilIdle();
  deepEqual(seen, [11, 12]);
});

Deno.test("VirtualClock.runUntil() stops when the condition holds, or says that it never will", async () => {
  const clock = new VirtualClock();
  let count = 0;
  (async () => {
    for (;;) {
      await clock.sleepUntil(clock.now() + 10);
      count++;
    }
  })();
  equal(await clock.runUntil(() => count === 3), true);
  equal(clock.now(), 30);
  equal(await clock.runUntil(() => false, 55), false);
  equal(clock.now(), 50);
});

Deno.test("VirtualClock forgets a sleep that was aborted", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const sleep = clock.sleepUntil(10, controller.signal);
  controller.abort();
  await rejects(sleep, { name: "AbortError" });
  equal(clock.nextWake, undefined);
});

Deno.test("settled() waits for promise callbacks however deep", async () => {
  let depth = 0;
  (async () => {
    while (depth < 1000) {
      await undefined;
      depth++;
    }
  })();
  await settled();
  equal(depth, 1000);
});
