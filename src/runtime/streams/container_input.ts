/** What a run of a container reads: a pipe or a terminal, which several may write to. */
import { systemClock } from "../../base/clock.ts";
import type { Terminal } from "./terminal.ts";

/** Ctrl-D: a terminal takes it for the end of what is typed. */
const END_OF_INPUT = Uint8Array.of(4);
/** How often it is looked whether that has been read. */
const END_INTERVAL_MS = 50;
const NOTHING = new Uint8Array(0);

/** Where it is written. */
export interface InputTarget {
  /** Writes, one call at a time. @returns how much was taken: less than all once it is closed. */
  write(bytes: Uint8Array): Promise<number>;
  /** Programs find the end after what was written, for as long as the container runs. */
  end(over: AbortSignal): void;
  /** No program has it any more. @returns what none has read, where that can be found out. */
  close(): Uint8Array | undefined;
}

/** What is typed at a terminal. */
export function terminalInput(terminal: Terminal): InputTarget {
  return {
    write: (bytes) => terminal.write(bytes),
    end: (over) => void typeEnd(terminal, over).catch(() => {}), // Only its end interrupts it.
    close: () => {
      terminal.close();
      return undefined;
    },
  };
}

/** Standard input of one run. */
export class ContainerInput {
  readonly #target: InputTarget;
  /** The write under way, or the last one. */
  #writing: Promise<unknown> = Promise.resolve();
  #lastWriter: AbortSignal | undefined;
  #isEnded = false;
  #unread: Uint8Array = NOTHING;
  readonly #over = new AbortController();

  /** Writes there. */
  constructor(target: InputTarget) {
    this.#target = target;
  }

  /** Nothing more can be written. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Writes after all that others are writing.
   * @param writer names the writer; aborted when it has gone.
   * @returns how much was taken: less than all once the input has ended, or the writer has gone.
   */
  write(bytes: Uint8Array, writer: AbortSignal): Promise<number> {
    const written = this.#writing.then(() => {
      if (this.#isEnded || writer.aborted) return 0;
      this.#lastWriter = writer;
      return this.#target.write(bytes);
    });
    this.#writing = written;
    return written;
  }

  /** Programs find the end after what was written. May be repeated. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    void this.#writing.then(() => this.#target.end(this.#over.signal));
  }

  /** The container has ended, or could not be started. */
  close(): void {
    this.#isEnded = true;
    this.#over.abort();
    this.#unread = this.#target.close() ?? NOTHING;
  }

  /** What a writer wrote and no program has read: the last writer's, where there were several. */
  unreadOf(writer: AbortSignal): Uint8Array {
    return writer === this.#lastWriter ? this.#unread : NOTHING;
  }
}

/**
 * An end lasts, but a key is pressed once: it is pressed again whenever a program has read the last
 * one and goes on.
 * @throws the signal's reason when it is over.
 */
export async function typeEnd(terminal: Terminal, over: AbortSignal): Promise<never> {
  const clock = systemClock();
  for (;;) {
    if (!terminal.hasUnreadInput) await terminal.write(END_OF_INPUT);
    await clock.sleepUntil(clock.now() + END_INTERVAL_MS, over);
  }
}
