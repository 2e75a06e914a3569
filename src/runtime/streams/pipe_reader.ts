/** What a container writes, read without a large buffer for each one that is silent. */

/** As much of a reader as those who hand on output need. */
export interface Source {
  /** The next of it; the bytes are only valid until the next call. */
  read(): Promise<ReadableStreamReadResult<Uint8Array>>;
  /** Nothing more is wanted. */
  cancel(): Promise<void>;
}

/** What waits in a pipe with little output, in bytes. */
const SMALL = 1 << 12;
/** As much as a pipe holds. */
const LARGE = 1 << 16;
/** Between a buffer and the next larger one. */
const GROWTH = 4;

/**
 * Reads a pipe by pieces as large as what comes: a buffer is held for as long as nothing comes, and
 * used again while its size fits, since new ones cost more than to read into them.
 */
export class PipeReader implements Source {
  readonly #reader: ReadableStreamBYOBReader;
  #size = SMALL;
  /** Of this size, while no read is under way. */
  #buffer: ArrayBuffer | undefined;

  /** Takes the stream for itself. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader({ mode: "byob" });
  }

  /** As {@link Source.read}. */
  async read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const buffer = this.#buffer ?? new ArrayBuffer(this.#size);
    this.#buffer = undefined;
    const { value, done } = await this.#reader.read(new Uint8Array(buffer));
    // Without a value it has been cancelled.
    if (done || value === undefined) return { done: true };
    const size = nextSize(this.#size, value.length);
    this.#buffer = size === this.#size ? value.buffer : undefined;
    this.#size = size;
    return { value, done };
  }

  /** As {@link Source.cancel}. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

/** The size of a buffer after one of this size took so many bytes. */
function nextSize(size: number, taken: number): number {
  if (taken === size) return Math.min(LARGE, size * GROWTH);
  return taken * GROWTH < size ? Math.max(SMALL, size / GROWTH) : size;
}
