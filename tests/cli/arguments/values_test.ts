import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { UsageError } from "../../../src/base/usage_error.ts";
import { formatDuration, parseDuration, parseWindow } from "../../../src/base/duration.ts";
import {
  parseArgv,
  parseContainerVariable,
  parseEnvFile,
  parseImageEntry,
  parseNodeLabel,
  parseNodeTaint,
  parsePositiveNumber,
  parseTimedDeletion,
  parseTimedManifest,
} from "../../../src/cli/arguments/values.ts";

const durations = [
  ["100ms", 100],
  ["3s", 3000],
  ["1m30s", 90_000],
  ["2h", 7_200_000],
  ["1.5s", 1500],
  ["1m1ms", 60_001],
  ["0", 0],
] as const;
for (const [text, ms] of durations) {
  Deno.test(`parseDuration() reads ${text}`, () => equal(parseDuration(text), ms));
}
for (const text of ["", "5", "s", "3 s", "-3s", "3x", "3s4", "1e3s"]) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text)}`, () => {
    throws(() => parseDuration(text), UsageError);
  });
}
Deno.test("parseDuration() guesses the unit", () => {
  throws(() => parseDuration("5"), /did you mean "5s"\?/);
});

const written = [[0, "0ms"], [350, "350ms"], [1500, "1.5s"], [90_000, "1m30s"], [7_200_000, "2h"]];
for (const [ms, text] of written as [number, string][]) {
  Deno.test(`formatDuration() writes ${text}`, () => equal(formatDuration(ms), text));
}

const words = [
  ["sleep 60", ["sleep", "60"]],
  ["  a\tb ", ["a", "b"]],
  [`sh -c 'echo "$x" y'`, ["sh", "-c", `echo "$x" y`]],
  [`a"b c"'d e'\\ f`, ["ab cd e f"]],
  [`"\\"\\x"`, [`"\\x`]],
  [`""`, [""]],
  [`["a b", "c"]`, ["a b", "c"]],
  ["", []],
] as const;
for (const [text, argv] of words) {
  Deno.test(`parseArgv() splits ${text}`, () => deepEqual(parseArgv(text), argv));
}
for (const text of ["'a", `a "b`, "a \\", "[1]", "[a"]) {
  Deno.test(`parseArgv() refuses ${text}`, () => {
    throws(() => parseArgv(text), UsageError);
  });
}

Deno.test("parseImageEntry() splits at the first =", () => {
  deepEqual(parseImageEntry("web:1=env A=b c"), { image: "web:1", argv: ["env", "A=b", "c"] });
  for (const text of ["web", "=a", "web="]) throws(() => parseImageEntry(text), UsageError);
});

Deno.test("parseContainerVariable() keeps the value as it is, or leaves it out", () => {
  deepEqual(parseContainerVariable("web:A=b:c=d"), { container: "web", name: "A", value: "b:c=d" });
  deepEqual(parseContainerVariable("web:A="), { container: "web", name: "A", value: "" });
  deepEqual(parseContainerVariable("web:A"), { container: "web", name: "A" });
  for (const text of ["A=b", "web:", ":A=b", "web:=b"]) {
    throws(() => parseContainerVariable(text), UsageError);
  }
});

Deno.test("parseNodeLabel() and parseNodeTaint() take what an API server would", () => {
  deepEqual(parseNodeLabel("disktype=ssd"), { key: "disktype", value: "ssd" });
  deepEqual(parseNodeLabel("node-role.kubernetes.io/worker"), {
    key: "node-role.kubernetes.io/worker",
    value: "",
  });
  deepEqual(parseNodeLabel("a="), { key: "a", value: "" });
  for (const text of ["", "=a", "a b", "a=b c", "a=b=c", "-a", "A.b/c/d", `${"k".repeat(64)}=v`]) {
    throws(() => parseNodeLabel(text), UsageError);
  }
  deepEqual(parseNodeTaint("gpu=yes:NoSchedule"), {
    key: "gpu",
    value: "yes",
    effect: "NoSchedule",
  });
  deepEqual(parseNodeTaint("gpu:NoExecute"), { key: "gpu", value: "", effect: "NoExecute" });
  for (const text of ["gpu=yes", "gpu:Never", ":NoSchedule", "gpu=a:b:NoSchedule"]) {
    throws(() => parseNodeTaint(text), UsageError);
  }
});

Deno.test("parseEnvFile() reads lines, and names the one it cannot read", () => {
  const text = `# a\n\nA=1\r\nB=x # y "z"\nC\n  D=`;
  deepEqual(parseEnvFile(text, "e"), [
    { name: "A", value: "1" },
    { name: "B", value: 'x # y "z"' },
    { name: "C" },
    { name: "D", value: "" },
  ]);
  throws(() => parseEnvFile("A=1\n=2", "e"), /^UsageError: e:2: /);
});

Deno.test("parsePositiveNumber() takes numbers above 0", () => {
  equal(parsePositiveNumber("0.5"), 0.5);
  for (const text of ["0", "-1", "x", "", "1e999", "Infinity"]) {
    throws(() => parsePositiveNumber(text), UsageError);
  }
});

for (
  const [text, from, to] of [
    ["2s..5s", 2000, 5000],
    ["30s..", 30_000, Infinity],
    ["..5s", 0, 5000],
    ["..", 0, Infinity],
    ["1.5s..1m", 1500, 60_000],
  ] as const
) {
  Deno.test(`parseWindow() reads ${text}`, () => deepEqual(parseWindow(text), { from, to }));
}
for (const text of ["", "2s", "5s..2s", "2s..2s", "2..5", "a..b"]) {
  Deno.test(`parseWindow() refuses ${JSON.stringify(text)}`, () => {
    throws(() => parseWindow(text), { name: "UsageError" });
  });
}

const timed: readonly [string, unknown][] = [
  ["web.yaml", { file: "web.yaml", at: 0 }],
  ["web.yaml@5s", { file: "web.yaml", at: 5000 }],
  ["a@b/web.yaml@1m", { file: "a@b/web.yaml", at: 60_000 }],
  ["a@1b/web.yaml", { file: "a@1b/web.yaml", at: 0 }],
];
for (const [text, expected] of timed) {
  Deno.test(`parseTimedManifest() reads ${text}`, () => {
    deepEqual(parseTimedManifest(text), expected);
  });
}

const deletions: readonly [string, unknown][] = [
  ["web@5s", { name: "web", at: 5000 }],
  ["Deployment/web@1m", { kind: "Deployment", name: "web", at: 60_000 }],
  ["web#2@5s", { name: "web#2", at: 5000 }],
  ["web/*@5s", { name: "web/*", at: 5000 }],
];
for (const [text, expected] of deletions) {
  Deno.test(`parseTimedDeletion() reads ${text}`, () => {
    deepEqual(parseTimedDeletion(text), expected);
  });
}

Deno.test("parseTimedDeletion() asks for the time", () => {
  throws(() => parseTimedDeletion("web"), /is not \[KIND\/\]NAME@TIME, such as Deployment\/web@5s/);
});
