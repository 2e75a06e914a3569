/**
 * Bytes to a file descriptor that may be slow, blocked or closed, without ever stopping the event
 * loop.
 */

/** Above this much in wait, producers wait too. */
const HIGH_WATER_BYTES = 1 << 20;

/** What is written at once, where it waits in small pieces. */
const BLOCK_BYTES = 1 << 18;

/** What a writer writes to: an open file, standard output or standard error. */
export interface ByteSink {
  /** Writes the beginning of `bytes` and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

interface Piece {
  readonly bytes: Uint8Array;
  /** Not to be written before this. */
  readonly after: Promise<void> | undefined;
}

/** Writes in order; bounded as long as its users wait for {@link AsyncWriter.push}. */
export class AsyncWriter {
  readonly #sink: ByteSink;
  readonly #onFailed: (error: unknown) => void;
  #queue: Piece[] = [];
  #pendingBytes = 0;
  #writing = false;
  #closed = false;
  #room: PromiseWithResolvers<void> | undefined;
  #empty: PromiseWithResolvers<void> | undefined;
  #lastProgress = 0;

  /**
   * Writes nothing yet.
   * @param onFailed is called once with what ended the writing; all that comes later is dropped.
   */
  constructor(sink: ByteSink, onFailed: (error: unknown) => void) {
    this.#sink = sink;
    this.#onFailed = onFailed;
  }

  /** Bytes that wait to be written. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** How long the write under way has taken so far, in wall milliseconds; 0 if there is none. */
  get stalledMs(): number {
    return this.#writing ? performance.now() - this.#lastProgress : 0;
  }

  /**
   * Takes the bytes, which must not change afterwards.
   *
   * @param after holds them, and all behind them, back.
   * @returns a promise that resolves when there is room for more; nothing if there is.
   */
  push(bytes: Uint8Array, after?: Promise<void>): Promise<void> | undefined {
    if (this.#closed || bytes.length === 0) return undefined;
    this.#queue.push({ bytes, after });
    this.#pendingBytes += bytes.length;
    if (!this.#writing) void this.#run();
    if (this.#pendingBytes < HIGH_WATER_BYTES) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Resolves when everything pushed so far and since is written, or dropped. */
  flushed(): Promise<void> {
    if (this.#pendingBytes === 0 || this.#closed) return Promise.resolve();
    this.#empty ??= Promise.withResolvers();
    return this.#empty.promise;
  }

  /** Drops what waits and all that comes: the output of this writer is no longer needed. */
  abandon(): void {
    this.#closed = true;
    this.#queue = [];
    this.#pendingBytes = 0;
    this.#wakeWaiters();
  }

  async #run(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#queue.length > 0) {
        const after = this.#queue[0]!.after;
        this.#lastProgress = performance.now();
        if (after !== undefined) await after;
        if (this.#queue.length > 0) await this.#writeAll(this.#takeBlock());
      }
    } catch (error) {
      if (!this.#closed) this.#onFailed(error);
      this.abandon();
    } finally {
      this.#writing = false;
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#closed;) {
      this.#lastProgress = performance.now();
      const count = await this.#sink.write(at === 0 ? bytes : bytes.subarray(at));
      at += count;
      if (this.#closed) return;
      this.#pendingBytes -= count;
      if (this.#pendingBytes < HIGH_WATER_BYTES / 2) this.#wakeWaiters();
    }
  }

  /** The first pieces in line, put together: a write costs more than a copy. */
  #takeBlock(): Uint8Array {
    let count = 1;
    let size = this.#queue[0]!.bytes.length;
    for (; count < this.#queue.length; count++) {
      const { bytes, after } = this.#queue[count]!;
      if (after !== undefined || size + bytes.length > BLOCK_BYTES) break;
      size += bytes.length;
    }
    const pieces = this.#queue.splice(0, count);
    if (count === 1) return pieces[0]!.bytes;
    const block = new Uint8Array(size);
    let at = 0;
    for (const { bytes } of pieces) {
      block.set(bytes, at);
      at += bytes.length;
    }
    return block;
  }

  #wakeWaiters(): void {
    this.#room?.resolve();
    this.#room = undefined;
    if (this.#pendingBytes > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}
