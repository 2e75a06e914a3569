/** `experiment` with real processes, and on the virtual clock. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { PODLING } from "../support/program.ts";

async function experiment(...words: readonly string[]) {
  const [program, ...start] = PODLING;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...start, "experiment", ...words],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

interface Row {
  readonly role: string;
  readonly policy: string;
  readonly exitCode: number;
  readonly phase: string;
  readonly restarts: number;
  readonly exitStatus?: number;
}

const sketch = (stdout: string) =>
  (JSON.parse(stdout) as Row[]).map(({ role, policy, exitCode, phase, exitStatus }) =>
    `${role} ${policy} ${exitCode}: ${phase}, ${exitStatus ?? "runs on"}`
  );

const EXPECTED = [
  "init OnFailure 0: Running, runs on",
  "init OnFailure 3: Pending, runs on",
  "init Never 0: Running, runs on",
  "init Never 3: Failed, 3",
  "app OnFailure 0: Succeeded, 0",
  "app OnFailure 3: Running, runs on",
  "app Never 0: Succeeded, 0",
  "app Never 3: Failed, 3",
];
const WORDS = ["--exit", "0,3", "--policy", "OnFailure,Never", "--as", "init,app", "-o", "json"];

Deno.test("experiment: real processes give what the rules say", async () => {
  // Slow enough that starts under load fit into the lifetime.
  const { code, stdout, stderr } = await experiment(...WORDS, "--speed", "10");
  deepEqual([code, stderr], [0, ""]);
  deepEqual(sketch(stdout), EXPECTED);
});

Deno.test("experiment --simulate gives the same", async () => {
  const { code, stdout } = await experiment(...WORDS, "--simulate");
  equal(code, 0);
  deepEqual(sketch(stdout), EXPECTED);
});

Deno.test("experiment --simulate counts restarts and waits", async () => {
  const { stdout } = await experiment("--simulate", "--exit", "1", "--policy", "Always");
  deepEqual(stdout.split("\n").slice(1, 4).map((line) => line.split(/ {2,}/).slice(0, 7)), [
    ["init", "Always", "1", "Pending", "3", "CrashLoopBackOff (40s)", "runs on"],
    ["app", "Always", "1", "Running", "3", "CrashLoopBackOff (40s)", "runs on"],
    ["sidecar", "Always", "1", "Running", "3", "CrashLoopBackOff (40s)", "runs on"],
  ]);
});

const refused = [
  [["--exit", "256"], /256" is not an exit code: the range is 0 to 255/],
  [["--exit", "1,"], /"" is not an exit code/],
  [
    ["--policy", "always"],
    /"always" is not one of Always, OnFailure, Never \(did you mean "Always"\?\)/,
  ],
  [["--as", "main"], /"main" is not one of init, app, sidecar/],
  [["pod.yaml"], /experiment takes no operand, got pod\.yaml/],
  [
    ["--exit", Array.from({ length: 100 }, (_, i) => i).join()],
    /900 combinations are more than 256/,
  ],
] as const;
for (const [words, message] of refused) {
  Deno.test(`experiment refuses ${words.join(" ").slice(0, 20)}`, async () => {
    const { code, stdout, stderr } = await experiment(...words);
    deepEqual([code, stdout], [125, ""]);
    match(stderr, message);
  });
}
