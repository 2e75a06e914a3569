/** Runs one more program in a container: exec probes and hooks. */
import { isRefusal, launchError } from "./launcher_words.ts";
import { CONTAINER_EXITED, MAX_OUTPUT_BYTES } from "../handler_text.ts";
import type { ExecResult } from "../probe/handlers.ts";
import type { Tools } from "../machine/machine.ts";
import { formatCarriers, formatEntry, type LaunchPlan } from "./launch.ts";
import {
  killLaunch,
  killMarked,
  type ProcessIdentity,
  type ProcessMoment,
  readForks,
} from "../machine/process.ts";

/** What a program in a container needs. */
export interface ExecOptions {
  /** Program and arguments; at least one. */
  readonly argv: readonly string[];
  /** Values of the plan's variables. */
  readonly values: readonly string[];
  /** As the container was launched, but for the nonce and the mark. */
  readonly plan: LaunchPlan & { readonly mark: number };
  /** The process that waits for the container. */
  readonly waiter: ProcessIdentity;
  /** Words that lead into the container's namespaces; none where it has none. */
  readonly chain: readonly string[];
  readonly tools: Tools;
}

/** The launcher's output, which may come beside the program's. */
const MAX_WORDS_BYTES = 4096;

/**
 * Runs the program to its end, and until its output is not held open any more.
 *
 * @throws the signal's reason when it is aborted; then nothing is left of what the program started.
 */
export async function execInContainer(
  options: ExecOptions,
  signal: AbortSignal,
): Promise<ExecResult> {
  signal.throwIfAborted();
  const { argv, values, plan, waiter, chain, tools } = options;
  const begun = readForks();
  const script = formatEntry(plan, waiter);
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(tools.setsid, {
      args: [...chain, tools.sh, "-c", script, plan.nonce, ...argv],
      cwd: "/",
      clearEnv: true,
      env: formatCarriers(plan, values),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: "refused", message: `exec: "${argv[0]}": ${error.message}` };
  }
  let alive = true;
  const status = readExitCode(child).finally(() => alive = false);
  const stdout = new Collector(child.stdout, MAX_OUTPUT_BYTES);
  const stderr = new Collector(child.stderr, MAX_OUTPUT_BYTES + MAX_WORDS_BYTES);
  const onAbort = () => {
    // It may not have come as far as its mark.
    if (alive) killLaunch(child.pid, chain.length > 0);
    killMarked(plan.mark, { pid: child.pid, forks: begun } satisfies ProcessMoment, "exec");
    // What has got away may hold them open.
    stdout.stop();
    stderr.stop();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const [exitCode] = await Promise.all([status, stdout.ended, stderr.ended]);
  signal.removeEventListener("abort", onAbort);
  signal.throwIfAborted();
  return parseResult(options, exitCode, stdout.bytes, stderr.bytes);
}

/** The launcher's words come before the marker, and those of the last `env` right after it. */
function parseResult(
  { argv, plan: { nonce, workingDir: directory } }: ExecOptions,
  exitCode: number,
  stdout: Uint8Array,
  stderr: Uint8Array,
): ExecResult {
  // One character a byte, so that places in the text are places in the bytes.
  const text = Array.from(stderr, (byte) => String.fromCharCode(byte)).join("");
  const marker = new RegExp(`(?:^|\\n)${nonce} \\d+ \\d+\\n`).exec(text);
  const rest = marker === null ? stderr : stderr.subarray(marker.index + marker[0].length);
  const words = new TextDecoder().decode(rest);
  // Nothing can be begun any more in a namespace that is ending.
  if (words === "" && marker === null) {
    return { type: "refused", message: CONTAINER_EXITED };
  }
  if (marker === null || isRefusal(words, nonce)) {
    const { message } = launchError(words, { nonce, program: argv[0] ?? "", directory });
    return { type: "refused", message };
  }
  return { type: "exited", exitCode, stdout, stderr: rest.subarray(0, MAX_OUTPUT_BYTES) };
}

async function readExitCode(child: Deno.ChildProcess): Promise<number> {
  try {
    return (await child.status).code;
  } catch (error) {
    // Deno has no names for real-time signals and refuses the status of a process that died of one.
    const number = error instanceof Error && /Invalid signal: (\d+)/.exec(error.message)?.[1];
    if (!number) throw error;
    return 128 + Number(number);
  }
}

/** Reads a stream to its end and keeps its beginning. */
class Collector {
  readonly ended: Promise<void>;
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>, private readonly limit: number) {
    this.#reader = stream.getReader();
    this.ended = this.#collect();
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  stop(): void {
    void this.#reader.cancel();
  }

  async #collect(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      const room = value.subarray(0, this.limit - this.#bytes.length);
      if (room.length > 0) this.#bytes = new Uint8Array([...this.#bytes, ...room]);
    }
  }
}
