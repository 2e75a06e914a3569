/** `SyncPod` of the runtime manager: one sync, step by step (R-ACT-6). */
import type { Container, Pod } from "../../src/api/types/pod.ts";
import { computePodActions, newest, type PodActions } from "./actions.ts";
import { BackoffTable, EXPIRY_MS } from "./backoff.ts";
import type { Killer } from "./kill.ts";
import type { Machine, PodStatusSnapshot, Run, Sandbox, StartOutcome } from "./machine.ts";
import type { Prober } from "./probes.ts";
import type { Rules } from "./rules.ts";
import { graceOf, initsOf, isSidecar } from "./spec.ts";
import type { StatusManager } from "./status_manager.ts";
import { type Process, type Task, type Timeline, until } from "./timeline.ts";

/** After an error (R-WORKER-5). */
const RETRY_MS = 10_000;

const HOOK_RANK = 2;

/** What an attempt to start leaves in the reason cache (R-STATUS-3). */
const failureReasons: Readonly<Record<StartOutcome["type"], string | undefined>> = {
  started: undefined,
  notCreated: "CreateContainerError",
  notStarted: "RunContainerError",
};

/** What a sync works with. */
export interface RuntimeManagerOptions {
  readonly timeline: Timeline;
  readonly machine: Machine;
  readonly pod: Pod;
  readonly rules: Rules;
  readonly prober: Prober;
  readonly killer: Killer;
  readonly statuses: StatusManager;
  /** The end of the Pod is seen, and the sync is aborted for it. */
  readonly isInterrupted: () => boolean;
}

/** Thrown through a sync that is aborted. */
class Interrupted extends Error {}

/** Carries out syncs, and remembers what they leave behind. */
export class RuntimeManager {
  readonly #options: RuntimeManagerOptions;
  readonly #backoff: BackoffTable;
  /** Count of the next run, by the logs kept of a container whose records are gone (R-MODEL-3). */
  readonly #nextCounts = new Map<string, number>();
  /**
   * Of containers that restarted all others: how often in a row, and the end that their back-off
   * counts from.
   */
  readonly #causes = new Map<string, { readonly round: number; readonly since?: number }>();
  /** When a start that left no record is due again; by container, and "" for the sandbox. */
  readonly #retries = new Map<string, number>();
  /** Those of them that were not due when the present sync began. */
  #early: ReadonlyMap<string, number> = new Map();
  /** When time alone makes another sync worthwhile (R-WORKER-5). */
  requeueAt = Infinity;

  constructor(options: RuntimeManagerOptions) {
    this.#options = options;
    this.#backoff = new BackoffTable(options.rules.growBackoff);
  }

