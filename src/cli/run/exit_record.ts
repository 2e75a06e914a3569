/** The exits of a run that decide its status. */
import type { ContainerExit } from "./exit_status.ts";

interface NumberedExit extends ContainerExit {
  /** In the order of all exits. */
  readonly number: number;
}

/**
 * The last exit of each container, as long as its Pod is remembered, and of each name of a
 * container, which `--exit-code-from` may ask for: a run without an end keeps no more.
 */
export class ExitRecord {
  /** By uid of the Pod and name of the container. */
  readonly #exits = new Map<string, Map<string, NumberedExit>>();
  /** By name of the container. */
  readonly #last = new Map<string, NumberedExit>();
  #count = 0;

  /** Adds an exit, in place of the one before it. */
  note({ uid, container, exitCode }: ContainerExit): void {
    const exit = { uid, container, exitCode, number: this.#count++ };
    const others = this.#exits.get(uid) ?? new Map<string, NumberedExit>();
    this.#exits.set(uid, others.set(container, exit));
    this.#last.set(container, exit);
  }

  /** The Pod of this uid does not count any more. */
  forget(uid: string): void {
    this.#exits.delete(uid);
  }

  /** In the order in which they happened. */
  list(): ContainerExit[] {
    const kept = this.#exits.values().flatMap((exits) => exits.values());
    return [...new Set([...kept, ...this.#last.values()])].sort((a, b) => a.number - b.number);
  }
}
