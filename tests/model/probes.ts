/** The probe workers: one for each container and kind of probe (R-PROBE-2). */
import type { Container, Pod, Probe } from "../../src/api/types/pod.ts";
import type { ContainerStatus } from "./container_status.ts";
import type { Answer, Machine, Run } from "./machine.ts";
import { isTerminal, type PodStatus } from "./pod_status.ts";
import type { Rules } from "./rules.ts";
import { initsOf, isSidecar, mainsOf, restartsAfter } from "./spec.ts";
import { type Process, type Timeline, until } from "./timeline.ts";

/**
 * Ticks of one moment go in this order: what a startup probe finds counts from the next tick on.
 */
const KINDS = ["liveness", "readiness", "startup"] as const;
export type ProbeKind = typeof KINDS[number];
export type ProbeResult = "success" | "failure" | "unknown";

const RANK = 1;
/** R-PROBE-9. */
const TRIES = 3;
/** R-PROBE-6. */
const INITIAL = { liveness: "success", readiness: "failure", startup: "unknown" } as const;

/** What probe workers read, and what they notify. */
export interface ProberOptions {
  readonly timeline: Timeline;
  readonly machine: Machine;
  readonly pod: Pod;
  readonly rules: Rules;
  /** The status manager's: probe workers know of runs only what it says. */
  readonly status: () => PodStatus | undefined;
  /** The Pod has left "sync": nothing is probed that could still matter (R-PROBE-18). */
  readonly isEnding: () => boolean;
  readonly onResult: (kind: ProbeKind, run: number, result: ProbeResult) => void;
}

interface Worker {
  readonly container: Container;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  /** A sync has asked for an extra tick (R-PROBE-16). */
  triggered: boolean;
  run?: number;
  last?: Answer;
  /** How often `last` has come in a row. */
  count: number;
  onHold: boolean;
}

