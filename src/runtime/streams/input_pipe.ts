/** Standard input of a run without a terminal: a pipe that the run and its children share. */
import { concatBytes } from "../../base/bytes.ts";
import { expectDone, libc } from "./libc.ts";
import { readiness, type Watch, writeWhenReady } from "./readiness.ts";

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
/** As much as a pipe holds. */
const PIPE_BYTES = 1 << 16;

/** A pipe to a container. */
export class InputPipe {
  /** Where a launcher opens it; no process inherits it. */
  readonly path: string;
  /** Held as long as the container runs: what it leaves unread is found here. */
  readonly #reader: number;
  readonly #writer: number;
  readonly #watch: Watch;
  #isEnded = false;
  #isClosed = false;

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
   * Writes, one call at a time.
   * @returns how much was taken: less than all once the pipe has ended.
   */
  write(bytes: Uint8Array): Promise<number> {
    return writeWhenReady(this.#writer, this.#watch, bytes);
  }

  /** After what has been written comes the end. May be repeated. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#watch.remove();
    libc.close(this.#writer);
  }

  /** No program has it any more. @returns what none has read; nothing when it is repeated. */
  close(): Uint8Array {
    this.end();
    const unread: Uint8Array[] = [];
    if (this.#isClosed) return concatBytes(unread);
    this.#isClosed = true;
    for (;;) {
      const chunk = new Uint8Array(PIPE_BYTES);
      const count = Number(libc.read(this.#reader, chunk, BigInt(chunk.length)));
      if (count <= 0) break;
      unread.push(chunk.subarray(0, count));
    }
    libc.close(this.#reader);
    return concatBytes(unread);
  }
}
