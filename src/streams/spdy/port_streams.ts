/**
 * Forwarded ports as pairs of SPDY streams: the data of one connection, and its failure.
 *
 * Rule: Kubernetes, kubelet, pkg/cri/streaming/portforward/httpstream.go.
 */
import type { ForwardedPort } from "../forwarded_port.ts";
import { openSpdy, type SpdyCarrier } from "./carrier.ts";
import type { SpdyStream } from "./connection.ts";

/** Forwards each pair of streams that a client opens. */
export function openPortStreams(
  carrier: SpdyCarrier,
  { forward, onFault, closing }: {
    readonly forward: (port: ForwardedPort) => void;
    readonly onFault: (error: unknown) => void;
    /** Everything ends when it is aborted. */
    readonly closing: AbortSignal;
  },
): void {
  const close = () => carrier.close(1001);
  closing.addEventListener("abort", close);
  const waiting = new Map<string, SpdyStream>();
  openSpdy(carrier, {
    onStream: (stream) => {
      const request = stream.headers.get("requestid") ?? "";
      const other = waiting.get(request);
      if (other === undefined) return void waiting.set(request, stream);
      waiting.delete(request);
      const both = [stream, other];
      const data = both.find((it) => it.headers.get("streamtype") === "data");
      const failure = both.find((it) => it.headers.get("streamtype") === "error");
      if (data !== undefined && failure !== undefined) return forward(joinStreams(data, failure));
      onFault(new Error(`the streams of request ${JSON.stringify(request)} are not a pair`));
      carrier.close(1002);
    },
    onFault,
    onGone: () => closing.removeEventListener("abort", close),
  });
}

function joinStreams(data: SpdyStream, failure: SpdyStream): ForwardedPort {
  return {
    port: Number(data.headers.get("port")),
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
