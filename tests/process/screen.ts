/** A person at a terminal, for tests: starts the program there, types, and sees what it shows. */
import { Terminal } from "../../src/runtime/streams/terminal.ts";
import { type Place, type TestPod, until, writePod } from "./support.ts";

/** Whether this machine has terminals to give. */
export const canOpenTerminal: boolean = hasTerminals();

function hasTerminals(): boolean {
  try {
    Terminal.open().close();
    return true;
  } catch {
    return false; // Whatever the machine lacks.
  }
}

/** A terminal with the program in its foreground. */
export class Screen implements AsyncDisposable {
  /** The program's end. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** What has been shown and not been waited for. */
  #text = "";
  #isOver = false;
  readonly #modes: string;
  readonly #shown: Promise<void>;

  private constructor(
    private readonly terminal: Terminal,
    /** The program. */
    readonly child: Deno.ChildProcess,
  ) {
    this.#modes = readModes(terminal);
    this.ended = child.status.finally(() => this.#isOver = true);
    this.#shown = this.#read();
  }

  /** Starts the program on a pod. */
  static async open(place: Place, pod: TestPod): Promise<Screen> {
    const words = await writePod(place, { output: "text", ...pod });
    return Screen.start(place, words, pod.env);
  }

  /** Starts a command line. */
  static start(
    place: Place,
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Screen {
    const terminal = Terminal.open();
    terminal.resize({ rows: 33, columns: 99 });
    const child = new Deno.Command("setsid", {
      args: ["sh", "-c", 'exec <>"$0" >&0 2>&0; exec "$@"', terminal.path, ...words],
      env: { ...place.env, NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new Screen(terminal, child);
  }

  /** What is shown up to a text, which has not been waited for yet. */
  async shows(text: string): Promise<string> {
    await until(() => this.#text.includes(text)).catch((error) => {
      const instead = JSON.stringify(this.#text);
      throw new Error(`not ${JSON.stringify(text)}, but ${instead}`, { cause: error });
    });
    const at = this.#text.indexOf(text);
    const before = this.#text.slice(0, at);
    this.#text = this.#text.slice(at + text.length);
    return before;
  }

  /** Presses keys. */
  async type(keys: string): Promise<void> {
    await this.terminal.write(new TextEncoder().encode(keys));
  }

  /** Makes the window larger or smaller. */
  resize(rows: number, columns: number): void {
    this.terminal.resize({ rows, columns });
  }

  /** Takes the terminal away. */
  hangUp(): void {
    this.terminal.close();
  }

  /** Whether the terminal is as it was before the program began. */
  get isAsBefore(): boolean {
    return readModes(this.terminal) === this.#modes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Where a test has failed before its end.
    if (!this.#isOver) this.child.kill("SIGKILL");
    await this.ended;
    this.terminal.endOutput();
    await this.#shown;
    this.terminal.close();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await this.terminal.read();
      if (done) return;
      this.#text += decoder.decode(value, { stream: true });
    }
  }
}

function readModes({ path }: Terminal): string {
  const { stdout } = new Deno.Command("stty", { args: ["-F", path, "-g"] }).outputSync();
  return new TextDecoder().decode(stdout);
}
