/**
 * The server's side of one SPDY/3.1 connection: streams that the client opens, over any bytes.
 *
 * Rule: the SPDY Protocol, draft 3.1, "Framing Layer"; moby/spdystream, which clients of
 * Kubernetes use: it does no flow control.
 */
import { concatBytes } from "../../base/bytes.ts";
import { createHeaderCodec, type HeaderCodec, type SpdyHeaders } from "./header_codec.ts";

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const CONTROL = 0x80;
const FIN = 0x01;
const FRAME_HEAD = 8;

/** How many streams a client may have open. */
const MAX_STREAMS = 1000;
/** What a client may send on a stream that is not read. */
const MAX_UNREAD_BYTES = 1 << 26;
/** A larger piece is sent in several frames. */
const MAX_FRAME_BYTES = 1 << 16;

/** A stream that the client has opened. */
export interface SpdyStream {
  readonly headers: SpdyHeaders;
  /** What the client sends, to the end of its side. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Sends bytes; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends our side. May be repeated. */
  finish(): Promise<void>;
}

/** Where a connection sends its bytes, and what it reports. */
export interface SpdyOptions {
  /** Resolves when there is room for more; rejects when the client is gone. */
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly onStream: (stream: SpdyStream) => void;
  /** What the client sent is not SPDY: the connection is of no use any more. */
  readonly onFault: (error: unknown) => void;
}

/** One connection. Bytes are handed to it in their order. */
export class SpdyConnection {
  readonly #options: SpdyOptions;
  readonly #streams = new Map<number, OpenStream>();
  #codec: HeaderCodec | undefined;
  #rest: Uint8Array = new Uint8Array(0);
  /** Frames are read one after the other, and written whole. */
  #reading: Promise<void> = Promise.resolve();
  #isOver = false;

  /** Has no streams. */
  constructor(options: SpdyOptions) {
    this.#options = options;
  }

  /** Takes bytes of the client. */
  receive(bytes: Uint8Array): void {
    this.#reading = this.#reading.then(() => this.#read(bytes)).catch((error) => {
      if (!this.#isOver) this.#options.onFault(error);
      this.close();
    });
  }

  /** The client is gone. May be repeated. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of this.#streams.values()) stream.abort(new Error("the client is gone"));
    this.#streams.clear();
    this.#codec?.close();
  }

  async #read(bytes: Uint8Array): Promise<void> {
    let rest = this.#rest.length === 0 ? bytes : concatBytes([this.#rest, bytes]);
    while (rest.length >= FRAME_HEAD && !this.#isOver) {
      const view = new DataView(rest.buffer, rest.byteOffset);
      const end = FRAME_HEAD + (view.getUint32(4) & 0xffffff);
      if (rest.length < end) break;
      await this.#readFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    this.#rest = rest.slice();
  }

  async #readFrame(frame: Uint8Array): Promise<void> {
    const view = new DataView(frame.buffer, frame.byteOffset);
    const flags = frame[4]!;
    const body = frame.subarray(FRAME_HEAD);
    if ((frame[0]! & CONTROL) === 0) {
      this.#streams.get(view.getUint32(0))?.receive(body, (flags & FIN) !== 0);
      return;
    }
    switch (view.getUint16(2)) {
      case SYN_STREAM:
        if (body.length < 10) throw new Error("a SYN_STREAM frame is cut off");
        return await this.#open(view.getUint32(FRAME_HEAD) & 0x7fffffff, body.subarray(10), flags);
      case RST_STREAM: {
        const id = body.length < 4 ? 0 : view.getUint32(FRAME_HEAD) & 0x7fffffff;
        this.#streams.get(id)?.abort(new Error("the client has reset the stream"));
        this.#streams.delete(id);
        return;
      }
      case PING:
        // Those of a client have odd numbers, and come back.
        return await this.#sendControl(PING, 0, body);
      case GOAWAY:
      default:
        return; // Settings and windows: nothing here depends on them.
    }
  }

  async #open(id: number, block: Uint8Array, flags: number): Promise<void> {
    this.#codec ??= await createHeaderCodec();
    const headers = await this.#codec.decode(block);
    if (this.#streams.size >= MAX_STREAMS) throw new Error("a client has too many streams");
    const stream = new OpenStream(headers, {
      send: (bytes, isLast) => this.#sendData(id, bytes, isLast),
      onDone: () => void this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    const reply = await this.#codec.encode(new Map());
    await this.#sendControl(SYN_REPLY, 0, concatBytes([uint32(id), reply]));
    if ((flags & FIN) !== 0) stream.receive(new Uint8Array(0), true);
    this.#options.onStream(stream);
  }

  async #sendControl(type: number, flags: number, body: Uint8Array): Promise<void> {
    const head = Uint8Array.of(CONTROL, 3, 0, type);
    const size = uint32(body.length);
    size[0] = flags;
    await this.#options.send(concatBytes([head, size, body]));
  }

  async #sendData(id: number, bytes: Uint8Array, isLast: boolean): Promise<void> {
    let at = 0;
    do {
      const part = bytes.subarray(at, at + MAX_FRAME_BYTES);
      at += part.length;
      const size = uint32(part.length);
      size[0] = isLast && at >= bytes.length ? FIN : 0;
      await this.#options.send(concatBytes([uint32(id), size, part]));
    } while (at < bytes.length);
  }
}

function uint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** One stream, with both of its sides. */
class OpenStream implements SpdyStream {
  readonly headers: SpdyHeaders;
  readonly readable: ReadableStream<Uint8Array>;
  readonly #send: (bytes: Uint8Array, isLast: boolean) => Promise<void>;
  readonly #onDone: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isReceived = false;
  #isSent = false;

  constructor(
    headers: SpdyHeaders,
    { send, onDone }: {
      readonly send: (bytes: Uint8Array, isLast: boolean) => Promise<void>;
      readonly onDone: () => void;
    },
  ) {
    this.headers = headers;
    this.#send = send;
    this.#onDone = onDone;
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.#isReceived = true),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }));
  }

  /** @throws {Error} where more is sent than is read. */
  receive(bytes: Uint8Array, isLast: boolean): void {
    if (this.#isReceived) return;
    if (bytes.length > (this.#controller.desiredSize ?? 0)) {
      throw new Error("a client sends more than is read");
    }
    if (bytes.length > 0) this.#controller.enqueue(bytes.slice());
    if (!isLast) return;
    this.#isReceived = true;
    this.#controller.close();
    if (this.#isSent) this.#onDone();
  }

  abort(error: Error): void {
    this.#isSent = true;
    if (this.#isReceived) return;
    this.#isReceived = true;
    this.#controller.error(error);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isSent) throw new Error("the stream has ended");
    if (bytes.length > 0) await this.#send(bytes, false);
  }

  async finish(): Promise<void> {
    if (this.#isSent) return;
    this.#isSent = true;
    if (this.#isReceived) this.#onDone();
    await this.#send(new Uint8Array(0), true);
  }
}
