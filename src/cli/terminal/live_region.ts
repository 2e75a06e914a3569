/** Lines that stay at the end of a terminal while output scrolls above them. */
import type { OutputTarget } from "../output/run_writers.ts";

const NEWLINE = 10;
/** Changes within this are drawn together. */
const DRAW_MS = 100;
/** Between two looks at lines that count seconds. */
const TICK_MS = 1000;
/** A timer that is this late: the process may have been stopped, and its signal be on its way. */
const LATE_MS = 300;
/** How long the signal may take. */
const SIGNAL_MS = 20;

/** Where lines are drawn, and what they are. */
export interface LiveRegionOptions {
  /** The terminal. */
  readonly target: OutputTarget;
  readonly columns: () => number;
  /** The lines, without escape sequences but for colour, each shorter than the terminal is wide. */
  readonly lines: () => readonly string[];
  /** Whether the lines change by time alone. */
  readonly isTicking: () => boolean;
}

/** The region, and the streams that share its terminal. */
export class LiveRegion {
  readonly #options: LiveRegionOptions;
  /** As they stand on the terminal. */
  #drawn: readonly string[] = [];
  /** Output has begun a line that has not ended. */
  #isMidLine = false;
  #queue: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of the timer, in wall milliseconds. */
  #dueAt = Infinity;
  #isClosed = false;

  /** Nothing is drawn yet. */
  constructor(options: LiveRegionOptions) {
    this.#options = options;
  }

  /** A stream of the same terminal: the lines make way for what it writes. */
  share(stream: OutputTarget): OutputTarget {
    return {
      terminal: stream.terminal,
      colour: stream.colour,
      write: (bytes) =>
        this.#enqueue(async () => {
          if (this.#isClosed) return await stream.write(bytes);
          await this.#erase();
          const count = await stream.write(bytes);
          this.#isMidLine = bytes[count - 1] !== NEWLINE;
          await this.#draw();
          return count;
        }),
    };
  }

  /** The lines have changed: they are drawn again soon. */
  change(): void {
    if (!this.#isClosed) this.#redrawAfter(DRAW_MS);
  }

  /** Something else has been written below the lines: they stay there, and are drawn again. */
  leave(): void {
    this.#drawn = [];
    this.#isMidLine = false;
    this.change();
  }

  #redrawAfter(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#redraw(), ms);
    this.#dueAt = performance.now() + ms;
  }

  /** Removes the lines; the streams write on without them. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#enqueue(async () => {
      await this.#erase();
      this.#isClosed = true;
    });
    clearTimeout(this.#timer);
  }

  async #redraw(): Promise<void> {
    await this.#enqueue(async () => {
      this.#timer = undefined;
      if (this.#isClosed) return;
      await this.#erase();
      await this.#draw();
      if (this.#options.isTicking()) this.#redrawAfter(TICK_MS);
    });
  }

  async #erase(): Promise<void> {
    if (performance.now() > this.#dueAt + LATE_MS) await delay(SIGNAL_MS);
    this.#dueAt = this.#timer === undefined ? Infinity : this.#dueAt;
    if (this.#drawn.length === 0) return;
    const columns = this.#options.columns();
    // A terminal that has become narrower has broken what stood there.
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(Math.ceil(lengthOf(line) / columns), 1),
      0,
    );
    this.#drawn = [];
    await this.#write(`\r\x1b[${rows}A\x1b[J`);
  }

  async #draw(): Promise<void> {
    if (this.#isMidLine) return;
    const lines = this.#options.lines();
    if (lines.length === 0) return;
    await this.#write(lines.map((line) => `${line}\n`).join(""));
    this.#drawn = lines;
  }

  async #write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) {
      at += await this.#options.target.write(bytes.subarray(at));
    }
  }

  /** One after the other: streams and lines have one cursor. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {}); // Its caller gets it.
    return done;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** In columns, without the sequences that colour. */
function lengthOf(line: string): number {
  // deno-lint-ignore no-control-regex
  return line.replace(/\x1b\[\d*m/g, "").length;
}
