/**
 * Time as an argument: the system's clock, one that runs faster, one that a test moves.
 * Knows no Kubernetes.
 */

/**
 * Milliseconds: of lifecycle time since the clock began where it is a moment, else a duration. May
 * have a fraction.
 */
export type Millis = number;

/** Where moments and waits come from. */
export interface Clock {
  /** Lifecycle time since this clock began, in ms; never goes back. */
  now(): Millis;
  /** The wall clock at a lifecycle moment, in ms since 1970 (UTC). */
  wallTime(at: Millis): number;
  /**
   * Resolves at lifecycle time `at` (at once if it has passed), whatever the length of the wait.
   * @throws {DOMException} `AbortError` when the signal is aborted first.
   */
  sleepUntil(at: Millis, signal?: AbortSignal): Promise<void>;
}

/** The longest wait that a timer of the machine is asked for: they hold no more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The machine's monotonic clock. It begins at 0 when made and is anchored to the wall clock once,
 * so that a wall clock that is set meanwhile moves no deadline.
 */
export function systemClock(): Clock {
  return new SystemClock();
}

/**
 * All sleepers share one timer of the machine, set for the earliest. It is an
 * `AbortSignal.timeout`, since the first `setTimeout` of a program loads Node's timers: 6 ms of a
 * cold start. Such a timer cannot be taken back; without a listener it keeps no program alive and
 * is used again.
 */
class SystemClock implements Clock {
  readonly #begin = performance.now();
  readonly #wallBegin = performance.timeOrigin + this.#begin;
  readonly #sleepers = new Sleepers();
  #timer: { readonly at: Millis; readonly signal: AbortSignal } | undefined;
  readonly #onTimer = () => this.#wakeDue();

  now(): Millis {
    return performance.now() - this.#begin;
  }

  wallTime(at: Millis): number {
    return this.#wallBegin + at;
  }

  sleepUntil(at: Millis, signal?: AbortSignal): Promise<void> {
    if (at <= this.now()) {
      return signal?.aborted ? Promise.reject(signal.reason) : Promise.resolve();
    }
    return cancellable(signal, (done) => {
      const cancel = this.#sleepers.add(at, done);
      this.#arm();
      return () => {
        cancel();
        if (this.#sleepers.next === undefined) this.#rest();
      };
    });
  }

  /** Has the timer go off no later than the earliest sleeper wants; long waits take several. */
  #arm(): void {
    const at = this.#sleepers.next;
    if (at === undefined) return this.#rest();
    if (this.#timer === undefined || this.#timer.signal.aborted || this.#timer.at > at) {
      this.#rest();
      const ms = Math.min(Math.max(0, at - this.now()), LONGEST_TIMER_MS);
      this.#timer = { at, signal: AbortSignal.timeout(Math.ceil(ms)) };
    }
    // Adding a listener that is there changes nothing.
    this.#timer.signal.addEventListener("abort", this.#onTimer, { once: true });
  }

  #rest(): void {
    this.#timer?.signal.removeEventListener("abort", this.#onTimer);
  }

  #wakeDue(): void {
    this.#timer = undefined;
    const now = this.now();
    for (let next; (next = this.#sleepers.next) !== undefined && next <= now;) {
      this.#sleepers.wakeNext();
    }
    this.#arm();
  }
}

/**
 * A clock on which lifecycle time runs `speed` times as fast as on `clock` (`--speed`);
 * its wall time is the real one.
 *
 * @param speed above 0; 1 changes nothing.
 */
export function scaledClock(clock: Clock, speed: number): Clock {
  if (speed === 1) return clock;
  return {
    now: () => clock.now() * speed,
    wallTime: (at) => clock.wallTime(at / speed),
    sleepUntil: (at, signal) => clock.sleepUntil(at / speed, signal),
  };
}

/**
 * A clock that stands still until it is moved. Sleeps end in the order of their moments, those of
 * one moment in the order in which they began, and everything that one of them sets off has run
 * before the next ends.
 */
export class VirtualClock implements Clock {
  #now: Millis = 0;
  readonly #sleepers = new Sleepers();

  readonly #wallBegin: number;

  /**
   * Stands at 0.
   *
   * @param wallBegin the wall clock at that moment, in ms since 1970.
   * @default 2026-01-01T00:00:00Z
   */
  constructor(wallBegin: number = 1_767_225_600_000) {
    this.#wallBegin = wallBegin;
  }

  /** Lifecycle time, as moved so far. */
  now(): Millis {
    return this.#now;
  }

  /** The wall clock that it began with, plus the moment. */
  wallTime(at: Millis): number {
    return this.#wallBegin + at;
  }

  /** As {@link Clock.sleepUntil}, ended by {@link VirtualClock.advance} and its like. */
  sleepUntil(at: Millis, signal?: AbortSignal): Promise<void> {
    return cancellable(signal, (done) => {
      if (at > this.#now) return this.#sleepers.add(at, done);
      done();
      return () => {};
    });
  }

  /** The moment at which the next sleep ends; undefined if there is no sleep. */
  get nextWake(): Millis | undefined {
    return this.#sleepers.next;
  }

  /** Moves by `ms`, ending every sleep that falls due on the way. */
  advance(ms: Millis): Promise<void> {
    return this.advanceTo(this.#now + ms);
  }

  /** Moves to `at`, ending every sleep that falls due on the way. */
  async advanceTo(at: Millis): Promise<void> {
    await this.runUntil(() => false, at);
    this.#now = Math.max(this.#now, at);
  }

  /**
   * Moves from sleep to sleep until the condition holds, no sleep is left, or the next sleep
   * ends after `limit`.
   *
   * @returns whether the condition holds.
   */
  async runUntil(condition: () => boolean, limit: Millis = Infinity): Promise<boolean> {
    for (;;) {
      await settled();
      if (condition()) return true;
      const next = this.#sleepers.next;
      if (next === undefined || next > limit) return false;
      this.#now = Math.max(this.#now, next);
      this.#sleepers.wakeNext();
    }
  }

  /** Moves until no sleep is left, or the next sleep ends after `limit`. */
  async runUntilIdle(limit: Millis = Infinity): Promise<void> {
    await this.runUntil(() => false, limit);
  }
}

/** Resolves when no promise callback is waiting to run: the event loop has come round once. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * A wait that a signal can end early. Nothing is left behind by either end: no timer, no listener.
 *
 * @param start begins the wait and returns what gives it up.
 */
function cancellable(
  signal: AbortSignal | undefined,
  start: (done: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal === undefined) return void start(resolve);
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const cancel = start(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}

interface Sleeper {
  readonly at: Millis;
  readonly wake: () => void;
}

/** Who sleeps and until when, sorted by moment; equal ones in the order of their coming. */
class Sleepers {
  readonly #sorted: Sleeper[] = [];

  /** The moment of the next wake-up. */
  get next(): Millis | undefined {
    return this.#sorted[0]?.at;
  }

  /** @returns what gives the sleep up. */
  add(at: Millis, wake: () => void): () => void {
    const sleeper = { at, wake };
    this.#sorted.splice(this.#indexAfter(at), 0, sleeper);
    return () => {
      const index = this.#sorted.indexOf(sleeper);
      if (index >= 0) this.#sorted.splice(index, 1);
    };
  }

  /** Ends the sleep that is due first. */
  wakeNext(): void {
    this.#sorted.shift()?.wake();
  }

  /** Where a sleeper with this moment belongs: after all that are due no later. */
  #indexAfter(at: Millis): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
