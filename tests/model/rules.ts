/**
 * The decisions of the kubelet that something differs in on purpose: podling, in a few of them
 * (`differences.ts`), and the wrong models by which the comparison is tested (`mutants.ts`).
 */
import type { Container, Pod, PodPhase } from "../../src/api/types/pod.ts";
import type { Run } from "./machine.ts";
import { graceOf, initsOf, isSidecar, mainsOf, restartsAll } from "./spec.ts";

/** One implementation of each. */
export interface Rules {
  /** The next delay of a row of the back-off table (R-BACKOFF-2). */
  growBackoff(delayMs: number, capMs: number): number;
  /** Names of the containers that must have stopped before this one gets its signal (R-TERM-4). */
  stopsAfter(pod: Pod, name: string): readonly string[];
  /** The grace of a liveness or startup failure, in seconds (R-PROBE-17). */
  probeGrace(pod: Pod, probe: Container["livenessProbe"]): number;
  /** The grace that a Pod's own end gives, in seconds (R-TERM-2). */
  naturalGrace(pod: Pod): number;
  /** Whether this exit code starts the Pod over (R-RAC-1). */
  restartsAll(container: Container, exitCode: number): boolean;
  /**
   * The end that the back-off of a start counts from, by the records at the start of the sync
   * (R-BACKOFF-2, R-BACKOFF-7).
   */
  backoffSince(runs: readonly Run[]): number | undefined;
  /** Whether a computed phase ends the Pod (R-WORKER-3). */
  endsPod(phase: PodPhase): boolean;
  /** The stages of R-RAC-3 are one sync, in which nothing else is decided. */
  readonly resetIsOneSync: boolean;
  /**
   * So often in a row a container may restart all others before its back-off counts that (R-RAC-7).
   */
  readonly freeResets: number;
  /** A refused or failed start shows at the end of its sync, not at the next one (R-STATUS-2). */
  readonly failuresShownAtOnce: boolean;
  /** What a sync has started or removed shows before the sync is over (R-HOOK-3). */
  readonly stepsShownAtOnce: boolean;
  /**
   * A start that failed before there was a record is retried at its own moment, not at every sync
   * (R-BACKOFF-9).
   */
  readonly ownRetryTimes: boolean;
  /** A lost pause process takes the containers of its sandbox with it (R-SANDBOX-1). */
  readonly containersDieWithPause: boolean;
  /** Logs of inits outlive their sandbox, and their runs are counted by them (R-COUNT-4). */
  readonly logsOutliveSandbox: boolean;
  /** The end of a Pod is seen while a sync is under way (R-HOOK-5). */
  readonly endSeenDuringSync: boolean;
  /** A preStop sleep ends with its container (R-TERM-3). */
  readonly hookEndsWithContainer: boolean;
  /** A shorter grace counts for stops under way (R-TERM-11). */
  readonly shorterGraceAtOnce: boolean;
  /** A deadline that passes while the Pod is ending still fails it (R-DEADLINE-1). */
  readonly deadlineWhileEnding: boolean;
  /** The sandbox goes when all mains are over (R-SANDBOX-7). */
  readonly sandboxEndsWithMains: boolean;
  /**
   * A probe worker ends with a container that has ended for good, and begins again if that runs
   * again (R-PROBE-2).
   */
  readonly workersEnd: boolean;
  /** A first result, or that of an ended container, is a change that causes a sync (R-PROBE-6). */
  readonly firstResultSyncs: boolean;
}

/** Kubernetes 1.36. */
export const kubelet: Rules = {
  growBackoff: (delayMs, capMs) => Math.min(2 * delayMs, capMs),
  stopsAfter: (pod, name) => {
    const sidecars = initsOf(pod).filter((init) => isSidecar(pod, init)).map((init) => init.name);
    const index = sidecars.indexOf(name);
    if (index === -1) return [];
    return [...mainsOf(pod).map((main) => main.name), ...sidecars.slice(index + 1, index + 2)];
  },
  probeGrace: (pod, probe) => probe?.terminationGracePeriodSeconds ?? graceOf(pod),
  naturalGrace: graceOf,
  restartsAll,
  backoffSince: (runs) => runs.find(({ state }) => state === "exited")?.finishedAt,
  endsPod: (phase) => phase === "Succeeded" || phase === "Failed",
  resetIsOneSync: true,
  freeResets: Infinity,
  failuresShownAtOnce: false,
  stepsShownAtOnce: false,
  ownRetryTimes: false,
  containersDieWithPause: false,
  logsOutliveSandbox: false,
  endSeenDuringSync: false,
  hookEndsWithContainer: false,
  shorterGraceAtOnce: false,
  deadlineWhileEnding: true,
  sandboxEndsWithMains: true,
  workersEnd: true,
  firstResultSyncs: true,
};
