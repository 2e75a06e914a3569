/** Datagrams to an address of a Service, forwarded to what answers there. */
import { Balancer, formatBackend } from "./balancer.ts";
import { bindDatagrams, type DatagramSocket } from "./datagrams.ts";
import type { Backend } from "../service_table.ts";

/** A flow without a datagram in either direction for so long has ended. */
const IDLE_MS = 60_000;

/** Flows of one address at a time; further clients are not answered. */
const MAX_FLOWS = 1024;

/** One client, for as long as it speaks: it keeps its backend. */
interface Flow {
  readonly backend: string;
  readonly socket: DatagramSocket;
  /** When the last datagram came. */
  usedAt: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** An address that takes datagrams. */
export class UdpFront {
  readonly #flows = new Map<string, Flow>();
  #closed = false;

  private constructor(
    private readonly socket: DatagramSocket,
    private readonly balancer: Balancer,
  ) {
    socket.on("message", (data, { address, port }) => void this.#send(data, address, port));
  }

  /**
   * Listens.
   * @throws {Error} the address is not available.
   */
  static async open(address: string, port: number, balancer: Balancer): Promise<UdpFront> {
    return new UdpFront(await bindDatagrams(address, port), balancer);
  }

  /** Ends the flows to backends that are gone: their clients get others. */
  retain(backends: readonly Backend[]): void {
    const kept = new Set(backends.map(formatBackend));
    for (const [client, { backend }] of this.#flows) if (!kept.has(backend)) this.#end(client);
  }

  /** Takes and forwards nothing more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.close();
    for (const client of [...this.#flows.keys()]) this.#end(client);
  }

  async #send(data: Uint8Array, address: string, port: number): Promise<void> {
    const client = `${address}:${port}`;
    let flow = this.#flows.get(client);
    if (flow === undefined) {
      const now = performance.now();
      const [backend] = this.balancer.choose(address, now);
      if (backend === undefined || this.#flows.size >= MAX_FLOWS) return;
      this.balancer.noteConnected(address, backend, now);
      const socket = await this.#openSocket(backend, address, port);
      // Another datagram of the client may have been quicker.
      flow = this.#flows.get(client);
      if (flow !== undefined || this.#closed) socket.close();
      if (this.#closed) return;
      flow ??= this.#add(client, { backend: formatBackend(backend), socket });
    }
    flow.usedAt = performance.now();
    const [host = "", number] = flow.backend.split(":");
    flow.socket.send(data, Number(number), host);
  }

  /** What the backend answers goes back to the client. */
  async #openSocket(backend: Backend, address: string, port: number): Promise<DatagramSocket> {
    const client = `${address}:${port}`;
    const socket = await bindDatagrams("0.0.0.0", 0);
    socket.on("message", (data, from) => {
      const flow = this.#flows.get(client);
      if (from.address !== backend.address || from.port !== backend.port || !flow) return;
      flow.usedAt = performance.now();
      if (!this.#closed) this.socket.send(data, port, address);
    });
    return socket;
  }

  #add(client: string, { backend, socket }: Pick<Flow, "backend" | "socket">): Flow {
    const flow: Flow = { backend, socket, usedAt: performance.now() };
    this.#watch(client, flow, IDLE_MS);
    this.#flows.set(client, flow);
    return flow;
  }

  #watch(client: string, flow: Flow, delayMs: number): void {
    flow.timer = setTimeout(() => {
      const restMs = flow.usedAt + IDLE_MS - performance.now();
      if (restMs <= 0) this.#end(client);
      else this.#watch(client, flow, restMs);
    }, delayMs);
  }

  #end(client: string): void {
    const flow = this.#flows.get(client);
    if (flow === undefined) return;
    this.#flows.delete(client);
    clearTimeout(flow.timer);
    flow.socket.close();
  }
}
