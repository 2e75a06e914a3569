/** How a part of the program is started as a process of its own. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { ownProgram } from "../../../src/runtime/network/dial/own_program.ts";
import settings from "../../../deno.json" with { type: "json" };

const part = { module: "file:///part.ts", word: "part" };
const allRights = ownProgram(part).argv;

/** The flags of V8 in a command line that Deno's cache of compiled code depends on. */
function readCompilerFlags(words: readonly string[]): readonly string[] {
  const flags = words.flatMap((word) => /^--v8-flags=(.+)$/.exec(word)?.[1]?.split(",") ?? []);
  return flags.filter((flag) => !/^--(min|max)-semi-space-size=\d+$/.test(flag));
}

const own = readCompilerFlags(allRights);
for (const [name, task] of Object.entries(settings.tasks)) {
  if (!/\bsrc\/main\.ts|\btests\/bench\//.test(task)) continue;
  Deno.test(`ownProgram() has the compiler's flags of the task ${name}`, () => {
    ok(own.length > 0);
    deepEqual(readCompilerFlags(task.split(" ")), own);
  });
}

const rights: readonly [
  name: string,
  options: Partial<Parameters<typeof ownProgram>[0]>,
  expected: readonly string[],
][] = [
  ["all", {}, ["--allow-all"]],
  ["the network", { isConfined: true }, ["--allow-net"]],
  ["the network and a socket", { isConfined: true, socket: "/run/a" }, [
    "--allow-net",
    "--allow-read=/run/a",
    "--allow-write=/run/a",
  ]],
  ["all for a socket below /dev", { isConfined: true, socket: "/dev/log" }, ["--allow-all"]],
];
for (const [name, options, expected] of rights) {
  Deno.test(`ownProgram() gives rights: ${name}`, () => {
    const { argv } = ownProgram({ ...part, ...options });
    deepEqual(argv.filter((word) => word.startsWith("--allow-")), expected);
    deepEqual(argv.slice(-2), [part.module, part.word]);
  });
}
