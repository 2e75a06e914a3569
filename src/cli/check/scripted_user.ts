/** Who writes the inputs of a scenario to the standard input of a run. */
import type { Clock } from "../../base/clock.ts";
import type { Input } from "../../scenario/script.ts";
import type { RunUser } from "../run/run_environment.ts";

/** Writes each input at its moment; then the input is at its end. */
export class ScriptedUser implements RunUser {
  /** No one types. */
  readonly types = false;
  /** There is no terminal. */
  readonly isRaw = false;
  readonly #clock: Clock;
  readonly #inputs: Input[];
  #ahead: Uint8Array[] = [];

  /** Has written nothing yet. */
  constructor(inputs: readonly Input[], clock: Clock) {
    this.#clock = clock;
    this.#inputs = inputs.toSorted((a, b) => a.at - b.at);
  }

  /** What has not been read, and then what comes. */
  readInput(): ReadableStream<Uint8Array> {
    const over = new AbortController();
    return new ReadableStream({
      pull: async (controller) => {
        const held = this.#ahead.shift();
        if (held !== undefined) return controller.enqueue(held);
        const [next] = this.#inputs;
        if (next === undefined) return controller.close();
        try {
          await this.#clock.sleepUntil(next.at, over.signal);
        } catch {
          return; // The only failure is the cancellation.
        }
        this.#inputs.shift();
        controller.enqueue(new TextEncoder().encode(next.text));
      },
      cancel: () => over.abort(),
    }, { highWaterMark: 0 });
  }

  /** What a reader has left comes first for the next one. */
  putBack(unread: Uint8Array): void {
    if (unread.length > 0) this.#ahead = [unread, ...this.#ahead];
  }

  /** There is no window. */
  watchWindowSize(): ReadableStream<never> {
    return new ReadableStream();
  }

  /** There is no terminal to change. */
  enterRawMode(): void {}

  /** There is no terminal to restore. */
  close(): void {}
}
