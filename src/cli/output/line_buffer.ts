/** Bytes as they come to whole lines; pure. */
import { ByteBuilder } from "../../base/bytes.ts";

const NEWLINE = 10;
const RETURN = 13;

/** A line longer than this is given out in pieces. */
const LONGEST_LINE_BYTES = 1 << 18;

/** Lines that follow each other: each ends with a newline, except the last if `partial` is set. */
export interface LineBlock {
  /** Not empty. */
  readonly bytes: Uint8Array;
  /** The last line has no newline, since it is too long or its stream ended. */
  readonly partial: boolean;
}

/** Holds back the beginning of a line until its end comes. */
export class LineBuffer {
  /** Shared: lines are used before others are taken. */
  static readonly #taken = new ByteBuilder();
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /**
   * Takes a chunk, whose bytes may change afterwards, and gives the lines that it completes. They
   * are only valid until then, or until a buffer is called again.
   */
  push(chunk: Uint8Array): LineBlock | undefined {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    const rest = chunk.subarray(end);
    if (end > 0) {
      const bytes = this.#take(chunk.subarray(0, end));
      this.#hold(rest);
      return { bytes, partial: false };
    }
    if (this.#heldBytes + rest.length <= LONGEST_LINE_BYTES) {
      this.#hold(rest);
      return undefined;
    }
    const cut = rest.length - incompleteTailLength(rest);
    const bytes = this.#take(rest.subarray(0, cut));
    this.#hold(rest.subarray(cut));
    return { bytes, partial: true };
  }

  /** The stream has ended: what is left is a line without its end. */
  end(): LineBlock | undefined {
    if (this.#heldBytes === 0) return undefined;
    return { bytes: this.#take(new Uint8Array(0)), partial: true };
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes.slice());
    this.#heldBytes += bytes.length;
  }

  #take(bytes: Uint8Array): Uint8Array {
    if (this.#heldBytes === 0) return bytes;
    for (const piece of this.#held) LineBuffer.#taken.append(piece);
    LineBuffer.#taken.append(bytes);
    this.#held = [];
    this.#heldBytes = 0;
    return LineBuffer.#taken.take();
  }
}

/**
 * Bytes at the end that begin a UTF-8 character and do not complete it, so that it is not cut in
 * two.
 */
function incompleteTailLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? back : 0;
  }
  return 0;
}

/** The lines with a prefix before each and a newline after each. */
export function prefixLines({ bytes, partial }: LineBlock, prefix: Uint8Array): Uint8Array {
  let lines = partial ? 1 : 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  const out = new Uint8Array(bytes.length + lines * prefix.length + (partial ? 1 : 0));
  let to = 0;
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline + 1;
    out.set(prefix, to);
    out.set(bytes.subarray(from, end), to + prefix.length);
    to += prefix.length + end - from;
    from = end;
  }
  if (partial) out[to] = NEWLINE;
  return out;
}

/**
 * The lines with a carriage return before each newline that has none: a terminal in raw mode only
 * goes down at a newline.
 */
export function withReturns(lines: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const [at, byte] of lines.entries()) {
    if (byte === NEWLINE && lines[at - 1] !== RETURN) out.push(RETURN);
    out.push(byte);
  }
  return Uint8Array.from(out);
}
