/** Processes that work for the node for as long as it lives. */
import { match, rejects, strictEqual as equal } from "node:assert/strict";
import { TiedProcess } from "../../../src/runtime/machine/tied_process.ts";

const start = (...argv: string[]) => new TiedProcess({ setsid: "/usr/bin/setsid", argv });

Deno.test("TiedProcess reads and writes lines", async () => {
  const process = start("cat");
  await process.write("one\ntwo\nth");
  equal(await process.readLine(), "one");
  equal(await process.readLine(), "two");
  await process.write("ree\n");
  equal(await process.readLine(), "three");
  await process.stop();
  await process.stop();
  equal(await process.readLine(), undefined);
});

Deno.test("TiedProcess ends one that does not listen", async () => {
  const process = start("sh", "-c", "trap '' TERM; echo ready; exec sleep 1000");
  await process.waitUntilReady();
  equal(await process.readLine(), "ready");
  await process.stop();
});

Deno.test("TiedProcess says why there is none", async () => {
  const process = start("sh", "-c", "echo first >&2; echo last >&2; exit 3");
  await rejects(process.waitUntilReady(), /^Error: first; last$/);
  equal(await process.ended, "first; last");
  await process.write("never read\n");
  equal(await start("sh", "-c", "exit 3").ended, "it ended with code 3");
  match(await start("/nowhere").ended, /nowhere/);
});
