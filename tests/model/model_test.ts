/**
 * The lifecycle of `src/` beside a model of the kubelet's loop that shares no decision with it: the
 * same random Pods must come to the same, but for the differences of `differences.ts`.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { findDifference, playSeed } from "./comparison.ts";
import { applyDifferences, differences, podling } from "./differences.ts";
import { mutants } from "./mutants.ts";

/** As many as `PODLING_MODEL` says; one of them again by `PODLING_SEED=17`. */
const HISTORIES = Number(Deno.env.get("PODLING_MODEL") ?? 2000);
const SEED = Deno.env.get("PODLING_SEED");

/** So many in a test. */
const SLICE = 500;

/** The most seeds that it may take to notice something. */
const ENOUGH = 2000;

const seeds = SEED === undefined ? Array.from({ length: HISTORIES }, (_, i) => i) : [Number(SEED)];
for (let first = 0; first < seeds.length; first += SLICE) {
  const slice = seeds.slice(first, first + SLICE);
  Deno.test(`the model of the kubelet agrees, seeds ${slice[0]} to ${slice.at(-1)}`, async () => {
    const found: string[] = [];
    for (const seed of slice) {
      const difference = findDifference(seed, await playSeed(seed), podling);
      if (difference !== undefined) found.push(`seed ${seed}: ${difference}`);
    }
    deepEqual(found, [], "again: PODLING_SEED=…");
  });
}

Deno.test("the comparison notices what a wrong model does", async () => {
  deepEqual(await findUnnoticed(mutants), []);
});

Deno.test("every difference is one, and docs/differences.md has its row", async () => {
  const without = differences.map((difference) => ({
    about: difference.about,
    rules: applyDifferences(differences.filter((other) => other !== difference)),
  }));
  deepEqual(await findUnnoticed(without), []);
  const rows = await Deno.readTextFile(new URL("../../docs/differences.md", import.meta.url));
  for (const { rule } of differences) ok(new RegExp(`${rule}\\b`).test(rows), rule);
});

Deno.test("the model takes nothing but types from src", async () => {
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    const text = await Deno.readTextFile(new URL(name, import.meta.url));
    deepEqual(text.match(/import (?!type )[^;]*"\.\.\/\.\.\/src/g), null, name);
  }
});

/** Plays seeds until each of these models has differed once. @returns those that never did. */
async function findUnnoticed(models: typeof mutants): Promise<string[]> {
  let left = models;
  for (let seed = 0; left.length > 0 && seed < ENOUGH; seed++) {
    const history = await playSeed(seed);
    left = left.filter(({ rules }) => findDifference(seed, history, rules) === undefined);
  }
  return left.map(({ about }) => about);
}
