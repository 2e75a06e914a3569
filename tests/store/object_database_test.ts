/** Objects on the disk: what comes back, and what does not open. */
import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { statfsSync } from "node:fs";
import type { ConfigMap } from "../../src/api/types/core.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import { systemClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { Journal } from "../../src/store/journal.ts";
import { SqliteDatabase } from "../../src/store/object_database.ts";
import { ObjectStore } from "../../src/store/store.ts";
import { Random } from "../support/random.ts";

const configMap = (name: string, value = "1", namespace = "default"): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data: { value },
});

/** A folder that is removed, and the path of a database in it. */
function makeFolder() {
  const folder = Deno.makeTempDirSync({ prefix: "podling-database-" });
  return {
    folder,
    path: `${folder}/objects.db`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** A store on a database, with what the database has. */
async function openStore(path: string) {
  const database = await SqliteDatabase.open(path);
  const kept = database.load();
  const faults: string[] = [];
  const journal = new Journal({
    database,
    clock: systemClock(),
    onDurable: () => {},
    log: lineLogger((line) => faults.push(line)),
  });
  const store = new ObjectStore({ recorders: [journal], kept });
  return { database, journal, store, kept, faults };
}

Deno.test("objects come back as they were, in their order, and versions go on", async () => {
  using place = makeFolder();
  const first = await openStore(place.path);
  deepEqual(first.kept, { version: 0, objects: [] });
  const b = first.store.create(configMap("b"));
  const a = first.store.create(configMap("a", 'ü\u0000 \u{1f980} "\\'));
  const other = first.store.create(configMap("a", "other", "other"));
  const secret = first.store.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a", namespace: "default" },
  });
  // Of another group, and called as one of Kubernetes' own.
  const custom = first.store.create({
    apiVersion: "example.com/v1",
    kind: "Secret",
    metadata: { name: "a", namespace: "default" },
  } as unknown as KubernetesObject);
  await first.journal.settle();
  const changed = first.store.update({ ...b, data: { value: "2" } });
  first.store.remove(other);
  await first.journal.close();

  const second = await openStore(place.path);
  deepEqual(second.kept, { version: 7, objects: [changed, a, secret, custom] });
  deepEqual(second.store.list("ConfigMap"), [changed, a]);
  // A name that is taken again does not come before the others.
  second.store.create(configMap("a", "again", "other"));
  equal(second.store.get("ConfigMap", "other", "a")?.metadata.resourceVersion, "8");
  await second.journal.close();
  const third = await openStore(place.path);
  deepEqual(third.kept.objects.map(({ metadata }) => metadata.resourceVersion), [
    "6",
    "2",
    "4",
    "5",
    "8",
  ]);
  await third.journal.close();
  deepEqual([...Deno.readDirSync(place.folder)].map(({ name }) => name), ["objects.db"]);
  equal(Deno.statSync(place.path).mode! & 0o777, 0o600);
});

Deno.test("facts beside the objects are kept", async () => {
  using place = makeFolder();
  const database = await SqliteDatabase.open(place.path);
  equal(database.readFact("node"), undefined);
  database.setFact("node", "a");
  database.setFact("node", "b");
  database.close();
  const again = await SqliteDatabase.open(place.path);
  equal(again.readFact("node"), "b");
  again.close();
});

const refusals: readonly [what: string, spoil: (path: string) => Promise<void> | void, RegExp][] = [
  [
    "something else",
    (path) => Deno.writeTextFileSync(path, "apiVersion: v1\n".repeat(1000)),
    /^\S+objects\.db cannot be read: file is not a database; restore it from a copy, or name an/,
  ],
  [
    "a newer form",
    async (path) => {
      const { DatabaseSync } = await import("node:sqlite");
      using database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 2");
    },
    /^\S+objects\.db was written by a newer podling \(format 2; this one knows 1\): use that one/,
  ],
  [
    "an object that is not whole",
    async (path) => {
      const { DatabaseSync } = await import("node:sqlite");
      using database = new DatabaseSync(path);
      database.exec("UPDATE objects SET body = '{'");
    },
    /^\S+objects\.db cannot be read: .*JSON.*; restore it from a copy/,
  ],
  [
    "damage in the middle",
    (path) => {
      using file = Deno.openSync(path, { write: true });
      file.seekSync(4096, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(Deno.statSync(path).size - 4096).fill(7));
    },
    /^\S+objects\.db cannot be read: database disk image is malformed; restore it from a copy/,
  ],
];
for (const [what, spoil, message] of refusals) {
  Deno.test(`a database is refused in words: ${what}`, async () => {
    using place = makeFolder();
    const { journal, store } = await openStore(place.path);
    for (let i = 0; i < 50; i++) store.create(configMap(`a${i}`));
    await journal.close();
    await spoil(place.path);
    const open = async () => {
      const database = await SqliteDatabase.open(place.path);
      try {
        database.load();
      } finally {
        database.close();
      }
    };
    await rejects(open, { name: "DatabaseError", message });
  });
}

