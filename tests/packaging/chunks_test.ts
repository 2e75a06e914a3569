/** The parts of the bundled program and the files that they are joined into, on small texts. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import {
  type Chunk,
  findCommand,
  formatEntry,
  linkChunk,
  planFiles,
} from "../../packaging/chunks.ts";

const chunksOf = (texts: Readonly<Record<string, string>>) =>
  new Map(Object.entries(texts).map(([name, text]): [string, Chunk] => [name, { name, text }]));

const chunks = chunksOf({
  "run-AA": 'import{a}from"./base-BB.js";import"./once-CC.js";export{r as run};',
  "validate-AA": 'import{a as b}from"./base-BB.js";export{v as validate};',
  "base-BB": 'import{c,d as e}from"./core-DD.js";var t=()=>import("./late-EE.js");export{x as a};',
  "once-CC": "globalThis.once=1;",
  "core-DD": "export{c,y as d};export{c,y as d,z as default};",
  "late-EE": 'import{d}from"./core-DD.js";import{f}from"./few-FF.js";export{l as late,m as $m};',
  "few-FF": "export{f};",
});
const main: Chunk = {
  name: "main",
  text: 'import{c}from"./core-DD.js";case"run":import("./run-AA.js");import("./validate-AA.js");',
};
const files = planFiles({ main, chunks }, ["run", "validate"]);

Deno.test("planFiles() joins what the same commands load, and leaves the rest alone", () => {
  deepEqual(Object.fromEntries(files), {
    "core-DD": "main",
    "base-BB": "run-validate",
    "run-AA": "run",
    "once-CC": "run",
    "validate-AA": "validate",
  });
});

Deno.test("planFiles() gives what loads nothing of the main chunk no file of that name", () => {
  const alone = { main: { name: "main", text: 'import("./few-FF.js")' }, chunks };
  deepEqual(Object.fromEntries(planFiles(alone, ["few"])), { "few-FF": "few" });
});

/** Imports and their replacements, in `late-EE`, which is alone, or in another chunk. */
const links: readonly (readonly [text: string, linked: string, in_?: string])[] = [
  ['import{a}from"./base-BB.js";', 'import{base_BB_a as a}from"./run-validate.js";'],
  ['import{a as b}from"./base-BB.js";', 'import{base_BB_a as b}from"./run-validate.js";'],
  [
    'import{c,d as e}from"./core-DD.js";',
    'import{core_DD_c as c,core_DD_d as e}from"./main.js";',
  ],
  [
    'import{default as d}from"./core-DD.js";',
    'import{core_DD_default as d}from"./main.js";',
  ],
  ['import"./once-CC.js";', 'import"./run.js";'],
  // Another one that stays alone.
  ['import{f}from"./few-FF.js";', 'import{f}from"./few-FF.js";'],
  ['import("./few-FF.js")', 'import("./few-FF.js")'],
  // What goes into the same file.
  ['import"./once-CC.js";', 'import"./once-CC.js";', "run-AA"],
  ['import{a}from"./base-BB.js";', 'import{base_BB_a as a}from"./run-validate.js";', "run-AA"],
  [
    'import("./base-BB.js")',
    'import("./run-validate.js").then(m=>({get a(){return m.base_BB_a}}))',
  ],
  [
    'import("./core-DD.js")',
    'import("./main.js").then(m=>({get c(){return m.core_DD_c},get d(){return m.core_DD_d},' +
    "get default(){return m.core_DD_default}}))",
  ],
  // No chunk: text that looks like an import, and other modules.
  ['`import{a}from"./yours.js"`', '`import{a}from"./yours.js"`'],
  ['"see import(\\"./main.js\\")"', '"see import(\\"./main.js\\")"'],
  ['x=import("./main.js")', 'x=import("./main.js")'],
  ['import{open}from"node:fs";', 'import{open}from"node:fs";'],
];
for (const [text, linked, name = "late-EE"] of links) {
  Deno.test(`linkChunk() in ${name}: ${text}`, () => {
    equal(linkChunk({ name, text }, chunks, files), linked);
  });
}

Deno.test("linkChunk() names the folder of the files", () => {
  equal(
    linkChunk(
      { name: "main", text: `${main.text}import{f}from"./few-FF.js"` },
      chunks,
      files,
      "./p",
    ),
    'import{core_DD_c as c}from"./p/main.js";case"run":import("./p/run.js").then(m=>({get run(){' +
      'return m.run_AA_run}}));import("./p/validate.js").then(m=>({get validate(){return ' +
      'm.validate_AA_validate}}));import{f}from"./p/few-FF.js"',
  );
});

Deno.test("formatEntry() exports all of its chunks by names of their own", () => {
  const own = ["late-EE", "once-CC", "core-DD"].map((name) => chunks.get(name)!);
  equal(
    formatEntry(own, "../chunks"),
    'export{late as late_EE_late,$m as late_EE_$m}from"../chunks/late-EE.js";\n' +
      'export{}from"../chunks/once-CC.js";\n' +
      "export{c as core_DD_c,d as core_DD_d,default as core_DD_default}" +
      'from"../chunks/core-DD.js";\n',
  );
});

const refused: readonly (readonly [what: string, act: () => unknown, message: RegExp])[] = [
  [
    "a form that is not known",
    () => linkChunk({ name: "x", text: 'export*from"./few-FF.js";' }, chunks, files),
    /^Cannot use the bundle: x names the part few-FF, but in no form of an import that is known$/,
  ],
  [
    "a namespace",
    () => linkChunk({ name: "x", text: 'import*as n from"./few-FF.js";' }, chunks, files),
    /x names the part few-FF/,
  ],
  [
    "a name that is not exported",
    () => linkChunk({ name: "x", text: 'import{q}from"./few-FF.js";' }, chunks, files),
    /^Cannot use the bundle: x imports q, which few-FF does not export$/,
  ],
  [
    "a main chunk without a command",
    () => findCommand("explain", { main, chunks }),
    /^Cannot use the bundle: main loads no part for explain$/,
  ],
  [
    "a command that is loaded at once",
    () => findCommand("core", { main, chunks }),
    /main loads no part for core/,
  ],
];
for (const [what, act, message] of refused) {
  Deno.test(`chunks are refused: ${what}`, () => throws(act, { name: "Error", message }));
}
