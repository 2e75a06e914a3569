/**
 * The network namespaces of a run: programs that are run in them, and connections that are opened
 * from there.
 */
import { Dialers } from "./dial/dialers.ts";
import type { NetworkTools } from "./network_support.ts";
import { runProgram } from "../machine/subprocess.ts";

/** What leads into the namespaces of a run. */
export interface NamespacesOptions {
  /** Programs by their paths. */
  readonly tools: NetworkTools;
  /**
   * Words before a program that run it in the user and mount namespace of the node's holder; none
   * without one.
   */
  readonly enter: readonly string[];
  /** A folder for sockets that is the user's alone. */
  readonly folder: string;
}

/** Ways into the network namespaces of a run, each named by a process that is in it. */
export class NetworkNamespaces {
  readonly #dialers: Dialers;

  /** Nothing is started before it is needed. */
  constructor(private readonly options: NamespacesOptions) {
    const { folder, tools: { setsid } } = options;
    this.#dialers = new Dialers({ folder, setsid, enter: (pid) => this.enterOf(pid) });
  }

  /** Words before a program that run it in the node's own namespaces. */
  get enter(): readonly string[] {
    return this.options.enter;
  }

  /**
   * Runs a program to its end.
   *
   * @param input what it reads.
   * @throws {Error} with its message, if it fails.
   */
  run(pid: number, argv: readonly string[], input: string): Promise<void> {
    return runProgram([...this.enterOf(pid), ...argv], input);
  }

  /** Carries out commands of `ip`. */
  async configure(pid: number, commands: readonly string[]): Promise<void> {
    const { ip } = this.options.tools;
    await this.run(pid, [ip, "-batch", "-"], commands.map((line) => `${line}\n`).join(""));
  }

  /**
   * Opens a connection from inside.
   * @throws {Error} as `Deno.connect()` does there.
   */
  connect(pid: number, host: string, port: number): Promise<Deno.Conn> {
    return this.#dialers.connect(pid, host, port);
  }

  /** Opens a connection to what listens on the namespace's own loopback, of either family. */
  async connectInside(pid: number, port: number): Promise<Deno.Conn> {
    try {
      return await this.connect(pid, "127.0.0.1", port);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      // What Kubernetes tries next.
      return await this.connect(pid, "::1", port);
    }
  }

  /** Releases a namespace: the process that opens connections from there would keep it alive. */
  async leave(pid: number): Promise<void> {
    await this.#dialers.stop(pid);
  }

  /** Releases all of them. */
  async close(): Promise<void> {
    await this.#dialers.close();
  }

  /** Words before a program that run it in a namespace. */
  enterOf(pid: number): readonly string[] {
    return [...this.options.enter, this.options.tools.nsenter, "-t", String(pid), "-n", "--"];
  }
}
