/**
 * Waits for descriptors, however many there are, in one thread: a read that waited in each would
 * take one of the few that all files share.
 */
import { expectDone, libc } from "./libc.ts";

/** What a descriptor is waited for. */
export type Direction = "read" | "write";
/** `hung up`: the other end is closed, or this one is no longer waited for. */
export type ReadyState = "ready" | "hung up";

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLOUT = 4;
const EPOLLERR = 8;
const EPOLLHUP = 16;
const EPOLLONESHOT = 1 << 30;
const EPOLL_CLOEXEC = 0o2000000;
const EFD_CLOEXEC = 0o2000000;
/** The kernel's structure has no gap on this one kind of machine. */
const DATA_AT = Deno.build.arch === "x86_64" ? 4 : 8;
const EVENT_BYTES = DATA_AT + 8;
const EVENTS_AT_ONCE = 16;
/** No descriptor's: has the thread check whether there are any. */
const WAKE_KEY = 0;

/** A descriptor that can be waited for. */
export class Watch {
  readonly #waits = new Map<Direction, PromiseWithResolvers<ReadyState>>();
  #removed = false;

  /** To be made by {@link Readiness.add}. */
  constructor(
    private readonly arm: (events: number) => void,
    private readonly forget: () => void,
  ) {}

  /** It is not waited for any more: its number may be another descriptor's. */
  get isRemoved(): boolean {
    return this.#removed;
  }

  /** Resolves when it can be read or written, or never will be; one at a time in each direction. */
  wait(direction: Direction): Promise<ReadyState> {
    if (this.#removed) return Promise.resolve("hung up");
    const wait = Promise.withResolvers<ReadyState>();
    this.#waits.set(direction, wait);
    this.#armAll();
    return wait.promise;
  }

  /** A pending wait resolves with `hung up`. To be called before the descriptor is closed. */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    this.forget();
    this.#report(["read", "write"], "hung up");
  }

  /** Handles a report of the kernel. */
  onEvents(events: number): void {
    if ((events & (EPOLLHUP | EPOLLERR)) !== 0) return this.#report(["read", "write"], "hung up");
    if ((events & EPOLLIN) !== 0) this.#report(["read"], "ready");
    if ((events & EPOLLOUT) !== 0) this.#report(["write"], "ready");
    this.#armAll();
  }

  #report(directions: readonly Direction[], state: ReadyState): void {
    for (const direction of directions) {
      this.#waits.get(direction)?.resolve(state);
      this.#waits.delete(direction);
    }
  }

  #armAll(): void {
    const events = (this.#waits.has("read") ? EPOLLIN : 0) |
      (this.#waits.has("write") ? EPOLLOUT : 0);
    if (events !== 0) this.arm(events);
  }
}

/** Descriptors that are waited for. */
export class Readiness {
  readonly #watches = new Map<number, Watch>();
  #kernel: { readonly epoll: number; readonly wake: number } | undefined;
  #lastKey = WAKE_KEY;

  /**
   * Takes a descriptor that does not block.
   * @throws {Error} where the machine has no descriptors left.
   */
  add(descriptor: number): Watch {
    const { epoll, wake } = this.#kernel ??= this.#begin();
    const key = ++this.#lastKey;
    const control = (how: number, events: number) =>
      expectDone(
        libc.epoll_ctl(epoll, how, descriptor, formatEvent(events, key)),
        "wait for a descriptor",
      );
    control(EPOLL_CTL_ADD, EPOLLONESHOT);
    const watch = new Watch(
      (events) => control(EPOLL_CTL_MOD, events | EPOLLONESHOT),
      () => {
        control(EPOLL_CTL_DEL, 0);
        this.#watches.delete(key);
        const event = formatEvent(EPOLLIN | EPOLLONESHOT, WAKE_KEY);
        if (this.#watches.size === 0) libc.epoll_ctl(epoll, EPOLL_CTL_MOD, wake, event);
      },
    );
    this.#watches.set(key, watch);
    return watch;
  }

  #begin(): { readonly epoll: number; readonly wake: number } {
    const epoll = expectDone(libc.epoll_create1(EPOLL_CLOEXEC), "wait for a descriptor");
    // Always ready; asked for when there is nothing else left to wait for.
    const wake = expectDone(libc.eventfd(1, EFD_CLOEXEC), "wait for a descriptor");
    libc.epoll_ctl(epoll, EPOLL_CTL_ADD, wake, formatEvent(EPOLLONESHOT, WAKE_KEY));
    void this.#run(epoll, wake);
    return { epoll, wake };
  }

  async #run(epoll: number, wake: number): Promise<void> {
    const events = new Uint8Array(EVENT_BYTES * EVENTS_AT_ONCE);
    const view = new DataView(events.buffer);
    do {
      // Less than none where a signal came between.
      const count = await libc.epoll_wait(epoll, events, EVENTS_AT_ONCE, -1);
      for (let at = 0; at < count * EVENT_BYTES; at += EVENT_BYTES) {
        const key = view.getUint32(at + DATA_AT, true);
        this.#watches.get(key)?.onEvents(view.getUint32(at, true));
      }
    } while (this.#watches.size > 0);
    this.#kernel = undefined;
    libc.close(epoll);
    libc.close(wake);
  }
}

/** All descriptors of this program that are waited for in this way. */
export const readiness: Readiness = new Readiness();

/**
 * Writes to a descriptor that does not block.
 * @returns how much was taken: less than all once it has hung up.
 */
export async function writeWhenReady(
  descriptor: number,
  watch: Watch,
  bytes: Uint8Array,
): Promise<number> {
  for (let at = 0;;) {
    if (watch.isRemoved) return at;
    const rest = bytes.slice(at);
    at += Math.max(0, Number(libc.write(descriptor, rest, BigInt(rest.length))));
    if (at === bytes.length || await watch.wait("write") === "hung up") return at;
  }
}

function formatEvent(events: number, key: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(EVENT_BYTES));
  view.setUint32(0, events, true);
  view.setUint32(DATA_AT, key, true);
  return new Uint8Array(view.buffer);
}
