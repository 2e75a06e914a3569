/**
 * The way from the network of the pods to one port of the machine: a unix socket, which is reached
 * from any network namespace, by programs of the user alone.
 */
import { PortRelay } from "./port_relay.ts";
import type { Backend } from "../service_table.ts";

/** A socket that leads to a port of the machine, once there is one that it leads to. */
export class MachineDoor {
  #target: Backend | undefined;
  #relay: PortRelay | undefined;

  /**
   * Nothing is there yet.
   *
   * @param path where the socket is made, in a folder that is the user's alone.
   */
  constructor(private readonly path: string, private readonly warn: (line: string) => void) {}

  /** Has it lead there from now on; undefined: nowhere. */
  lead(target: Backend | undefined): void {
    this.#target = target;
    if (target !== undefined) this.#relay ??= this.#open();
  }

  /** Closes it, with its connections. */
  async close(): Promise<void> {
    await this.#relay?.close();
  }

  #open(): PortRelay {
    const listener = Deno.listen({ transport: "unix", path: this.path });
    return new PortRelay(listener, {
      connect: async () => {
        if (this.#target === undefined) return undefined;
        const { address: hostname, port } = this.#target;
        return await Deno.connect({ hostname, port });
      },
      onFault: (why) => this.warn(`Pods do not reach the API any more: ${why}`),
    });
  }
}
