/**
 * The kubelet's loop for one Pod, as a model: `podWorkerLoop`, `SyncPod` and `SyncTerminatingPod`,
 * written down from the rules and sharing no decision with `src/`. Each step has its rule beside
 * it.
 *
 * Not in it: volumes, images, resizes, ephemeral containers, changes of the spec, unknown records,
 * R-STATUS-10. Syncs come at the moment of what causes them and not up to a second later, and there
 * is neither jitter nor a resync without a cause (R-WORKER-4, R-WORKER-5).
 */
import type { Pod } from "../../src/api/types/pod.ts";
import type { SimulationScript } from "../../src/runtime/simulated/simulation_script.ts";
import { Killer } from "./kill.ts";
import { Machine, type Run } from "./machine.ts";
import { isRestarting, type PodStatus } from "./pod_status.ts";
import type { Rules } from "./rules.ts";
import { StatusManager } from "./status_manager.ts";
import { RuntimeManager } from "./sync.ts";
import { Timeline, until } from "./timeline.ts";
import type { Process } from "./timeline.ts";
import { Prober } from "./probes.ts";

/** What the worker does after all others of the same moment. */
const RANK = 3;

/** The Pod is deleted. */
export interface Deletion {
  readonly at: number;
  /** undefined: the Pod's own grace. */
  readonly graceSeconds?: number | undefined;
}

/** All that a model is made from. */
export interface KubeletOptions {
  /** With its defaults, as the API server stored it. */
  readonly pod: Pod;
  readonly script: SimulationScript;
  readonly deletions: readonly Deletion[];
  readonly rules: Rules;
}

/** What a watcher sees while nothing is under way. */
export interface Sight {
  readonly at: number;
  readonly status: PodStatus;
}

/** All that happened to a Pod. */
export interface History {
  /** In the order of their starts. */
  readonly runs: readonly Run[];
  /** The status at each moment at which the worker came to rest. */
  readonly sights: readonly Sight[];
  /** When nothing was left to be done; undefined if that never came. */
  readonly endedAt: number | undefined;
}

/** Plays one Pod to its end. */
export function playKubelet(options: KubeletOptions, limit: number): History {
  const kubelet = new Kubelet(options);
  return kubelet.play(limit);
}

