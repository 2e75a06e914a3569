/**
 * A program for `tests/simulation/endless_run_test.ts`: plays a manifest for some times, and prints
 * of each how many entries each table of the program had at most. `Map` and `Set` are replaced,
 * which is why it has a process of its own.
 *
 * Arguments: the times, with commas between them, and those of `simulate`.
 */

/** The most entries of a table that was made at one place of the source. */
const largest = new Map<string, number>();

const { Map: PlainMap, Set: PlainSet } = globalThis;

/** The place of the source that makes a table, without our own. */
function findSite(): string {
  const lines = (new Error().stack ?? "").split("\n");
  return lines.find((it) => it.includes("/src/"))?.trim() ?? "elsewhere";
}

function note(site: string, size: number): void {
  if (size > (largest.get(site) ?? 0)) PlainMap.prototype.set.call(largest, site, size);
}

class CountedMap<K, V> extends PlainMap<K, V> {
  #site = "";

  constructor(entries?: Iterable<readonly [K, V]> | null) {
    super();
    this.#site = findSite();
    for (const [key, value] of entries ?? []) this.set(key, value);
  }

  override set(key: K, value: V): this {
    super.set(key, value);
    note(this.#site, this.size);
    return this;
  }
}

class CountedSet<T> extends PlainSet<T> {
  #site = "";

  constructor(values?: Iterable<T> | null) {
    super();
    this.#site = findSite();
    for (const value of values ?? []) this.add(value);
  }

  override add(value: T): this {
    super.add(value);
    note(this.#site, this.size);
    return this;
  }
}

globalThis.Map = CountedMap as MapConstructor;
globalThis.Set = CountedSet as SetConstructor;

const [times = "", ...words] = Deno.args;
const { simulate } = await import("../../src/cli/simulate.ts");
const tables: Record<string, number>[] = [];
for (const time of times.split(",")) {
  largest.clear();
  await simulate(
    [...words, "--quiet", "--timeout", time],
    new URL("../..", import.meta.url).pathname,
  );
  tables.push(Object.fromEntries(largest));
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(tables)));
