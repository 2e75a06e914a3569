/** How a run is ended before all of it has ended by itself. */
import { systemClock } from "../../base/clock.ts";
import type { Cluster } from "../../cluster.ts";
import type { PodProgress } from "../../node/pod_worker.ts";
import { describeEnding } from "../output/ending.ts";
import type { Output } from "../output/output.ts";
import type { RunEnd } from "./exit_status.ts";
import type { RunEnvironment } from "./run_environment.ts";
import type { RunPods } from "./run_pods.ts";

/** How long an end may take that leaves no grace, in wall milliseconds. */
const STOP_PATIENCE_MS = 5000;

/**
 * The grace of containers whose output nothing reads any more, where their own is longer: the least
 * there is (R-TERM-2).
 */
const UNREAD_GRACE_SECONDS = 2;

/** What a {@link RunEnding} ends. */
export interface RunEndingOptions {
  readonly environment: Pick<RunEnvironment, "timeoutClock" | "speed">;
  readonly cluster: Cluster;
  readonly pods: RunPods;
  readonly output: Pick<Output, "warn" | "hint">;
  /** Called once, before anything is deleted. */
  readonly onEnd: () => void;
}

/** The end of a run, by a signal, a time limit or a condition; the first reason stays. */
export class RunEnding {
  readonly #options: RunEndingOptions;
  #end: RunEnd | undefined;
  #isNow = false;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #over = new AbortController();

  /** Ends nothing yet. */
  constructor(options: RunEndingOptions) {
    this.#options = options;
  }

  /** Why the run is being ended, once it is. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** The run does not wait for the end of its pods. */
  get isNow(): boolean {
    return this.#isNow;
  }

  /** Resolves when nothing is waited for any more. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Aborted when the exit status is decided. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Nothing goes on by itself any more: what runs is removed with the run. */
  noteUndecided(): void {
    this.#end ??= { type: "undecided" };
  }

  /** The exit status is decided: no timer ends the run any more. */
  noteDecided(): void {
    this.#over.abort();
  }

  /** Ends the run after a time of `--timeout`'s clock, in milliseconds. */
  endAfter(timeoutMs: number): void {
    const { timeoutClock } = this.#options.environment;
    timeoutClock.sleepUntil(timeoutClock.now() + timeoutMs, this.over).then(
      () => this.endGracefully({ type: "timeout" }),
      (error) => {
        if (!this.over.aborted) throw error;
      },
    );
  }

  /**
   * Ends every pod as `kubectl delete` would, with its own grace; with a short one where nothing
   * reads the output any more, so that the prompt of `run … | head -1` is back.
   */
  endGracefully(end: RunEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const { cluster, environment, output, onEnd } = this.#options;
    if (end.type === "missed") output.warn(end.why);
    onEnd();
    // What has ended goes with its owner, and is reported as what still runs is.
    for (const progress of cluster.pods()) this.#options.pods.noteDeletion(progress);
    // First, so that nothing takes the place of what ends.
    cluster.deleteOwners();
    const active = cluster.pods().filter(({ state }) => state !== "done");
    if (end.type === "signal") {
      const pods = active.map(({ pod }) => pod);
      const ending = describeEnding(pods, end.signal, environment.speed);
      if (ending !== undefined) output.hint(ending);
    }
    void this.#deleteAll(active);
    // Without a Pod there is no change to wait for.
    if (active.length === 0) this.#stopped.resolve();
  }

  /**
   * At one moment, and yet one after the other: thousands that went in step would all need at once
   * what each needs for its end.
   */
  async #deleteAll(pods: readonly PodProgress[]): Promise<void> {
    for (const progress of pods) {
      this.deletePod(progress);
      await Promise.resolve();
    }
  }

  /** Ends one pod of a run that is being ended. */
  deletePod(progress: PodProgress): void {
    const { metadata: { namespace = "default", name }, spec } = progress.pod;
    const own = spec.terminationGracePeriodSeconds ?? UNREAD_GRACE_SECONDS;
    const isShort = this.#end?.type === "outputClosed" && own > UNREAD_GRACE_SECONDS;
    const { cluster, pods } = this.#options;
    pods.noteDeletion(progress);
    cluster.deletePod(namespace, name, isShort ? UNREAD_GRACE_SECONDS : undefined);
  }

  /** Ends every pod at once; status, events and report come to their end as ever. */
  endNow(): void {
    if (this.#isNow) return;
    this.#isNow = true;
    const { cluster } = this.#options;
    cluster.kill();
    const isOver = () => cluster.everyPod(({ state }) => state === "done");
    void patiently(cluster.waitFor(isOver)).then(() => this.#stopped.resolve());
  }
}

/**
 * What does not end in time ends with this process: the pause processes and the janitor see to
 * that.
 */
export async function patiently(end: Promise<void>): Promise<void> {
  const clock = systemClock();
  const late = new AbortController();
  const patience = clock.sleepUntil(clock.now() + STOP_PATIENCE_MS, late.signal).catch(() => {});
  await Promise.race([end, patience]);
  late.abort();
}
