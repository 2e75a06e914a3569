/**
 * Hostile manifests: each gets a verdict within a second, none an exception, and none changes a
 * prototype. So many as `PODLING_FUZZ` says, from the seed `PODLING_SEED` on:
 * `deno task test:attack` takes another one each time.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { ORIGINS } from "./hostile_manifest.ts";
import type { Verdict } from "./manifest_judge.ts";

const COUNT = Number(Deno.env.get("PODLING_FUZZ") ?? 2000);
const isLong = Deno.env.has("PODLING_FUZZ");
const SEED = Number(Deno.env.get("PODLING_SEED") ?? (isLong ? Math.floor(Math.random() * 1e9) : 1));

/** What a verdict may take: of computing, and by the clock of a machine with much else to do. */
const MAX_CPU_MS = 1000;
const MAX_WALL_MS = 60_000;

/** So many in a worker. */
const SLICE = 1000;

for (let first = 0; first < COUNT; first += SLICE) {
  const count = Math.min(SLICE, COUNT - first);
  const seeds = Array.from({ length: count }, (_, index) => SEED + first + index);
  Deno.test(`hostile manifests get a verdict, seeds ${seeds[0]} to ${seeds.at(-1)}`, async () => {
    const verdicts = await judgeAll(seeds);
    deepEqual(verdicts.filter(({ cpuMs }) => cpuMs > MAX_CPU_MS), []);
    if (count < SLICE) return;
    for (const origin of ORIGINS) {
      ok(verdicts.filter((it) => it.origin === origin).length > count / 5, origin);
    }
    ok(verdicts.filter(({ valid }) => valid).length > count / 50, "hardly any is valid");
  });
}

/** @throws {Error} at the first fault, or where a verdict does not come. */
async function judgeAll(seeds: readonly number[]): Promise<Verdict[]> {
  const worker = new Worker(new URL("./manifest_judge.ts", import.meta.url), { type: "module" });
  const verdicts: Verdict[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Verdict[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (seed: number | undefined) => `again: PODLING_FUZZ=1 PODLING_SEED=${seed}`;
  const watch = () => {
    clearTimeout(timer);
    const seed = seeds[verdicts.length];
    timer = setTimeout(() => reject(new Error(`no verdict; ${again(seed)}`)), MAX_WALL_MS);
  };
  worker.onmessage = ({ data }: MessageEvent<Verdict>) => {
    verdicts.push(data);
    if (data.fault !== undefined) reject(new Error(`${again(data.seed)}\n${data.fault}`));
    else if (verdicts.length === seeds.length) resolve(verdicts);
    else watch();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`${event.message}; ${again(seeds[verdicts.length])}`));
  };
  watch();
  worker.postMessage(seeds);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}
