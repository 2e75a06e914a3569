/**
 * The channels of a remote command over one WebSocket: standard streams, sizes of the terminal, and
 * how it ended.
 *
 * Rule: Kubernetes, apimachinery, pkg/util/remotecommand/constants.go; client-go,
 * tools/remotecommand/websocket.go.
 */
import { concatBytes } from "../base/bytes.ts";
import { isObject, parseJson } from "../base/plain_data.ts";
import { type Flow, MAX_AHEAD_BYTES } from "./flow.ts";
import { sendBytes } from "./web_socket.ts";

/** The names of the protocol, the newest first. */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
const CLOSE = 255;

/**
 * A client looks for answers only some time after it has the connection: one that comes before that
 * is lost, and kubectl then ends as if all were well.
 */
const FIRST_ANSWER_MS = 250;

/** What a client that is not held back may send that is not read. */
const MAX_UNREAD_BYTES = 1 << 26;

/** Rows and columns of a terminal. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** How a remote command ended, as a Kubernetes `Status`. */
export type CommandStatus = Readonly<Record<string, unknown>>;

/** A remote command's side of the channels. */
export interface CommandChannels {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdout: WritableStream<Uint8Array>;
  readonly stderr: WritableStream<Uint8Array>;
  readonly resize: ReadableStream<TerminalSize>;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
  /** Resolves when the connection stands. */
  readonly opened: Promise<void>;
  /**
   * Sends how it ended, after all output, and closes the connection.
   *
   * @param isEarly it may have ended before the client listens. @default false
   */
  finish(status: CommandStatus, isEarly?: boolean): void;
}

/** The first protocol of a client's list that is spoken; undefined if there is none. */
export function chooseProtocol(offered: string | null): string | undefined {
  const names = (offered ?? "").split(",").map((it) => it.trim());
  return PROTOCOLS.find((it) => names.includes(it));
}

/**
 * Opens the channels of a connection, which may not stand yet.
 *
 * @param flow holds the client back while its input is not read.
 */
export function openChannels(socket: WebSocket, flow?: Flow): CommandChannels {
  socket.binaryType = "arraybuffer";
  const gone = new AbortController();
  const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
  const input = new Incoming<Uint8Array>((it) => it.length, flow);
  const sizes = new Incoming<TerminalSize>(() => 16);
  const leave = () => {
    onOpen();
    gone.abort(new Error("the client is gone"));
    input.end();
    sizes.end();
  };
  socket.onopen = () => onOpen();
  socket.onclose = leave;
  socket.onerror = leave;
  socket.onmessage = ({ data }) => {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
    const content = bytes.subarray(1);
    switch (bytes[0]) {
      case STDIN:
        // A client that sends more than is read has lost its place.
        if (content.length > 0 && !input.push(content)) socket.close(1009);
        return;
      case RESIZE: {
        const size = parseSize(new TextDecoder().decode(content));
        if (size !== undefined) sizes.push(size);
        return;
      }
      case CLOSE:
        if (content[0] === STDIN) input.end();
    }
  };
  const output = (channel: number) =>
    new WritableStream<Uint8Array>({
      write: async (chunk) => {
        if (chunk.length > 0) await sendBytes(socket, frame(channel, chunk));
      },
    });
  return {
    stdin: input.stream,
    stdout: output(STDOUT),
    stderr: output(STDERR),
    resize: sizes.stream,
    gone: gone.signal,
    opened,
    finish: (status, isEarly = false) => {
      input.end();
      const end = () => {
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.send(frame(ERROR, new TextEncoder().encode(JSON.stringify(status))));
        socket.close(1000);
      };
      if (isEarly) setTimeout(end, FIRST_ANSWER_MS);
      else end();
    },
  };
}

function frame(channel: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes([Uint8Array.of(channel), content]);
}

/** The size of a terminal as a client sends it; undefined where it is none. */
export function parseSize(text: string): TerminalSize | undefined {
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const { Width: columns, Height: rows } = value;
  const isSize = (it: unknown): it is number =>
    typeof it === "number" && Number.isInteger(it) && it > 0 && it < 1 << 16;
  return isSize(columns) && isSize(rows) ? { columns, rows } : undefined;
}

/** What a client sends on one channel, until it is read. */
class Incoming<T> {
  readonly stream: ReadableStream<T>;
  readonly #sizeOf: (item: T) => number;
  readonly #flow: Flow | undefined;
  #controller!: ReadableStreamDefaultController<T>;
  #isOver = false;

  constructor(sizeOf: (item: T) => number, flow?: Flow) {
    this.#sizeOf = sizeOf;
    this.#flow = flow;
    this.stream = new ReadableStream<T>({
      start: (controller) => void (this.#controller = controller),
      pull: () => flow?.resume(),
      cancel: () => {
        this.#isOver = true;
        flow?.resume();
      },
    }, { highWaterMark: MAX_AHEAD_BYTES, size: this.#sizeOf });
  }

  /** @returns whether there was room. */
  push(item: T): boolean {
    if (this.#isOver) return true;
    const room = (this.#controller.desiredSize ?? 0) - this.#sizeOf(item);
    if (room < -MAX_UNREAD_BYTES) return false;
    this.#controller.enqueue(item);
    if (room <= 0) this.#flow?.pause();
    return true;
  }

  /** May be repeated. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.close();
    this.#flow?.resume();
  }
}
