/**
 * Nothing in the repository refers to a document that is not in it; rules and sources have ids and
 * paths.
 */
import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";

const ROOT = new URL("..", import.meta.url).pathname;

/** How a missing document would be named; sections of an RFC are public. */
const references: readonly RegExp[] = [
  /^(?!.*\bRFC \d).*\b(sections?|chapters?) \d/i,
  /\bthe (contract|semantics|style guide|house style)\b/i,
  /\(contract\b/i,
  /\b(semantics|contract|oracle|style|controllers|kube-api)\.md\b/,
  /\bU-\d\b/,
  /\.\.\/shared\//,
];

/** Text files below a folder. */
function listFiles(path: string): string[] {
  if (!Deno.statSync(ROOT + path).isDirectory) return [path];
  return [...Deno.readDirSync(ROOT + path)].flatMap(({ name, isDirectory, isFile }) => {
    const below = `${path}/${name}`;
    if (isDirectory) return listFiles(below);
    return isFile && /\.(ts|yaml|json|md|txt|sh)$/.test(name) ? [below] : [];
  });
}

const files = ["src", "tests", "examples", ...listMarkdown()].flatMap(listFiles)
  .filter((path) => path !== "tests/references_test.ts");

function listMarkdown(): string[] {
  const names = [...Deno.readDirSync(ROOT)];
  return names.filter(({ name }) => name === "docs" || name.endsWith(".md")).map(({ name }) =>
    name
  );
}

Deno.test("no line refers to a document outside the repository", () => {
  ok(files.length > 300);
  const wrong = files.flatMap((path) =>
    Deno.readTextFileSync(ROOT + path).split("\n").flatMap((line, index) =>
      references.some((it) => it.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : []
    )
  );
  deepEqual(wrong, []);
});

const examples = [
  "/** A pod's conditions (section 12). */",
  "what `run` prints; the contract's “Streams”",
  "see sections 4 and 7 of the semantics",
  'the event log (contract, "Events")',
];
for (const line of examples) {
  Deno.test(`a reference is found: ${line}`, () =>
    match(line, references.find((it) => it.test(line)) ?? /(?!)/));
}
Deno.test("a section of an RFC is no such reference", () =>
  deepEqual(references.filter((it) => it.test("frames are masked (RFC 6455, section 5.3)")), []));
