/** One port that leads elsewhere, connection by connection. */
import { messageOf } from "../../base/error_text.ts";
import { closeConnection, relay } from "./dial/relay.ts";

/** Connections of one port at a time; further ones wait in the kernel's queue. */
const MAX_CONNECTIONS = 512;

/** Where a port leads. */
export interface PortRelayOptions {
  /** Opens the connection that a client is joined with; undefined: nothing answers. */
  readonly connect: (client: Deno.Conn) => Promise<Deno.Conn | undefined>;
  /** Gets the reason when the listener fails. */
  readonly onFault: (reason: string) => void;
}

/** A listener whose connections are forwarded. */
export class PortRelay {
  readonly #connections = new Set<Deno.Conn>();
  readonly #relays = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  #drains = false;
  #closed = false;

  /** Forwards from now on; the listener is its own. */
  constructor(
    private readonly listener: Deno.Listener,
    private readonly options: PortRelayOptions,
  ) {
    this.#ended = this.#accept();
  }

  /** Takes no more connections; resolves when those that are open have ended. */
  async drain(): Promise<void> {
    if (!this.#drains) {
      this.#drains = true;
      this.listener.close();
    }
    await this.#ended;
    await Promise.all(this.#relays);
  }

  /** Ends all connections, too. May be repeated. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const connection of this.#connections) closeConnection(connection);
    }
    await this.drain();
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.listener) {
        const relayed = this.#relay(client).finally(() => this.#relays.delete(relayed));
        this.#relays.add(relayed);
        if (this.#relays.size >= MAX_CONNECTIONS) await Promise.race(this.#relays);
      }
    } catch (error) {
      if (!this.#drains) this.options.onFault(messageOf(error));
    }
  }

  async #relay(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    // Where nothing listens, the client's connection ends.
    const target = await this.options.connect(client).catch(() => undefined);
    if (target !== undefined && !this.#closed) {
      this.#connections.add(target);
      await relay(client, target);
      this.#connections.delete(target);
    } else {
      closeConnection(client);
      if (target !== undefined) closeConnection(target);
    }
    this.#connections.delete(client);
  }
}
