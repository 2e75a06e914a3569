/** What the pause process reports, and when. */
import { deepStrictEqual as deepEqual, match } from "node:assert/strict";

const SCRIPT = new URL("../../../src/runtime/linux/pause.sh", import.meta.url);

const cases: readonly [
  name: string,
  mount: string | undefined,
  settings: readonly string[],
  lines: readonly string[],
  isHeld: boolean,
][] = [
  ["its number", undefined, [], ["PID"], true],
  // What enters in between takes a copy of the mounts with it.
  ["its number once its mounts are there", "exit 0", [], ["mounted", "PID"], true],
  ["nothing where a mount fails", "exit 1", [], ["mounted"], false],
  ["nothing where no parameter has a name", undefined, ["none/such=1"], [], false],
];
for (const [name, mount, settings, lines, isHeld] of cases) {
  Deno.test(`the pause process reports ${name}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "podling-test-" });
    try {
      const program = `${folder}/mount`;
      await Deno.writeTextFile(program, `#!/bin/sh\necho mounted\n${mount}\n`, { mode: 0o755 });
      const child = new Deno.Command("sh", {
        args: ["-c", await Deno.readTextFile(SCRIPT), "pause.sh", "", ...settings],
        env: mount === undefined ? {} : { MOUNT: program, SHM: folder },
        // The end of its input is that of its node.
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const { success, stdout } = await child.output();
      const text = new TextDecoder().decode(stdout).replace(`${child.pid}`, "PID");
      deepEqual(text.split("\n").slice(0, -1), lines);
      deepEqual(success, isHeld);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the pause process names the kernel parameter that cannot be set", async () => {
  const { stderr } = await new Deno.Command("sh", {
    args: ["-c", await Deno.readTextFile(SCRIPT), "pause.sh", "", "none/such=1 2"],
    stdin: "null",
  }).output();
  const words = /^cannot write "1 2" to \/proc\/sys\/none\/such: [^:]+\n$/;
  match(new TextDecoder().decode(stderr), words);
});
