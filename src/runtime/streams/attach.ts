/** The standard streams of a run of a container, and all that are attached to them. */
import { orAborted } from "../../base/abort.ts";
import { concatBytes } from "../../base/bytes.ts";
import { messageOf } from "../../base/error_text.ts";
import type { ContainerConfig } from "../config.ts";
import type {
  AttachEnd,
  AttachRequest,
  ContainerAttachment,
  WindowSize,
} from "../joined_streams.ts";
import { type ContainerOutput, RuntimeError } from "../runtime.ts";
import type { ContainerInput } from "./container_input.ts";
import type { Terminal } from "./terminal.ts";

/** What a run reads, and where its launcher finds it. */
interface RunInput {
  /** Undefined without `stdin`. */
  readonly input?: ContainerInput;
  /** All of its standard streams. */
  readonly terminal?: Terminal;
  /** Standard input of a run without a terminal. */
  readonly path?: string;
}

/** The standard streams of one run. */
export class ContainerStreams {
  readonly #config: ContainerConfig;
  readonly #parts: RunInput;
  readonly #attached = new Set<Attached>();
  readonly #over = new AbortController();

  /** Those of a run with no more than output. */
  constructor(config: ContainerConfig, parts: RunInput = {}) {
    this.#config = config;
    this.#parts = parts;
  }

  /**
   * Makes the terminal or the pipe that the configuration asks for.
   * @param size of the terminal.
   * @throws {RuntimeError} `CreateContainerError`
   */
  static async open(config: ContainerConfig, size?: WindowSize): Promise<ContainerStreams> {
    try {
      return new ContainerStreams(config, await openInput(config, size));
    } catch (error) {
      throw new RuntimeError("CreateContainerError", messageOf(error), { cause: error });
    }
  }

  /** The terminal of the run. */
  get terminal(): Terminal | undefined {
    return this.#parts.terminal;
  }

  /** What a run without a terminal opens as its standard input; undefined without `stdin`. */
  get inputPath(): string | undefined {
    return this.#parts.path;
  }

