/** One look at a pod: what to begin now, and what it waits for. */
import type { StopCause } from "../record/vocabulary.ts";
import { runningRun } from "../policy/runs.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodAction, StopContainer } from "../record/action.ts";
import type { PodRecord } from "../record/record.ts";

/** What the deciding functions read, and where they write their answer. */
export interface PodPlan {
  readonly pod: Pod;
  /** What is remembered of it. */
  readonly record: PodRecord;
  /** The moment of the look. */
  readonly now: Millis;
  /** To be begun, in this order. */
  readonly actions: PodAction[];
  /** Moments at which time alone would change the answer. */
  readonly waits: Wait[];
}

/** Something that only time, or another try, can change. */
export type Wait =
  | {
    readonly type: "deadline" | "backoff" | "grace" | "cleanup" | "probe" | "start" | "resize";
    readonly until: Millis;
  }
  | {
    /** What could not be done and is retried. */
    readonly type: "volumes" | "sandbox" | "config" | "create";
    readonly until: Millis;
    readonly reason: string;
    readonly message: string;
    readonly container?: string;
  };

/** An empty plan. */
export function createPodPlan(pod: Pod, record: PodRecord, now: Millis): PodPlan {
  return { pod, record, now, actions: [], waits: [] };
}

/** `spec.terminationGracePeriodSeconds` (R-DEFAULT-2). */
export function specGraceMs(pod: Pod): Millis {
  return (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
}

/** Why and how one container is to be stopped. */
export interface Stop {
  readonly cause: StopCause;
  /** What it gets. */
  readonly graceMs: Millis;
  /** It is started again right after, however it ends. */
  readonly restarts: boolean;
}

/** The stop of a running container as a step of a sync. */
export function stopStep(record: PodRecord, { name }: Container, how: Stop): StopContainer {
  const { containerId } = runningRun(record, name)!;
  return { type: "stopContainer", name, containerId, ...how };
}

/**
 * Begins to stop a running container; its preStop hook begins at once, regardless of the order of
 * stops (R-TERM-6).
 */
export function stopContainer(plan: PodPlan, container: Container, stop: Stop): void {
  const { record, actions } = plan;
  const { name } = container;
  const run = runningRun(record, name);
  if (run === undefined || run.stop !== undefined) return;
  const { containerId, sandboxId } = run;
  const { cause, graceMs, restarts } = stop;
  actions.push({ type: "stopContainer", name, containerId, cause, graceMs, restarts });
  // Without a grace there is no hook (R-HOOK-6).
  if (container.lifecycle?.preStop === undefined || graceMs === 0) return;
  actions.push({ type: "runHook", name, containerId, sandboxId, hook: "preStop" });
}
