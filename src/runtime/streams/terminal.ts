/**
 * Terminals for containers: pairs of descriptors, of which the programs have the one end, which
 * looks like a terminal to them, and the node has the other, which takes what is typed and gives
 * what is shown.
 */
import { expectDone, libc, toCString } from "./libc.ts";
import { readiness, type ReadyState, type Watch, writeWhenReady } from "./readiness.ts";
import type { WindowSize } from "../joined_streams.ts";

const O_RDWR = 2;
/** Else it would become our own terminal, where we have none. */
const O_NOCTTY = 0o400;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const TIOCSWINSZ = 0x5414n;
const POLLIN = 1;

/** What a terminal gives at a time. */
const BUFFER_BYTES = 16 * 1024;

const CLOSED = -1;

/** A terminal of one run of a container. */
export class Terminal {
  /** Where the machine has it: `/dev/pts/7`. */
  readonly path: string;
  #master: number;
  /**
   * Held open for as long as the container runs: its output does not end when all of its programs
   * have closed it for a while.
   */
  #slave: number;
  readonly #watch: Watch;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);

  private constructor(master: number, slave: number, path: string) {
    this.path = path;
    this.#master = master;
    this.#slave = slave;
    this.#watch = readiness.add(master);
  }

  /**
   * Makes one.
   * @throws {Error} with a `code`, where the machine has none to give.
   */
  static open(): Terminal {
    const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
    const master = expectDone(libc.posix_openpt(flags | O_NONBLOCK), "make a terminal");
    let slave = CLOSED;
    try {
      const name = new Uint8Array(64);
      expectDone(libc.unlockpt(master), "unlock a terminal");
      expectDone(-libc.ptsname_r(master, name, BigInt(name.length)), "find a terminal's name");
      const path = new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
      slave = expectDone(libc.open(toCString(path), flags), `open ${path}`);
      return new Terminal(master, slave, path);
    } catch (error) {
      libc.close(slave);
      libc.close(master);
      throw error;
    }
  }

  /**
   * The next of what the programs write, as a stream's reader gives it. The bytes are only valid
   * until the next call.
   */
  async read(): Promise<ReadableStreamReadResult<Uint8Array>> {
    for (let state: ReadyState = "ready";;) {
      const length = this.#readAvailable();
      if (length > 0) return { done: false, value: this.#buffer.subarray(0, length) };
      if (state === "hung up") return { done: true };
      state = await this.#watch.wait("read");
    }
  }

  /**
   * Types.
   * @returns how much was taken: less than all once the terminal is closed.
   */
  write(bytes: Uint8Array): Promise<number> {
    return writeWhenReady(this.#master, this.#watch, bytes);
  }

  /** Whether something that was typed, or its end, has not been read yet. */
  get hasUnreadInput(): boolean {
    const request = new Int32Array([this.#slave, POLLIN]);
    return libc.poll(new Uint8Array(request.buffer), 1n, 0) > 0;
  }

  /** Changes its size, of which its programs are notified. */
  resize({ rows, columns }: WindowSize): void {
    const size = new Uint8Array(new Uint16Array([rows, columns, 0, 0]).buffer);
    libc.ioctl(this.#master, TIOCSWINSZ, size);
  }

  /** No program has it any more: what they have written is read, then comes the end. */
  endOutput(): void {
    libc.close(this.#slave);
    this.#slave = CLOSED;
  }

  /** As {@link close}, for a reader that uses it as a stream. */
  cancel(): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** Gives it back, read or not. May be repeated. */
  close(): void {
    this.#watch.remove();
    libc.close(this.#slave);
    libc.close(this.#master);
    this.#slave = CLOSED;
    this.#master = CLOSED;
  }

  /** A terminal gives 4 KiB at a time, however much there is. */
  #readAvailable(): number {
    let length = 0;
    for (let count = 1; count > 0 && length < BUFFER_BYTES; length += Math.max(0, count)) {
      const room = this.#buffer.subarray(length);
      count = Number(libc.read(this.#master, room, BigInt(room.length)));
    }
    return length;
  }
}
