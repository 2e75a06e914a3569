/** Helper programs that do not do what they are run for. */
import { rejects, strictEqual as equal } from "node:assert/strict";
import { killIfSlow, spawnHelper } from "../../../src/runtime/machine/subprocess.ts";

/** A shell that stops itself and its child. */
function spawnStopped(signal?: AbortSignal): Deno.ChildProcess {
  const args = ["-c", "sleep 1000 & kill -s STOP $! $$"];
  return spawnHelper("Test", "sh", new Deno.Command("sh", { args, stdout: "piped" }), signal);
}

Deno.test("a stopped helper is killed with what descends from it when it gives no answer", async () => {
  const child = spawnStopped();
  const output = new Response(child.stdout).text();
  await rejects(killIfSlow(child, "sh", child.status, "Test", 100), {
    reason: "Test",
    message: "sh was killed: it gave no answer within 100ms",
  });
  equal((await child.status).signal, "SIGKILL");
  equal(await output, "", "its child holds the other end, too");
});

Deno.test("a stopped helper is killed with what descends from it when it is cancelled", async () => {
  const cancelled = new AbortController();
  const child = spawnStopped(cancelled.signal);
  const output = new Response(child.stdout).text();
  cancelled.abort();
  equal((await child.status).signal, "SIGKILL");
  equal(await output, "");
});

Deno.test("an answer in time is handed on, and a failure too", async () => {
  const child = spawnHelper("Test", "true", new Deno.Command("true"));
  equal((await killIfSlow(child, "true", child.status)).code, 0);
  await rejects(killIfSlow(child, "true", Promise.reject(new Error("broken"))), /broken/);
});
