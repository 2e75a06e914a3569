/**
 * The loop of every controller: keys of objects that changed, one after the other, each at a
 * bounded rate.
 *
 * Rule: client-go, util/workqueue/queue.go and default_rate_limiters.go.
 */
import type { Clock, Millis } from "../base/clock.ts";
import { messageOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import { awaitLastRequests } from "../base/retry.ts";
import { isRefusal } from "../store/status_error.ts";

/** What a pass over one object came to. */
export interface Pass {
  /** The lifecycle time at which time alone asks for another one; undefined: none. */
  readonly wakeAt?: Millis;
  /**
   * Whether the client has seen everything that was written: until then the object is not looked at
   * again, since it would be judged by what it was. @default it has
   */
  readonly isSeen?: () => boolean;
}

/** The part of a controller that knows its objects. */
export interface Reconciler {
  /** As it is named in errors: `ReplicaSet`. */
  readonly name: string;
  /**
   * Watches everything that a pass depends on.
   *
   * @param onKey is called with the key of each object that is to be looked at.
   * @returns what ends it.
   */
  watch(onKey: (key: string) => void): () => void;
  /** Looks at one object, and writes what follows; a pass that fails is repeated. */
  reconcile(key: string, signal: AbortSignal): Promise<Pass>;
}

/** Made once: an abort without a reason makes an exception with a stack each time. */
const CANCELLED = new DOMException("Another alarm takes its place", "AbortError");

/** A pass that failed for a reason which has been reported: it is only repeated. */
export class ReportedError extends Error {
  /** For this reason. */
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.name = "ReportedError";
  }
}

/** What a controller's queue holds, and what has gone through it. */
export interface QueueCounts {
  /** That of its reconciler. */
  readonly name: string;
  /** Keys that wait. */
  readonly depth: number;
  /** Keys that were named while they did not wait. */
  readonly adds: number;
  /** Passes that failed and are repeated. */
  readonly retries: number;
}

/** What makes a {@link Controller}. */
export interface ControllerOptions {
  readonly reconciler: Reconciler;
  /** Moments of `wakeAt`, and of repetitions. */
  readonly clock: Clock;
  /** For passes that fail. */
  readonly log: Logger;
}

/** The wait before a pass that failed is repeated doubles from 5 ms to 1000 s. */
const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 1_000_000;

/**
 * Runs a reconciler. A key that is named several times while it waits is looked at once; one that
 * is named during its own pass is looked at again after it.
 */
export class Controller {
  readonly #options: ControllerOptions;
  /** In the order in which they were named. */
  readonly #waiting = new Set<string>();
  /** Passes that failed in a row, by key. */
  readonly #failures = new Map<string, number>();
  /** What ends the next look at a key that time asks for. */
  readonly #alarms = new Map<string, AbortController>();
  /** Of keys whose writes have not been seen. */
  readonly #unseen = new Map<string, () => boolean>();
  readonly #stopped = new AbortController();
  #work: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;
  #adds = 0;
  #retries = 0;

  /** Watches nothing yet. */
  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Its queue as it is now. */
  get queue(): QueueCounts {
    const { name } = this.#options.reconciler;
    return { name, depth: this.#waiting.size, adds: this.#adds, retries: this.#retries };
  }

  /** Begins, with the objects that are there. */
  start(): void {
    this.#unwatch = this.#options.reconciler.watch((key) => this.#add(key));
  }

  /**
   * Ends it; resolves when no pass is under way. A store that does not answer is waited for as
   * {@link awaitLastRequests} has it. May be repeated.
   */
  async stop(): Promise<void> {
    this.#unwatch?.();
    this.#stopped.abort();
    this.#waiting.clear();
    for (const key of [...this.#alarms.keys()]) this.#cancelAlarm(key);
    if (this.#work === undefined) return;
    const { reconciler: { name } } = this.#options;
    await awaitLastRequests(this.#work, this.#options, "Cannot await the last pass", { name });
  }

  #add(key: string): void {
    if (this.#stopped.signal.aborted) return;
    if (!this.#waiting.has(key)) this.#adds++;
    this.#waiting.add(key);
    this.#work ??= this.#reconcileAll();
  }

  /** Until no key waits. A watcher does not write while it is being notified. */
  async #reconcileAll(): Promise<void> {
    await Promise.resolve();
    try {
      for (let key; (key = this.#takeFirst()) !== undefined;) await this.#reconcile(key);
    } finally {
      // At once: a key that is named from now on begins again.
      this.#work = undefined;
    }
  }

  #takeFirst(): string | undefined {
    const [first] = this.#waiting;
    if (first !== undefined) this.#waiting.delete(first);
    return first;
  }

  async #reconcile(key: string): Promise<void> {
    // The change that makes it seen names the key again.
    if (this.#unseen.get(key)?.() === false) return;
    this.#unseen.delete(key);
    this.#cancelAlarm(key);
    const { reconciler } = this.#options;
    try {
      const { wakeAt, isSeen } = await reconciler.reconcile(key, this.#stopped.signal);
      this.#failures.delete(key);
      if (isSeen !== undefined) this.#unseen.set(key, isSeen);
      if (wakeAt !== undefined) this.#addAt(key, wakeAt);
    } catch (error) {
      this.#repeat(key, error);
    }
  }

  #repeat(key: string, error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    this.#retries++;
    const { clock } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    if (failures === 1) this.#report(key, error);
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
    this.#addAt(key, clock.now() + delayMs);
  }

  /** A conflict is not a fault: what the client has seen is old, and will be replaced. */
  #report(key: string, error: unknown): void {
    if (isRefusal(error, "Conflict") || error instanceof ReportedError) return;
    const { reconciler, log } = this.#options;
    log.warn(`Cannot reconcile ${reconciler.name}`, {
      object: key,
      error: messageOf(error),
    });
  }

  #addAt(key: string, at: Millis): void {
    this.#cancelAlarm(key);
    if (this.#stopped.signal.aborted || at === Infinity) return;
    const alarm = new AbortController();
    this.#alarms.set(key, alarm);
    this.#options.clock.sleepUntil(at, alarm.signal).then(() => {
      if (this.#alarms.get(key) === alarm) this.#alarms.delete(key);
      this.#add(key);
    }, () => {}); // The only failure is our own abort.
  }

  #cancelAlarm(key: string): void {
    this.#alarms.get(key)?.abort(CANCELLED);
    this.#alarms.delete(key);
  }
}
