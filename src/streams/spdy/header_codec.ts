/**
 * The headers of SPDY streams, compressed over the whole connection.
 *
 * Rule: the SPDY Protocol, draft 3.1, "Name/Value Header Block".
 */
import { concatBytes } from "../../base/bytes.ts";
import { makeDictionary } from "./dictionary.ts";

/** The headers of a stream. */
export type SpdyHeaders = ReadonlyMap<string, string>;

/** What a header block may come to; those of Kubernetes have a few hundred bytes. */
const MAX_BLOCK_BYTES = 1 << 16;

/** Reads and writes header blocks, in the order of the frames. */
export interface HeaderCodec {
  /**
   * The headers of a block.
   *
   * @throws {Error} where it is not one.
   */
  decode(block: Uint8Array): Promise<SpdyHeaders>;
  /** A block for the other side. */
  encode(headers: SpdyHeaders): Promise<Uint8Array>;
  /** Releases what it holds. */
  close(): void;
}

/** What compresses, or the opposite: one stream for each direction. */
interface Transform {
  write(chunk: Uint8Array): boolean;
  flush(kind: number, done: () => void): void;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  destroy(): unknown;
}

/** Makes the codec of one connection. */
export async function createHeaderCodec(): Promise<HeaderCodec> {
  const dictionary = makeDictionary();
  const { constants, createDeflate, createInflate } = await import("node:zlib");
  const flushKind = constants.Z_SYNC_FLUSH;
  const inflate = new Flushed(createInflate({ dictionary }), flushKind);
  const deflate = new Flushed(createDeflate({ dictionary }), flushKind);
  return {
    decode: async (block) => parseHeaders(await inflate.pass(block)),
    encode: (headers) => deflate.pass(formatHeaders(headers)),
    close: () => {
      inflate.close();
      deflate.close();
    },
  };
}

/** A transform of which each piece comes out whole. */
class Flushed {
  readonly #transform: Transform;
  readonly #flushKind: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #fail: ((error: Error) => void) | undefined;

  constructor(transform: Transform, flushKind: number) {
    this.#transform = transform;
    this.#flushKind = flushKind;
    transform.on("data", (chunk) => {
      this.#parts.push(chunk);
      this.#size += chunk.length;
      if (this.#size > MAX_BLOCK_BYTES) this.#fail?.(new Error("a header block is too large"));
    });
    transform.on("error", (error) => this.#fail?.(error));
  }

  /** One piece at a time. */
  async pass(piece: Uint8Array): Promise<Uint8Array> {
    this.#parts = [];
    this.#size = 0;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#fail = reject;
    this.#transform.write(piece);
    this.#transform.flush(this.#flushKind, resolve);
    await promise;
    return concatBytes(this.#parts);
  }

  close(): void {
    this.#transform.destroy();
  }
}

/**
 * Headers as they are when they have been expanded.
 *
 * @throws {Error} where the bytes are not headers.
 */
export function parseHeaders(bytes: Uint8Array): SpdyHeaders {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let at = 0;
  const readCount = () => {
    if (at + 4 > bytes.length) throw new Error("a header block is cut off");
    at += 4;
    return view.getUint32(at - 4);
  };
  const readText = () => {
    const length = readCount();
    if (at + length > bytes.length) throw new Error("a header block is cut off");
    at += length;
    return decoder.decode(bytes.subarray(at - length, at));
  };
  const headers = new Map<string, string>();
  for (let left = readCount(); left > 0; left--) headers.set(readText().toLowerCase(), readText());
  return headers;
}

/** Headers as they are before they are compressed. */
export function formatHeaders(headers: SpdyHeaders): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const count = (value: number) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    return bytes;
  };
  const text = (value: string) => {
    const bytes = encoder.encode(value);
    return [count(bytes.length), bytes];
  };
  return concatBytes([count(headers.size), ...[...headers].flat().flatMap(text)]);
}
