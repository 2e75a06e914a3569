/** Machines that forbid namespaces. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { startNodeHolder } from "../../../src/runtime/machine/node_holder.ts";
import {
  noRememberedFacts,
  type RememberedFacts,
} from "../../../src/runtime/machine/remembered_facts.ts";
import { isAlive } from "../../../src/runtime/machine/process.ts";
import { until } from "../../process/support.ts";

const SYSTEM = { sh: "/bin/sh", setsid: "setsid", nsenter: "nsenter" };

/** Programs of the machine, and a false `unshare`. */
async function withUnshare(
  script: string,
  body: (tools: typeof SYSTEM & { readonly unshare: string }, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const unshare = `${folder}/unshare`;
    await Deno.writeTextFile(unshare, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await body({ ...SYSTEM, unshare }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a machine without namespaces is reported with its own message, even while the pipes are held open", async () => {
  const script = `sleep 1000 & echo $! >"\${0%/*}/helper"; echo "unshare: not here" >&2; exit 1`;
  await withUnshare(script, async (tools, folder) => {
    deepEqual(await startNodeHolder(tools, false, true, noRememberedFacts), {
      message: "unshare: not here",
    });
    const helper = Number(await Deno.readTextFile(`${folder}/helper`));
    await until(() => !isAlive({ pid: helper, startTime: startTimeOf(helper) }));
  });
});

Deno.test("a machine that says nothing is reported too", async () => {
  await withUnshare("exit 3", async (tools) => {
    deepEqual(await startNodeHolder(tools, true, false, noRememberedFacts), {
      message: "the process ended at once",
    });
  });
});

function startTimeOf(pid: number): string {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

Deno.test("a remembered attempt is not made again, and one that turns out wrong is", async () => {
  const log = 'echo called >>"${0%/*}/log"';
  const remembersAll: RememberedFacts = {
    forget: () => {},
    recall: ({ isValue }) => Promise.resolve(isValue("all") ? "all" : undefined) as never,
  };
  // Holds nothing, but becomes the holder as `unshare --mount` would.
  await withUnshare(`${log}; shift; exec "$@"`, async (tools, folder) => {
    const found = await startNodeHolder(tools, true, false, remembersAll);
    equal("holder" in found && found.ids, "all");
    equal(Deno.readTextFileSync(`${folder}/log`).trim().split("\n").length, 1);
    if ("holder" in found) Deno.kill(found.holder.pid, "SIGKILL");
  });
  await withUnshare(`${log}; echo 'unshare: not any more' >&2; exit 1`, async (tools, folder) => {
    deepEqual(await startNodeHolder(tools, true, false, remembersAll), {
      message: "unshare: not any more",
    });
    equal(Deno.readTextFileSync(`${folder}/log`).trim().split("\n").length, 2);
  });
});
