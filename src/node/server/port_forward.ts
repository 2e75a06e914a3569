/**
 * Ports of a Pod over one connection: in SPDY or over a WebSocket; there in SPDY too, as kubectl
 * does, or in channels, as other clients do.
 *
 * Rule: Kubernetes, kubelet, pkg/cri/streaming/portforward/httpstream.go and websocket.go;
 * client-go, tools/portforward/tunneling_dialer.go.
 */
import { messageOf, stackOf } from "../../base/error_text.ts";
import type { Logger } from "../../base/log.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { flowOf } from "../../streams/flow.ts";
import type { ForwardedPort } from "../../streams/forwarded_port.ts";
import { openPortChannels } from "../../streams/port_channels.ts";
import { carryInWebSocket, type SpdyCarrier } from "../../streams/spdy/carrier.ts";
import { openPortStreams } from "../../streams/spdy/port_streams.ts";
import { SpdyRequest } from "../../streams/spdy/upgrade.ts";
import {
  type ContainerSource,
  type ContainerTarget,
  findPod,
  NodeError,
} from "./container_source.ts";

/** Of the streams of SPDY. */
const STREAMS = "portforward.k8s.io";
/** SPDY in a WebSocket. */
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
/** The ports' own channels in a WebSocket. */
const CHANNELS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/** What a node forwards ports with. */
export type ForwardOptions = ContainerSource & {
  readonly closing: AbortSignal;
  readonly log: Logger;
};

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
  const forward = (port: ForwardedPort) => void forwardPort(options, pod.metadata.uid!, port);
  const serveStreams = (carrier: SpdyCarrier) =>
    openPortStreams(carrier, {
      forward,
      closing: options.closing,
      onFault: (error) =>
        options.log.info("A client does not speak SPDY", { error: messageOf(error) }),
    });
  if (request instanceof SpdyRequest) {
    if (request.choose([STREAMS]) === undefined) {
      throw new NodeError(400, `unable to upgrade: none of the offered protocols is ${STREAMS}`);
    }
    serveStreams(request.upgrade(STREAMS));
    return new Response();
  }
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new NodeError(
      400,
      "Upgrade request required: to a WebSocket or to SPDY/3.1",
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
  if (protocol === TUNNEL) serveStreams(carryInWebSocket(socket, flowOf(request)));
  else {
    socket.binaryType = "arraybuffer";
    openPortChannels(socket, numbers, { forward, flow: flowOf(request) });
    const close = () => socket.close(1001);
    options.closing.addEventListener("abort", close);
    socket.addEventListener("close", () => options.closing.removeEventListener("abort", close));
  }
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

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 1 << 16) return port;
  throw new NodeError(400, `${JSON.stringify(text)} is not a port`);
}