/** The objects after some of the commits, by the version that the database names. */
type States = Map<number, string>;

const textOf = (objects: readonly KubernetesObject[]) =>
  JSON.stringify(objects.toSorted((a, b) => a.metadata.name < b.metadata.name ? -1 : 1));

/**
 * A copy of both files as a machine finds them that lost its power: of the log, which is written
 * behind what is durable, any part may be missing or wrong.
 */
function copyAt(place: { readonly folder: string; readonly path: string }, log: Uint8Array) {
  const path = `${place.folder}/copy.db`;
  Deno.copyFileSync(place.path, path);
  Deno.writeFileSync(`${path}-wal`, log);
  return path;
}

Deno.test("a log that ends or is wrong anywhere gives one of the states, and never less than was durable", async () => {
  using place = makeFolder();
  const { journal, store } = await openStore(place.path);
  const states: States = new Map([[0, "[]"]]);
  /** The length of the log at which each version was durable. */
  const durable: { readonly version: number; readonly length: number }[] = [];
  const random = new Random(1);
  let version = 0;
  for (let i = 0; i < 12; i++) {
    const name = `n${random.integer(0, 3)}`;
    const present = store.get("ConfigMap", "default", name);
    const value = "x".repeat(random.integer(0, 3000));
    if (present === undefined) store.create(configMap(name, value));
    else if (random.chance(0.3)) store.remove(present);
    else store.update({ ...present, data: { value } });
    await journal.settle();
    version++;
    states.set(version, textOf(store.list("ConfigMap")));
    durable.push({ version, length: Deno.statSync(`${place.path}-wal`).size });
  }
  const log = Deno.readFileSync(`${place.path}-wal`);
  const look = async (changed: Uint8Array, intact: number, what: string) => {
    const path = copyAt(place, changed);
    const database = await SqliteDatabase.open(path);
    const kept = database.load();
    database.close();
    equal(textOf(kept.objects), states.get(kept.version), `${what}: no state of the store`);
    const least = durable.findLast(({ length }) => length <= intact)?.version ?? 0;
    equal(kept.version >= least, true, `${what}: version ${kept.version} of ${least}`);
  };
  // Frames are 24 bytes and a page: some offsets in each part of each.
  for (let at = 0; at <= log.length; at += 1999) {
    await look(log.subarray(0, at), at, `cut at ${at}`);
    const wrong = log.slice();
    wrong[Math.min(at, log.length - 1)]! ^= 1 << random.integer(0, 7);
    await look(wrong, at, `another bit at ${at}`);
  }
  await journal.close();
});

Deno.test("the room that deletions leave in the database counts as free", async () => {
  using place = makeFolder();
  const { database, store, journal } = await openStore(place.path);
  while (database.readFree() === Infinity) await new Promise((resolve) => setTimeout(resolve, 1));
  /** What is free beside the disk's own room, which others use at the same time. */
  const readEmpty = () => {
    const free = database.readFree();
    const { bsize, bfree, bavail } = statfsSync(place.path);
    return free - bsize * (Deno.uid() === 0 ? bfree : bavail);
  };
  const value = "x".repeat(1_000_000);
  const made = Array.from({ length: 40 }, (_, i) => store.create(configMap(`a${i}`, value)));
  await journal.settle();
  const before = readEmpty();
  for (const object of made) store.remove(object);
  await journal.settle();
  const gained = readEmpty() - before;
  equal(gained > 20_000_000, true, `${gained} bytes`);
  await journal.close();
});