  /**
   * Joins streams with a run whose program has been started.
   * @throws {RuntimeError} `NotRunning`, `NotSupported`
   */
  attach(request: AttachRequest, signal: AbortSignal): ContainerAttachment {
    this.#check(request);
    const { endsInput = this.#config.stdinOnce } = request;
    const attached = new Attached({ ...request, endsInput }, this.#parts);
    this.#attached.add(attached);
    const ended = attached.serve(this.#over.signal, signal)
      .finally(() => this.#attached.delete(attached));
    ended.catch(() => {}); // The caller may ignore it.
    return { ended };
  }

  /** Hands output on; resolves when all that are attached have taken it. */
  async onOutput({ stream, chunk }: ContainerOutput): Promise<void> {
    await Promise.all([...this.#attached].map((it) => it.write(stream, chunk)));
  }

  /** The run has ended and all of its output was handed on, or it could not be started. */
  end(): void {
    const { input, terminal } = this.#parts;
    input?.close();
    terminal?.close();
    this.#over.abort(new Error("the container has ended"));
  }

  /** @throws {RuntimeError} */
  #check({ stdin, resize }: AttachRequest): void {
    const { input, terminal } = this.#parts;
    const refuse = (reason: string, why: string) => {
      const what = `Cannot attach to container "${this.#config.name}": ${why}`;
      return new RuntimeError(reason, what);
    };
    if (this.#over.signal.aborted) throw refuse("NotRunning", "it has ended");
    if (resize !== undefined && terminal === undefined) {
      throw refuse("NotSupported", "it has no terminal; tty: true gives it one");
    }
    if (stdin === undefined) return;
    if (input === undefined) {
      throw refuse("NotSupported", "it reads no input; stdin: true lets it");
    }
    if (input.isEnded) throw refuse("NotSupported", "its standard input has ended");
  }
}

async function openInput(
  { tty, stdin }: ContainerConfig,
  size: WindowSize | undefined,
): Promise<RunInput> {
  const { ContainerInput, terminalInput } = await import("./container_input.ts");
  if (!tty) {
    const { InputPipe } = await import("./input_pipe.ts");
    const pipe = new InputPipe();
    return { input: new ContainerInput(pipe), path: pipe.path };
  }
  const { Terminal } = await import("./terminal.ts");
  const terminal = Terminal.open();
  if (size !== undefined) terminal.resize(size);
  return { terminal, ...stdin ? { input: new ContainerInput(terminalInput(terminal)) } : {} };
}

/** One that is attached. */
class Attached {
  readonly #request: AttachRequest;
  readonly #run: RunInput;
  readonly #writers: Readonly<Partial<Record<"stdout" | "stderr", Writer>>>;
  /** Aborted when it is attached no more, before its streams are closed. */
  readonly #gone = new AbortController();
  readonly #failed = Promise.withResolvers<never>();

  constructor(request: AttachRequest, run: RunInput) {
    const { stdout, stderr } = request;
    this.#request = request;
    this.#run = run;
    this.#writers = {
      ...stdout && { stdout: stdout.getWriter() },
      ...stderr && { stderr: stderr.getWriter() },
    };
    for (const writer of Object.values(this.#writers)) {
      writer.closed.catch(this.#failed.reject);
    }
    this.#failed.promise.catch(() => {}); // After its end it is of no interest.
  }

  /** Hands output on; resolves when it was taken, or this is attached no more. */
  async write(stream: "stdout" | "stderr", chunk: Uint8Array): Promise<void> {
    const written = this.#writers[stream]?.write(chunk.slice());
    // A failure ends it all the same, and is reported there.
    if (written !== undefined) await orAborted(written, this.#gone.signal).catch(() => {});
  }

  /**
   * Stays until the run or the attachment is over.
   * @throws the error of a stream that fails.
   */
  async serve(over: AbortSignal, signal: AbortSignal): Promise<AttachEnd> {
    const { stdin, resize } = this.#request;
    const input = stdin?.getReader();
    const sizes = resize?.getReader();
    const typing = input && this.#type(input);
    if (sizes !== undefined) void this.#resize(sizes);
    try {
      await orAborted(Promise.race([aborted(over), this.#failed.promise]), signal);
      void input?.cancel().catch(() => {}); // What was read is all there is.
      const rest = await typing ?? new Uint8Array(0);
      const closing = Object.values(this.#writers).map((it) => it.close());
      await orAborted(Promise.all(closing), signal);
      const written = this.#run.input?.unreadOf(this.#gone.signal) ?? new Uint8Array(0);
      return { unread: concatBytes([written, rest]) };
    } catch (error) {
      for (const it of Object.values(this.#writers)) void it.abort(error).catch(() => {});
      if (signal.aborted) return { unread: new Uint8Array(0) };
      throw error;
    } finally {
      this.#gone.abort();
      if (input !== undefined && this.#request.endsInput) this.#run.input?.end();
      // Their sources may refuse: they are not read any more in any case.
      void input?.cancel().catch(() => {});
      void sizes?.cancel().catch(() => {});
    }
  }

  /** Writes all that is to be written. @returns the rest of what was read. */
  async #type(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
    const input = this.#run.input!;
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const count = await input.write(value, this.#gone.signal);
        if (count < value.length) return value.subarray(count);
      }
      if (this.#request.endsInput) input.end();
    } catch (error) {
      this.#failed.reject(error);
    }
    return new Uint8Array(0);
  }

  async #resize(reader: ReadableStreamDefaultReader<WindowSize>): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done || this.#gone.signal.aborted) return;
        this.#run.terminal?.resize(value);
      }
    } catch (error) {
      this.#failed.reject(error);
    }
  }
}

type Writer = WritableStreamDefaultWriter<Uint8Array>;

/** Resolves when the signal is aborted. */
async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}
