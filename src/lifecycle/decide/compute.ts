/** The one place where a pod's next step is chosen. */
import { allContainers, ephemeralContainers, findContainer } from "../../api/pod_containers.ts";
import type { TerminationCause } from "../record/vocabulary.ts";
import {
  isAnyStarting,
  isSandboxUsable,
  isSyncing,
  newestRun,
  runningRun,
} from "../policy/runs.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodAction, SyncStep } from "../record/action.ts";
import {
  createPodPlan,
  type PodPlan,
  specGraceMs,
  type Stop,
  stopContainer,
  stopStep,
} from "./pod_plan.ts";
import { computeInitPlan } from "./init.ts";
import { computeStop, decideProbes, initialProbeResults } from "./probe.ts";
import { beginResize, decideAdmission, isResizeDue, isResizeOver } from "./resize.ts";
import { applyPodEvent } from "../record/apply_pod_event.ts";
import type { PodRecord } from "../record/record.ts";
import { computeBackoff, isRestartingAll, shouldRestart } from "../policy/restart.ts";
import { openSteps } from "../record/sync.ts";
import { beginKillPod, beginReset, decideSandbox, killPod } from "./sandbox.ts";
import { isTerminalPhase } from "../status/phase.ts";
import { computePodPhase } from "../status/status.ts";
import { computeStuck, type Stuck } from "./stuck.ts";
import { advanceStops, cancelStarts, decideTermination } from "./termination.ts";

/** What to do now, and when to ask again. */
export interface PodActions {
  /** To be begun in this order; each is remembered with `actionBegun` before it is. */
  readonly actions: readonly PodAction[];
  /** Until then the answer to the same question stays the same; undefined: until an event comes. */
  readonly wakeAt: Millis | undefined;
  /** The pod is over and nothing is left of it. */
  readonly done: boolean;
  /** Why the pod can make no further progress, if so. */
  readonly stuck: Stuck | undefined;
}

/**
 * Decides a pod's next step (R-ACT-1, R-ACT-2). It looks at where things stand, never at which
 * event came last; an action that has been begun is part of where things stand.
 */
export function computePodActions(pod: Pod, record: PodRecord, now: Millis): PodActions {
  const actions: PodAction[] = [];
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const plan = createPodPlan(pod, record, now);
    const done = decide(plan);
    if (plan.actions.length === 0) {
      return { actions, wakeAt: earliest(plan), done, stuck: computeStuck(plan) };
    }
    // What is begun now may allow more at once: looked at again as if it had been begun.
    for (const action of plan.actions) {
      actions.push(action);
      record = applyPodEvent(record, { type: "actionBegun", at: now, action });
    }
  }
  const { type } = actions.at(-1)!;
  throw new Error(`Cannot decide on pod ${pod.metadata.uid}: ${type} is wanted again and again`);
}

/** Far more than any pod needs: each look begins all that the one before it made possible. */
const MAX_LOOKS = 1000;

/**
 * One look.
 *
 * @returns whether the pod is done.
 */
function decide(plan: PodPlan): boolean {
  const done = decideWorker(plan);
  // What the worker begins may change what there is to probe.
  if (plan.actions.length === 0) decideProbes(plan);
  return done;
}

function decideWorker(plan: PodPlan): boolean {
  const { pod, record, actions } = plan;
  if (record.ending !== undefined) return decideTermination(plan);
  const cause = computeTerminationCause(plan);
  if (cause === undefined) decideSync(plan);
  else actions.push({ type: "terminatePod", cause, graceMs: specGraceMs(pod) });
  return false;
}

/**
 * Whether the pod has to leave "sync" by itself (R-WORKER-2, R-WORKER-3, R-DEADLINE-1).
 *
 * Differs: the kubelet looks at the deadline of a pod that is ending too, and may turn one that
 * succeeded into a failed one.
 */
function computeTerminationCause(plan: PodPlan): TerminationCause | undefined {
  const { pod, record, now } = plan;
  const seconds = pod.spec.activeDeadlineSeconds;
  if (seconds !== undefined && !isTerminalPhase(record.published.phase)) {
    const until = record.seenAt + seconds * 1000;
    if (now >= until) return "deadline";
    plan.waits.push({ type: "deadline", until });
  }
  if (isSyncing(record)) return undefined;
  return isTerminalPhase(computePodPhase(pod, record)) ? "finished" : undefined;
}

