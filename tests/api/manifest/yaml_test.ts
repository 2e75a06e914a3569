import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { parseYaml, resolvePlain } from "../../../src/api/manifest/yaml.ts";

/** How kubectl's parser reads an unquoted word. */
const words = [
  ...["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"].map((it) =>
    [it, true] as const
  ),
  ...["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"].map((it) =>
    [it, false] as const
  ),
  ...["", "~", "null", "Null", "NULL"].map((it) => [it, null] as const),
  ...["tRUE", "yEs", "oN", "nULL", "none", "nil", "undefined"].map((it) => [it, it] as const),
  ["0", 0],
  ["-0", 0],
  ["-0x1F", -31],
  ["8080", 8080],
  ["+5", 5],
  ["-5", -5],
  ["0644", 420],
  ["0o644", 420],
  ["0O644", 420],
  ["0x1A4", 420],
  ["0b11", 3],
  ["1_000", 1000],
  ["08", 8],
  ["0o8", "0o8"],
  ["0x", "0x"],
  ["1.5", 1.5],
  ["1.", 1],
  [".5", 0.5],
  ["-.5", -0.5],
  ["1e3", 1000],
  ["1.2.3", "1.2.3"],
  ["1e", "1e"],
  ["12:30:45", "12:30:45"],
  ["1:30", "1:30"],
  ["2001-12-14", "2001-12-14"],
  ["2001-12-14T21:59:43Z", "2001-12-14T21:59:43Z"],
  ["10.0.0.1", "10.0.0.1"],
  ["100m", "100m"],
  ["64Mi", "64Mi"],
  [".inf", Infinity],
  ["-.Inf", -Infinity],
  ["-", "-"],
  ["+", "+"],
  [".", "."],
  ["...x", "...x"],
] as const;

for (const [text, expected] of words) {
  Deno.test(`resolvePlain() reads ${JSON.stringify(text)} as ${JSON.stringify(expected)}`, () => {
    equal(resolvePlain(text), expected);
  });
}

Deno.test("resolvePlain() reads .nan as a number that is none", () => {
  equal(resolvePlain(".NaN"), NaN);
});

const values = [
  ["flow style", "{a: [1, 'b', {c: d}]}", { a: [1, "b", { c: "d" }] }],
  ["JSON", '{"a": [1, true, null, "x\\u00e9\\ud83d\\ude00\\/"]}', { a: [1, true, null, "xé😀/"] }],
  ["JSON with tabs", '{\n\t"a":\t{\n\t\t"b": 1\n\t}\n}\n', { a: { b: 1 } }],
  ["JSON with a long key", `{"${"k".repeat(2000)}": 1}`, { ["k".repeat(2000)]: 1 }],
  ["Windows line ends", "a: 1\r\nb:\r\n  - c\r\nd: |\r\n  x\r\n  y\r\n", {
    a: 1,
    b: ["c"],
    d: "x\ny\n",
  }],
  ["an escaped apostrophe in double quotes", String.raw`a: "it\'s \\' \"x\""`, {
    a: `it's \\' "x"`,
  }],
  ["the same in a flow", String.raw`{a: ["\'", {b: "\'"}]}`, { a: ["'", { b: "'" }] }],
  ["an escaped line join", 'a: "x\\\n   y"', { a: "xy" }],
  ["quoted words", `a: "yes"\nb: '0644'\nc: "null"`, { a: "yes", b: "0644", c: "null" }],
  ["block scalars as text", "a: |\n  yes\nb: >-\n  0644\n", { a: "yes\n", b: "0644" }],
  ["an empty value", "a:\nb: ''", { a: null, b: "" }],
  ["tags", "a: !!str 5\nb: !!int '5'\nc: !!float 1\nd: ! 5\ne: !!binary aGk=", {
    a: "5",
    b: 5,
    c: 1,
    d: "5",
    e: "hi",
  }],
  ["keys that are not strings", "1: a\nyes: b\n0x10: c", { 1: "a", true: "b", 16: "c" }],
  ["anchors", "a: &x {b: 1}\nc: *x\nd: [*x]", { a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }] }],
  ["an anchor that is set again", "a: &x 1\nb: *x\nc: &x 2\nd: *x", { a: 1, b: 1, c: 2, d: 2 }],
  ["a merge", "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } }],
  ["a merge after the key", "a: &x {b: 1}\nd:\n  b: 3\n  <<: *x", { a: { b: 1 }, d: { b: 3 } }],
  ["a merge of several", "a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}", {
    a: { b: 1 },
    c: { b: 2, d: 3 },
    e: { b: 1, d: 3 },
  }],
  ["a merge of an inline map", "a: {<<: {b: 1}}", { a: { b: 1 } }],
  ["a quoted <<", 'a: {"<<": 1}', { a: { "<<": 1 } }],
  ["comments", "# x\na: 1 # y\n# z\n", { a: 1 }],
  ["directives", "%YAML 1.1\n---\na: 1\n", { a: 1 }],
] as const;

for (const [name, text, expected] of values) {
  Deno.test(`parseYaml() reads ${name}`, () => {
    const [document, ...others] = parseYaml(text);
    deepEqual(document?.errors, []);
    deepEqual(document.value, expected);
    equal(others.length, 0);
  });
}

Deno.test("parseYaml() takes __proto__ for a key like any other", () => {
  const [document] = parseYaml("__proto__: {polluted: yes}");
  deepEqual(Object.keys(document!.value as object), ["__proto__"]);
  equal(({} as Record<string, unknown>).polluted, undefined);
});

