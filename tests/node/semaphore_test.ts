import { deepStrictEqual as deepEqual, rejects } from "node:assert/strict";
import { settled } from "../../src/base/clock.ts";
import { Semaphore } from "../../src/node/semaphore.ts";

Deno.test("Semaphore lets in so many at a time, in the order of their coming", async () => {
  const semaphore = new Semaphore(2);
  const inside: string[] = [];
  const leave = new Map<string, () => void>();
  for (const name of ["a", "b", "c", "d"]) {
    semaphore.acquire().then((release) => {
      inside.push(name);
      leave.set(name, release);
    });
  }
  await settled();
  deepEqual(inside, ["a", "b"]);
  leave.get("b")!();
  leave.get("b")!(); // Giving a place back twice gives one place.
  await settled();
  deepEqual(inside, ["a", "b", "c"]);
  leave.get("a")!();
  await settled();
  deepEqual(inside, ["a", "b", "c", "d"]);
});

Deno.test("Semaphore forgets waits that are aborted", async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire();
  const controller = new AbortController();
  const second = semaphore.acquire(controller.signal);
  const third = semaphore.acquire();
  controller.abort();
  await rejects(second, { name: "AbortError" });
  release();
  (await third)();
  await rejects(semaphore.acquire(controller.signal), { name: "AbortError" });
});
