/**
 * Standard output, standard error and the events file of a run: order, blocked readers, raw
 * terminals.
 */
import { escapeControls } from "../../base/control_characters.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import { AsyncWriter, type ByteSink } from "./async_writer.ts";
import { formatOpening, formatOutput, type OutputSource } from "./event_log.ts";
import { type LineBlock, prefixLines, withReturns } from "./line_buffer.ts";

/** Where to print, and how. */
export interface WriterOptions {
  /** What standard output and standard error carry. */
  readonly format: "text" | "ndjson";
  readonly stdout: OutputTarget;
  readonly stderr: OutputTarget;
  /** Takes the event log, beside standard output where that carries it. */
  readonly eventsFile?: ByteSink;
  /** Where lifecycle moments come from. */
  readonly clock: Clock;
  /** Whether a newline alone does not begin a line on the terminal. @default it does */
  readonly isRaw?: () => boolean;
  /** Called once when something cannot be written any more. */
  readonly onFailed: (target: "stdout" | "eventsFile", error: unknown) => void;
}

/** A standard stream. */
export interface OutputTarget extends ByteSink {
  /** Whether a person looks at it. */
  readonly terminal: boolean;
  /** Whether escape sequences may colour it. */
  readonly colour: boolean;
}

/** Standard output or standard error of this process. */
export function standardStream(stream: typeof Deno.stdout | typeof Deno.stderr): OutputTarget {
  const terminal = stream.isTerminal();
  return {
    terminal,
    colour: terminal && !Deno.noColor,
    write: (bytes) => stream.write(bytes),
  };
}

/** What is printed of one stream of a container. */
export interface PrintedStream {
  /** Where its lines come from. */
  readonly source: OutputSource;
  /** Stands before each line, blank included; empty: none. */
  readonly prefix: string;
  /** Its bytes pass through as they are. */
  readonly unchanged: boolean;
}

/** A reader that takes nothing for this long does not delay what has to end. */
export const STALL_MS = 1000;

/** Unread events are dropped above this: they must not wait, and must not fill the memory. */
const EVENT_BACKLOG_BYTES = 64 << 20;

/** A reader with this much before it has fallen behind. */
const BEHIND_BYTES = 1 << 20;

/** How long a lifecycle line lets the output that came before it go first. */
const ORDER_PATIENCE_MS = 200;

const NEWLINE = 10;

/** What a run writes to. */
export class RunWriters {
  readonly #options: WriterOptions;
  readonly #stdout: AsyncWriter;
  readonly #stderr: AsyncWriter;
  readonly #eventsFile: AsyncWriter | undefined;
  readonly #encoder = new TextEncoder();
  #lastMoment: Millis = 0;
  /** Where the cursor of each stream stands, for lines of our own. */
  #midLine = { stdout: false, stderr: false };
  #droppedEvents = 0;

  /** Writes the first line of the events file, if there is one. */
  constructor(options: WriterOptions) {
    this.#options = options;
    const failed = (target: "stdout" | "eventsFile") => (error: unknown) =>
      options.onFailed(target, error);
    this.#stdout = new AsyncWriter(options.stdout, failed("stdout"));
    // Without a reader of standard error the exit status still has the result.
    this.#stderr = new AsyncWriter(options.stderr, () => {});
    if (options.eventsFile === undefined) return;
    this.#eventsFile = new AsyncWriter(options.eventsFile, failed("eventsFile"));
    const now = options.clock.now();
    this.#pushEvent(this.#eventsFile, formatOpening(now, options.clock.wallTime(now)));
  }

  /** The latest moment in the log so far, or a later one. */
  moment(at: Millis): Millis {
    this.#lastMoment = Math.max(this.#lastMoment, at);
    return this.#lastMoment;
  }

  /** Whether an event log is kept anywhere. */
  get logsEvents(): boolean {
    return this.#options.format === "ndjson" || this.#eventsFile !== undefined;
  }