/** The pod worker and what it works with. */
class Kubelet {
  readonly #options: KubeletOptions;
  readonly #timeline = new Timeline();
  readonly #machine: Machine;
  readonly #statuses: StatusManager;
  readonly #prober: Prober;
  readonly #killer: Killer;
  readonly #runtime: RuntimeManager;
  /** A sync is due at once (R-WORKER-4). */
  #isPending = true;
  /** What has ended the Pod has been seen; it never comes back to "sync" (R-WORKER-2). */
  #isEnding = false;
  #isResting = false;
  #endedAt: number | undefined;
  /** Graces asked for: by deletions, and by the end that the worker found by itself. */
  readonly #graces: { readonly at: number; readonly seconds: number }[] = [];
  #isDeleted = false;

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { pod, script, rules } = options;
    const timeline = this.#timeline;
    const wake = () => {
      this.#isPending = true;
      this.#statuses.isStale = true;
    };
    const { containersDieWithPause } = rules;
    this.#machine = new Machine({ timeline, pod, script, containersDieWithPause, onChange: wake });
    const machine = this.#machine;
    this.#prober = new Prober({
      timeline,
      machine,
      pod,
      rules,
      status: () => this.#statuses.status,
      isEnding: () => this.#isEnding,
      onResult: (kind, run, result) => {
        if (kind === "readiness") this.#statuses.setReadiness(run, result === "success");
        if (kind === "startup") this.#statuses.setStarted(run, result === "success");
        if (kind !== "liveness" || result === "failure") wake();
      },
    });
    const prober = this.#prober;
    this.#statuses = new StatusManager({
      timeline,
      pod,
      rules,
      prober,
      isDeleted: () => this.#isDeleted,
      isEnding: () => this.#isEnding,
    });
    this.#killer = new Killer({
      timeline,
      machine,
      pod,
      rules,
      shorterGraceEnd: (seconds) => this.#shorterGraceEnd(seconds),
    });
    this.#runtime = new RuntimeManager({
      timeline,
      machine,
      pod,
      rules,
      prober,
      killer: this.#killer,
      statuses: this.#statuses,
      isInterrupted: () => rules.endSeenDuringSync && this.#isEndDue(),
    });
  }

  play(limit: number): History {
    for (const deletion of this.#options.deletions) this.#timeline.spawn(this.#delete(deletion));
    // The deadline is seen even while something else is waited for (R-DEADLINE-1).
    this.#timeline.spawn(until(() => this.#endedAt !== undefined, this.#statuses.deadline));
    this.#timeline.spawn(this.#work(), RANK);
    const sights: Sight[] = [];
    this.#timeline.run(limit, () => {
      const { status } = this.#statuses;
      if (!this.#isResting || status === undefined) return;
      sights.push({ at: this.#timeline.now, status });
    });
    return { runs: this.#machine.history, sights, endedAt: this.#endedAt };
  }

  /** R-DELETE-1 to R-DELETE-3; a finished Pod has nothing left to be stopped. */
  *#delete({ at, graceSeconds }: Deletion): Process {
    yield* until(() => this.#endedAt !== undefined, at);
    if (this.#endedAt !== undefined) return;
    const { terminationGracePeriodSeconds = 30 } = this.#options.pod.spec;
    const asked = graceSeconds ?? terminationGracePeriodSeconds;
    // A grace of 0 takes the object away; the node goes by the grace that it knows of.
    if (asked === 0 && this.#isDeleted) return;
    const seconds = asked === 0 ? terminationGracePeriodSeconds : asked;
    this.#isDeleted = true;
    this.#graces.push({ at: this.#timeline.now, seconds: Math.max(1, seconds) });
  }

  /** R-WORKER-1, R-WORKER-2. */
  *#work(): Process {
    while (!this.#isDeleted && !(yield* this.#sync())) {
      this.#isResting = true;
      const isDue = () => this.#isPending || this.#isEndDue();
      const { requeueAt } = this.#runtime;
      yield { when: isDue, until: Math.min(requeueAt, this.#statuses.deadline) };
      this.#isResting = false;
    }
    yield* this.#terminate();
    this.#isResting = true;
    this.#endedAt = this.#timeline.now;
  }

  #isEndDue(): boolean {
    return this.#isDeleted || this.#timeline.now >= this.#statuses.deadline;
  }

  /** `SyncPod` of the kubelet. @returns whether the Pod is over. */
  *#sync(): Process<boolean> {
    const { rules } = this.#options;
    this.#isPending = false;
    // R-WORKER-3: the status first; a terminal phase ends the sync.
    const snapshot = this.#machine.snapshot();
    const status = this.#statuses.publish(snapshot);
    if (rules.endsPod(status.phase)) return true;
    this.#prober.addPod();
    const restarting = isRestarting(status);
    yield* this.#runtime.sync(snapshot, restarting);
    // R-RAC-4: the sync that removed everything asks for the next one.
    if (restarting) this.#isPending = true;
    return false;
  }

  /** `SyncTerminatingPod` and `SyncTerminatedPod`: R-WORKER-6, R-WORKER-7. */
  *#terminate(): Process {
    const { pod, rules } = this.#options;
    const isShown = rules.stepsShownAtOnce && this.#isDeleted &&
      this.#statuses.status !== undefined;
    if (isShown) {
      const { sandboxes, runs } = this.#machine.snapshot();
      const started = runs.filter(({ id }) => !this.#machine.hooked.has(id));
      this.#statuses.showMeanwhile({ sandboxes, runs: started });
    }
    this.#statuses.rememberBeforeEnd();
    this.#isEnding = true;
    const natural = rules.naturalGrace(pod);
    if (!this.#isDeleted) this.#graces.push({ at: this.#timeline.now, seconds: natural });
    this.#statuses.publish(this.#machine.snapshot());
    this.#machine.forgetLost();
    // R-TERM-2: the smallest grace asked for, at least 1; a Pod that ends by itself has its own.
    const running = () => this.#machine.runs.filter(({ state }) => state === "running");
    while (running().length > 0 || this.#machine.starting.size > 0) {
      const seconds = Math.min(...this.#graces.map((grace) => grace.seconds));
      const tasks = this.#killer.beginAll(running(), seconds);
      const { size } = this.#machine.starting;
      yield* until(() =>
        this.#machine.starting.size !== size || (size === 0 && tasks.every(({ done }) => done))
      );
      if (this.#machine.starting.size !== size) {
        this.#statuses.showMeanwhile(this.#machine.snapshot());
      }
    }
    this.#machine.stopSandboxes();
    this.#statuses.publish(this.#machine.snapshot(), true);
    this.#statuses.terminate();
  }

  /** R-TERM-11. */
  #shorterGraceEnd(seconds: number): number {
    if (this.#graces.every((grace) => grace.seconds >= seconds)) return Infinity;
    return Math.min(...this.#graces.map((grace) => grace.at + grace.seconds * 1000));
  }
}
