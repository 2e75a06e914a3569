/**
 * What one container writes: held until its run has been reported, ended with it, never waiting for
 * a stopped reader.
 */
import type { Millis } from "../../base/clock.ts";
import { LineBuffer } from "./line_buffer.ts";
import { allRoom, type PrintedStream, type RunWriters, STALL_MS } from "./run_writers.ts";

interface Stream extends PrintedStream {
  readonly lines: LineBuffer;
}

interface HeldOutput {
  readonly stream: "stdout" | "stderr";
  readonly chunk: Uint8Array;
  /** Called when there is room for more. */
  readonly goOn: () => void;
}

/** Both streams of one container, over all of its runs. */
export class ContainerStreams {
  readonly #writers: RunWriters;
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  /** Output that is here before its run has been reported; undefined while a run is known. */
  #held: HeldOutput[] | undefined = [];
  /** Let the readers of its streams go on, although there is no room. */
  readonly #waiters = new Set<() => void>();
  /** Set while the container is being stopped. */
  #stopWatch: ReturnType<typeof setInterval> | undefined;

  /** No run is known yet. */
  constructor(
    writers: RunWriters,
    { stdout, stderr }: { readonly stdout: PrintedStream; readonly stderr: PrintedStream },
  ) {
    this.#writers = writers;
    this.#stdout = { ...stdout, lines: new LineBuffer() };
    this.#stderr = { ...stderr, lines: new LineBuffer() };
  }

  /**
   * Prints a piece of output, or holds it until its run is known; resolves when there is room for
   * more.
   */
  async write(stream: "stdout" | "stderr", chunk: Uint8Array): Promise<void> {
    const held = this.#held;
    if (held === undefined) return await this.#print(stream, chunk);
    await new Promise<void>((goOn) => held.push({ stream, chunk: chunk.slice(), goOn }));
  }

  /** A run has been reported: the lines of a run come after its start. */
  startRun(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { stream, chunk, goOn } of held) void this.#print(stream, chunk).then(goOn);
  }

  /** The container is being stopped: it does not wait for a reader that has stopped. */
  stopRun(): void {
    this.#stopWatch ??= setInterval(() => {
      if (!this.#writers.isAnyStalled([this.#stdout, this.#stderr])) return;
      for (const goOn of this.#waiters) goOn();
    }, STALL_MS / 10);
  }

  /** The run is about to be reported as over: the lines of a run come before its end. */
  endRun(at: Millis): void {
    this.#endLines(at);
    this.#endStopWatch();
    this.#held ??= [];
  }

  /** Nothing more comes. */
  close(at: Millis): void {
    this.startRun();
    this.#endLines(at);
    this.#endStopWatch();
  }

  async #print(which: "stdout" | "stderr", chunk: Uint8Array): Promise<void> {
    const stream = which === "stdout" ? this.#stdout : this.#stderr;
    // Beyond the stop signal, what a stopped reader does not take is not waited for.
    if (this.#stopWatch !== undefined && this.#writers.isStalled(stream)) return;
    const room = allRoom([
      stream.unchanged ? this.#writers.writeUnchanged(stream, chunk) : undefined,
      this.#printLines(stream, chunk),
    ]);
    if (room === undefined) return;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        this.#waiters.delete(goOn);
        resolve();
      };
      this.#waiters.add(goOn);
      void room.then(goOn);
    });
  }

  #printLines(stream: Stream, chunk: Uint8Array): Promise<void> | undefined {
    if (!this.#writers.takesLines(stream)) return undefined;
    const block = stream.lines.push(chunk);
    return block && this.#writers.writeLines(stream, block);
  }

  #endLines(at: Millis): void {
    for (const stream of [this.#stdout, this.#stderr]) {
      const block = stream.lines.end();
      if (block !== undefined) this.#writers.writeLines(stream, block, at);
    }
  }

  /**
   * Naming a function of Node's timers loads them, which a run that is never asked to stop can do
   * without.
   */
  #endStopWatch(): void {
    if (this.#stopWatch !== undefined) clearInterval(this.#stopWatch);
    this.#stopWatch = undefined;
  }
}
