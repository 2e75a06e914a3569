/**
 * Ways into network namespaces that the node is not in: a dialer in each, started when it is first
 * needed.
 */
import { closeConnection, readLine, writeLine } from "./relay.ts";
import { RuntimeError } from "../../runtime.ts";
import { TiedProcess } from "../../machine/tied_process.ts";
import { DIALER_WORD } from "./dialer_word.ts";
import { ownProgram } from "./own_program.ts";

const dialer = { module: import.meta.resolve("./dialer.ts"), word: DIALER_WORD };

/** What leads into the namespaces, and where the sockets are. */
export interface DialersOptions {
  /** Words before a program that run it in the network namespace of a process. */
  readonly enter: (pid: number) => readonly string[];
  /** Gives a dialer a session of its own. */
  readonly setsid: string;
  /** A folder that is the user's alone. */
  readonly folder: string;
}

/** The path of a unix socket has to be shorter than this. */
const MAX_PATH_BYTES = 108;

/** The dialers of a run. */
export class Dialers {
  readonly #dialers = new Map<number, Promise<Dialer>>();
  #count = 0;

  /** None at first. */
  constructor(private readonly options: DialersOptions) {}

  /**
   * Opens a connection.
   *
   * @param pid a process in the network namespace from which it is opened.
   * @throws {Error} as `Deno.connect()` does there.
   */
  async connect(pid: number, host: string, port: number): Promise<Deno.Conn> {
    const { path } = await this.#dialerOf(pid);
    const connection = await Deno.connect({ transport: "unix", path });
    try {
      await writeLine(connection, `${host} ${port}`);
      const refusal = await readLine(connection);
      if (refusal === "") return connection;
      throw parseRefusal(refusal ?? "ConnectionAborted the process that opens connections is gone");
    } catch (error) {
      closeConnection(connection);
      throw error;
    }
  }

  /** Ends the dialer in the namespace of a process, which would keep that alive. */
  async stop(pid: number): Promise<void> {
    const dialer = this.#dialers.get(pid);
    this.#dialers.delete(pid);
    await dialer?.then(({ process }) => process.stop(), () => {}); // Reported to its callers.
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#dialers.keys()].map((pid) => this.stop(pid)));
  }

  #dialerOf(pid: number): Promise<Dialer> {
    const known = this.#dialers.get(pid);
    if (known !== undefined) return known;
    const started = this.#start(pid);
    this.#dialers.set(pid, started);
    const forget = () => {
      if (this.#dialers.get(pid) === started) this.#dialers.delete(pid);
    };
    started.then(({ process }) => process.ended.then(forget), forget);
    return started;
  }

  async #start(pid: number): Promise<Dialer> {
    const path = `${this.options.folder}/dialer${this.#count++}`;
    if (new TextEncoder().encode(path).length >= MAX_PATH_BYTES) {
      throw new RuntimeError(
        "StateDirectory",
        `Cannot make a socket at ${path}: its path is too long; name a shorter one with PODLING_STATE`,
      );
    }
    const { argv, env } = ownProgram(dialer);
    const process = new TiedProcess({
      setsid: this.options.setsid,
      argv: [...this.options.enter(pid), ...argv, path],
      env,
    });
    await process.waitUntilReady();
    return { path, process };
  }
}

interface Dialer {
  readonly path: string;
  readonly process: TiedProcess;
}

/** The error that a dialer reported, of the same class. */
function parseRefusal(line: string): Error {
  const [name = "", ...words] = line.split(" ");
  const known = Deno.errors as Readonly<Record<string, new (message: string) => Error>>;
  return new (known[name] ?? Error)(words.join(" "));
}
