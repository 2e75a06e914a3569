/** The manual page is well-formed, by the programs that show it. */
import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import { findProgram } from "../../src/runtime/machine/executable.ts";

const PAGE = new URL("../../docs/podling.1", import.meta.url).pathname;
const PATH = Deno.env.get("PATH") ?? "";

async function run(program: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { MANWIDTH: "80", LC_ALL: "C.UTF-8", MANROFFOPT: "" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

const hasMan = findProgram("man", PATH) !== undefined && findProgram("groff", PATH) !== undefined;
Deno.test({
  name: `man shows podling.1${hasMan ? "" : "; left out: no man with groff here"}`,
  ignore: !hasMan,
  fn: async () => {
    const { code, stdout, stderr } = await run("man", "--warnings", "-l", PAGE);
    deepEqual([code, stderr], [0, ""]);
    match(stdout, /EXIT STATUS\n {7}0 +every Pod/);
    match(stdout, /podling check FILE\.\.\.\n/);
    match(stdout, /\n {7}-o, --output text\|ndjson\n/);
  },
});

const hasMandoc = findProgram("mandoc", PATH) !== undefined;
Deno.test({
  name: `mandoc finds nothing wrong in podling.1${hasMandoc ? "" : "; left out: no mandoc here"}`,
  ignore: !hasMandoc,
  fn: async () => {
    const { code, stdout } = await run("mandoc", "-T", "lint", "-W", "warning", PAGE);
    // A date would change with every build.
    const found = stdout.split("\n").filter((line) => line !== "" && !/missing date/.test(line));
    deepEqual([code < 3, found], [true, []]);
  },
});
