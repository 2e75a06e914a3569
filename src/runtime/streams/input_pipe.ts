/**
 * Standard input of a container without a terminal: one pipe for all of its runs. What one of them
 * leaves unread waits in it for the next.
 */
import { expectDone, libc } from "../machine/libc.ts";
import { readiness, type Watch, writeWhenReady } from "../machine/readiness.ts";
import type { AttachedTerminal } from "../runtime.ts";

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** A pipe from the user to a container. */
export class InputPipe {
  /** Where a launcher opens it; no process inherits it. */
  readonly path: string;
  /** Held as long as there may be another run. */
  readonly #reader: number;
  readonly #writer: number;
  readonly #watch: Watch;
  #isOpen = true;

  /**
   * Makes it.
   * @throws {Error} where the machine refuses.
   */
  constructor() {
    const ends = new Int32Array(2);
    expectDone(libc.pipe2(new Uint8Array(ends.buffer), O_NONBLOCK | O_CLOEXEC), "make a pipe");
    const [reader = 0, writer = 0] = ends;
    this.#reader = reader;
    this.#writer = writer;
    this.#watch = readiness.add(writer);
    this.path = `/proc/${Deno.pid}/fd/${reader}`;
    // The user of the container may open it again, as /dev/stdin.
    Deno.chmodSync(this.path, 0o666);
  }

  /**
   * Hands on all that the user writes; resolves at the end of that, and soon after the pipe is
   * closed.
   */
  async fill(user: AttachedTerminal): Promise<void> {
    while (this.#isOpen) {
      const bytes = await user.peek();
      if (bytes === undefined) return this.#end();
      if (this.#isOpen) user.take(await writeWhenReady(this.#writer, this.#watch, bytes));
    }
  }

  /** There is no other run to come. */
  close(): void {
    this.#end();
    libc.close(this.#reader);
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.remove();
    libc.close(this.#writer);
  }
}
