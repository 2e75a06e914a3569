/**
 * What the janitor does about what cannot be ended; that it ends the rest is seen wherever pods
 * run.
 */
import { strictEqual as equal } from "node:assert/strict";
import { identifyProcess } from "../../src/runtime/machine/process.ts";
import { canRun, exists, isRoot, read, until } from "../process/support.ts";

const JANITOR = new URL("../../src/runtime/linux/janitor.sh", import.meta.url).pathname;

/** Starts a program without output. */
function spawn(program: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
}

Deno.test({
  name: "the janitor does not wait indefinitely for a pause process that cannot die",
  ignore: !canRun("sandbox") || !isRoot,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "podling-test-" });
    const namespace = spawn("unshare", "--fork", "--pid", "--kill-child", "sleep", "1000");
    const children = `/proc/${namespace.pid}/task/${namespace.pid}/children`;
    await until(() => read(children) !== "");
    const pid = Number(read(children));
    await until(() => read(`/proc/${pid}/cmdline`).startsWith("sleep"));
    // A process that entered from outside stops with its child, and does not reap it.
    const entered = spawn("nsenter", "-t", `${pid}`, "-p", "sh", "-c", "kill -STOP $$");
    await until(() => / T /.test(read(`/proc/${entered.pid}/stat`)));

    const { startTime } = identifyProcess(pid)!;
    await Deno.mkdir(`${folder}/run/sandboxes`, { recursive: true });
    await Deno.writeTextFile(`${folder}/run/sandboxes/${pid}`, `${pid} ${startTime}\n`);
    const tools = { rm: "rm", rmdir: "rmdir", chmod: "chmod", grep: "grep", sleep: "sleep" };
    const janitor = new Deno.Command("sh", { args: [JANITOR, `${folder}/run`], env: tools });
    equal((await janitor.output()).success, true);
    equal(exists(`${folder}/run`), false);

    entered.kill("SIGKILL");
    await Promise.all([entered.status, namespace.status]);
    await Deno.remove(folder);
  },
});
