/**
 * Time as an argument: the system's clock, one that runs faster, one that a test moves.
 * Knows no Kubernetes.
 */

/** Milliseconds: of lifecycle time since the clock began where it is a moment, else a duration. May have a fraction. */
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

/** The longest delay that `setTimeout` keeps; a longer one fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The machine's monotonic clock. It begins at 0 when made and is anchored to the wall clock once, so
 * that a wall clock that is set meanwhile moves no deadline.
 */
export function systemClock(): Clock {
  const begin = performance.now();
  const wallBegin = performance.timeOrigin + begin;
  const now = () => performance.now() - begin;
  return {
    now,
    wallTime: (at) => wallBegin + at,
    sleepUntil: (at, signal) =>
      cancellable(signal, (done) => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        // Asked again after each timeout: it may fire a little early, and long waits take several.
        const arm = () => {
          const rest = at - now();
          if (rest <= 0) return done();
          timer = setTimeout(arm, Math.min(Math.ceil(rest), LONGEST_TIMEOUT_MS));
        };
        arm();
        return () => clearTimeout(timer);
      }),
  };
}

/**
 * A clock on which lifecycle time runs `speed` times as fast as on `clock` (the contract's `--speed`);
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

interface Sleeper {
  readonly at: Millis;
  wake(): void;
}

/**
 * A clock that stands still until it is moved. Sleeps end in the order of their moments, those of
 * one moment in the order in which they began, and everything that one of them sets off has run
 * before the next ends.
 */
export class VirtualClock implements Clock {
  #now: Millis = 0;
  /** Sorted by moment; equal ones in the order of their coming. */
  readonly #sleepers: Sleeper[] = [];

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
      const sleeper = { at, wake: done };
      if (at <= this.#now) done();
      else this.#sleepers.splice(this.#indexAfter(at), 0, sleeper);
      return () => this.#remove(sleeper);
    });
  }

  /** The moment at which the next sleep ends; undefined if nobody sleeps. */
  get nextWake(): Millis | undefined {
    return this.#sleepers[0]?.at;
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
   * Moves from sleep to sleep until the condition holds, nobody sleeps any more, or the next sleep
   * ends after `limit`.
   *
   * @returns whether the condition holds.
   */
  async runUntil(condition: () => boolean, limit: Millis = Infinity): Promise<boolean> {
    for (;;) {
      await settled();
      if (condition()) return true;
      const next = this.#sleepers[0];
      if (next === undefined || next.at > limit) return false;
      this.#sleepers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }

  /** Moves until nobody sleeps any more, or the next sleep ends after `limit`. */
  async runUntilIdle(limit: Millis = Infinity): Promise<void> {
    await this.runUntil(() => false, limit);
  }

  /** Where a sleeper with this moment belongs: after all that are due no later. */
  #indexAfter(at: Millis): number {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sleepers[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper);
    if (index >= 0) this.#sleepers.splice(index, 1);
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
      giveUp();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const giveUp = start(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}
