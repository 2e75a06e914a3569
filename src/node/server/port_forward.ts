/**
 * Ports of a Pod over one WebSocket: in SPDY, as kubectl does, or in channels, as other clients do.
 *
 * Rule: Kubernetes, kubelet, pkg/cri/streaming/portforward/httpstream.go and websocket.go;
 * client-go, tools/portforward/tunneling_dialer.go.
 */
import { messageOf, stackOf } from "../../base/error_text.ts";
import type { Logger } from "../../base/log.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { openPortChannels } from "../../streams/port_channels.ts";
import { SpdyConnection, type SpdyStream } from "../../streams/spdy/connection.ts";
import { sendBytes } from "../../streams/web_socket.ts";
import {
  type ContainerSource,
  type ContainerTarget,
  findPod,
  NodeError,
} from "./container_source.ts";

/** SPDY in a WebSocket. */
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
const CHANNELS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/** What a node forwards ports with. */
export type ForwardOptions = ContainerSource & {
  readonly closing: AbortSignal;
  readonly log: Logger;
};

/** The two directions of one forwarded connection, and where its failure goes. */
export interface ForwardedPort {
  readonly port: number;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Ends it; with a text where it failed. */
  end(failure?: string): Promise<void>;
}

/**
 * Answers with an open connection; what goes wrong later is reported on it.
 *
 * @throws {NodeError} where it is not a request for one.
 */
export function answerPortForward(
  options: ForwardOptions,
  target: ContainerTarget,
  { request, ports }: { readonly request: Request; readonly ports: readonly string[] },
): Response {
  const pod = findPod(options, target);
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new NodeError(
      400,
      "Upgrade request required: only WebSockets are spoken here; use kubectl 1.31 or newer, or " +
        "set KUBECTL_PORT_FORWARD_WEBSOCKETS=true",
    );
  }
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",")
    .map((it) => it.trim());
  const protocol = [TUNNEL, ...CHANNELS].find((it) => offered.includes(it));
  if (protocol === undefined) {
    throw new NodeError(
      400,
      `none of the offered protocols is ${TUNNEL} or ${CHANNELS.join(", ")}`,
    );
  }
  const numbers = ports.map(parsePort);
  if (protocol !== TUNNEL && numbers.length === 0) {
    throw new NodeError(400, "query parameter ports is required");
  }
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  // Deno's own choice of a protocol expects another form of the list.
  response.headers.set("sec-websocket-protocol", protocol);
  socket.binaryType = "arraybuffer";
  const forward = (port: ForwardedPort) => void forwardPort(options, pod.metadata.uid!, port);
  if (protocol === TUNNEL) serveTunnel(options, socket, forward);
  else openPortChannels(socket, numbers, forward);
  const close = () => socket.close(1001);
  options.closing.addEventListener("abort", close);
  socket.addEventListener("close", () => options.closing.removeEventListener("abort", close));
  return response;
}

/** Joins one connection of the client with a port of the Pod, until both directions have ended. */
async function forwardPort(
  { runtime, log }: Pick<ForwardOptions, "log"> & { readonly runtime: Pick<Runtime, "dial"> },
  podUid: string,
  { port, readable, writable, end }: ForwardedPort,
): Promise<void> {
  try {
    const connection = await runtime.dial(podUid, port);
    try {
      await Promise.all([
        // The client's end closes one direction alone; a client that fails ends both.
        readable.pipeTo(connection.writable).catch(() => connection.close()),
        connection.readable.pipeTo(writable),
      ]);
    } finally {
      connection.close();
    }
    await end();
  } catch (error) {
    await readable.cancel().catch(() => {}); // It may have ended, or be locked by what failed.
    await end(`error forwarding port ${port} to pod: ${messageOf(error)}`).catch((failure) =>
      log.info("Cannot report the end of a forwarded port", { error: stackOf(failure) })
    );
  }
}

/** Two streams of one request make a connection: its data, and its failure. */
function serveTunnel(
  { log }: Pick<ForwardOptions, "log">,
  socket: WebSocket,
  forward: (port: ForwardedPort) => void,
): void {
  const waiting = new Map<string, SpdyStream>();
  const connection = new SpdyConnection({
    send: (bytes) => sendBytes(socket, bytes),
    onStream: (stream) => {
      const request = stream.headers.get("requestid") ?? "";
      const other = waiting.get(request);
      if (other === undefined) return void waiting.set(request, stream);
      waiting.delete(request);
      const isData = stream.headers.get("streamtype") === "data";
      forward(forwardedPort(isData ? stream : other, isData ? other : stream));
    },
    onFault: (error) => {
      log.info("A client does not speak SPDY", { error: messageOf(error) });
      socket.close(1002);
    },
  });
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") connection.receive(new Uint8Array(data));
  };
  socket.onclose = () => connection.close();
  socket.onerror = () => connection.close();
}

function forwardedPort(data: SpdyStream, failure: SpdyStream): ForwardedPort {
  const port = Number(data.headers.get("port"));
  return {
    port,
    readable: data.readable,
    writable: new WritableStream({
      write: (chunk) => data.write(chunk),
      close: () => data.finish(),
    }),
    end: async (text) => {
      if (text !== undefined) await failure.write(new TextEncoder().encode(text));
      await data.finish();
      await failure.finish();
    },
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 1 << 16) return port;
  throw new NodeError(400, `${JSON.stringify(text)} is not a port`);
}