/** The probe manager of one Pod. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #workers: Worker[] = [];
  /** By kind and run. */
  readonly #results = new Map<string, ProbeResult>();

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** Makes the workers that there are not yet: at every sync (R-PROBE-2). */
  addPod(): void {
    const { pod, timeline } = this.#options;
    const probed = [...mainsOf(pod), ...initsOf(pod).filter((init) => isSidecar(pod, init))];
    for (const kind of KINDS) {
      for (const container of probed) {
        const probe = container[`${kind}Probe`];
        if (probe === undefined || this.#find(container.name, kind) !== undefined) continue;
        const worker = {
          container,
          kind,
          probe,
          triggered: false,
          askedAt: -1,
          count: 0,
          onHold: false,
        };
        this.#workers.push(worker);
        timeline.spawn(this.#work(worker), RANK);
      }
    }
  }

  resultOf(kind: ProbeKind, run: number): ProbeResult | undefined {
    return this.#results.get(`${kind} ${run}`);
  }

  /**
   * Fills in `started` and `ready` (R-STATUS-4, R-STATUS-5), and has a readiness probe run at once
   * where a started container is not ready (R-PROBE-16).
   */
  updateStatuses(containers: readonly ContainerStatus[], triggers: boolean): ContainerStatus[] {
    const { pod } = this.#options;
    return containers.map((status) => {
      const init = initsOf(pod).find(({ name }) => name === status.name);
      const started = this.#isStarted(status);
      if (init !== undefined && !isSidecar(pod, init)) {
        const done = status.state.terminated?.exitCode === 0;
        return { ...status, started, ready: done || status.ready };
      }
      if (!started) return { ...status, started };
      const worker = this.#find(status.name, "readiness");
      const ready = worker === undefined ||
        this.resultOf("readiness", status.run!) === "success";
      if (!ready && triggers) worker.triggered = true;
      return { ...status, started, ready };
    });
  }

  #isStarted({ name, state, run }: ContainerStatus): boolean {
    if (state.running === undefined) return false;
    const result = this.resultOf("startup", run!);
    return result === undefined ? this.#find(name, "startup") === undefined : result === "success";
  }

  #find(name: string, kind: ProbeKind): Worker | undefined {
    return this.#workers.find((it) => it.container.name === name && it.kind === kind);
  }

  /**
   * Ticks on a grid that begins with the worker and again with each extra tick (R-PROBE-3,
   * R-PROBE-16).
   */
  *#work(worker: Worker): Process {
    const { timeline, isEnding } = this.#options;
    const periodMs = (worker.probe.periodSeconds ?? 10) * 1000;
    let base = timeline.now;
    let taken = 0;
    while (!isEnding() && (yield* this.#tick(worker))) {
      const passed = Math.floor((timeline.now - base) / periodMs);
      // A tick that came during the probe is made up for at once; a second one is lost.
      const next = passed > taken ? timeline.now : base + (taken + 1) * periodMs;
      yield* until(() => worker.triggered || isEnding(), next);
      if (worker.triggered) {
        worker.triggered = false;
        base = timeline.now;
        taken = 0;
      } else taken = Math.floor((timeline.now - base) / periodMs);
    }
    // In an ending Pod it still says that the container has such a probe (R-STATUS-4).
    if (!isEnding()) this.#workers.splice(this.#workers.indexOf(worker), 1);
  }

  /** R-PROBE-4. @returns whether the worker goes on. */
  *#tick(worker: Worker): Process<boolean> {
    const { timeline, machine, status } = this.#options;
    const { container, kind, probe } = worker;
    const pod = status();
    if (pod === undefined) return true;
    if (isTerminal(pod.phase)) return false;
    const seen = pod.containers.find(({ name }) => name === container.name);
    if (seen?.run === undefined) return true;
    if (worker.run !== seen.run) {
      worker.run = seen.run;
      worker.onHold = false;
      this.#set(kind, seen.run, INITIAL[kind], this.#options.rules.firstResultSyncs);
    }
    if (worker.onHold) return true;
    if (seen.state.running === undefined) {
      this.#set(kind, seen.run, "failure", this.#options.rules.firstResultSyncs);
      return this.#mayRunAgain(worker, seen);
    }
    // Differs: from the exact start, not from the whole second before it (R-PROBE-4).
    const delayMs = (probe.initialDelaySeconds ?? 0) * 1000;
    if (timeline.now - seen.state.running.startedAt < delayMs) return true;
    if (seen.started === (kind === "startup")) return true;
    const run = machine.history.find(({ id }) => id === seen.run)!;
    const answer = yield* this.#ask(run, kind, (probe.timeoutSeconds ?? 1) * 1000);
    if (answer !== "error") this.#count(worker, answer);
    return true;
  }

  *#ask(run: Run, kind: ProbeKind, timeoutMs: number): Process<Answer> {
    let answer: Answer = "error";
    for (let tries = 0; answer === "error" && tries < TRIES; tries++) {
      answer = yield* this.#options.machine.ask(run, kind, timeoutMs);
    }
    return answer;
  }

  /** R-PROBE-7, R-PROBE-8. */
  #count(worker: Worker, answer: "success" | "failure"): void {
    const { kind, probe } = worker;
    worker.count = worker.last === answer ? worker.count + 1 : 1;
    worker.last = answer;
    const threshold = answer === "failure"
      ? probe.failureThreshold ?? 3
      : probe.successThreshold ?? 1;
    if (worker.count < threshold) return;
    this.#set(kind, worker.run!, answer, true);
    if (kind === "startup" || (kind === "liveness" && answer === "failure")) {
      worker.onHold = true;
      worker.count = 0;
    }
  }

  /** A worker ends when its container has ended for good. */
  #mayRunAgain({ container }: Worker, { state }: ContainerStatus): boolean {
    const { pod, rules } = this.#options;
    const code = state.terminated?.exitCode;
    return !rules.workersEnd || code === undefined || isSidecar(pod, container) ||
      restartsAfter(pod, container, code) || rules.restartsAll(container, code);
  }

  #set(kind: ProbeKind, run: number, result: ProbeResult, notifies: boolean): void {
    const key = `${kind} ${run}`;
    if (this.#results.get(key) === result) return;
    this.#results.set(key, result);
    if (notifies) this.#options.onResult(kind, run, result);
  }
}
