/** Runs of bytes; pure. */

/** The bytes of all parts, one after another. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What a builder has room for at first. */
const INITIAL_BYTES = 1 << 12;
/** More room than this is not kept. */
const LARGEST_KEPT_BYTES = 1 << 18;

/** Puts bytes together in memory that is used again: new memory costs more than to fill it. */
export class ByteBuilder {
  #bytes = new Uint8Array(0);
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes to the end. */
  append(part: Uint8Array): void {
    const end = this.#length + part.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(part, this.#length);
    this.#length = end;
  }

  /** Adds one byte to the end. */
  appendByte(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(this.#length + 1);
    this.#bytes[this.#length++] = byte;
  }

  /** Returns the bytes, which are only valid until something is added, and has none again. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > LARGEST_KEPT_BYTES) this.#bytes = new Uint8Array(0);
    return taken;
  }

  #grow(atLeast: number): void {
    const larger = new Uint8Array(Math.max(INITIAL_BYTES, 2 * this.#bytes.length, atLeast));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
