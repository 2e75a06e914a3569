/** A DNS server for pods, by datagrams and by streams. */
import { bindDatagrams } from "./datagrams.ts";
import { createDnsForward, readMessage, writeMessage } from "./dns_forward.ts";
import { DnsResponder } from "./dns_responder.ts";
import type { DnsZone } from "./dns_zone.ts";
import { closeConnection, isBroken } from "../network/dial/relay.ts";

const DNS_PORT = 53;

/** Clients with a stream at a time; further ones wait. */
const MAX_STREAMS = 64;

/** How long such a client may take for its next query. */
const IDLE_MS = 10_000;

/** What a server needs. */
export interface DnsServerOptions {
  /** Where it listens. */
  readonly address: string;
  /** Servers for names that are not the cluster's. */
  readonly servers: readonly string[];
  /** The names of the cluster, as they are now. */
  readonly readZone: () => DnsZone;
}

/**
 * Opens a server.
 * @throws {Error} the address or its port is not available.
 */
export async function openDnsServer(options: DnsServerOptions): Promise<AsyncDisposable> {
  const { address: hostname, servers, readZone } = options;
  const forward = createDnsForward(servers);
  // Only what serves names loads this.
  const { dnsCodec } = await import("./dns_codec.ts");
  const responder = new DnsResponder(dnsCodec, { readZone, forward });
  await using opening = new AsyncDisposableStack();
  const listener = Deno.listen({ hostname, port: DNS_PORT });
  const streams = new StreamClients(listener, (query) => responder.respond(query, "tcp"));
  opening.defer(() => streams.close());
  const socket = await bindDatagrams(hostname, DNS_PORT);
  opening.defer(() => void socket.close());
  socket.on("message", async (query, { address, port }) => {
    const answer = await responder.respond(query, "udp");
    if (answer !== undefined && !opened.disposed) socket.send(answer, port, address);
  });
  const opened = opening.move();
  return opened;
}

/** Those that ask by streams. */
class StreamClients {
  readonly #open = new Set<Deno.Conn>();
  readonly #ended: Promise<void>;

  constructor(
    private readonly listener: Deno.Listener,
    private readonly respond: (query: Uint8Array) => Promise<Uint8Array | undefined>,
  ) {
    this.#ended = this.#accept();
  }

  async close(): Promise<void> {
    this.listener.close();
    for (const client of this.#open) closeConnection(client);
    await this.#ended;
  }

  async #accept(): Promise<void> {
    const serving = new Set<Promise<void>>();
    try {
      for await (const client of this.listener) {
        const served = this.#serve(client).finally(() => serving.delete(served));
        serving.add(served);
        if (serving.size >= MAX_STREAMS) await Promise.race(serving);
      }
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
    await Promise.all(serving);
  }

  async #serve(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      for (;;) {
        clearTimeout(timer);
        timer = setTimeout(() => closeConnection(client), IDLE_MS);
        const query = await readMessage(client);
        const answer = query && await this.respond(query);
        if (answer === undefined) break;
        await writeMessage(client, answer);
      }
    } catch (error) {
      if (!isBroken(error)) throw error;
    } finally {
      clearTimeout(timer);
      this.#open.delete(client);
      closeConnection(client);
    }
  }
}