/** The table of R-ACT-2, carried out in the order of R-ACT-6. */
function decideSync(plan: PodPlan): void {
  const { pod, record } = plan;
  runDueHooks(plan);
  // One worker, strictly serial: a start or a stop in progress blocks every later decision
  // (R-WORKER-1).
  cancelStarts(plan);
  if (isAnyStarting(record) || advanceStops(plan) || stopFailedStarts(plan)) return;
  if (record.resize?.inProgress?.isActuating) return;
  const [step] = openSteps(record);
  if (step !== undefined) return takeStep(plan, step);
  removeSuperseded(plan);
  decideAdmission(plan);
  if (isResizeOver(pod, record)) plan.actions.push({ type: "completeResize" });
  if (!decideVolumes(plan)) return;
  if (isRestartingAll(pod, record)) return beginReset(plan);
  if (!isSandboxUsable(pod, record)) return decideSandbox(plan);

  const initPlan = computeInitPlan(pod, record);
  if (initPlan.killPod) return beginKillPod(plan, "podDone");
  const start = [...initPlan.start];
  const stop = [...initPlan.stop];
  if (initPlan.initialized) {
    const mains = computeMains(pod, record);
    if (mains.over) return beginKillPod(plan, "podDone");
    start.push(...mains.start);
    stop.push(...mains.stop);
  }
  const steps: SyncStep[] = stop.map(({ container, ...how }) => stopStep(record, container, how));
  for (const { name } of computeEphemerals(plan)) {
    steps.push({ type: "startContainer", name, afterKill: false });
  }
  if (isResizeDue(plan)) steps.push({ type: "resizePod" });
  for (const container of start) {
    const afterKill = runningRun(record, container.name) !== undefined;
    if (!afterKill && !isStartDue(plan, container, steps.length > 0)) continue;
    steps.push({ type: "startContainer", name: container.name, afterKill });
  }
  if (steps.length > 0) plan.actions.push({ type: "beginSync", steps });
}

/** Takes the first of the steps that are left (R-ACT-6). */
function takeStep(plan: PodPlan, step: SyncStep): void {
  const { pod, actions } = plan;
  const find = (name: string) => findContainer(pod, name)!;
  switch (step.type) {
    case "stopContainer":
      return stopContainer(plan, find(step.name), step);
    case "killPod":
      return killPod(plan, step.cause);
    case "removeContainer":
    case "createSandbox":
      actions.push(step);
      return;
    case "startContainer":
      return startOrBackOff(plan, find(step.name), step.afterKill);
    case "resizePod":
      return beginResize(plan);
  }
}

/** A start ends with its postStart hook (R-HOOK-3). */
function runDueHooks({ record, actions }: PodPlan): void {
  for (const { name, current } of record.containers.values()) {
    if (current?.postStart !== "due") continue;
    const { containerId, sandboxId } = current;
    actions.push({ type: "runHook", name, containerId, sandboxId, hook: "postStart" });
  }
}

/**
 * A container whose postStart hook failed is stopped before anything else is decided (R-HOOK-4).
 */
function stopFailedStarts(plan: PodPlan): boolean {
  const { pod, record } = plan;
  const stop = { cause: "postStartFailed", graceMs: specGraceMs(pod), restarts: false } as const;
  const failed = allContainers(pod).filter(({ name }) =>
    runningRun(record, name)?.postStart === "failed"
  );
  for (const container of failed) stopContainer(plan, container, stop);
  return failed.length > 0;
}

/** Row 5 and 6 of R-ACT-2: what each main container asks for (R-ACT-3). */
function computeMains(pod: Pod, record: PodRecord): {
  readonly start: readonly Container[];
  readonly stop: readonly (Stop & { readonly container: Container })[];
  readonly over: boolean;
} {
  const start: Container[] = [];
  const stop: (Stop & { readonly container: Container })[] = [];
  let kept = false;
  for (const container of pod.spec.containers) {
    const run = newestRun(record, container.name);
    if (run?.type === "running") {
      const stopping = computeStop(pod, container, run);
      if (stopping !== undefined) stop.push({ container, ...stopping });
      kept ||= stopping === undefined;
      if (stopping?.restarts) start.push(container);
    } else if (shouldRestart(pod, record, container)) {
      start.push(container);
    }
  }
  // One that is stopped for good keeps no pod alive (R-ACT-5).
  return { start, stop, over: !kept && start.length === 0 };
}

