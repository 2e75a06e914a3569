/**
 * Bytes to a file descriptor that may be slow, blocked or closed, without ever stopping the event
 * loop.
 */

/** Above this much in wait, producers wait too. */
const HIGH_WATER_BYTES = 1 << 20;

/** What is written at once, where so much waits. */
const BLOCK_BYTES = 1 << 18;

/** Written blocks that are kept to be filled again: new memory costs more than to fill it. */
const SPARE_BLOCKS = HIGH_WATER_BYTES / BLOCK_BYTES;

/** What a writer writes to: an open file, standard output or standard error. */
export interface ByteSink {
  /** Writes the beginning of `bytes`, which change later, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

interface Block {
  readonly memory: Uint8Array;
  /** How much of it is filled. */
  length: number;
  /** Not to be written before this. */
  readonly after: Promise<void> | undefined;
}

const encoder = new TextEncoder();

/** Writes in order; bounded as long as its users wait for {@link AsyncWriter.push}. */
export class AsyncWriter {
  readonly #sink: ByteSink;
  readonly #onFailed: (error: unknown) => void;
  /** Those that wait; the last one is being filled. */
  #queue: Block[] = [];
  readonly #spare: Uint8Array[] = [];
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
   * Takes the bytes, which may change afterwards.
   *
   * @param after holds them, and all behind them, back.
   * @returns a promise that resolves when there is room for more; nothing if there is.
   */
  push(bytes: Uint8Array, after?: Promise<void>): Promise<void> | undefined {
    if (this.#closed || bytes.length === 0) return undefined;
    if (after !== undefined) this.#addBlock(after);
    for (let at = 0; at < bytes.length;) {
      const block = this.#openBlock();
      const part = bytes.subarray(at, at + block.memory.length - block.length);
      block.memory.set(part, block.length);
      this.#count(block, part.length);
      at += part.length;
    }
    return this.#filled();
  }

  /** Takes text, as {@link push} takes its bytes. */
  pushText(text: string): Promise<void> | undefined {
    if (this.#closed || text === "") return undefined;
    for (let at = 0; at < text.length;) {
      const block = this.#openBlock();
      const room = block.memory.subarray(block.length);
      const { read, written } = encoder.encodeInto(at === 0 ? text : text.slice(at), room);
      // Too little is left for the next character.
      if (read === 0) this.#addBlock();
      this.#count(block, written);
      at += read;
    }
    return this.#filled();
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

  /** The block to fill. */
  #openBlock(): Block {
    const last = this.#queue.at(-1);
    return last !== undefined && last.length < last.memory.length ? last : this.#addBlock();
  }

  #addBlock(after?: Promise<void>): Block {
    const memory = this.#spare.pop() ?? new Uint8Array(BLOCK_BYTES);
    const block: Block = { memory, length: 0, after };
    this.#queue.push(block);
    return block;
  }

  #count(block: Block, length: number): void {
    block.length += length;
    this.#pendingBytes += length;
  }

  /** Has what waits written; a promise where producers have to wait. */
  #filled(): Promise<void> | undefined {
    if (!this.#writing) void this.#run();
    if (this.#pendingBytes < HIGH_WATER_BYTES) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  async #run(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#queue.length > 0) {
        const after = this.#queue[0]!.after;
        this.#lastProgress = performance.now();
        if (after !== undefined) await after;
        const block = this.#queue.shift();
        if (block === undefined) break;
        await this.#writeAll(block.memory.subarray(0, block.length));
        if (this.#spare.length < SPARE_BLOCKS) this.#spare.push(block.memory);
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

  #wakeWaiters(): void {
    this.#room?.resolve();
    this.#room = undefined;
    if (this.#pendingBytes > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}
