import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { Controller, type Pass } from "../../src/controllers/controller.ts";
import { StatusError } from "../../src/store/status_error.ts";

/** A controller whose passes come to what `onPass` gives, and when they began. */
function setUp(onPass: (key: string, count: number) => Pass | Promise<Pass> = () => ({})) {
  const clock = new VirtualClock();
  const passes: string[] = [];
  const log: string[] = [];
  let name: (key: string) => void = () => {};
  const controller = new Controller({
    reconciler: {
      name: "ReplicaSet",
      watch: (onKey) => {
        name = onKey;
        return () => name = () => {};
      },
      reconcile: async (key) => {
        passes.push(`${clock.now()} ${key}`);
        return await onPass(key, passes.length);
      },
    },
    clock,
    log: lineLogger((line) => log.push(line)),
  });
  controller.start();
  return { clock, controller, passes, log, name: (key: string) => name(key) };
}

Deno.test("Controller keys are looked at in their order, each once", async () => {
  const { clock, passes, name, controller } = setUp();
  for (const key of ["a", "b", "a"]) name(key);
  deepEqual(passes, []); // Not while a watcher is notified.
  deepEqual(controller.queue, { name: "ReplicaSet", depth: 2, adds: 2, retries: 0 });
  await clock.advance(0);
  deepEqual(passes, ["0 a", "0 b"]);
  deepEqual(controller.queue, { name: "ReplicaSet", depth: 0, adds: 2, retries: 0 });
  await controller.stop();
});

Deno.test("Controller a key that is named during its pass is looked at again after it", async () => {
  const { clock, passes, name, controller } = setUp(async (_, count) => {
    if (count === 1) name("a");
    await clock.sleepUntil(clock.now() + 10);
    return {};
  });
  name("a");
  await clock.advance(100);
  deepEqual(passes, ["0 a", "10 a"]);
  await controller.stop();
});

Deno.test("Controller time asks for another pass, a change in between for an earlier one", async () => {
  const { clock, passes, name, controller } = setUp((_, count) =>
    count < 3 ? { wakeAt: clock.now() + 1000 } : {}
  );
  name("a");
  await clock.advance(400);
  name("a");
  await clock.advance(5000);
  deepEqual(passes, ["0 a", "400 a", "1400 a"]);
  await controller.stop();
});

Deno.test("Controller a pass that fails is repeated ever more rarely, and reported once", async () => {
  const { clock, passes, log, name, controller } = setUp((_, count) => {
    if (count > 4) return {};
    throw new TypeError("connection refused");
  });
  name("a");
  await clock.advance(1000);
  deepEqual(passes, ["0 a", "5 a", "15 a", "35 a", "75 a"]);
  deepEqual(log.length, 1);
  deepEqual(/Cannot reconcile ReplicaSet.*connection refused/.test(log[0]!), true);
  await controller.stop();
});

Deno.test("Controller the repetitions of a key that always fails have a longest wait", async () => {
  const { clock, passes, name, controller } = setUp(() => {
    throw new StatusError("Conflict", "pods", "a");
  });
  name("a");
  await clock.advance(10_000_000);
  const moments = passes.map((it) => Number(it.split(" ")[0]));
  deepEqual(moments.at(-1)! - moments.at(-2)!, 1_000_000);
  await controller.stop();
});

Deno.test("Controller an object is not judged before its own writes are seen", async () => {
  let isSeen = false;
  const { clock, passes, name, controller } = setUp(() => ({ isSeen: () => isSeen }));
  name("a");
  await clock.advance(10);
  name("a"); // Another change.
  await clock.advance(10);
  deepEqual(passes, ["0 a"]);
  isSeen = true;
  name("a"); // The change by its own write.
  await clock.advance(10);
  deepEqual(passes, ["0 a", "20 a"]);
  await controller.stop();
});

Deno.test("Controller once it is stopped there is no further pass", async () => {
  const { clock, passes, name, controller } = setUp(() => ({ wakeAt: clock.now() + 100 }));
  name("a");
  await clock.advance(10);
  await controller.stop();
  name("a");
  await clock.advance(1000);
  deepEqual(passes, ["0 a"]);
  deepEqual(clock.nextWake, undefined);
});

Deno.test("Controller a pass that waits for a store without an answer holds up no end", async () => {
  const { clock, controller, log, name } = setUp(() => new Promise<Pass>(() => {}));
  name("a");
  await clock.advance(10);
  const stopped = controller.stop();
  await clock.advance(5000);
  await stopped;
  deepEqual(log, [
    'warn: Cannot await the last pass name=ReplicaSet error="the store has not answered within 5 s"',
  ]);
});

Deno.test("Controller counts passes that are repeated", async () => {
  const { clock, name, controller } = setUp((_, count) => {
    if (count < 3) throw new StatusError("Conflict", "replicasets.apps", "a");
    return {};
  });
  name("a");
  await clock.advance(100);
  deepEqual(controller.queue, { name: "ReplicaSet", depth: 0, adds: 3, retries: 2 });
  await controller.stop();
});