  /** One sync, by the records at its start; it may be aborted for the end of the Pod. */
  *sync(status: PodStatusSnapshot, restartAll: boolean): Process {
    const { pod, prober } = this.#options;
    this.requeueAt = Infinity;
    const { now } = this.#options.timeline;
    this.#early = new Map([...this.#retries].filter(([, at]) => at > now));
    const actions = computePodActions({
      pod,
      status,
      restartAll,
      deleted: false,
      resultOf: (run, probe) => {
        const result = prober.resultOf(probe, run.id);
        return result === "unknown" ? undefined : result;
      },
    });
    try {
      yield* this.#carryOut(actions, status);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }

  *#carryOut(actions: PodActions, status: PodStatusSnapshot): Process {
    const { machine, pod, killer } = this.#options;
    if (actions.killPod) yield* this.#killPod(actions, status);
    else {
      // Step 3: one after another.
      for (const { container, run, cause } of actions.kills) {
        yield* this.#finish([killer.begin(run, this.#graceOf(container, cause))]);
      }
      yield* this.#reset(actions.resets);
    }
    // Step 5.
    let sandbox = machine.sandboxes.at(-1);
    if (actions.createSandbox) sandbox = yield* this.#createSandbox(actions.attempt);
    if (sandbox === undefined) return;
    // Step 6: a regular init that fails to start ends the sync, a sidecar does not.
    for (const init of actions.startInits) {
      if (!(yield* this.#start(init, sandbox, status)) && !isSidecar(pod, init)) return;
    }
    // Step 7.
    for (const main of actions.startMains) yield* this.#start(main, sandbox, status);
  }

  /** Step 2. */
  *#killPod({ createSandbox }: PodActions, { runs }: PodStatusSnapshot): Process {
    const { machine, pod, rules, killer } = this.#options;
    const running = runs.filter(({ state }) => state === "running");
    yield* this.#finish(killer.beginAll(running, graceOf(pod)));
    if (createSandbox || rules.sandboxEndsWithMains) machine.stopSandboxes();
    if (!createSandbox) return;
    // Every init runs again, and its logs are gone as well (R-SANDBOX-5).
    for (const { name } of initsOf(pod)) {
      for (const run of runs.filter((it) => it.name === name)) {
        machine.remove(run);
        this.#keepCount(run);
      }
      if (!rules.logsOutliveSandbox) this.#nextCounts.delete(name);
    }
    if (rules.stepsShownAtOnce) this.#options.statuses.showMeanwhile(machine.snapshot());
  }

  #graceOf(container: Container, cause: string): number {
    const { pod, rules } = this.#options;
    if (cause === "liveness") return rules.probeGrace(pod, container.livenessProbe);
    if (cause === "startup") return rules.probeGrace(pod, container.startupProbe);
    return graceOf(pod);
  }

  /** R-RAC-3: without a preStop hook or an order, and what they exit with counts for nothing. */
  *#reset(resets: PodActions["resets"]): Process {
    const { machine, rules, killer } = this.#options;
    const isNewest = ({ name, id }: Run) =>
      resets.every((other) => other.run.name !== name || other.run.id <= id);
    for (const { run, container } of resets) {
      if (run.state === "running") {
        yield* this.#finish([killer.begin(run, 0)]);
        if (!rules.resetIsOneSync) return;
      } else if (rules.restartsAll(container, run.exitCode!) && isNewest(run)) {
        this.#causes.set(run.name, this.#countReset(run));
      }
      machine.remove(run);
      this.#keepCount(run);
    }
    if (resets.length > 0) this.#retries.clear();
  }

  /**
   * R-RAC-7: a run longer than ten minutes clears the count, as it clears the back-off
   * (R-BACKOFF-4).
   */
  #countReset({ name, startedAt, finishedAt }: Run): { round: number; since?: number } {
    const isLong = startedAt !== undefined && finishedAt! - startedAt > EXPIRY_MS;
    const round = isLong ? 1 : (this.#causes.get(name)?.round ?? 0) + 1;
    return round > this.#options.rules.freeResets ? { round, since: finishedAt! } : { round };
  }

  /** R-MODEL-3. */
  #keepCount({ name, restartCount }: Run): void {
    const next = Math.max(restartCount + 1, this.#nextCounts.get(name) ?? 0);
    this.#nextCounts.set(name, next);
  }

  *#createSandbox(attempt: number): Process<Sandbox | undefined> {
    const { machine, timeline, rules, statuses } = this.#options;
    if (rules.ownRetryTimes && this.#isTooEarly("")) return undefined;
    const sandbox = yield* machine.createSandbox(attempt);
    this.#checkInterrupted();
    if (sandbox === undefined) {
      this.#retries.set("", timeline.now + RETRY_MS);
      this.#requeue(timeline.now + RETRY_MS);
      return undefined;
    }
    this.#retries.clear();
    this.#early = new Map();
    // PodReadyToStartContainers is True from here on, and what has been removed shows (R-COND-2).
    statuses.showMeanwhile(machine.snapshot());
    return sandbox;
  }

