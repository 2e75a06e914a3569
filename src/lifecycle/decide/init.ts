/**
 * The order of init containers and sidecars (R-INIT-1 to R-INIT-9, R-SIDECAR-1 to R-SIDECAR-10).
 */
import { hasInitFailed, isStarted, newestRun } from "../policy/runs.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { type Stop } from "./pod_plan.ts";
import { computeStop } from "./probe.ts";
import type { PodRecord } from "../record/record.ts";
import { isSidecar, shouldRestart } from "../policy/restart.ts";

/** What the init containers ask for. */
export interface InitPlan {
  /** Main containers may be looked at. */
  readonly initialized: boolean;
  /** A regular init failed for good: the pod is over. */
  readonly killPod: boolean;
  /** To be started, in spec order. */
  readonly start: readonly Container[];
  /** Those among them that run and must be stopped first, and why. */
  readonly stop: readonly (Stop & { readonly container: Container })[];
}

const killPod: InitPlan = { initialized: false, killPod: true, start: [], stop: [] };

/**
 * Decides which init containers to start and stop (R-INIT-1 to R-INIT-9, R-SIDECAR-1 to
 * R-SIDECAR-5).
 *
 * The last entry that has run decides whether the next one may: entries before it must have
 * finished. Once a main container runs, only sidecars are looked at.
 */
export function computeInitPlan(pod: Pod, record: PodRecord): InitPlan {
  const inits = pod.spec.initContainers ?? [];
  let initialized = inits.length === 0 ||
    pod.spec.containers.some(({ name }) => newestRun(record, name)?.type === "running");
  // Whether an entry after the one looked at, or a main container, has run already.
  let passed = initialized;
  const start: Container[] = [];
  const stop: (Stop & { readonly container: Container })[] = [];

  for (let index = inits.length - 1; index >= 0; index--) {
    const container = inits[index]!;
    const run = newestRun(record, container.name);
    const sidecar = isSidecar(container);
    if (run === undefined) {
      if (passed && sidecar) start.push(container);
      continue;
    }
    if (passed && !sidecar) continue;

    const next = inits[index + 1];
    const proceed = () => {
      if (passed) return;
      if (next === undefined) initialized = true;
      else start.push(next);
    };
    if (sidecar) {
      if (run.type !== "running") start.push(container);
      else {
        if (isStarted(run)) proceed();
        // One that has not started yet is left alone until its startup probe has spoken
        // (R-SIDECAR-3).
        const stopping = isStarted(run) || run.probes?.startup === "failure"
          ? computeStop(pod, container, run)
          : undefined;
        if (stopping !== undefined) {
          stop.push({ container, ...stopping });
          start.push(container);
        }
      }
    } else if (run.type === "exited") {
      if (!hasInitFailed(run)) proceed();
      else if (shouldRestart(pod, record, container)) start.push(container);
      else return killPod;
    } else if (run.type === "unknown") {
      if ((container.restartPolicy ?? pod.spec.restartPolicy) === "Never") return killPod;
      start.push(container);
    }
    passed = true;
  }
  if (!passed && inits[0] !== undefined) start.push(inits[0]);
  return { initialized, killPod: false, start: start.reverse(), stop: stop.reverse() };
}
