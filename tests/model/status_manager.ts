/**
 * The status manager of the model: `generateAPIPodStatus`, and what probes change between syncs.
 */
import type { Pod } from "../../src/api/types/pod.ts";
import { type ContainerStatus, convertContainers, type Waiting } from "./container_status.ts";
import type { PodStatusSnapshot } from "./machine.ts";
import {
  computeConditions,
  computeReadiness,
  forceFinalStates,
  getPhase,
  isRestarting,
  isRestartingAll,
  isTerminal,
  podHasInitialized,
  type PodStatus,
} from "./pod_status.ts";
import type { Prober } from "./probes.ts";
import type { Rules } from "./rules.ts";
import type { Timeline } from "./timeline.ts";

/** What a status is made from beside the records. */
export interface StatusManagerOptions {
  readonly timeline: Timeline;
  readonly pod: Pod;
  readonly rules: Rules;
  readonly prober: Prober;
  readonly isDeleted: () => boolean;
  readonly isEnding: () => boolean;
}

/** Keeps the status published last: part of the next one is made from it. */
export class StatusManager {
  readonly #options: StatusManagerOptions;
  /** The reason cache: why the last attempt to start a container failed (R-STATUS-3). */
  readonly failures = new Map<string, Waiting>();
  /** Something has happened since the last status was computed. */
  isStale = true;
  /** When the Pod has been active for too long (R-DEADLINE-1, R-DEADLINE-2). */
  readonly deadline: number;
  #status: PodStatus | undefined;
  /** As it was when the present sync began: what the worker's copy of the Pod says. */
  #before: readonly ContainerStatus[] = [];
  #beforeEnd: readonly ContainerStatus[] = [];

  constructor(options: StatusManagerOptions) {
    this.#options = options;
    const { activeDeadlineSeconds } = options.pod.spec;
    this.deadline = activeDeadlineSeconds === undefined ? Infinity : activeDeadlineSeconds * 1000;
  }

  get status(): PodStatus | undefined {
    return this.#status;
  }

  /** Computes and publishes, as every sync begins (R-WORKER-3). */
  publish(snapshot: PodStatusSnapshot, podIsTerminal = false): PodStatus {
    this.#before = this.#status?.containers ?? [];
    return this.#status = this.#generate(snapshot, podIsTerminal);
  }

  /**
   * Publishes in the middle or at the end of a sync: no phase is final before the next one has seen
   * it, and whether all containers restart is looked at when that begins (R-RAC-1).
   */
  showMeanwhile(snapshot: PodStatusSnapshot): void {
    const old = this.#status!;
    const status = this.#generate(snapshot, false, isRestarting(old));
    this.#status = isTerminal(status.phase) && !isTerminal(old.phase)
      ? { ...old, containers: status.containers }
      : status;
  }

  /** R-STATUS-9 looks at the Pod as the worker had it when it began to end. */
  rememberBeforeEnd(): void {
    this.#beforeEnd = this.#options.isDeleted() ? this.#status?.containers ?? [] : this.#before;
  }

  /** The last word (R-WORKER-7, R-STATUS-9). */
  terminate(): void {
    this.#status = forceFinalStates(this.#options.pod, this.#status!, this.#beforeEnd);
  }

  /** Shown at once, without a sync (R-COND-6). */
  setReadiness(run: number, ready: boolean): void {
    this.#change(run, (container) => ({ ...container, ready }));
  }

  setStarted(run: number, started: boolean): void {
    this.#change(run, (container) => ({ ...container, started }));
  }

  #change(run: number, change: (container: ContainerStatus) => ContainerStatus): void {
    if (this.#status === undefined) return;
    const containers = this.#status.containers.map((it) => it.run === run ? change(it) : it);
    const { pod } = this.#options;
    const verdict = computeReadiness(pod, this.#status.phase, containers);
    const conditions = this.#status.conditions.map((condition) =>
      condition.type === "Ready" || condition.type === "ContainersReady"
        ? { type: condition.type, ...verdict }
        : condition
    );
    this.#status = { ...this.#status, containers, conditions };
  }

  #generate(
    snapshot: PodStatusSnapshot,
    podIsTerminal: boolean,
    restarting = isRestartingAll(
      this.#options.pod,
      snapshot,
      this.#status,
      this.#options.rules.restartsAll,
    ),
  ): PodStatus {
    const { pod, rules, prober, timeline } = this.#options;
    const old = this.#status;
    const deleted = this.#options.isDeleted();
    const converted = convertContainers({
      pod,
      status: snapshot,
      old: old?.containers ?? [],
      deleted,
      restarting,
      failures: this.failures,
    });
    // Every sync asks for extra ticks; where starts show at once, the sync after a start has asked
    // already.
    const triggers = this.isStale || !rules.stepsShownAtOnce;
    const containers = prober.updateStatuses(converted, triggers);
    this.isStale = false;
    const { phase, reason } = this.#decidePhase(
      getPhase(pod, containers, {
        podIsTerminal,
        podHasInitialized: podHasInitialized(pod, snapshot),
      }),
      timeline.now,
    );
    const inputs = { pod, status: snapshot, phase, containers, old, restarting };
    const conditions = computeConditions(inputs);
    return { phase, ...(reason !== undefined && { reason }), containers, conditions };
  }

  /** R-WORKER-9, R-PHASE-7. */
  #decidePhase(computed: PodStatus["phase"], now: number): Pick<PodStatus, "phase" | "reason"> {
    const old = this.#status;
    const phase = isTerminal(old?.phase) && !isTerminal(computed) ? old!.phase : computed;
    const late = now >= this.deadline &&
      (this.#options.rules.deadlineWhileEnding || !this.#options.isEnding());
    if (late) return { phase: "Failed", reason: "DeadlineExceeded" };
    if (this.#options.isEnding() && isTerminal(old?.phase)) return old!;
    return phase === old?.phase && old.reason !== undefined
      ? { phase, reason: old.reason }
      : { phase };
  }
}
