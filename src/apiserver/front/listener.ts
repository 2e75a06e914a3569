/**
 * The port on which the API is served, with TLS.
 *
 * Deno's server refuses a request for SPDY before it is seen here (it has an empty body and an
 * `Upgrade`). So each connection is looked at first: all but these are handed on to that server,
 * which listens for this file alone.
 */
import { closeQuietly, writeAll } from "../../streams/duplex.ts";
import { FlowGate, withFlow } from "../../streams/flow.ts";
import { SPDY } from "../../streams/spdy/protocol.ts";
import { answerFailure } from "../answer/response.ts";
import type { ApiHandler } from "../handler.ts";
import type { User } from "../identity/user.ts";
import type { Certificate } from "./certificate.ts";
import { checkRequest } from "./gate.ts";
import { relay } from "./relay.ts";
import { findSpdyRequest, type RequestHead } from "./request_head.ts";

/** Where the API is served, and to which clients. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly certificate: Certificate;
  /** Who sends a request with these headers; it throws what it is refused with. */
  readonly authenticate: (headers: Headers) => Promise<User>;
  /** Names and addresses under which the server is reached. */
  readonly names: readonly string[];
  readonly handle: ApiHandler;
}

/** A server that listens. */
export interface Listener {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /** Takes no more requests, and resolves when those that it has are answered. */
  close(): Promise<void>;
}

/** How long a client has for its handshake and the head of its first request. */
const FIRST_MS = 30_000;
/** How long to wait where the machine has no room for another connection. */
const FULL_MS = 100;
/** How long one that has ended its side may still read. */
const LINGER_MS = 1000;
const PIECE_BYTES = 1 << 14;

/**
 * Begins to serve.
 *
 * @throws {Deno.errors.AddrInUse} and what else the machine may refuse.
 */
export function listen(
  { hostname, port, certificate, authenticate, names, handle }: ListenOptions,
): Listener {
  const listener = Deno.listenTls({
    hostname,
    port,
    ...certificate,
    alpnProtocols: ["h2", "http/1.1"],
  });
  const answer = async (request: Request) => {
    try {
      const refusal = checkRequest(request, { names });
      if (refusal !== undefined) return answerFailure(refusal);
      return await handle(request, await authenticate(request.headers));
    } catch (error) {
      return answerFailure(error);
    }
  };
  // By the ports from which connections are handed on.
  const gates = new Map<number, FlowGate>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    onError: (error) => answerFailure(error),
  }, (request, { remoteAddr }) => {
    const gate = gates.get(remoteAddr.port);
    return answer(gate === undefined ? request : withFlow(request, gate));
  });
  const open = new Set<Promise<void>>();
  const waiting = new Set<Deno.TlsConn>();
  void accept(listener, (client) => {
    waiting.add(client);
    const served = serveConnection(client, {
      connect: () => Deno.connect({ hostname: "127.0.0.1", port: server.addr.port }),
      gates,
      answer,
      onServed: () => waiting.delete(client),
    });
    open.add(served);
    void served.finally(() => {
      waiting.delete(client);
      open.delete(served);
    });
  });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `https://${host}:${listener.addr.port}`,
    close: async () => {
      listener.close();
      for (const client of waiting) closeQuietly(client);
      await server.shutdown();
      await Promise.all(open);
    },
  };
}

/** Takes connections until the listener is closed. */
async function accept(
  listener: Deno.TlsListener,
  onConnection: (client: Deno.TlsConn) => void,
): Promise<void> {
  while (true) {
    try {
      onConnection(await listener.accept());
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return;
      // One that has broken off already, or too many open files: the next one may have more luck.
      await new Promise((resolve) => setTimeout(resolve, FULL_MS));
    }
  }
}

/** Serves one connection to its end. */
async function serveConnection(
  client: Deno.TlsConn,
  { connect, answer, gates, onServed }: {
    /** To the server behind. */
    readonly connect: () => Promise<Deno.TcpConn>;
    readonly answer: (request: Request) => Promise<Response>;
    readonly gates: Map<number, FlowGate>;
    /** Its first request has come. */
    readonly onServed: () => void;
  },
): Promise<void> {
  const timer = setTimeout(() => closeQuietly(client), FIRST_MS);
  try {
    const { alpnProtocol } = await client.handshake();
    const { head, bytes } = alpnProtocol === "h2"
      ? { head: undefined, bytes: new Uint8Array(0) }
      : await readHead(client);
    clearTimeout(timer);
    onServed();
    if (head !== undefined) return await serveSpdy(client, head, bytes, answer);
    const server = await connect();
    server.setNoDelay(true);
    const { port } = server.localAddr;
    const gate = new FlowGate();
    gates.set(port, gate);
    try {
      await relay(client, server, { first: bytes, gate });
    } finally {
      gates.delete(port);
    }
  } catch {
    // It spoke no TLS, broke off, or came while the server ends.
    closeQuietly(client);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads until it is known what the client wants. */
async function readHead(
  client: Deno.TlsConn,
): Promise<{ readonly head: RequestHead | undefined; readonly bytes: Uint8Array }> {
  let bytes = new Uint8Array(0);
  while (true) {
    const piece = new Uint8Array(PIECE_BYTES);
    const count = await client.read(piece);
    if (count === null) return { head: undefined, bytes };
    const joined = new Uint8Array(bytes.length + count);
    joined.set(bytes);
    joined.set(piece.subarray(0, count), bytes.length);
    bytes = joined;
    const found = findSpdyRequest(bytes, SPDY);
    if (found === "other") return { head: undefined, bytes };
    if (found !== "incomplete") return { head: found, bytes };
  }
}

async function serveSpdy(
  connection: Deno.TlsConn,
  { method, target, headers, length }: RequestHead,
  bytes: Uint8Array,
  answer: (request: Request) => Promise<Response>,
): Promise<void> {
  // Few clients speak it.
  const { SpdyRequest } = await import("../../streams/spdy/upgrade.ts");
  const url = `https://${headers.get("host") ?? ""}${target}`;
  const request = new SpdyRequest(URL.canParse(url) ? url : "https://none/", { method, headers }, {
    connection,
    early: bytes.subarray(length),
  });
  const response = await answer(request);
  if (!request.isUpgraded) await sendAnswer(connection, response);
}

/** Sends an answer piece by piece, to its end or until the client is gone. */
async function sendAnswer(
  connection: Deno.TlsConn,
  { status, headers, body }: Response,
): Promise<void> {
  const lines = [
    `HTTP/1.1 ${status} `,
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
    "connection: close",
  ];
  const reader = (body ?? new Blob().stream()).getReader();
  // A watch has no end of its own: only the connection shows that its client has left.
  void untilGone(connection).then(() => reader.cancel()).catch(() => {});
  try {
    await writeAll(connection, new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
    for (let next; !(next = await reader.read()).done;) await writeAll(connection, next.value);
    await connection.closeWrite();
  } finally {
    await reader.cancel().catch(() => {});
    closeQuietly(connection);
  }
}

/** Resolves when the connection has broken off, or a while after the client has ended its side. */
async function untilGone(connection: Deno.TlsConn): Promise<void> {
  const piece = new Uint8Array(PIECE_BYTES);
  try {
    while (await connection.read(piece) !== null);
  } catch {
    return;
  }
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
}
