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
const HEADERS = 8;
const CONTROL = 0x80;
const FIN = 0x01;
const FRAME_HEAD = 8;

/** How many streams a client may have open. */
const MAX_STREAMS = 1000;
/** What a stream holds that is not read; frames behind it wait. */
const MAX_HELD_BYTES = 1 << 22;
/** What a client may send that waits. */
const MAX_WAITING_BYTES = 1 << 26;
/** A control frame's; those of Kubernetes have a few hundred bytes. */
const MAX_CONTROL_BYTES = 1 << 16;
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
  readonly #rest = new Pieces();
  /** Frames are read one after the other, and written whole. */
  #reading: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #lastId = 0;
  #isOver = false;

  /** Has no streams. */
  constructor(options: SpdyOptions) {
    this.#options = options;
  }

  /** What was handed over and waits for those who read the streams. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Takes bytes of the client; resolves when the streams have them. */
  receive(bytes: Uint8Array): Promise<void> {
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#fail(new Error("a client sends more than is read"));
    }
    this.#reading = this.#reading.then(() => this.#read(bytes)).catch((error) => this.#fail(error))
      .finally(() => this.#waitingBytes -= bytes.length);
    return this.#reading;
  }

  /** The client is gone. May be repeated. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of this.#streams.values()) stream.abort(new Error("the client is gone"));
    this.#streams.clear();
    this.#codec?.close();
  }

  #fail(error: unknown): void {
    if (!this.#isOver) this.#options.onFault(error);
    this.close();
  }

  async #read(bytes: Uint8Array): Promise<void> {
    this.#rest.add(bytes);
    while (!this.#isOver) {
      const head = this.#rest.peek(FRAME_HEAD);
      if (head === undefined) return;
      const size = new DataView(head.buffer, head.byteOffset).getUint32(4) & 0xffffff;
      if ((head[0]! & CONTROL) !== 0 && size > MAX_CONTROL_BYTES) {
        throw new Error("a control frame is too large");
      }
      const frame = this.#rest.take(FRAME_HEAD + size);
      if (frame === undefined) return;
      await this.#readFrame(frame);
    }
  }

  async #readFrame(frame: Uint8Array): Promise<void> {
    const view = new DataView(frame.buffer, frame.byteOffset);
    const flags = frame[4]!;
    const body = frame.subarray(FRAME_HEAD);
    if ((frame[0]! & CONTROL) === 0) {
      await this.#streams.get(view.getUint32(0))?.receive(body, (flags & FIN) !== 0);
      return;
    }
    const id = body.length < 4 ? 0 : view.getUint32(FRAME_HEAD) & 0x7fffffff;
    switch (view.getUint16(2)) {
      case SYN_STREAM:
        if (body.length < 10) throw new Error("a SYN_STREAM frame is cut off");
        return await this.#open(id, body.subarray(10), flags);
      case RST_STREAM:
        this.#streams.get(id)?.abort(new Error("the client has reset the stream"));
        this.#streams.delete(id);
        return;
      case PING:
        // Those of a client have odd numbers, and come back.
        if (body.length === 4) await this.#sendControl(PING, 0, body);
        return;
      case HEADERS:
        // Nothing depends on them, but the blocks behind them are compressed after them.
        await this.#decode(body.subarray(4));
        if ((flags & FIN) !== 0) await this.#streams.get(id)?.receive(new Uint8Array(0), true);
        return;
      default:
        return; // Settings, windows and GOAWAY: nothing here depends on them.
    }
  }

  async #decode(block: Uint8Array): Promise<SpdyHeaders> {
    this.#codec ??= await createHeaderCodec();
    return await this.#codec.decode(block);
  }

  async #open(id: number, block: Uint8Array, flags: number): Promise<void> {
    const headers = await this.#decode(block);
    if (this.#isOver) return;
    if (id % 2 === 0 || id <= this.#lastId) throw new Error(`${id} is not a new stream`);
    if (this.#streams.size >= MAX_STREAMS) throw new Error("a client has too many streams");
    this.#lastId = id;
    const stream = new OpenStream(headers, {
      send: (bytes, isLast) => this.#sendData(id, bytes, isLast),
      onDone: () => void this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    const reply = await this.#codec!.encode(new Map());
    await this.#sendControl(SYN_REPLY, 0, concatBytes([uint32(id), reply]));
    if ((flags & FIN) !== 0) await stream.receive(new Uint8Array(0), true);
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

/** Bytes in the pieces that they came in, joined when there are enough. */
class Pieces {
  #pieces: Uint8Array[] = [];
  #size = 0;

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** The first bytes, which stay; undefined where there are fewer. */
  peek(count: number): Uint8Array | undefined {
    if (this.#size < count) return undefined;
    if (this.#pieces[0]!.length < count) this.#pieces = [concatBytes(this.#pieces)];
    return this.#pieces[0]!.subarray(0, count);
  }

  /** The first bytes; undefined where there are fewer. */
  take(count: number): Uint8Array | undefined {
    const taken = this.peek(count);
    if (taken === undefined) return undefined;
    const rest = this.#pieces[0]!.subarray(count);
    if (rest.length > 0) this.#pieces[0] = rest;
    else this.#pieces.shift();
    this.#size -= count;
    return taken;
  }
}

/** One stream, with both of its sides. */
class OpenStream implements SpdyStream {
  readonly headers: SpdyHeaders;
  readonly readable: ReadableStream<Uint8Array>;
  readonly #send: (bytes: Uint8Array, isLast: boolean) => Promise<void>;
  readonly #onDone: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Called when there is room. */
  #onRoom: (() => void) | undefined;
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
      pull: () => this.#onRoom?.(),
      cancel: () => this.#endReceiving(),
    }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_HELD_BYTES }));
  }

  /** Resolves when there is room for more, or no more is taken. */
  async receive(bytes: Uint8Array, isLast: boolean): Promise<void> {
    if (this.#isReceived) return;
    if (bytes.length > 0) this.#controller.enqueue(bytes.slice());
    if (isLast) {
      this.#endReceiving();
      this.#controller.close();
    } else if ((this.#controller.desiredSize ?? 1) <= 0) {
      await new Promise<void>((resolve) => void (this.#onRoom = resolve));
    }
  }

  #endReceiving(): void {
    if (this.#isReceived) return;
    this.#isReceived = true;
    this.#onRoom?.();
    if (this.#isSent) this.#onDone();
  }

  abort(error: Error): void {
    this.#isSent = true;
    if (this.#isReceived) return;
    this.#endReceiving();
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
