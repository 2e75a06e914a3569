import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { findUnmet, parseHead } from "./head.ts";

const HEAD = `# What it is.
#
# Run:
#   deno task run examples/a.yaml --timeout 1s
# Expected on standard output:
#   one
#   t…o
# Expected on standard error, in any order:
#   three
# Not expected:
#   four
# Exit status: 3
# With --isolation process: refused (125): a volume
kind: Pod # Exit status: 4
`;

Deno.test("parseHead() reads what is promised", () => {
  const sandbox = {
    exitStatus: 3,
    output: ["one", "t…o"],
    error: [],
    seen: ["three"],
    unseen: ["four"],
  };
  const process = { exitStatus: 125, output: [], error: [], seen: ["a volume"], unseen: [] };
  deepEqual(parseHead(HEAD), {
    command: "deno task run examples/a.yaml --timeout 1s",
    sandbox,
    process,
  });
  deepEqual(parseHead(HEAD.replace(/refused.*/, "the same")).process, sandbox);
  deepEqual(parseHead(HEAD.replace(/refused.*/, "exit status 9: why")).process, {
    ...process,
    exitStatus: 9,
    seen: ["why"],
  });
});

for (
  const part of ["Run:", "Exit status: 3", "With --isolation process: refused (125): a volume"]
) {
  Deno.test(`parseHead() misses ${part}`, () => {
    throws(() => parseHead(HEAD.replace(part, "")));
  });
}

for (
  const [output, error, exitStatus, unmet] of [
    ["one\ntoo\n", "three", 3, []],
    ["one t\no", "three", 3, ["not on standard output: t…o"]],
    ["too one", "three", 3, ["not on standard output: t…o"]],
    ["one", "two three", 3, ["not on standard output: t…o"]],
    ["one two", "four", 3, ["not seen: three", "seen: four"]],
    ["one two three", "", 4, ["exit status: 4"]],
  ] as const
) {
  Deno.test(`findUnmet() of ${JSON.stringify({ output, error, exitStatus })}`, () => {
    deepEqual(findUnmet({ output, error, exitStatus }, parseHead(HEAD).sandbox), unmet);
  });
}
