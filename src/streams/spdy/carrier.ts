/** What carries the bytes of SPDY: a connection of its own, or a WebSocket. */
import { type Flow, MAX_AHEAD_BYTES } from "../flow.ts";
import { sendBytes } from "../web_socket.ts";
import { SpdyConnection, type SpdyStream } from "./connection.ts";

/** A way for bytes to a client and back. */
export interface SpdyCarrier {
  /** Resolves when there is room for more; rejects when the client is gone. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Begins to hand over what the client sends. */
  start(connection: SpdyConnection, onGone: () => void): void;
  /**
   * Ends it after what was sent. May be repeated.
   *
   * @param why a close code of WebSockets.
   */
  close(why: number): void;
}

/** What is done with the streams of a client. */
export interface SpdyListener {
  readonly onStream: (stream: SpdyStream) => void;
  /** What the client sent is not SPDY: the connection ends. */
  readonly onFault: (error: unknown) => void;
  /** The client is gone. */
  readonly onGone?: () => void;
}

/** Begins to speak SPDY over a carrier. */
export function openSpdy(
  carrier: SpdyCarrier,
  { onStream, onFault, onGone }: SpdyListener,
): SpdyConnection {
  const connection = new SpdyConnection({
    send: (bytes) => carrier.send(bytes),
    onStream,
    onFault: (error) => {
      onFault(error);
      carrier.close(1002);
    },
  });
  carrier.start(connection, () => {
    connection.close();
    onGone?.();
  });
  return connection;
}

/**
 * SPDY in the messages of a WebSocket.
 *
 * @param flow holds the client back while a stream is not read.
 */
export function carryInWebSocket(socket: WebSocket, flow?: Flow): SpdyCarrier {
  socket.binaryType = "arraybuffer";
  return {
    send: (bytes) => sendBytes(socket, bytes),
    start: (connection, onGone) => {
      socket.onmessage = ({ data }) => {
        if (typeof data === "string") return;
        const taken = connection.receive(new Uint8Array(data));
        if (connection.waitingBytes > MAX_AHEAD_BYTES) flow?.pause();
        void taken.then(() => {
          if (connection.waitingBytes <= MAX_AHEAD_BYTES) flow?.resume();
        });
      };
      socket.onclose = onGone;
      socket.onerror = onGone;
    },
    close: (why) => socket.close(why),
  };
}
