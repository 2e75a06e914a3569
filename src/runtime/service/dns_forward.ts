/** Sends DNS queries on to other servers. */
import { bindDatagrams } from "./datagrams.ts";
import type { DnsForward, DnsTransport } from "./dns_responder.ts";
import { closeConnection, isBroken } from "../network/dial/relay.ts";

const DNS_PORT = 53;

/** How long a server may take before the next one is asked. */
const PATIENCE_MS = 2000;

/** Queries that wait for an answer at a time; further ones fail at once. */
const MAX_WAITING = 256;

/**
 * Asks other servers, one after the other.
 * @param servers addresses; none: nothing is answered.
 */
export function createDnsForward(servers: readonly string[]): DnsForward {
  let waiting = 0;
  return async (query, transport) => {
    if (waiting >= MAX_WAITING) return undefined;
    waiting++;
    try {
      for (const server of servers) {
        const answer = await askServer(server, query, transport);
        if (answer !== undefined) return answer;
      }
      return undefined;
    } finally {
      waiting--;
    }
  };
}

async function askServer(
  server: string,
  query: Uint8Array,
  transport: DnsTransport,
): Promise<Uint8Array | undefined> {
  const answer = transport === "udp"
    ? await askByDatagram(server, query)
    : await askByStream(server, query);
  const isAnswer = answer !== undefined && answer[0] === query[0] && answer[1] === query[1];
  return isAnswer ? answer : undefined;
}

/** A socket of its own for each query: its port is hard to guess for who would forge an answer. */
async function askByDatagram(server: string, query: Uint8Array): Promise<Uint8Array | undefined> {
  const socket = await bindDatagrams("0.0.0.0", 0);
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  socket.on("message", (message, { address, port }) => {
    if (address === server && port === DNS_PORT) resolve(message);
  });
  socket.send(query, DNS_PORT, server);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function askByStream(server: string, query: Uint8Array): Promise<Uint8Array | undefined> {
  let connection: Deno.Conn | undefined;
  const timer = setTimeout(() => connection && closeConnection(connection), PATIENCE_MS);
  try {
    connection = await Deno.connect({ hostname: server, port: DNS_PORT });
    await writeMessage(connection, query);
    return await readMessage(connection);
  } catch (error) {
    if (!isBroken(error)) throw error;
    return undefined;
  } finally {
    clearTimeout(timer);
    if (connection !== undefined) closeConnection(connection);
  }
}

/** Writes a message with its length before it, as streams have it. */
export async function writeMessage(connection: Deno.Conn, message: Uint8Array): Promise<void> {
  const bytes = new Uint8Array(message.length + 2);
  new DataView(bytes.buffer).setUint16(0, message.length);
  bytes.set(message, 2);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** Reads one of those; undefined at the end of the stream. */
export async function readMessage(connection: Deno.Conn): Promise<Uint8Array | undefined> {
  const length = await readBytes(connection, 2);
  if (length === undefined) return undefined;
  return await readBytes(connection, new DataView(length.buffer).getUint16(0));
}

async function readBytes(
  connection: Deno.Conn,
  count: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(count);
  for (let filled = 0; filled < count;) {
    const size = await connection.read(bytes.subarray(filled));
    if (size === null) return undefined;
    filled += size;
  }
  return bytes;
}
