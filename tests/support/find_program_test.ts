import { strictEqual as equal } from "node:assert/strict";
import { findProgram } from "./find_program.ts";

Deno.test("findProgram() passes over folders that are none, or not for this user", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/closed`, { mode: 0o000 });
  await Deno.mkdir(`${folder}/open/folder`, { recursive: true });
  await Deno.writeTextFile(`${folder}/open/program`, "");
  const names = ["missing", "closed", "open/program", "open"];
  const path = names.map((it) => `${folder}/${it}`).join(":");
  equal(findProgram("program", path), `${folder}/open/program`);
  equal(findProgram("folder", path), undefined);
  await Deno.remove(folder, { recursive: true });
});
