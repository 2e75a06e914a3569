/** What a container writes, read without a large buffer for each one that is silent. */

/** As much of a reader as those who hand on output need. */
export interface Source {
  /** The next of it. */
  read(): Promise<ReadableStreamReadResult<Uint8Array>>;
  /** Nothing more is wanted. */
  cancel(): Promise<void>;
}

/** What waits in a pipe with little output, in bytes. */
const SMALL = 1 << 12;
/** As much as a pipe holds. */
const LARGE = 1 << 16;

/**
 * Reads a pipe by large pieces while it is full, by small ones else: a buffer is held for as long
 * as nothing comes.
 */
export class PipeReader implements Source {
  readonly #reader: ReadableStreamBYOBReader;
  #size = SMALL;

  /** Takes the stream for itself. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader({ mode: "byob" });
  }

  /** As {@link Source.read}. */
  async read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const { value, done } = await this.#reader.read(new Uint8Array(this.#size));
    // Without a value it has been cancelled.
    if (done || value === undefined) return { done: true };
    this.#size = value.length === this.#size ? LARGE : SMALL;
    return { value, done };
  }

  /** As {@link Source.cancel}. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
