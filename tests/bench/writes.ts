/** Writes over the API of a node that serves: kept in memory alone, and on the disk. */
import { makePlaces, type ServedNode, serveNode } from "../support/served_node.ts";
import { type Benchmark, type Figure, measurePairs, median, plainFigure } from "./figure.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const WORDS = ["--isolation", "process", "--network", "host"];

/** So many are asked for at a time, over one connection. */
const AT_ONCE = 64;
const WRITES = 4000;
const KEPT = 10_000;

let names = 0;

async function create(node: ServedNode): Promise<void> {
  const body = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `m${names++}` },
    data: { value: "x".repeat(500) },
  };
  const response = await node.fetch(MAPS, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
}

/** How many ConfigMaps are created in a second, each answered. */
async function measureRate(node: ServedNode, count: number): Promise<number> {
  let left = count;
  const begun = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await create(node);
  }));
  return count / (performance.now() - begun) * 1000;
}

/** Of both kinds of servers by turns, so that whatever else the machine does falls on both. */
async function measureRates(): Promise<readonly Figure[]> {
  await using kept = await serveNode(WORDS);
  await using other = await serveNode([...WORDS, "--in-memory"]);
  const pairs = await measurePairs(
    5,
    () => measureRate(kept, WRITES),
    () => measureRate(other, WRITES),
  );
  const what = `ConfigMaps created, ${AT_ONCE} at a time`;
  const [durable, inMemory] = [
    median(pairs.map(({ measured }) => measured)),
    median(pairs.map(({ floor }) => floor)),
  ];
  return [
    plainFigure(`${what}, in memory`, inMemory, "writes/s", { atLeast: 2000 }),
    plainFigure(`${what}, durable`, durable, "writes/s", { atLeast: 500 }),
  ];
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** One write at a time, against one that is not kept. */
async function measureLatency(): Promise<Figure> {
  await using kept = await serveNode(WORDS);
  await using other = await serveNode([...WORDS, "--in-memory"]);
  const pairs = await measurePairs(
    200,
    () => timeOf(() => create(kept)),
    () => timeOf(() => create(other)),
  );
  const measured = median(pairs.map((pair) => pair.measured));
  const floor = median(pairs.map((pair) => pair.floor));
  const what = "a durable write, alone, over one in memory";
  const value = measured - floor;
  return { what, measured, floor, measuredUnit: "ms", value, unit: "ms" };
}

/** A start with many objects, against one with none. */
async function measureStart(): Promise<Figure> {
  await using full = await makePlaces();
  await using empty = await makePlaces();
  const start = async (places: typeof full) => {
    const begun = performance.now();
    await using node = await serveNode(WORDS, places);
    const took = performance.now() - begun;
    await node.end();
    return took;
  };
  {
    await using node = await serveNode(WORDS, full);
    await measureRate(node, KEPT);
    await node.end();
  }
  const pairs = await measurePairs(5, () => start(full), () => start(empty));
  const measured = median(pairs.map((pair) => pair.measured));
  const floor = median(pairs.map((pair) => pair.floor));
  const what = `a start with ${KEPT} objects on the disk, over one with none`;
  const value = measured - floor;
  return { what, measured, floor, measuredUnit: "ms", value, unit: "ms", bound: { atMost: 250 } };
}

/** How many writes a server takes, and what it costs that they outlive it. */
export const writes: Benchmark = {
  name: "writes",
  async run() {
    return [
      ...await measureRates(),
      await measureLatency(),
      await measureStart(),
    ];
  },
};
