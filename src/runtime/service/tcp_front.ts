/** Connections to an address of a Service, forwarded to what answers there. */
import { closeConnection } from "../network/dial/relay.ts";
import { PortRelay } from "../network/port_relay.ts";
import type { Balancer } from "./balancer.ts";
import type { Backend } from "../service_table.ts";

/** How long a backend may take to accept a connection before the next one is attempted. */
const PATIENCE_MS = 5000;

/** Opens a connection to a backend. */
export type BackendConnect = (backend: Backend) => Promise<Deno.Conn>;

/** What an address needs. */
export interface TcpFrontOptions {
  readonly address: string;
  readonly port: number;
  readonly balancer: Balancer;
  readonly connect: BackendConnect;
  /** Gets the reason when the listener fails. */
  readonly onFault: (reason: string) => void;
}

/**
 * Listens.
 * @throws {Error} the address is not available.
 */
export function openTcpFront(options: TcpFrontOptions): PortRelay {
  const { address: hostname, port, onFault } = options;
  const listener = Deno.listen({ hostname, port });
  return new PortRelay(listener, { connect: (client) => connectClient(client, options), onFault });
}

/**
 * Of the backends that a client may get the first that accepts: none has seen a byte of it before.
 */
async function connectClient(
  client: Deno.Conn,
  { balancer, connect }: TcpFrontOptions,
): Promise<Deno.Conn | undefined> {
  const { hostname } = client.remoteAddr as Deno.NetAddr;
  for (const backend of balancer.choose(hostname, performance.now())) {
    const connection = await connectInTime(backend, connect);
    if (connection === undefined) continue;
    balancer.noteConnected(hostname, backend, performance.now());
    return connection;
  }
  return undefined;
}

/** Undefined: it refuses, or does not answer. */
async function connectInTime(
  backend: Backend,
  connect: BackendConnect,
): Promise<Deno.Conn | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  const connecting = connect(backend).catch(() => undefined);
  try {
    const connection = await Promise.race([connecting, late]);
    if (connection === undefined) void connecting.then((it) => it && closeConnection(it));
    return connection;
  } finally {
    clearTimeout(timer);
  }
}