const refused = [
  ["an alias without an anchor", "a: *x", /alias \*x: its anchor is not defined before it/, 3],
  ["an alias before its anchor", "a: *x\nb: &x 1", /is not defined before it/, 3],
  ["an anchor that contains itself", "a: &x [*x]", /its anchor contains itself/, 7],
  ["an unknown tag", "a: !foo 1", /unknown tag !foo/, 8],
  ["a tag of a map", "a: !foo {}", /unknown tag !foo/, 8],
  ["a number that is none", "a: !!int x", /"x" is no !!int/, 9],
  ["a binary that is none", "a: !!binary '%'", /no text in base64/, 12],
  ["a map as a key", "? {a: 1}\n: 2", /a key must be a string/, 2],
  ["null as a key", "~: 1", /a key must be a string/, 0],
  ["a merge of a string", "a: {<<: x}", /<< takes a map/, 8],
  ["an unclosed list", "a: [1", /./, 5],
  ["a tab as indentation", "a:\n\tb: 1", /[Tt]ab/, 3],
] as const;

for (const [name, text, message, offset] of refused) {
  Deno.test(`parseYaml() refuses ${name} with one error`, () => {
    const errors = parseYaml(text).flatMap((it) => it.errors);
    equal(errors.length, 1);
    match(errors[0]!.error.message, message);
    equal(errors[0]!.offset, offset);
  });
}

const bombs = [
  ["lists in flow style", "[".repeat(1_000_000)],
  ["closed lists in flow style", "[".repeat(20_000) + "]".repeat(20_000)],
  ["maps in flow style", "{a: ".repeat(500_000)],
  ["lists in block style", "- ".repeat(500_000)],
  ["keys of keys", "? ".repeat(500_000)],
  ["maps in block style", Array.from({ length: 1500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
] as const;

for (const [name, text] of bombs) {
  Deno.test(`parseYaml() refuses ${name} that are nested too deep`, () => {
    const errors = parseYaml(text).flatMap((it) => it.errors);
    equal(errors.length, 1);
    equal(errors[0]!.error.message, "nested more than 100 levels deep");
  });
}

Deno.test("parseYaml() reads what is nested ninety levels deep", () => {
  const [document] = parseYaml("[".repeat(90) + "]".repeat(90));
  deepEqual(document!.errors, []);
});

/** Each list repeats the one before it ten times. */
function aliasBomb(levels: number): string {
  const lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"];
  for (let i = 1; i <= levels; i++) {
    lines.push(`a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(", ")}]`);
  }
  return lines.join("\n");
}

Deno.test("parseYaml() refuses aliases that repeat too much, and reads those that do not", () => {
  deepEqual(parseYaml(aliasBomb(2))[0]!.errors, []);
  for (
    const text of [aliasBomb(9), aliasBomb(90), `a: &a ${"x".repeat(1e6)}\nb: [*a, *a, *a, *a]`]
  ) {
    const [document] = parseYaml(text);
    equal(document!.errors[0]!.error.message, "its aliases repeat too much");
    equal(document!.value, undefined);
  }
  const merges = ["a0: &a0 {k: v}"];
  for (let i = 1; i < 60; i++) {
    merges.push(`a${i}: &a${i} {<<: [*a${i - 1}, *a${i - 1}], k${i}: [*a${i - 1}, *a${i - 1}]}`);
  }
  equal(parseYaml(merges.join("\n"))[0]!.errors[0]!.error.message, "its aliases repeat too much");
});

Deno.test("parseYaml() finds every repeated key, whatever its style", () => {
  const text = "a: 1\nb:\n  c: 1\n  c: 2\n'a': 3\nd: [{e: 1, e: 2}]\nx/y: 1\nx/y: 2\n";
  const errors = parseYaml(text)[0]!.errors;
  deepEqual(errors.map((it) => [it.error.message, it.offset]), [
    ['duplicate field "b.c"', 17],
    ['duplicate field "a"', 22],
    ['duplicate field "d[0].e"', 40],
    ['duplicate field "[x/y]"', 54],
  ]);
});

/** A path, and how the text goes on there. */
const places = [
  ["", "a:"],
  ["a", "a:"],
  ["a.b[0]", "1, &x"],
  ["a.b[1].c", "c: 2"],
  ["a.b[1].missing", "{c: 2}"],
  ["a.b[1].missing.deeper[3]", "{c: 2}"],
  ["a.b[7]", "b: [1"],
  ["a.labels[app.kubernetes.io/name]", "app.kub"],
  ["a.labels[nothing]", "labels:"],
  ["m.c", "c: 2"],
  ["m.z", "z: 3"],
  ["nothing", "a:"],
] as const;

for (const [path, expected] of places) {
  Deno.test(`offsetOf() finds ${JSON.stringify(path)} or what is above it`, () => {
    const text =
      "a:\n  b: [1, &x {c: 2}]\n  labels:\n    app.kubernetes.io/name: web\nm:\n  <<: *x\n  z: 3\n";
    const offset = parseYaml(text)[0]!.offsetOf(path);
    equal(text.slice(offset, offset + expected.length), expected);
  });
}

Deno.test("resolvePlain() keeps the last int64 in the range of int64", () => {
  for (const text of ["9223372036854775807", "0x7fffffffffffffff", "9223372036854775300"]) {
    equal(resolvePlain(text), 2 ** 63 - 1024);
  }
  equal(resolvePlain("9223372036854775808"), 2 ** 63);
  equal(resolvePlain("-9223372036854775808"), -(2 ** 63));
});
