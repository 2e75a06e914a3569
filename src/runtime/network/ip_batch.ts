/**
 * One `ip` that carries out commands for as long as it is needed, and holds its network namespace
 * meanwhile.
 */
import type { NetworkTools } from "./network_support.ts";
import { TiedProcess } from "../machine/tied_process.ts";

/** Asks for something that is always there: its answer marks the end of what came before it. */
const MARK_COMMAND = "link show dev lo";
const MARK = /^\d+: lo:/;

/** An `ip -batch` that reads on. */
export class IpBatch {
  readonly #process: TiedProcess;
  #last: Promise<void> = Promise.resolve();

  /**
   * Starts it.
   *
   * @param chain words that lead into a network namespace.
   */
  constructor({ setsid, sh, ip }: NetworkTools, chain: readonly string[]) {
    // Its standard error has to come in the order of its answers.
    const script = 'exec "$@" -force -oneline -batch - 2>&1';
    this.#process = new TiedProcess({ setsid, argv: [sh, "-c", script, "sh", ...chain, ip] });
  }

  /** Its number, which names the namespace. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Carries out commands, one batch at a time; none at all shows whether it runs.
   *
   * @throws {Error} with the messages of `ip` for those that failed; the others are carried out.
   */
  run(commands: readonly string[]): Promise<void> {
    const done = this.#last.then(() => this.#run(commands));
    this.#last = done.catch(() => {}); // Reported to its caller.
    return done;
  }

  /** Ends it, and with it a namespace that has no other process. */
  stop(): Promise<void> {
    return this.#process.stop();
  }

  async #run(commands: readonly string[]): Promise<void> {
    await this.#process.write([...commands, MARK_COMMAND, ""].join("\n"));
    const complaints: string[] = [];
    for (;;) {
      const line = await this.#process.readLine();
      if (line === undefined) complaints.push(await this.#process.ended);
      if (line === undefined || MARK.test(line)) break;
      complaints.push(line);
    }
    if (complaints.length > 0) throw new Error(complaints.join("; "));
  }
}
