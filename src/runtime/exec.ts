/** Runs one more program in a container: exec probes and hooks. */
import { MAX_OUTPUT_BYTES } from "./handler_text.ts";
import type { ExecResult } from "./handlers.ts";
import type { Tools } from "./isolation.ts";
import { formatAssignments, quote } from "./launch.ts";
import { identifyProcess, killMarked, type ProcessMoment, readForks } from "./process.ts";

/** What a program in a container needs. */
export interface ExecOptions {
  /** Program and arguments; at least one. */
  readonly argv: readonly string[];
  /** As the container has it. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** Absolute, in the container. */
  readonly workingDir: string;
  /** Words that lead into the container's namespaces; none where it has none. */
  readonly chain: readonly string[];
  /** Programs of the machine. */
  readonly tools: Tools;
  /** A name that nobody can guess. */
  readonly nonce: string;
  /** Finds the program and all that it starts; larger than `containerMark`. */
  readonly mark: number;
  /** Finds what belongs to the container, so that what the program leaves behind ends with it; undefined where namespaces hold it. */
  readonly containerMark: number | undefined;
  /** Soft limit of open files. */
  readonly openFiles: number;
}

/** What the launcher may say beside the program. */
const MAX_WORDS_BYTES = 4096;

/**
 * Runs the program to its end, and until nobody holds its output open any more.
 *
 * @throws the signal's reason when it is aborted; then nothing is left of what the program started.
 */
export async function execInContainer(
  options: ExecOptions,
  signal: AbortSignal,
): Promise<ExecResult> {
  signal.throwIfAborted();
  const { argv, env, chain, tools, nonce, mark } = options;
  const begun = readForks();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(tools.setsid, {
      args: [...chain, tools.sh, "-c", formatScript(options), nonce, ...argv],
      cwd: "/",
      clearEnv: true,
      env: Object.fromEntries(env.map(([, value], index) => [`P${index}`, value])),
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
    if (alive) killGroup(child.pid);
    killMarked(mark, { pid: child.pid, forks: begun } satisfies ProcessMoment, "hard");
    // What has got away may hold them open.
    stdout.stop();
    stderr.stop();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const [exitCode] = await Promise.all([status, stdout.ended, stderr.ended]);
  signal.removeEventListener("abort", onAbort);
  signal.throwIfAborted();
  return parseResult(nonce, exitCode, stdout.bytes, stderr.bytes);
}

/**
 * Says `NONCE` on standard error when only `env` stands before the program, and `NONCE: why` when it cannot be
 * executed.
 */
function formatScript(
  { env, workingDir, tools, mark, containerMark, openFiles }: ExecOptions,
): string {
  const path = env.findIndex(([name]) => name === "PATH");
  return [
    'refuse() { echo "$0: exec: \\"$1\\": $2" >&2; exit 127; }',
    `ulimit -t ${mark}`,
    ...containerMark === undefined ? [] : [`ulimit -S -t ${containerMark}`],
    `ulimit -S -n ${openFiles}`,
    `cd ${quote(workingDir)} || refuse "$1" "the working directory cannot be reached"`,
    ...path < 0 ? [] : [`PATH=$P${path}`],
    'case $1 in *=*) refuse "$1" "a name with = cannot be executed here" ;; esac',
    'command -v -- "$1" >/dev/null || refuse "$1" "executable file not found in \\$PATH"',
    'echo "$0" >&2',
    `exec ${quote(tools.env)} -i -S ${quote(formatAssignments(env.map(([name]) => name)))} "$@"`,
  ].join("\n");
}

function parseResult(
  nonce: string,
  exitCode: number,
  stdout: Uint8Array,
  stderr: Uint8Array,
): ExecResult {
  // One character a byte, so that places in the text are places in the bytes.
  const text = Array.from(stderr, (byte) => String.fromCharCode(byte)).join("");
  const reached = text.indexOf(`${nonce}\n`);
  if (reached >= 0) {
    const said = stderr.subarray(reached + nonce.length + 1).subarray(0, MAX_OUTPUT_BYTES);
    return { type: "exited", exitCode, stdout, stderr: said };
  }
  const message = new TextDecoder().decode(stderr).replaceAll(`${nonce}: `, "").trim();
  return { type: "refused", message: message || "the launcher was killed" };
}

/** Everything that has not left the session of the program. */
function killGroup(pid: number): void {
  if (identifyProcess(pid) === undefined) return;
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    // Already gone, which is the goal.
    if (!(error instanceof Error && /\b(ESRCH|os error 3)\b/.test(error.message))) throw error;
  }
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
