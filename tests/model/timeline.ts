/**
 * Time and things that happen beside each other, for the model: processes that wait for a moment or
 * a condition.
 */

/** What a process waits for: a condition, a moment, or whichever of both comes first. */
export interface Wait {
  readonly when?: () => boolean;
  /** Milliseconds since the timeline began. */
  readonly until?: number;
}

/** A course of events that takes time: each `yield` is a wait. */
export type Process<T = void> = Generator<Wait, T, void>;

/** A process that runs beside others. */
export interface Task {
  readonly done: boolean;
}

/** Far more than happens at one moment where anything comes to rest. */
const MOST_STEPS = 10_000;

/** At this moment something happens again and again: only a wrong model does so. */
export class EndlessMoment extends Error {
  constructor(at: number) {
    super(`the model does not come to rest at ${at}`);
  }
}

interface Running {
  readonly process: Process<unknown>;
  readonly rank: number;
  wait: Wait;
  done: boolean;
}

/**
 * A clock that jumps from event to event. At one moment processes of a lower rank go first: what
 * the machine does is done before anything looks at it.
 */
export class Timeline {
  /** Milliseconds since it began. */
  now = 0;
  readonly #running: Running[] = [];

  /** Begins a process at the present moment. */
  spawn(process: Process<unknown>, rank = 0): Task {
    const running: Running = { process, rank, wait: {}, done: false };
    const index = this.#running.findIndex((other) => other.rank > rank);
    this.#running.splice(index === -1 ? this.#running.length : index, 0, running);
    running.wait = { until: this.now };
    return running;
  }

  /**
   * Lets everything happen up to `limit`.
   *
   * @param onRest called at each moment at which something happened, when nothing more can happen
   * then.
   */
  run(limit: number, onRest: () => void = () => {}): void {
    for (;;) {
      let steps = 0;
      for (let next; (next = this.#running.find((it) => this.#isDue(it.wait))) !== undefined;) {
        this.#resume(next);
        if (++steps > MOST_STEPS) throw new EndlessMoment(this.now);
      }
      onRest();
      const next = Math.min(...this.#running.map(({ wait }) => wait.until ?? Infinity));
      if (next > limit || next === Infinity) return;
      this.now = next;
    }
  }

  #isDue({ when, until }: Wait): boolean {
    return (until !== undefined && until <= this.now) || (when?.() ?? false);
  }

  #resume(running: Running): void {
    const { done, value } = running.process.next();
    if (done !== true) running.wait = value;
    else {
      running.done = true;
      this.#running.splice(this.#running.indexOf(running), 1);
    }
  }
}

/** Waits this long. */
export function* sleep(timeline: Timeline, ms: number): Process {
  if (ms > 0) yield { until: timeline.now + ms };
}

/** Waits for a condition, at most until a moment. @returns whether the condition holds. */
export function* until(when: () => boolean, limit = Infinity): Process<boolean> {
  if (!when()) yield limit === Infinity ? { when } : { when, until: limit };
  return when();
}
