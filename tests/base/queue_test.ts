import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { settled, VirtualClock } from "../../src/base/clock.ts";
import { Inbox, QueueFullError } from "../../src/base/queue.ts";

function setUp(bound = 10) {
  const clock = new VirtualClock();
  const inbox = new Inbox<string>({ clock, bound, onWake: (now) => `wake@${now}` });
  const read: string[] = [];
  const reader = (async () => {
    for await (const item of inbox) read.push(item);
  })();
  return { clock, inbox, read, reader };
}

Deno.test("Inbox gives items in the order of their coming", async () => {
  const { inbox, read, reader } = setUp();
  inbox.push("a");
  inbox.push("b");
  await settled();
  inbox.push("c");
  await settled();
  deepEqual(read, ["a", "b", "c"]);
  inbox.close();
  await reader;
});

Deno.test("Inbox wakes its reader at the moment set last, once", async () => {
  const { clock, inbox, read, reader } = setUp();
  inbox.wakeAt(10);
  inbox.wakeAt(20);
  await clock.advance(15);
  deepEqual(read, []);
  await clock.advance(100);
  deepEqual(read, ["wake@20"]);
  inbox.wakeAt(200);
  inbox.wakeAt(undefined);
  await clock.advance(200);
  deepEqual(read, ["wake@20"]);
  inbox.close();
  await reader;
});

Deno.test("Inbox wakes at once for a moment that has passed", async () => {
  const { clock, inbox, read, reader } = setUp();
  await clock.advance(50);
  inbox.wakeAt(20);
  await settled();
  deepEqual(read, ["wake@50"]);
  inbox.close();
  await reader;
});

Deno.test("Inbox takes an item for a wake: the reader looks at the time with either", async () => {
  const clock = new VirtualClock();
  const inbox = new Inbox<string>({ clock, bound: 10, onWake: () => "wake" });
  inbox.wakeAt(10);
  inbox.push("item");
  await clock.advance(10);
  const read: string[] = [];
  for await (const item of inbox) {
    read.push(item);
    inbox.push("last");
    if (item === "last") inbox.close();
  }
  deepEqual(read, ["item", "last"]);
});

Deno.test("Inbox fails its reader when it is full", async () => {
  const clock = new VirtualClock();
  const inbox = new Inbox<string>({ clock, bound: 2, onWake: () => "wake" });
  inbox.push("a");
  inbox.push("b");
  equal(inbox.length, 2);
  inbox.push("c");
  await rejects(async () => {
    for await (const _ of inbox);
  }, QueueFullError);
});

Deno.test("Inbox fails its reader with the error it is given", async () => {
  const { inbox, reader } = setUp();
  inbox.fail(new Error("boom"));
  await rejects(reader, { message: "boom" });
});

Deno.test("Inbox takes nothing once it is closed, and leaves no sleep", async () => {
  const { clock, inbox, read, reader } = setUp();
  inbox.wakeAt(10);
  inbox.push("dropped");
  inbox.close();
  inbox.push("late");
  inbox.wakeAt(20);
  await reader;
  equal(clock.nextWake, undefined);
  deepEqual(read, []);
});

Deno.test("Inbox.poll() gives what waits and does not wait itself", () => {
  const inbox = new Inbox<string>({ clock: new VirtualClock(), bound: 2, onWake: () => "wake" });
  inbox.push("a");
  inbox.push("b");
  deepEqual([inbox.poll(), inbox.poll(), inbox.poll()], ["a", "b", undefined]);
  inbox.push("c");
  equal(inbox.length, 1);
});
