/** The launcher of the installed program, as text. */
import { match, ok, strictEqual as equal } from "node:assert/strict";
import { readSettings } from "../../packaging/bundle.ts";
import { formatInstalledSearch, formatLauncher } from "../../packaging/launcher.ts";
import { commands } from "../../src/cli/arguments/options.ts";

const settings = readSettings();
const { tasks } = settings;
const marker = "a test's";

Deno.test("each command is started with the permissions and flags of its task", () => {
  const text = formatLauncher({ marker, search: "deno=deno program=p", settings });
  for (const name of Object.keys(commands)) {
    const task = tasks[name] ?? "";
    const options = /^deno run (.+) src\/main\.ts/.exec(task)?.[1];
    ok(options, `${name}: ${task}`);
    const rowOf = (pattern: string) =>
      new RegExp(`^  ${pattern}\\) options='(.*)' ;;$`, "m").exec(text)?.[1];
    equal(rowOf(name) ?? rowOf("\\*"), options, name);
  }
});

Deno.test("paths with quotes and spaces stay whole", async () => {
  const folder = await Deno.makeTempDir({ prefix: "podling it's " });
  try {
    const deno = `${folder}/my deno`;
    await Deno.writeTextFile(deno, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const search = formatInstalledSearch(deno, `${folder}/it's.js`);
    const path = `${folder}/launcher`;
    await Deno.writeTextFile(path, formatLauncher({ marker, search, settings }), { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/it's.js`, "");
    const start = () =>
      new Deno.Command(path, { args: ["doctor", "two words"], env: { PATH: "" } });
    const { stdout } = await start().output();
    const [, options = ""] = /^deno run (.+) src/.exec(tasks["doctor"]!) ?? [];
    equal(
      new TextDecoder().decode(stdout),
      [
        ...["run", "--quiet", "--no-config", "--no-lock", "--unstable-lazy-dynamic-imports"],
        ...options.split(" "),
        ...[`${folder}/it's.js`, "doctor", "two words", ""],
      ].join("\n"),
    );
    const refusals = [
      // As where a home has moved.
      ["it's.js", /^podling: Cannot find .*it's\.js; install podling again\n$/],
      ["my deno", /^podling: Cannot find deno: .*my deno/],
    ] as const;
    for (const [gone, message] of refusals) {
      await Deno.remove(`${folder}/${gone}`);
      const { code, stderr } = await start().output();
      equal(code, 125);
      match(new TextDecoder().decode(stderr), message);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
