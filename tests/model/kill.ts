/** How the kubelet stops containers: `killContainer` and its ordering (R-TERM-3, R-TERM-4). */
import type { Container, Pod } from "../../src/api/types/pod.ts";
import type { Machine, Run } from "./machine.ts";
import type { Rules } from "./rules.ts";
import { allOf, initsOf, isSidecar } from "./spec.ts";
import { type Process, type Task, type Timeline, until } from "./timeline.ts";

/** Kills are under way beside the worker, after what the machine and the probes do. */
const RANK = 2;

/** R-TERM-5. */
const FLOOR_SECONDS = 2;

/** What kills are made of. */
export interface KillerOptions {
  readonly timeline: Timeline;
  readonly machine: Machine;
  readonly pod: Pod;
  readonly rules: Rules;
  /**
   * The end of a grace shorter than this many seconds that was asked for meanwhile; Infinity if
   * there is none.
   */
  readonly shorterGraceEnd: (seconds: number) => number;
}

/** Knows which stops are under way. */
export class Killer {
  readonly #options: KillerOptions;
  /** By run. */
  readonly #kills = new Map<number, Task>();
  /** By name, the newest stop of a container that has its place in the order. */
  readonly #ordered = new Map<string, Task>();

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  /** Stops one container; there is no order (R-ACT-6.3, R-RAC-3). */
  begin(run: Run, graceSeconds: number): Task {
    return this.#begin(run, graceSeconds, () => true);
  }

  /** Stops these beside each other, in order if the Pod has a sidecar (R-TERM-1, R-TERM-4). */
  beginAll(runs: readonly Run[], graceSeconds: number): readonly Task[] {
    const { pod, rules, machine } = this.#options;
    const ordered = initsOf(pod).some((init) => isSidecar(pod, init));
    const isGone = (name: string) =>
      (this.#ordered.get(name)?.done ?? true) && !machine.isAlive(name);
    const isTurn = (name: string) => !ordered || rules.stopsAfter(pod, name).every(isGone);
    return runs.map((run) => {
      const task = this.#begin(run, graceSeconds, () => isTurn(run.name));
      this.#ordered.set(run.name, task);
      return task;
    });
  }

  #begin(run: Run, graceSeconds: number, isTurn: () => boolean): Task {
    const { timeline, machine, pod } = this.#options;
    const live = machine.live(run);
    const known = this.#kills.get(run.id);
    if (known !== undefined) return known;
    if (live === undefined) return { done: true };
    const container = allOf(pod).find(({ name }) => name === run.name)!;
    const task = timeline.spawn(this.#kill(live, container, graceSeconds, isTurn), RANK);
    this.#kills.set(run.id, task);
    return task;
  }

  /** The steps of R-TERM-3. Whole seconds used up in one are taken from the grace of the next. */
  *#kill(run: Run, container: Container, graceSeconds: number, isTurn: () => boolean): Process {
    const { timeline, machine, rules } = this.#options;
    const shorterEnd = () =>
      rules.shorterGraceAtOnce ? this.#options.shorterGraceEnd(graceSeconds) : Infinity;
    let left = graceSeconds;
    // R-HOOK-6: without a grace there is no hook.
    if (container.lifecycle?.preStop !== undefined && left > 0) {
      const begun = timeline.now;
      const hook = timeline.spawn(this.preStop(run, container), RANK);
      yield* this.#untilOr(() => hook.done, begun + left * 1000, shorterEnd);
      left -= Math.floor((timeline.now - begun) / 1000);
    }
    if (left > 0) {
      const begun = timeline.now;
      yield* this.#untilOr(isTurn, begun + left * 1000, shorterEnd);
      left -= Math.floor((timeline.now - begun) / 1000);
    }
    const signalled = timeline.now;
    const end = signalled + Math.max(left, FLOOR_SECONDS) * 1000;
    const floor = signalled + FLOOR_SECONDS * 1000;
    yield* machine.stop(run, () => Math.min(end, Math.max(floor, shorterEnd())));
  }

  /** R-HOOK-7: the hook is not killed when the grace is over, only no longer waited for. */
  *preStop(run: Run, { lifecycle }: Container): Process {
    const { timeline, machine, rules } = this.#options;
    const seconds = lifecycle?.preStop?.sleep?.seconds;
    if (seconds === undefined) yield* machine.ask(run, "preStop");
    else {
      const isOver = () => rules.hookEndsWithContainer && run.state === "exited";
      yield* until(isOver, timeline.now + seconds * 1000);
    }
  }

  /** Waits for a condition, at most until `limit` or an end that may come nearer meanwhile. */
  *#untilOr(when: () => boolean, limit: number, shorterEnd: () => number): Process {
    while (!when() && this.#options.timeline.now < Math.min(limit, shorterEnd())) {
      const end = shorterEnd();
      yield* until(() => when() || shorterEnd() !== end, Math.min(limit, end));
    }
  }
}
