/**
 * The pause process of a pod, and the namespaces that it holds.
 */
import { type Machine, sandboxNamespaces } from "./isolation.ts";
import { identifyProcess, type ProcessIdentity, signalProcess } from "./process.ts";
import { type IsolationLevel, RuntimeError } from "./runtime.ts";

const pauseScript = `${import.meta.dirname}/pause.sh`;

/** A running pause process. */
export interface Pause {
  /** Ends when it is signalled, and takes the sandbox with it. */
  readonly process: ProcessIdentity;
  /** Resolves when it has ended, whatever the reason. */
  readonly ended: Promise<void>;
  /** Ends it, and with it, where there are namespaces, everything in the sandbox. */
  stop(): Promise<void>;
}

/**
 * Starts the pause process and waits until it holds the namespaces.
 * @param hostname Undefined to keep the machine's.
 * @throws {RuntimeError} `FailedCreatePodSandBox`
 */
export async function startPause(
  machine: Machine,
  level: IsolationLevel,
  hostname: string | undefined,
): Promise<Pause> {
  const { tools } = machine;
  const shell = [tools.sh, pauseScript, level === "sandbox" ? hostname ?? "" : ""];
  const namespaces = level === "sandbox"
    ? [tools.unshare, ...sandboxNamespaces(machine.privileged)]
    : [];
  const child = new Deno.Command(tools.setsid, {
    args: [...namespaces, ...shell],
    cwd: "/",
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdin: "piped",
    stdout: level === "sandbox" ? "piped" : "null",
    stderr: "piped",
  }).spawn();
  const ended = child.status.then(() => undefined);
  // Without namespaces nothing is made that one would have to wait for.
  const pid = level === "sandbox" ? Number(await readLine(child.stdout)) : child.pid;
  const process = pid > 0 ? identifyProcess(pid) : undefined;
  if (process === undefined) {
    await ended;
    const said = (await new Response(child.stderr).text()).trim();
    throw new RuntimeError(
      "FailedCreatePodSandBox",
      `Cannot start the pause process: ${said || "it ended at once"}`,
    );
  }
  child.stderr.cancel();
  return {
    process,
    ended,
    async stop() {
      signalProcess(process, "SIGKILL");
      await ended;
      // Held open until now: its end of file is how pause learns that the node is gone.
      await child.stdin.abort().catch(() => undefined);
    },
  };
}

async function readLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text.trim();
}
