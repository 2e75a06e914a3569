/** Ephemeral containers as real processes, among those of another container. */
import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { Asked, NEVER } from "./asked.ts";
import { canSandbox } from "./support.ts";

async function outputOf(asked: Asked, id: string, script: string): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const stdout = new WritableStream<Uint8Array>({
    write: (it) => void (text += decoder.decode(it)),
  });
  await asked.runtime.exec(id, { command: ["sh", "-c", script], stdout }, NEVER);
  return text;
}

Deno.test({
  name: "R-EPHEMERAL-4: it is among the processes of its target, and ends with them",
  ignore: !canSandbox,
  fn: async () => {
    await using asked = await Asked.open("sandbox");
    const target = await asked.start("exec sleep 1000", { name: "app" });
    const beside = await asked.start("exec sleep 1000", { name: "d", targetContainer: "app" });
    const own = await asked.start("exec sleep 1000", { name: "e" });
    const namespaceOf = (id: string) => outputOf(asked, id, "readlink /proc/self/ns/pid");
    equal(await namespaceOf(beside), await namespaceOf(target));
    equal(await namespaceOf(own) === await namespaceOf(target), false);
    // Each sees the other: the first process is the target's.
    equal(await outputOf(asked, beside, "tr '\\0' ' ' </proc/1/cmdline"), "sleep 1000 ");
    await asked.runtime.signalContainer(beside, "SIGKILL");
    equal(await asked.exitOf(beside), 137);
    equal(await namespaceOf(target) !== "", true);

    const last = await asked.start("exec sleep 1000", { name: "f", targetContainer: "app" });
    await asked.runtime.signalContainer(target, "SIGKILL");
    deepEqual([await asked.exitOf(target), await asked.exitOf(last)], [137, 137]);
    const late = await asked.create("true", { name: "g", targetContainer: "app" });
    await rejects(asked.runtime.startContainer(late), /target container "app" is not running/);
  },
});

Deno.test("R-EPHEMERAL-4: a target that has never been there is an error", async () => {
  await using asked = await Asked.open("process");
  await rejects(asked.create("true", { name: "d", targetContainer: "app" }), {
    reason: "CreateContainerConfigError",
    message: "unable to find target container app",
  });
});
