/** Bounds how many do something at a time; the others wait in the order of their coming. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** So many places, at least 1, all free. */
  constructor(places: number) {
    this.#free = Math.max(1, places);
  }

  /**
   * Resolves when there is a place.
   *
   * @returns what gives the place back; may be repeated.
   * @throws {DOMException} `AbortError` when the signal is aborted first.
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const release = this.tryAcquire();
    if (release !== undefined) return release;
    await this.#wait(signal);
    return this.#hold();
  }

  /** As {@link Semaphore.acquire}, at once or not at all. */
  tryAcquire(): (() => void) | undefined {
    if (this.#free === 0) return undefined;
    this.#free--;
    return this.#hold();
  }

  #hold(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#release();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(enter);
    });
  }

  /** The place goes to the longest wait, and is free only if there is none. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