  /** Writes a line of the event log wherever that goes; never waits. */
  writeEvent(line: string): void {
    this.#pushEvent(this.#eventsFile, line);
    if (this.#options.format === "ndjson") this.#pushEvent(this.#stdout, line);
  }

  /**
   * Whether lines of a stream are printed anywhere: not where its bytes pass through and no file
   * takes its lines.
   */
  takesLines({ unchanged }: PrintedStream): boolean {
    return !unchanged || this.#eventsFile !== undefined;
  }

  /**
   * Passes a piece of a container's output through; resolves when there is room for more,
   * undefined: there is.
   */
  writeUnchanged(stream: PrintedStream, chunk: Uint8Array): Promise<void> | undefined {
    this.#midLine[stream.source.stream] = chunk.at(-1) !== NEWLINE;
    return this.#writerOf(stream).push(chunk);
  }

  /**
   * Writes whole lines of a container's output; resolves when there is room for more, undefined:
   * there is.
   */
  writeLines(
    stream: PrintedStream,
    block: LineBlock,
    now: Millis = this.#options.clock.now(),
  ): Promise<void> | undefined {
    const { format, clock } = this.#options;
    const waits: (Promise<void> | undefined)[] = [];
    if (format === "text" && !stream.unchanged) {
      const bytes = stream.prefix.length === 0 && !block.partial
        ? block.bytes
        : prefixLines(block, this.#encoder.encode(stream.prefix));
      const writer = this.#writerOf(stream);
      waits.push(writer.push(this.#fit(writer, bytes)));
    }
    if (this.logsEvents) {
      const at = this.moment(now);
      const moment = { at, wallMs: clock.wallTime(at) };
      const lines = formatOutput(stream.source, block, moment);
      if (format === "ndjson") waits.push(this.#pushText(this.#stdout, lines));
      if (this.#eventsFile !== undefined) waits.push(this.#eventsFile.pushText(lines));
    }
    return allRoom(waits);
  }

  /** Whether the reader of a stream takes nothing at present. */
  isStalled(stream: PrintedStream): boolean {
    return this.#writerOf(stream).stalledMs > STALL_MS;
  }

  /**
   * Whether the reader of one of these streams, or of the events file, takes nothing at present.
   */
  isAnyStalled(streams: readonly PrintedStream[]): boolean {
    return [...streams.map((it) => this.#writerOf(it)), this.#eventsFile]
      .some((it) => it !== undefined && it.stalledMs >= STALL_MS);
  }

  /**
   * Writes a line of our own on standard error, on a line of its own and after the output that came
   * before it.
   */
  say(text: string): void {
    const { stdout, stderr } = this.#options;
    const sameScreen = stdout.terminal && stderr.terminal && this.#midLine.stdout;
    const newline = this.#midLine.stderr || sameScreen ? "\n" : "";
    this.#midLine = { stdout: sameScreen ? false : this.#midLine.stdout, stderr: false };
    const after = this.#stdout.pendingBytes === 0
      ? undefined
      : orAfter(ORDER_PATIENCE_MS, this.#stdout.flushed());
    const bytes = this.#encoder.encode(`${newline}${text}\n`);
    void this.#stderr.push(this.#fit(this.#stderr, bytes), after);
  }

  /** A diagnostic on standard error, whatever the format. */
  warn(text: string): void {
    this.say(`podling: ${escapeControls(text)}`);
  }

  /** Resolves when no more than a bounded part of what was printed waits to be written. */
  async caughtUp(): Promise<void> {
    for (const writer of [this.#stdout, this.#stderr, this.#eventsFile]) {
      if (writer !== undefined && writer.pendingBytes > BEHIND_BYTES) await writer.flushed();
    }
  }

  /**
   * Waits until everything is written.
   *
   * @param patience `"reader"`: for as long as the reader takes; `"brief"`: not for one that takes
   * nothing.
   */
  async close(patience: "reader" | "brief"): Promise<void> {
    if (this.#droppedEvents > 0) {
      this.warn(`${this.#droppedEvents} events were dropped, since they were not read`);
    }
    const writers = [this.#stdout, this.#stderr, this.#eventsFile];
    if (patience === "reader") return void await Promise.all(writers.map((it) => it?.flushed()));
    const stop = new AbortController();
    await Promise.all(
      writers.map((it) => it && Promise.race([it.flushed(), whenStalled(it, stop.signal)])),
    );
    stop.abort();
    for (const writer of writers) writer?.abandon();
  }

  #writerOf({ source: { stream } }: PrintedStream): AsyncWriter {
    return this.#options.format === "text" && stream === "stderr" ? this.#stderr : this.#stdout;
  }

  #pushEvent(writer: AsyncWriter | undefined, line: string): void {
    if (writer === undefined) return;
    if (writer.pendingBytes < EVENT_BACKLOG_BYTES) void this.#pushText(writer, line);
    else this.#droppedEvents++;
  }

  #pushText(writer: AsyncWriter, text: string): Promise<void> | undefined {
    if (!this.#options.isRaw?.()) return writer.pushText(text);
    return writer.push(this.#fit(writer, this.#encoder.encode(text)));
  }

  /** Lines of a writer, as its terminal has to have them now. */
  #fit(writer: AsyncWriter, lines: Uint8Array): Uint8Array {
    if (!this.#options.isRaw?.()) return lines;
    const { stdout, stderr } = this.#options;
    const terminal = (writer === this.#stdout && stdout.terminal) ||
      (writer === this.#stderr && stderr.terminal);
    return terminal ? withReturns(lines) : lines;
  }
}

/** Resolves with all of them; undefined if there is nothing to wait for. */
export function allRoom(waits: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  if (waits.every((it) => it === undefined)) return undefined;
  return Promise.all(waits).then(() => {});
}

/** Resolves when the writer's reader has taken nothing for {@link STALL_MS}. */
function whenStalled(writer: AsyncWriter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (writer.stalledMs < STALL_MS) return;
      clearInterval(timer);
      resolve();
    }, STALL_MS / 10);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  });
}

/** Resolves with the promise, or after that much wall time. */
async function orAfter(ms: number, promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
