/** Waiting for a condition that changes of other things bring about. Knows no Kubernetes. */

/** The conditions that are waited for; each is evaluated after every change. */
export class ChangeNotifier {
  readonly #looks = new Set<() => void>();

  /** Evaluates every condition. */
  notify(): void {
    for (const look of [...this.#looks]) look();
  }

  /**
   * Resolves when the condition holds, looked at now and after each change.
   *
   * @throws {DOMException} `AbortError` when the signal is aborted first.
   */
  waitFor(condition: () => boolean, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (signal?.aborted) reject(signal.reason);
      else if (condition()) resolve();
    };
    this.#looks.add(look);
    signal?.addEventListener("abort", look, { once: true });
    look();
    return promise.finally(() => {
      this.#looks.delete(look);
      signal?.removeEventListener("abort", look);
    });
  }
}
