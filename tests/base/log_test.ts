import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { formatLogLine, lineLogger } from "../../src/base/log.ts";

const cases = [
  ["a sentence", {}, "warn: Something"],
  [
    "fields",
    { pod: "default/web", seconds: 3, last: true },
    "warn: Something pod=default/web seconds=3 last=true",
  ],
  ["no field that is undefined", { pod: undefined }, "warn: Something"],
  ["quotes around blanks", { error: "no such file" }, 'warn: Something error="no such file"'],
  ["quotes around nothing", { error: "" }, 'warn: Something error=""'],
  [
    "one line however many are in a value",
    { error: "a\nb\x1b[31m" },
    'warn: Something error="a\\nb\\u001b[31m"',
  ],
] as const;
for (const [name, fields, line] of cases) {
  Deno.test(`formatLogLine() writes ${name}`, () => {
    equal(formatLogLine("warn", "Something", fields), line);
  });
}

Deno.test("formatLogLine() escapes control characters of its sentence", () => {
  equal(formatLogLine("info", "a\nb"), "info: a\\nb");
});

Deno.test("lineLogger() hands lines on by level", () => {
  const lines: string[] = [];
  const log = lineLogger((line) => lines.push(line));
  log.info("one");
  log.warn("two", { n: 2 });
  log.error("three");
  deepEqual(lines, ["info: one", "warn: two n=2", "error: three"]);
});
