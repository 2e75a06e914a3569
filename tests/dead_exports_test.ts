/**
 * No export of `src/` is without a use.
 *
 * An export is dead if no other file of `src/` imports it and its own file does not name it again:
 * a test alone does not keep code alive. What a later part of the program needs is listed in
 * `awaited`, with its user. A value that only its own file and no test uses is not exported. A type
 * (a class and the constant of a `typeof` are types too) may be, because `deno doc --lint` asks for
 * the types that an exported declaration names.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { readSourceFiles, resolveImport, type SourceFile } from "./support/sources.ts";

/** Exports that wait for their user. */
const awaited: Readonly<Record<string, string>> = {
  "src/api/field_support.ts#fieldSupportRows": "docs: tests/readme_test.ts writes docs/fields.md",
};

const sources = readSourceFiles("src").filter(({ path }) => path.endsWith(".ts"));
const tests = readSourceFiles("tests").filter(({ path }) => path.endsWith(".ts"));

/** An exported name and what of it is used. */
interface Export {
  /** `src/base/bytes.ts#concat` */
  readonly id: string;
  readonly isType: boolean;
  /** Its own file names it again. */
  readonly isUsedAtHome: boolean;
}

const DECLARATION =
  /^export\s+(?:default\s+)?(?:abstract\s+|async\s+)*(function\*?|const|let|class|interface|type|enum)\s+(\w+)/gm;

function exportsOf({ path, text }: SourceFile): Export[] {
  const code = withoutComments(text);
  const counts = Map.groupBy(code.match(/\b\w+\b/g) ?? [], (word) => word);
  return [...code.matchAll(DECLARATION)].map(([, keyword, name]) => ({
    id: `${path}#${name}`,
    isType: /^(type|interface|class)$/.test(keyword!) || code.includes(`typeof ${name}`),
    isUsedAtHome: counts.get(name!)!.length > 1,
  }));
}

/**
 * Leaves of comments nothing and of strings their quotes; templates stay, for the code in `${}`.
 */
function withoutComments(text: string): string {
  const words = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  return text.replace(words, (word) => word.startsWith("/") ? "" : '""');
}

/** Names in braces, and the file that they are from: static, lazy, and exported on. */
const IMPORTS: readonly RegExp[] = [
  /\b(?:import|export)\s+(?:type\s+)?\{(?<names>[^}]*)\}\s*from\s*"(?<file>\.[^"]+)"/g,
  /\{(?<names>[^{}]*)\}\s*=\s*await\s+import\(\s*"(?<file>\.[^"]+)"/g,
  /\bimport\(\s*"(?<file>\.[^"]+)"\s*\)\)?\s*\.(?<names>\w+)/g,
];

function importsOf({ path, text }: SourceFile): string[] {
  return IMPORTS.flatMap((it) => [...text.matchAll(it)]).flatMap(({ groups }) =>
    groups!.names!.split(",").map((name) => name.trim().replace(/^type\s+/, "").split(/\s|:/)[0]!)
      .map((name) => `${resolveImport(path, groups!.file!)}#${name}`)
  );
}

const exported = sources.flatMap(exportsOf);
const used = new Set(sources.flatMap(importsOf));
const tested = new Set(tests.flatMap(importsOf));
const unimported = exported.filter(({ id }) => !used.has(id));

Deno.test("every export has a use in src, or a user to come", () => {
  ok(exported.length > 800 && used.size > 500);
  const dead = unimported.filter(({ isUsedAtHome }) => !isUsedAtHome).map(({ id }) => id);
  deepEqual(dead.toSorted(), Object.keys(awaited).toSorted());
});

Deno.test("a value that only its own file uses is not exported", () => {
  const needless = unimported.filter(({ id, isType, isUsedAtHome }) =>
    !isType && isUsedAtHome && !tested.has(id)
  );
  deepEqual(needless.map(({ id }) => id), []);
});

Deno.test("no file of src is imported as a whole, which would hide what is used", () => {
  const whole = /\b(?:import|export)\s+\*(?:\s+as\s+\w+)?\s+from\s*"\./;
  deepEqual(sources.filter(({ text }) => whole.test(text)).map(({ path }) => path), []);
});

Deno.test("a dead export is found, whatever it is declared with", () => {
  const text = 'import { b as c } from "../b.ts";\nexport const A = 1;\nexport type T = string;\n' +
    'export async function f(): Promise<T> {\n  (await import("./x.ts")).g();\n}\n// A\nclass B {}\n';
  const file = { path: "src/a/a.ts", text };
  deepEqual(exportsOf(file).map(({ id, isType, isUsedAtHome }) => [id, isType, isUsedAtHome]), [
    ["src/a/a.ts#A", false, false],
    ["src/a/a.ts#T", true, true],
    ["src/a/a.ts#f", false, false],
  ]);
  deepEqual(importsOf(file), ["src/b.ts#b", "src/a/x.ts#g"]);
});
