/**
 * Forwarded ports in channels of a WebSocket: two for each port, its data and its failure.
 *
 * Rule: Kubernetes, kubelet, pkg/cri/streaming/portforward/websocket.go.
 */
import { concatBytes } from "../base/bytes.ts";
import type { ForwardedPort } from "./forwarded_port.ts";
import { type Flow, MAX_AHEAD_BYTES } from "./flow.ts";
import { sendBytes } from "./web_socket.ts";

/** What a client that is not held back may send on a channel that is not read. */
const MAX_UNREAD_BYTES = 1 << 26;

/** Opens the channels of some ports as soon as the connection stands. */
export function openPortChannels(
  socket: WebSocket,
  ports: readonly number[],
  { forward, flow }: {
    readonly forward: (port: ForwardedPort) => void;
    /** Holds the client back while a port takes nothing. */
    readonly flow?: Flow | undefined;
  },
): void {
  const inputs: ReadableStreamDefaultController<Uint8Array>[] = [];
  let left = ports.length;
  const send = (channel: number, bytes: Uint8Array) =>
    sendBytes(socket, concatBytes([Uint8Array.of(channel), bytes]));
  const open = async () => {
    for (const [index, port] of ports.entries()) {
      const number = Uint8Array.of(port & 0xff, port >> 8);
      await send(2 * index, number);
      await send(2 * index + 1, number);
      forward({
        port,
        readable: new ReadableStream<Uint8Array>({
          start: (controller) => void (inputs[index] = controller),
          pull: () => flow?.resume(),
          cancel: () => flow?.resume(),
        }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_AHEAD_BYTES })),
        writable: new WritableStream({ write: (chunk) => send(2 * index, chunk) }),
        end: async (failure) => {
          if (failure !== undefined) await send(2 * index + 1, new TextEncoder().encode(failure));
          if (--left === 0) socket.close(1000);
        },
      });
    }
  };
  // The only failure is a client that is gone already.
  socket.onopen = () => void open().catch(() => socket.close());
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return;
    const bytes = new Uint8Array(data);
    const input = inputs[(bytes[0] ?? 1) / 2];
    if (input === undefined || bytes.length === 1) return;
    const room = (input.desiredSize ?? 0) - bytes.length;
    if (room < -MAX_UNREAD_BYTES) return socket.close(1009);
    input.enqueue(bytes.subarray(1));
    if (room <= 0) flow?.pause();
  };
  const end = () => {
    for (const input of inputs.splice(0)) input.error(new Error("the client is gone"));
  };
  socket.onclose = end;
  socket.onerror = end;
}
