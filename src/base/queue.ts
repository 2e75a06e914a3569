/**
 * A bounded queue with one timer: all that a worker waits for comes through it. Knows no
 * Kubernetes.
 */
import type { Clock, Millis } from "./clock.ts";

/** A queue is full: its producer does not listen to its reader. */
export class QueueFullError extends Error {
  /** Names the bound. */
  constructor(bound: number) {
    super(`Cannot queue another item: ${bound} are waiting already`);
    this.name = "QueueFullError";
  }
}

/** Why an alarm is cancelled. Created once: an error costs more than the alarm itself. */
const SUPERSEDED = new Error("The alarm is another one now");

/** What makes an {@link Inbox}. */
export interface InboxOptions<T> {
  /** Where the alarm's moment comes from. */
  readonly clock: Clock;
  /** How many items may wait. */
  readonly bound: number;
  /** What is read when the moment of {@link Inbox.wakeAt} has come and nothing else has. */
  readonly onWake: (now: Millis) => T;
}

/**
 * What one reader reads in order, with one alarm. Items come first, in the order of their coming;
 * the alarm is read when it is due and no item waits, for any item makes the reader look at the
 * time anyway.
 */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #options: InboxOptions<T>;
  #items: T[] = [];
  /** Items of `#items` that have been read: they go together, not one by one. */
  #read = 0;
  #wake: { readonly at: Millis; readonly cancel: AbortController } | undefined;
  #due = false;
  #end: { readonly error?: unknown } | undefined;
  #notify: (() => void) | undefined;

  /** Empty, with no alarm set. */
  constructor(options: InboxOptions<T>) {
    this.#options = options;
  }

  /** How many items wait. */
  get length(): number {
    return this.#items.length - this.#read;
  }

  /**
   * Adds an item; nothing happens once it is closed. When too many wait already, the reader gets a
   * {@link QueueFullError} in place of the next item: it must not go on with one missing.
   */
  push(item: T): void {
    if (this.#end !== undefined) return;
    if (this.length >= this.#options.bound) {
      return this.fail(new QueueFullError(this.#options.bound));
    }
    this.#items.push(item);
    this.#notify?.();
  }

  /** Sets the alarm, in place of the one before; undefined: none. */
  wakeAt(at: Millis | undefined): void {
    if (this.#end !== undefined) return;
    this.#due = false;
    if (this.#wake?.at === at && at !== undefined) return;
    this.#wake?.cancel.abort(SUPERSEDED);
    this.#wake = undefined;
    if (at === undefined || at === Infinity) return;
    const wake = { at, cancel: new AbortController() };
    this.#wake = wake;
    this.#options.clock.sleepUntil(at, wake.cancel.signal).then(() => {
      if (this.#wake !== wake) return;
      this.#wake = undefined;
      this.#due = true;
      this.#notify?.();
    }, () => {}); // The only failure is our own abort.
  }

  /** The next item, if one waits. */
  poll(): T | undefined {
    return this.length > 0 ? this.#take() : undefined;
  }

  /** Ends it: what waits is dropped, the alarm is off, the reader stops. May be repeated. */
  close(): void {
    this.#close({});
  }

  /** Ends it as {@link Inbox.close} does, but what the reader gets is this error. */
  fail(error: unknown): void {
    this.#close({ error });
  }

  /** Reads until it is closed. For one reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return;
      }
      if (this.length > 0) yield this.#take();
      else if (this.#due) {
        this.#due = false;
        yield this.#options.onWake(this.#options.clock.now());
      } else {
        await new Promise<void>((resolve) => this.#notify = resolve);
        this.#notify = undefined;
      }
    }
  }

  #take(): T {
    const item = this.#items[this.#read++]!;
    if (this.#read === this.#items.length) {
      this.#items = [];
      this.#read = 0;
    }
    // The reader looks at the time with every item.
    this.#due = false;
    return item;
  }

  #close(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return;
    this.wakeAt(undefined);
    this.#end = end;
    this.#items = [];
    this.#read = 0;
    this.#notify?.();
  }
}
