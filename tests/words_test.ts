/**
 * Plain technical English, by test: words that we do not use, each with what to write instead, and
 * comment lines of at most 100 columns.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";

const ROOT = new URL("..", import.meta.url).pathname;

/** Where words count: code, comments, messages and texts for readers. */
const READ = ["src", "tests", "packaging", "examples", "docs", ".ci", "README.md", "SECURITY.md"];

/** A word or phrase, and what to write instead. A pattern matches within one line. */
const WORDS: readonly (readonly [pattern: RegExp, use: string])[] = [
  [/\b(?:whoever|whomever|nobody|somebody|anybody|everybody)\b/i, "name it; no one; passive"],
  [/\bwhom\b/i, "name it: the container that …"],
  [/\b(?:told|tells?|telling)\b/i, "reported, notified, shows, returns, distinguished"],
  [/\b(?:hears?|heard)\b/i, "receives, is notified of"],
  [/\bdeeds?\b/i, "operation"],
  [/\bkeepers?\b/i, "name it: the waiter, the store"],
  [/\bcondemn/i, "stop"],
  [/\b(?:lays?|laid|laying)\b/i, "create, mount, place, arrange"],
  [/\b(?:lent|lends?|lending)\b/i, "delegated, granted"],
  [/\blet(?:s|ting)? go of\b/i, "release"],
  [/\bbe(?:en)? had\b/i, "is available, can be pulled, can be created"],
  [/\bgiven up\b|\bgave itself up\b/i, "cancelled, abandoned, aborted"],
  [/\bfor ever\b/i, "indefinitely"],
  [/\b(?:is|are|was|were|be|been) tried\b/i, "is attempted, is retried, is tested"],
  [/\b(?:tried|tries) again\b|\bin vain\b/i, "retried; without success"],
  [/\banew\b/i, "again"],
  [
    /(?<=[\w)"`] )(?<!\bthere )(?:is|are|was|were) no (?!longer\b|one\b|such\b|more\b|less\b|way\b)[a-z]/i,
    "is not a …",
  ],
  [/\b(?:is|are|was|were) no more\b(?! than\b)/i, "no longer exists"],
  [/\b(?:what|who) (?:is|are|was|were) to\b/i, "name it: the files to create"],
  [/\b(?:becomes?|became|becoming|comes?|came) of\b/i, "the outcome of, the result of"],
  [/\bfor want of\b/i, "for lack of, out of"],
  [/\bsave (?:for|that|where|in|inside|those)\b/i, "except"],
  [/\b(?:there|where)(?:of|in|upon)\b/i, "name it: of the …"],
  // Inside a name of the code.
  [/\bg(?:ive|ave|iven)Up\b/, "cancel, abort, fail"],
  [/\b(?:tell|told|lay|laid|lend|lent)[A-Z]/, "report, create, delegate"],
];

/** Lines that keep a word: a name that is not ours. */
const ALLOWED: readonly (readonly [path: string, part: string])[] = [
  ["tests/examples/example_run.ts", "nobody"],
  ["tests/examples/example_run.ts", "NOBODY"],
];

interface Line {
  readonly path: string;
  readonly number: number;
  readonly text: string;
}

function readLines(path: string): Line[] {
  if (Deno.statSync(ROOT + path).isDirectory) {
    return [...Deno.readDirSync(ROOT + path)].flatMap(({ name }) => readLines(`${path}/${name}`));
  }
  if (path === "tests/words_test.ts" || !/\.(?:ts|sh|md|yaml|txt)$|^\.ci\//.test(path)) return [];
  const lines = Deno.readTextFileSync(ROOT + path).split("\n");
  return lines.map((text, index) => ({ path, number: index + 1, text }));
}

const lines = READ.flatMap(readLines);

function isAllowed({ path, text }: Line): boolean {
  return ALLOWED.some(([file, part]) => file === path && text.includes(part));
}

/** @returns what to write instead of the first word of a text that we do not use. */
function findReplacement(text: string): string | undefined {
  const found = WORDS.find(([pattern]) => pattern.test(text));
  return found && `${found[0].exec(text)![0]} → ${found[1]}`;
}

/** What a line of a comment is longer than 100 columns with cannot be broken: one word, such as an address. */
function isTooLong({ path, text }: Line): boolean {
  const comment = /\.ts$/.test(path) ? /^\s*\/\*\*|^\s+\* |^\s*\/\// : /^\s*#/;
  return /^(?:src|tests|packaging|\.ci)\b.*(?:\.ts|\.sh|\/run)$/.test(path) &&
    [...text].length > 100 && comment.test(text) && /\S \S+ \S/.test(text.trim());
}

Deno.test("no text has a word that we do not use", () => {
  ok(lines.length > 60_000);
  const wrong = lines.filter((line) => !isAllowed(line)).flatMap((line) => {
    const instead = findReplacement(line.text);
    return instead === undefined ? [] : [`${line.path}:${line.number}: ${instead}`];
  });
  deepEqual(wrong, []);
});

Deno.test("every allowed line is there", () => {
  const unused = ALLOWED.filter(([file, part]) =>
    !lines.some(({ path, text }) => path === file && text.includes(part))
  );
  deepEqual(unused, []);
});

Deno.test("no comment line is longer than 100 columns", () => {
  const long = lines.filter(isTooLong);
  deepEqual(long.map(({ path, number }) => `${path}:${number}`), []);
});

for (
  const text of [
    "whoever holds the pipe ends it",
    "X is no file",
    "the Pod is told to stop",
    "The volumes cannot be had",
    "what became of the container",
    "its sandbox is no more",
    "await this.#giveUp(error);",
    "this.#tellProgress(progress);",
  ]
) {
  Deno.test(`"${text}" is found`, () => ok(findReplacement(text) !== undefined));
}

for (
  const text of [
    "there is no API server",
    "the layer is no longer mounted",
    "it takes no more than a second",
    "a delayed overlay, and its layout",
    "another kind of sandbox",
    "the intelligent shepherd therefore saves the file",
    "is not available",
  ]
) {
  Deno.test(`"${text}" is plain`, () => deepEqual(findReplacement(text), undefined));
}
