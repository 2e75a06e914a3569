/** How changes are written in groups, and what a disk that refuses them does. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import type { ConfigMap } from "../../src/api/types/core.ts";
import { systemClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { Journal, type JournalOptions } from "../../src/store/journal.ts";
import { ObjectStore } from "../../src/store/store.ts";
import { ScriptedDatabase } from "../support/scripted_database.ts";

const configMap = (name: string, value = "1"): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});

function startJournal(
  options: Partial<Pick<JournalOptions, "retryMs" | "lookMs" | "isStarting">> = {},
) {
  const database = new ScriptedDatabase();
  const durable: number[] = [];
  const log: string[] = [];
  const journal = new Journal({
    database,
    clock: systemClock(),
    onDurable: (version) => durable.push(version),
    log: lineLogger((line) => log.push(line)),
    ...options,
  });
  const store = new ObjectStore({ recorders: [journal] });
  return { database, durable, log, journal, store };
}

/** Lets everything go on that can. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("a write is durable after its sync, and those made meanwhile share the next", async () => {
  const { database, durable, journal, store } = startJournal();
  equal(journal.settle(), undefined);
  store.create(configMap("a"));
  const first = journal.settle()!;
  await turn();
  deepEqual(database.commits, [["ADDED a"]]);
  const b = store.create(configMap("b"));
  store.update({ ...b, data: { value: "2" } });
  const c = store.create(configMap("c"));
  store.remove(c);
  let isDone = false;
  const second = journal.settle()!.then(() => isDone = true);
  deepEqual(durable, []);
  database.syncs[0]!.resolve();
  await first;
  deepEqual(durable, [1]);
  await turn();
  // Of each object the last change.
  deepEqual(database.commits, [["ADDED a"], ["MODIFIED b", "DELETED c"]]);
  equal(isDone, false);
  database.syncs[1]!.resolve();
  await second;
  deepEqual(durable, [1, 5]);
  equal(journal.settle(), undefined);
  await journal.close();
  equal(database.isClosed, true);
});

Deno.test("a write that comes just when the work on those before ends is written too", async () => {
  const { database, durable, journal, store } = startJournal();
  database.sync = () => Promise.resolve();
  for (let ticks = 0; ticks < 20; ticks++) {
    store.create(configMap(`a${ticks}`));
    await journal.settle();
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
  }
  store.create(configMap("last"));
  await journal.settle();
  equal(durable.at(-1), 21);
  await journal.close();
});

Deno.test("closing writes what is left", async () => {
  const { database, journal, store } = startJournal();
  store.create(configMap("a"));
  const closed = journal.close();
  await turn();
  equal(database.isClosed, false);
  database.syncs[0]!.resolve();
  await closed;
  deepEqual([database.commits, database.isClosed], [[["ADDED a"]], true]);
});

Deno.test("a disk that is nearly full takes nothing new, until there is room", () => {
  const { database, journal, log } = startJournal({ lookMs: 0 });
  journal.checkRoom();
  database.free = 1e6;
  const message = "the server cannot keep the change: " +
    "the disk of the data folder is full: make room there";
  throws(() => journal.checkRoom(), { name: "StorageError", message });
  throws(() => journal.checkRoom(), { name: "StorageError", message });
  // Statuses and deletions go on.
  equal(journal.isFailing, false);
  database.free = 1e9;
  journal.checkRoom();
  deepEqual(log, [
    'error: Writes are refused because="the disk of the data folder is full: make room there"',
    "info: Writes are accepted again",
  ]);
});

Deno.test("a server starts on a disk that is nearly full, and then adds no more", () => {
  const { database, journal } = startJournal({ lookMs: 0, isStarting: true });
  database.free = 1e6;
  journal.checkRoom();
  journal.guardReserve();
  throws(() => journal.checkRoom(), { name: "StorageError" });
  journal.checkRoom(false);
});

Deno.test("a commit that fails is repeated, and nothing of it is lost", async () => {
  const { database, durable, journal, store, log } = startJournal({ retryMs: 0, lookMs: 0 });
  database.failure = "database or disk is full";
  store.create(configMap("a"));
  await rejects(journal.settle()!, {
    name: "StorageError",
    message: "the server cannot keep the change: " +
      "the disk does not take it (database or disk is full): make room for the data folder",
  });
  equal(journal.isFailing, true);
  store.create(configMap("b"));
  await rejects(journal.settle()!, { name: "StorageError" });
  throws(() => journal.checkRoom(), { name: "StorageError" });
  deepEqual([database.commits, durable], [[], []]);
  database.failure = undefined;
  while (database.syncs.length === 0) await turn();
  database.syncs[0]!.resolve();
  while (durable.length === 0) await turn();
  deepEqual([database.commits, durable], [[["ADDED a", "ADDED b"]], [2]]);
  equal(journal.settle(), undefined);
  journal.checkRoom();
  equal(log.at(-1), "info: Writes are accepted again");
  await journal.close();
});

Deno.test("a disk that loses what it has taken is not trusted any more", async () => {
  const { database, durable, journal, store, log } = startJournal({ retryMs: 0 });
  store.create(configMap("a"));
  const settled = journal.settle()!;
  await turn();
  database.syncs[0]!.reject(new Error("Input/output error"));
  await rejects(settled, { name: "StorageError", message: /restart the server/ });
  store.create(configMap("b"));
  await turn();
  await rejects(journal.settle()!, { name: "StorageError" });
  throws(() => journal.checkRoom(), { name: "StorageError", message: /Input\/output error/ });
  deepEqual([database.commits, durable], [[["ADDED a"]], []]);
  match(log[0]!, /^error: Writes are refused/);
  await journal.close();
  equal(database.isClosed, true);
});
