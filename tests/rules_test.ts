/**
 * Every rule of the Pod semantics is named by a test or in docs/differences.md; no other rule is
 * cited.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";

const ROOT = new URL("..", import.meta.url).pathname;
const RULE = /\bR-[A-Z]+-\d+\b/g;

/** All that there is. */
const rules = readRules(`${ROOT}tests/rules.txt`);

function readRules(path: string): ReadonlySet<string> {
  return new Set(Deno.readTextFileSync(path).match(RULE) ?? []);
}

/** Files below a folder, except for the list itself. */
function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return listFiles(path);
    return /\.(ts|yaml|md)$/.test(name) && path !== `${ROOT}tests/rules_test.ts` ? [path] : [];
  });
}

const tests = listFiles(`${ROOT}tests`);
const differences = Deno.readTextFileSync(`${ROOT}docs/differences.md`);

Deno.test("every rule is named by a test, or its difference in docs/differences.md", () => {
  const named = new Set([
    ...tests.flatMap((path) => [...readRules(path)]),
    ...differences.match(RULE) ?? [],
  ]);
  ok(rules.size > 300);
  deepEqual([...rules].filter((rule) => !named.has(rule)), []);
});

Deno.test("no rule is named that there is not", () => {
  const files = [...tests, ...listFiles(`${ROOT}src`), ...listFiles(`${ROOT}examples`)];
  const wrong = [...files, `${ROOT}README.md`].flatMap((path) =>
    [...readRules(path)].filter((rule) => !rules.has(rule)).map((rule) => `${path}: ${rule}`)
  );
  deepEqual(wrong, []);
});

Deno.test("no code decides on the id of a rule, which only explains a decision", () => {
  const readers = [...listFiles(`${ROOT}src`), ...listFiles(`${ROOT}tests/support`)]
    .filter((path) => /[!=]==\s*["'`]R-[A-Z]/.test(Deno.readTextFileSync(path)));
  deepEqual(readers, []);
});

Deno.test("the list of rules is sorted by area, then by number, and names each once", () => {
  const list = Deno.readTextFileSync(`${ROOT}tests/rules.txt`).match(/^R-[A-Z]+-\d+$/gm)!;
  const keyOf = (id: string) => {
    const [, area, number] = id.split("-");
    return `${area}-${number!.padStart(3, "0")}`;
  };
  const keys = list.map(keyOf);
  deepEqual(keys, [...new Set(keys)].toSorted());
});
