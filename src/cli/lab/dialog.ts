/** Questions and answers on a terminal, line by line; signals end them. */
import { orAborted } from "../../base/abort.ts";
import { isHungUp, print, writeText } from "../output/print.ts";
import { watchOutputReader } from "../output/output_reader.ts";
import { endingSignals, exitStatus } from "../run/exit_status.ts";
import { watchLaunchers } from "../terminal/launchers.ts";

/** Someone has left: by q, by the end of input or output, or by a signal. */
export class Left extends Error {
  /** As for every error. */
  override name = "Left";

  /** The exit status that follows. */
  constructor(readonly status: number) {
    super();
  }
}

type EndingSignal = keyof typeof endingSignals;

const SIGNALS = Object.keys(endingSignals) as EndingSignal[];

/** Takes the signals, and the end of the output's reader, for as long as it is there. */
export class SignalWatch implements Disposable {
  readonly #over = new AbortController();
  readonly #listeners = SIGNALS.map((name) => ({ name, listener: () => this.#onSignal(name) }));
  readonly #ended = new AbortController();
  #status: number | undefined;
  #isHeld = false;

  /** Begins. */
  constructor() {
    for (const { name, listener } of this.#listeners) Deno.addSignalListener(name, listener);
    const over = this.#ended.signal;
    void watchLaunchers(over).then((gone) => gone && this.#leave(endingSignals.SIGHUP));
    void watchOutputReader(over).then((gone) => gone && this.#leave(exitStatus.outputClosed));
  }

  /** Aborted with {@link Left} by the first signal. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** @throws {Left} if there was a signal. */
  check(): void {
    if (this.#status !== undefined) throw new Left(this.#status);
  }

  /** While another program has the terminal, Ctrl-C is for that one. */
  async whileHeld<T>(work: () => Promise<T>): Promise<T> {
    this.#isHeld = true;
    try {
      return await work();
    } finally {
      this.#isHeld = false;
    }
  }

  #onSignal(name: EndingSignal): void {
    if (this.#isHeld && name === "SIGINT") return;
    this.#leave(endingSignals[name]);
  }

  #leave(status: number): void {
    this.#status ??= status;
    this.#over.abort(new Left(this.#status));
  }

  /** Ends. */
  [Symbol.dispose](): void {
    this.#ended.abort();
    for (const { name, listener } of this.#listeners) Deno.removeSignalListener(name, listener);
  }
}

/** Reads lines of standard input only when asked, so that an editor may have it meanwhile. */
export class Dialog {
  readonly #watch: SignalWatch;
  readonly #decoder = new TextDecoder();
  #held = "";
  #coming: Promise<string | undefined> | undefined;

  /** Its questions end with the first signal of the watch. */
  constructor(watch: SignalWatch) {
    this.#watch = watch;
  }

  /** Prints lines. */
  async say(lines: readonly string[]): Promise<void> {
    this.#watch.check();
    if (lines.length > 0) await print(lines.join("\n"));
  }

  /**
   * Asks, and reads a line, without its blanks.
   * @throws {Left} `q`, the end of the input, or a signal.
   */
  async ask(prompt: string): Promise<string> {
    await writeText(prompt);
    const line = await orAborted(this.#nextLine(), this.#watch.signal);
    if (line === undefined) {
      // The end of the input leaves the cursor behind the question.
      await print("");
      throw new Left(0);
    }
    const typed = line.trim();
    if (/^(q|quit|exit)$/i.test(typed.normalize("NFKC"))) throw new Left(0);
    return typed;
  }

  /**
   * Waits for work that a line ends, if one is typed meanwhile; what was typed before is for the
   * questions that follow.
   *
   * @param end called at most once.
   */
  async during<T>(work: Promise<T>, end: () => void): Promise<T> {
    if (this.#held.includes("\n")) return await work;
    const over = Symbol("over");
    const first = await Promise.race([this.#nextLine(), work.then(() => over)]);
    if (first !== over) end();
    return await work;
  }

  /** The line that comes next: the same for all who wait until it is there. */
  #nextLine(): Promise<string | undefined> {
    this.#coming ??= this.#readLine().finally(() => this.#coming = undefined);
    return this.#coming;
  }

  async #readLine(): Promise<string | undefined> {
    for (;;) {
      const end = this.#held.indexOf("\n");
      if (end >= 0) {
        const line = this.#held.slice(0, end);
        this.#held = this.#held.slice(end + 1);
        return line;
      }
      const chunk = new Uint8Array(4096);
      const read = await Deno.stdin.read(chunk).catch((error) => {
        if (isHungUp(error)) throw new Left(endingSignals.SIGHUP);
        throw error;
      });
      if (read === null) return undefined;
      this.#held += this.#decoder.decode(chunk.subarray(0, read), { stream: true });
    }
  }
}
