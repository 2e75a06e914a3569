/** The programs of the machine, as one start finds them and the next one remembers them. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { openRememberedFacts } from "../../../src/runtime/machine/remembered_facts.ts";
import { findTools } from "../../../src/runtime/machine/tool_search.ts";

const SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin";

/** A folder of run-time state, and a folder that comes first in `PATH`. */
async function withFolders(
  test: (first: string, find: () => Promise<string>, facts: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "podling-test-" });
  try {
    const [state, first] = [`${folder}/state`, `${folder}/first`];
    await Deno.mkdir(state, { mode: 0o700 });
    await Deno.mkdir(first);
    await Deno.symlink("loop", `${folder}/loop`);
    // A file, a link to itself and a name that is too long: folders of `PATH` need not be any.
    const none = ["/etc/passwd", `${folder}/loop`, `/${"n".repeat(300)}`, "relative"];
    const path = [first, ...none, SYSTEM].join(":");
    await test(first, async () => {
      const { found, missing } = await findTools(openRememberedFacts(state), path);
      deepEqual(missing, []);
      return found.sleep;
    }, `${state}/machine.json`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findTools() finds a program that has come, gone or lost what it leads to since it was remembered", () =>
  withFolders(async (first, find) => {
    const usual = await find();
    equal(usual.startsWith("/"), true);
    equal(await find(), usual);
    await Deno.writeTextFile(`${first}/sleep`, "");
    equal(await find(), usual, "nothing that is executed");
    await Deno.remove(`${first}/sleep`);
    await Deno.writeTextFile(`${first}/sleep`, "", { mode: 0o755 });
    equal(await find(), `${first}/sleep`);
    await Deno.remove(`${first}/sleep`);
    equal(await find(), usual);
    await Deno.writeTextFile(`${first}/target`, "", { mode: 0o755 });
    await Deno.symlink("target", `${first}/sleep`);
    equal(await find(), `${first}/sleep`);
    await Deno.remove(`${first}/target`);
    equal(await find(), usual);
    await Deno.mkdir(`${first}/target`);
    equal(await find(), usual);
  }));

Deno.test("findTools() does not look for what it remembers", () =>
  withFolders(async (_, find, facts) => {
    const usual = await find();
    const text = await Deno.readTextFile(facts);
    await Deno.writeTextFile(facts, text.replaceAll(usual, Deno.execPath()));
    equal(await find(), Deno.execPath());
  }));

Deno.test("findTools() forgets a program that has become a link to itself elsewhere", () =>
  withFolders(async (first, find) => {
    const usual = await find();
    const elsewhere = `${first}.elsewhere`;
    await Deno.mkdir(elsewhere);
    await Deno.writeTextFile(`${elsewhere}/sleep`, "", { mode: 0o755 });
    await Deno.symlink(`${elsewhere}/sleep`, `${first}/sleep`);
    equal(await find(), `${first}/sleep`);
    await Deno.remove(`${elsewhere}/sleep`);
    await Deno.symlink("sleep", `${elsewhere}/sleep`);
    equal(await find(), usual);
  }));

Deno.test("readSearchPath() reads what is not text", async () => {
  const module = new URL("../../../src/runtime/machine/tool_search.ts", import.meta.url);
  const program = `import { readSearchPath } from "${module}"; console.log(readSearchPath());`;
  const script = 'PATH=$(printf "/a\\377b:/c:"); export PATH; exec "$@"';
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", Deno.execPath(), "eval", "--quiet", "--no-config", program],
  }).output();
  equal(new TextDecoder().decode(stdout), "/a\uFFFDb:/c:\n");
});
