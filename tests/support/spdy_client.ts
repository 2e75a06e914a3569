/** A client's side of SPDY/3.1: it writes frames, and reads those that come back. */
import { concatBytes } from "../../src/base/bytes.ts";
import { createHeaderCodec } from "../../src/streams/spdy/header_codec.ts";

const encoder = new TextEncoder();

/** What came back of one stream. */
export interface ReceivedStream {
  text: string;
  isEnded: boolean;
}

/** Four bytes, the highest first. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >> 16, value >> 8, value);
}

/** A control frame. */
export function controlFrame(type: number, flags: number, body: Uint8Array): Uint8Array {
  const size = uint32(body.length);
  size[0] = flags;
  return concatBytes([Uint8Array.of(0x80, 3, 0, type), size, body]);
}

/** A data frame. */
export function dataFrame(id: number, content: string | Uint8Array, isLast = false): Uint8Array {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  const size = uint32(bytes.length);
  size[0] = isLast ? 1 : 0;
  return concatBytes([uint32(id), size, bytes]);
}

/** The frames of a client, and what it has received. */
export class SpdyClient {
  readonly streams = new Map<number, ReceivedStream>();
  readonly #codec = createHeaderCodec();
  readonly #news = new EventTarget();
  #rest = new Uint8Array(0);
  #nextId = 1;

  /** The frame that opens the next stream, and its number. */
  async open(
    headers: Readonly<Record<string, string>>,
    isLast = false,
  ): Promise<{ readonly id: number; readonly frame: Uint8Array }> {
    const id = this.#nextId;
    this.#nextId += 2;
    const block = await (await this.#codec).encode(new Map(Object.entries(headers)));
    const body = concatBytes([uint32(id), uint32(0), Uint8Array.of(0, 0), block]);
    return { id, frame: controlFrame(1, isLast ? 1 : 0, body) };
  }

  /** Takes what the server has sent. */
  receive(bytes: Uint8Array): void {
    let rest = concatBytes([this.#rest, bytes]);
    while (rest.length >= 8) {
      const view = new DataView(rest.buffer, rest.byteOffset);
      const end = 8 + (view.getUint32(4) & 0xffffff);
      if (rest.length < end) break;
      if ((rest[0]! & 0x80) === 0) this.#add(view.getUint32(0), rest.subarray(8, end), rest[4]!);
      rest = rest.slice(end);
    }
    this.#rest = rest;
    this.#news.dispatchEvent(new Event("news"));
  }

  #add(id: number, bytes: Uint8Array, flags: number): void {
    const stream = this.of(id);
    stream.text += new TextDecoder().decode(bytes);
    if ((flags & 1) !== 0) stream.isEnded = true;
  }

  /** What came back of a stream so far. */
  of(id: number): ReceivedStream {
    return this.streams.get(id) ?? this.#make(id);
  }

  #make(id: number): ReceivedStream {
    const made = { text: "", isEnded: false };
    this.streams.set(id, made);
    return made;
  }

  /** Resolves when the condition holds, looked at after each piece. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise((resolve) => this.#news.addEventListener("news", resolve, { once: true }));
    }
  }

  /** Releases what it holds. */
  async close(): Promise<void> {
    (await this.#codec).close();
  }
}
