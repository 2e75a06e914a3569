/**
 * Processes that work for the node and end with it: each sits on a pipe from the node, as pause
 * does, and goes when that is at its end, so that none outlives a node that was killed.
 */
import { identifyProcess, type ProcessIdentity, signalProcess } from "./process.ts";
import { killIfSlow, spawnHelper } from "./subprocess.ts";

/** How such a process is started. */
export interface TiedProcessOptions {
  /** Gives it a session of its own: signals of the node's terminal are not for it. */
  readonly setsid: string;
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** Its variables beside `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How much of its standard error is kept, in characters. */
const MAX_COMPLAINT = 2048;

/** A process that takes the end of its standard input for its own. */
export class TiedProcess implements AsyncDisposable {
  readonly #program: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #identity: ProcessIdentity | undefined;
  #rest = "";

  /** Its number: the words that lead to a program give way to it, one after the other. */
  readonly pid: number;
  /** Resolves when it has ended, to its standard error or else to how it ended. */
  readonly ended: Promise<string>;

  /**
   * Starts it.
   * @throws {RuntimeError} the system starts none.
   */
  constructor({ setsid, argv, env = {} }: TiedProcessOptions) {
    const command = new Deno.Command(setsid, {
      args: [...argv],
      cwd: "/",
      clearEnv: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    this.#program = argv[0] ?? setsid;
    this.#child = spawnHelper("Isolation", this.#program, command);
    this.pid = this.#child.pid;
    this.#identity = identifyProcess(this.pid);
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const complaint = readTail(this.#child.stderr);
    this.ended = this.#child.status.then(async ({ code }) =>
      await complaint || `it ended with code ${code}`
    );
  }

  /** Sends text to its standard input; for one that has ended, {@link ended} has the reason. */
  async write(text: string): Promise<void> {
    try {
      await this.#input.write(new TextEncoder().encode(text));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  /**
   * Resolves as soon as it writes anything to its standard output.
   * @throws {Error} with its standard error, if it ends before that.
   * @throws {RuntimeError} it writes nothing in time, and was killed.
   */
  async waitUntilReady(): Promise<void> {
    const { value, done } = await this.#read();
    if (done) throw new Error(await this.ended);
    this.#rest += value;
  }

  /**
   * The next line of its standard output; undefined at the end of that.
   * @throws {RuntimeError} it gives no answer in time, and was killed.
   */
  async readLine(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#read();
      if (done) return undefined;
      this.#rest += value;
    }
  }

  #read(): Promise<ReadableStreamReadResult<string>> {
    return killIfSlow(this.#child, this.#program, this.#output.read());
  }

  /** Ends it, and waits for that; may be repeated. */
  async stop(): Promise<void> {
    // The end of its input would do, unless it is stuck.
    if (this.#identity !== undefined) signalProcess(this.#identity, "SIGKILL");
    await this.ended;
    await this.#input.abort();
  }

  /** As {@link stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * The end of a stream's output, read to its end so that no writer has to wait for room in the pipe.
 */
async function readTail(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let tail = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    tail = (tail + text).slice(-MAX_COMPLAINT);
  }
  return tail.trim().replaceAll(/\s*\n\s*/g, "; ");
}
