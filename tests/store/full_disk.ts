/** A program of `full_disk_test.ts`: a store on a disk of its own that fills up and is freed. */
import type { ConfigMap } from "../../src/api/types/core.ts";
import { systemClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { Journal } from "../../src/store/journal.ts";
import { SqliteDatabase } from "../../src/store/object_database.ts";
import { Registry } from "../../src/store/registry.ts";
import { StorageError } from "../../src/store/journal.ts";

const [folder = ""] = Deno.args;
const clock = systemClock();
const log: string[] = [];

async function open() {
  const database = await SqliteDatabase.open(`${folder}/objects.db`);
  const kept = database.load();
  const journal = new Journal({
    database,
    clock,
    onDurable: () => {},
    log: lineLogger((line) => log.push(line)),
    reserve: 256 * 1024,
    retryMs: 20,
    lookMs: 0,
  });
  const registry = new Registry({ clock, newUid: () => crypto.randomUUID(), journal, kept });
  return { journal, registry };
}

/** Whether a write is durable; false: it was refused. */
async function attempt(journal: Journal, write: () => unknown): Promise<boolean> {
  try {
    write();
    await journal.settle();
    return true;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}

const configMap = (name: string): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value: "x".repeat(4000) },
});

// What can be removed later.
Deno.writeFileSync(`${folder}/filler`, new Uint8Array(3 << 20));
const { journal, registry } = await open();
const names = () => registry.list("ConfigMap").map(({ metadata }) => metadata.name).sort();
const answered = new Set<string>();
let count = 0;
while (await attempt(journal, () => registry.create(configMap(`a${count}`)))) {
  answered.add(`a${count++}`);
}
const nearlyFull = [...log];
// Little is left, and that is for what makes room.
const isRemoved = await attempt(journal, () => registry.delete("ConfigMap", "default", "a0"));
answered.delete("a0");
// Nothing is left.
const filler = Deno.openSync(`${folder}/filler`, { append: true });
for (const size of [65536, 4096]) {
  try {
    for (;;) filler.writeSync(new Uint8Array(size));
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  }
}
// The log of the database may have pages that are used again: until it has not.
let removed = 1;
while (
  removed < count && await attempt(journal, () => {
    registry.delete("ConfigMap", "default", `a${removed}`);
  })
) answered.delete(`a${removed++}`);
const isFailing = journal.isFailing;
// The one at the edge is not answered, and is made as soon as that can be.
answered.delete(`a${removed}`);
const isRefused = !await attempt(
  journal,
  () => registry.delete("ConfigMap", "default", `a${removed + 1}`),
);
const shown = names();
filler.close();
Deno.removeSync(`${folder}/filler`);
while (journal.isFailing) await clock.sleepUntil(clock.now() + 10);
const isAccepted = await attempt(journal, () => registry.delete("ConfigMap", "default", "a1"))
  .catch(() => true);
await journal.close();
const again = await open();
const kept = again.registry.list("ConfigMap").map(({ metadata }) => metadata.name).sort();
await again.journal.close();
const isSame = JSON.stringify(kept) === JSON.stringify([...answered].sort()) &&
  JSON.stringify(shown) === JSON.stringify(kept);
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({
  count,
  nearlyFull,
  isRemoved,
  isFailing,
  isRefused,
  isAccepted,
  isSame,
})));