/**
 * The ephemeral containers to start: those that have never run, before all others and even while
 * init containers do (R-EPHEMERAL-3). One that has no record here may have run under an earlier
 * node process.
 */
function computeEphemerals(plan: PodPlan): readonly Container[] {
  const { pod, record } = plan;
  return ephemeralContainers(pod).filter((container) => {
    if (newestRun(record, container.name) !== undefined) return false;
    const shown = record.published.ephemeralContainerStatuses
      ?.find(({ name }) => name === container.name)?.state;
    const hasRun = shown?.running !== undefined || shown?.terminated !== undefined;
    return !hasRun && isStartDue(plan, container, false);
  });
}

/**
 * Whether the start of a container may be attempted: not while it waits after a failed
 * configuration, and not twice without success in the same back-off (R-BACKOFF-2, R-BACKOFF-9).
 */
function isStartDue(
  { record, now, waits }: PodPlan,
  container: Container,
  afterOthers: boolean,
): boolean {
  const { name } = container;
  const containerRecord = record.containers.get(name);
  const failure = containerRecord?.startFailure;
  if ((failure?.type === "config" || failure?.type === "create") && now < failure.retryAt) {
    const { type, reason, message, retryAt } = failure;
    waits.push({ type, until: retryAt, reason, message, container: name });
    return false;
  }
  const decision = computeBackoff(container, containerRecord, record.settings.backoff, now);
  // Its back-off may be over when its turn comes (R-ACT-8).
  if (decision.type !== "wait" || failure?.type !== "backoff" || afterOthers) return true;
  if (failure.until !== decision.until) return true;
  waits.push({ type: "backoff", until: decision.until });
  return false;
}

/** Starts a container, unless its back-off refuses (R-ACT-8, R-BACKOFF-2, R-BACKOFF-8). */
function startOrBackOff(plan: PodPlan, container: Container, afterKill: boolean): void {
  const { record, now, actions } = plan;
  const { name } = container;
  const { sandbox } = record;
  if (sandbox.type !== "ready") return;
  const containerRecord = record.containers.get(name);
  const { backoff } = record.settings;
  const decision = computeBackoff(container, containerRecord, backoff, now, afterKill);
  if (decision.type === "wait") {
    // From here on the end of the killed run counts.
    const next = afterKill ? computeBackoff(container, containerRecord, backoff, now) : decision;
    const { delayMs, until } = next.type === "wait" ? next : decision;
    actions.push({ type: "backOffContainer", name, delayMs, until });
    return;
  }
  if (containerRecord?.current?.type === "unknown" && !containerRecord.current.killed) {
    const { containerId } = containerRecord.current;
    actions.push({ type: "signalContainer", name, containerId, signal: "SIGKILL" });
  }
  const probes = initialProbeResults(container);
  actions.push({
    type: "startContainer",
    name,
    restartCount: containerRecord?.nextRestartCount ?? 0,
    sandboxId: sandbox.sandboxId,
    image: container.image ?? "",
    ...(decision.type === "start" && { backoff: decision.entry, delayMs: decision.delayMs }),
    ...(probes && { probes }),
    postStart: container.lifecycle?.postStart !== undefined,
    ...(container.resources && { resources: container.resources }),
  });
}

/** Volumes come before the sandbox (R-START-5). @returns whether they are there. */
function decideVolumes({ record, now, actions, waits }: PodPlan): boolean {
  const { volumes } = record;
  switch (volumes.type) {
    case "ready":
      return true;
    case "preparing":
      return false;
    case "none":
      actions.push({ type: "prepareVolumes" });
      return false;
    case "failed": {
      const { reason, message, retryAt } = volumes;
      if (now < retryAt) waits.push({ type: "volumes", until: retryAt, reason, message });
      else actions.push({ type: "prepareVolumes" });
      return false;
    }
  }
}

function removeSuperseded({ record, actions }: PodPlan): void {
  for (const { name, superseded } of record.containers.values()) {
    for (const containerId of superseded) {
      actions.push({ type: "removeContainer", name, containerId, cause: "superseded" });
    }
  }
}

function earliest({ now, waits }: PodPlan): Millis | undefined {
  let wakeAt: Millis | undefined;
  for (const { until } of waits) {
    if (until > now && (wakeAt === undefined || until < wakeAt)) wakeAt = until;
  }
  return wakeAt;
}
