/** Logs that outlive a run. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { LogFolders } from "../../../src/runtime/linux/log_folders.ts";

Deno.test("logs of earlier runs are found by their Pod, and go with it", async () => {
  const root = Deno.makeTempDirSync({ prefix: "podling-logs-" });
  const make = (name: string) => {
    Deno.mkdirSync(`${root}/${name}/c`, { recursive: true });
    Deno.writeTextFileSync(`${root}/${name}/c/0.log`, "x");
  };
  const names = () => [...Deno.readDirSync(root)].map(({ name }) => name).sort();
  for (const name of ["default_a_u-1", "other_a.b_u-2", "default_gone_u-3"]) make(name);
  const folders = new LogFolders(root);
  equal(folders.of("u-2"), `${root}/other_a.b_u-2`);
  equal(folders.of("u-9"), undefined);
  await folders.keepOnly(new Set(["u-1", "u-2", "u-9"]));
  deepEqual(names(), ["default_a_u-1", "other_a.b_u-2"]);
  make("default_new_u-4");
  folders.set("u-4", `${root}/default_new_u-4`);
  await folders.remove("u-4");
  await folders.remove("u-1");
  // Nothing is there any more.
  await folders.remove("u-1");
  deepEqual(names(), ["other_a.b_u-2"]);
  Deno.removeSync(root, { recursive: true });
  equal(new LogFolders(root).of("u-2"), undefined);
  equal(new LogFolders(undefined).of("u-2"), undefined);
});
