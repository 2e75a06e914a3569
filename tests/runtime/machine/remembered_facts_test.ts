/** What one start keeps for the next, and all that makes it worthless. */
import {
  deepStrictEqual as deepEqual,
  notStrictEqual as notEqual,
  strictEqual as equal,
} from "node:assert/strict";
import { readIsolation } from "../../../src/runtime/linux/isolation.ts";
import {
  fingerprint,
  isTextArray,
  openRememberedFacts,
} from "../../../src/runtime/machine/remembered_facts.ts";

/** A folder of run-time state. */
async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "podling-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Asks for a fact; `found` if it had to be found out. */
async function ask(folder: string, dependsOn = "a", value: string[] | null = ["it"]) {
  let found = false;
  const answer = await openRememberedFacts(folder).recall({
    name: "fact",
    dependsOn,
    isValue: isTextArray,
    find: () => {
      found = true;
      return Promise.resolve(value ?? undefined);
    },
  });
  return { answer, found };
}

Deno.test("a fact is found out once, and again when what it depends on has changed", () =>
  withFolder(async (folder) => {
    deepEqual(await ask(folder), { answer: ["it"], found: true });
    deepEqual(await ask(folder, "a", ["other"]), { answer: ["it"], found: false });
    deepEqual(await ask(folder, "b", ["other"]), { answer: ["other"], found: true });
    deepEqual(await ask(folder, "a"), { answer: ["it"], found: true });
    deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["machine.json"]);
    equal(Deno.statSync(`${folder}/machine.json`).mode! & 0o777, 0o600);
  }));

Deno.test("what could not be found out is not remembered", () =>
  withFolder(async (folder) => {
    deepEqual(await ask(folder, "a", null), { answer: undefined, found: true });
    deepEqual(await ask(folder), { answer: ["it"], found: true });
  }));

Deno.test("what is forgotten is found out again by the next start", () =>
  withFolder(async (folder) => {
    await ask(folder);
    openRememberedFacts(folder).forget();
    deepEqual(await ask(folder), { answer: ["it"], found: true });
  }));

const spoilers: Readonly<Record<string, (path: string) => void>> = {
  "cut off": (path) => Deno.truncateSync(path, 20),
  "empty": (path) => Deno.truncateSync(path, 0),
  "of another boot": (path) => change(path, (it) => it.boot = "another"),
  "of another version": (path) => change(path, (it) => it.facts.fact.value = { text: "it" }),
  "without a value": (path) => change(path, (it) => delete it.facts.fact.value),
  "no object": (path) => Deno.writeTextFileSync(path, "[1]"),
  "binary": (path) => Deno.writeFileSync(path, new Uint8Array([0, 255, 3])),
  "too large": (path) => Deno.writeTextFileSync(path, " ".repeat(1 << 20), { append: true }),
  "writable by others": (path) => Deno.chmodSync(path, 0o666),
  "a link": (path) => {
    Deno.renameSync(path, `${path}.real`);
    Deno.symlinkSync(`${path}.real`, path);
  },
  "a folder": (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  },
};

// deno-lint-ignore no-explicit-any
function change(path: string, edit: (content: any) => void): void {
  const content = JSON.parse(Deno.readTextFileSync(path));
  edit(content);
  Deno.writeTextFileSync(path, JSON.stringify(content));
}

for (const [name, spoil] of Object.entries(spoilers)) {
  Deno.test(`a file that is ${name} counts for nothing`, () =>
    withFolder(async (folder) => {
      await ask(folder);
      spoil(`${folder}/machine.json`);
      deepEqual(await ask(folder), { answer: ["it"], found: true });
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      deepEqual(names.filter((name) => name.endsWith(`${Deno.pid}`)), []);
    }));
}

Deno.test("a folder that is open to others is not trusted", () =>
  withFolder(async (folder) => {
    await ask(folder);
    Deno.chmodSync(folder, 0o770);
    deepEqual(await ask(folder), { answer: ["it"], found: true });
  }));

Deno.test({
  name: "a file or a folder of another user is not trusted",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withFolder(async (folder) => {
      await ask(folder);
      Deno.chownSync(`${folder}/machine.json`, 4242, 4242);
      deepEqual(await ask(folder), { answer: ["it"], found: true });
      Deno.chownSync(folder, 4242, 4242);
      deepEqual(await ask(folder), { answer: ["it"], found: true });
    }),
});

Deno.test("without a folder nothing is remembered, and nothing is made", async () => {
  const folder = `/tmp/podling-test-${crypto.randomUUID()}`;
  deepEqual(await ask(folder), { answer: ["it"], found: true });
  deepEqual(await ask(folder), { answer: ["it"], found: true });
  equal([...Deno.readDirSync("/tmp")].some(({ name }) => folder === `/tmp/${name}`), false);
});

Deno.test("a file has another fingerprint when it is replaced or written to", () =>
  withFolder(async (folder) => {
    const path = `${folder}/tool`;
    const missing = fingerprint([path]);
    Deno.writeTextFileSync(path, "one");
    const first = fingerprint([path]);
    notEqual(first, missing);
    equal(fingerprint([path]), first);
    Deno.writeTextFileSync(`${path}2`, "two");
    Deno.renameSync(`${path}2`, path);
    notEqual(fingerprint([path]), first);
    await Promise.resolve();
  }));

Deno.test("the report of this machine is the same with and without what is remembered", () =>
  withFolder(async (folder) => {
    const withoutHolder = async (...remembered: Parameters<typeof readIsolation>) => {
      const report = await readIsolation(...remembered);
      const { namespaces, ...machine } = report.machine;
      return { ...report, machine, ids: namespaces?.ids, highestId: namespaces?.highestId };
    };
    const fresh = await withoutHolder();
    deepEqual(await withoutHolder(openRememberedFacts(folder)), fresh);
    const file = Deno.readTextFileSync(`${folder}/machine.json`);
    deepEqual(await withoutHolder(openRememberedFacts(folder)), fresh);
    equal(Deno.readTextFileSync(`${folder}/machine.json`), file);
    change(`${folder}/machine.json`, ({ facts }) => {
      if (facts.namespaces !== undefined) facts.namespaces.value = "some";
    });
    deepEqual(await withoutHolder(openRememberedFacts(folder)), fresh);
  }));