  /** @returns whether it runs. */
  *#start(container: Container, sandbox: Sandbox, status: PodStatusSnapshot): Process<boolean> {
    const { rules, statuses, machine } = this.#options;
    this.#checkInterrupted();
    if (rules.containersDieWithPause && !sandbox.ready) throw new Interrupted();
    const failure = yield* this.#tryStart(container, sandbox, status);
    if (failure === undefined) statuses.failures.delete(container.name);
    else if (failure !== "later") statuses.failures.set(container.name, failure);
    const isShown = failure === undefined ? rules.stepsShownAtOnce : rules.failuresShownAtOnce;
    if (isShown) statuses.showMeanwhile(machine.snapshot());
    this.#checkInterrupted();
    return failure === undefined;
  }

  *#tryStart(
    container: Container,
    sandbox: Sandbox,
    status: PodStatusSnapshot,
  ): Process<{ readonly reason: string; readonly message?: string } | "later" | undefined> {
    const { timeline, machine, pod, rules, statuses } = this.#options;
    const { name } = container;
    if (rules.ownRetryTimes && this.#isTooEarly(name)) return "later";
    // R-ACT-8, by the records read before any kill of this sync (R-BACKOFF-7).
    const runs = status.runs.filter((run) => run.name === name);
    const since = rules.backoffSince(runs) ?? this.#causes.get(name)?.since;
    const answer = this.#backoff.ask(name, since, timeline.now);
    if (answer.type === "refused") {
      this.#requeue(answer.until);
      return { reason: "CrashLoopBackOff", message: backoffMessage(pod, name, answer.delayMs) };
    }
    const last = newest(status, container);
    const count = last === undefined ? this.#nextCounts.get(name) ?? 0 : last.restartCount + 1;
    let outcome: StartOutcome | undefined;
    const start = timeline.spawn(
      (function* (): Process {
        outcome = yield* machine.start(container, count, sandbox);
        // It counts even where the end of the Pod aborts the sync meanwhile.
        const reason = failureReasons[outcome.type];
        if (reason === undefined) statuses.failures.delete(name);
        else statuses.failures.set(name, { reason });
      })(),
      HOOK_RANK,
    );
    yield* this.#finish([start]);
    if (outcome === undefined) throw new Error(`Start of ${name} has no outcome`);
    const reason = failureReasons[outcome.type];
    if (outcome.type === "notCreated") {
      this.#retries.set(name, timeline.now + RETRY_MS);
      this.#requeue(timeline.now + RETRY_MS);
    } else {
      const { round = 0 } = this.#causes.get(name) ?? {};
      this.#causes.set(name, { round });
    }
    if (outcome.type !== "started") return { reason: reason! };
    return yield* this.#postStart(container, outcome.run);
  }

  /** R-HOOK-3, R-HOOK-4: the start is over when its hook is. */
  *#postStart(container: Container, run: Run): Process<{ readonly reason: string } | undefined> {
    const { timeline, machine, pod, killer } = this.#options;
    const hook = container.lifecycle?.postStart;
    if (hook === undefined) return undefined;
    let failed = false;
    const task = timeline.spawn(
      (function* (): Process {
        const seconds = hook.sleep?.seconds;
        if (seconds !== undefined) yield* until(() => false, timeline.now + seconds * 1000);
        else failed = (yield* machine.ask(run, "postStart")) !== "success";
      })(),
      HOOK_RANK,
    );
    machine.hooked.add(run.id);
    yield* this.#finish([task]);
    machine.hooked.delete(run.id);
    if (!failed) return undefined;
    yield* this.#finish([killer.begin(run, graceOf(pod))]);
    return { reason: "PostStartHookError" };
  }

  #isTooEarly(name: string): boolean {
    const at = this.#early.get(name);
    if (at === undefined) return false;
    this.#requeue(at);
    return true;
  }

  #requeue(at: number): void {
    this.requeueAt = Math.min(this.requeueAt, at);
  }

  *#finish(tasks: readonly Task[]): Process {
    const { isInterrupted } = this.#options;
    yield* until(() => tasks.every(({ done }) => done) || isInterrupted());
    this.#checkInterrupted();
  }

  #checkInterrupted(): void {
    if (this.#options.isInterrupted()) throw new Interrupted();
  }
}

/** R-BACKOFF-8. */
function backoffMessage({ metadata }: Pod, name: string, delayMs: number): string {
  const [minutes, seconds] = [Math.floor(delayMs / 60_000), (delayMs % 60_000) / 1000];
  const delay = minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
  const pod = `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
  return `back-off ${delay} restarting failed container=${name} pod=${pod}`;
}
