/**
 * What users see of a pod: phase, conditions, container statuses (R-STATUS-1, R-PHASE-1, R-COND-1).
 */
import { mapContainers } from "../../api/pod_containers.ts";
import { hasGoneDown, isAnyRunning, isSyncing, runningRun } from "../policy/runs.ts";
import type {
  ContainerStatus,
  Pod,
  PodPhase,
  PodSpec,
  PodStatus,
  ResourceRequirements,
} from "../../api/types/pod.ts";
import { computePodResources } from "../../api/types/qos.ts";
import type { Millis } from "../../base/clock.ts";
import { generateConditions } from "./conditions.ts";
import {
  type ContainerStatuses,
  formatTime,
  generateContainerStatuses,
  unlocated,
} from "./container_status.ts";
import { computePhase, isTerminalPhase } from "./phase.ts";
import { deadlineMessage, deadlineReason } from "../record/reasons.ts";
import type { PodRecord } from "../record/record.ts";
import { isSidecar } from "../policy/restart.ts";
import { describeResources } from "./spec_facts.ts";

/**
 * Generates the status of a pod. If it equals the published one, the result
 * is that very object.
 *
 * @param now only stamps conditions that change (R-COND-1).
 */
export function generatePodStatus(pod: Pod, record: PodRecord, now: Millis): PodStatus {
  const { published, settings, ending } = record;
  // The final status has been published (R-WORKER-9).
  if (isTerminalPhase(published.phase)) return published;
  const { generation } = pod.metadata;
  const startTime = published.startTime ?? formatTime(settings, record.seenAt);
  const observed = generation !== undefined && { observedGeneration: generation };
  if (ending?.type === "rejected") {
    const { qosClass } = published;
    const { reason, message } = ending;
    return {
      ...observed,
      phase: "Failed",
      reason,
      message,
      startTime,
      ...qosClass && { qosClass },
    };
  }
  const computed = generateContainerStatuses(pod, record);
  const phase = decidePhase(pod, record, computed);
  const conditions = generateConditions(pod, record, {
    phase: phase.phase,
    statuses: computed,
    time: formatTime(settings, now),
  });
  const { reason: _r, message: _m, ...kept } = published;
  const over = isOver(record);
  // Forced upon a pod that ends without having run: its conditions stay as they are (R-STATUS-9,
  // R-COND-4).
  const forced = over && !isTerminalPhase(phase.phase);
  const visible = visiblePhase(record, forced ? { ...phase, phase: "Failed" } : phase);
  const statuses = over ? forceFinalStates(pod, record, computed) : computed;
  const status: PodStatus = {
    ...kept,
    ...observed,
    phase: visible.phase,
    ...(visible.reason !== undefined && { reason: visible.reason }),
    ...(visible.message !== undefined && { message: visible.message }),
    conditions,
    ...describeResources(podAmounts(pod.spec), podAmounts(specInForce(pod, record))),
    ...addresses(record),
    startTime,
    ...(statuses.inits.length > 0 && { initContainerStatuses: statuses.inits }),
    ...(statuses.mains.length > 0 && {
      containerStatuses: statuses.mains.toSorted((a, b) => a.name < b.name ? -1 : 1),
    }),
    ...(statuses.ephemerals.length > 0 && {
      ephemeralContainerStatuses: statuses.ephemerals
        .toSorted((a, b) => a.name < b.name ? -1 : 1),
    }),
  };
  return isSame(status, published) ? published : status;
}

function podAmounts(spec: PodSpec): ResourceRequirements {
  return {
    requests: computePodResources(spec, "requests"),
    limits: computePodResources(spec, "limits"),
  };
}

/** The spec with what the containers that run have been given so far (R-RESIZE-9). */
function specInForce({ spec }: Pod, record: PodRecord): PodSpec {
  if (record.resize?.inProgress === undefined) return spec;
  return mapContainers(spec, (container) => {
    const run = runningRun(record, container.name);
    return run?.resources === undefined ? container : { ...container, resources: run.resources };
  });
}

/**
 * The phase that the node goes by, published or not: a terminal one sends the pod out of "sync"
 * (R-WORKER-3).
 */
export function computePodPhase(pod: Pod, record: PodRecord): PodPhase {
  if (isTerminalPhase(record.published.phase)) return record.published.phase!;
  return decidePhase(pod, record, generateContainerStatuses(pod, record)).phase;
}

/** Phase, reason and message belong together. */
interface PhaseStatus {
  readonly phase: PodPhase;
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** From the containers' phase to the pod's (R-PHASE-7). */
function decidePhase(pod: Pod, record: PodRecord, statuses: ContainerStatuses): PhaseStatus {
  const { published, ending } = record;
  const old = publishedPhase(record);
  if (isTerminalPhase(published.phase)) return old;
  if (ending?.type === "deadline") {
    return { phase: "Failed", reason: deadlineReason, message: deadlineMessage };
  }
  if (ending?.type === "evicted" || ending?.type === "rejected") {
    return { phase: "Failed", reason: ending.reason, message: ending.message };
  }
  const phase = computePhase(pod, {
    statuses: ending === undefined ? countLostAsRunning(record, statuses) : statuses,
    podIsTerminal: isStopped(record),
    podHasInitialized: isInitializedIn(pod, record),
  });
  // What a sync leaves in between ends no pod.
  const isPassing = ending === undefined && isTerminalPhase(phase) && isSyncing(record);
  if (phase === old.phase || isPassing) return old;
  return { phase, reason: undefined, message: undefined };
}

/**
 * What went down with its sandbox decides no phase before a sync has looked at it (R-SANDBOX-5,
 * R-WORKER-3).
 */
function countLostAsRunning(record: PodRecord, { inits, mains }: ContainerStatuses) {
  const count = (status: ContainerStatus): ContainerStatus =>
    hasGoneDown(record, record.containers.get(status.name))
      ? { ...status, started: true, state: { running: {} } }
      : status;
  return { inits: inits.map(count), mains: mains.map(count) };
}

/**
 * A terminal phase stays hidden until the pod's containers are known to be stopped: a watcher sees
 * all of them terminated before it (R-WORKER-8).
 */
function visiblePhase(record: PodRecord, decided: PhaseStatus): PhaseStatus {
  return isTerminalPhase(decided.phase) && !isOver(record) ? publishedPhase(record) : decided;
}

function publishedPhase({ published }: PodRecord): PhaseStatus {
  const { phase = "Pending", reason, message } = published;
  return { phase, reason, message };
}

/** The pod has left "sync" and all its containers are stopped for good. */
function isStopped(record: PodRecord): boolean {
  return record.ending !== undefined && !isAnyRunning(record);
}

/** Its sandbox has begun to go as well: the pod is terminated (R-WORKER-7). */
function isOver(record: PodRecord): boolean {
  const { type } = record.sandbox;
  return isStopped(record) && type !== "ready" && type !== "exited" && type !== "creating";
}

/** Whether some main container has a record in the active sandbox (R-PHASE-1). */
function isInitializedIn(pod: Pod, { sandbox, containers }: PodRecord): boolean {
  return sandbox.type === "ready" &&
    pod.spec.containers.some(({ name }) =>
      containers.get(name)?.current?.sandboxId === sandbox.sandboxId
    );
}

/** The last word on containers of a finished pod (R-STATUS-9). */
function forceFinalStates(
  pod: Pod,
  { ending }: PodRecord,
  { inits, mains, ephemerals }: ContainerStatuses,
): ContainerStatuses {
  const hasRun = ({ state, lastState }: ContainerStatus) =>
    state?.waiting === undefined || lastState?.terminated !== undefined;
  const lastRun = inits.findLastIndex(hasRun);
  return {
    inits: inits.map((status, index) =>
      index <= Math.max(0, lastRun) ? forceFinal(status) : status
    ),
    mains: wasInitialized(pod, ending?.before ?? {}) ? mains.map(forceFinal) : mains,
    ephemerals,
  };
}

function forceFinal(status: ContainerStatus): ContainerStatus {
  if (status.state?.terminated !== undefined) return status;
  return { ...status, started: false, ready: false, state: { terminated: unlocated } };
}

/**
 * By the status of the pod when its end began: what an init container did since then does not
 * count.
 */
function wasInitialized(
  pod: Pod,
  { initContainerStatuses: inits = [], containerStatuses: mains = [] }: PodStatus,
): boolean {
  if ((pod.spec.initContainers ?? []).length === 0) return true;
  const hasStarted = ({ state, lastState }: ContainerStatus) =>
    state?.waiting === undefined || lastState?.terminated !== undefined;
  if (mains.some(hasStarted)) return true;
  const last = inits.at(-1);
  if (last === undefined) return false;
  const spec = pod.spec.initContainers?.at(-1);
  if (spec !== undefined && isSidecar(spec)) {
    return last.state?.running !== undefined && last.started === true;
  }
  return [last.state, last.lastState].some((state) => state?.terminated?.exitCode === 0);
}

/**
 * The node's address is known from the start; the pod's outlives its sandbox: a finished pod still
 * shows it.
 */
function addresses({ sandbox, hostIP: nodeIP }: PodRecord): Partial<PodStatus> {
  const { podIP = "", hostIP = undefined } = "podIP" in sandbox ? sandbox : {};
  const host = nodeIP ?? hostIP;
  return {
    ...(host !== undefined && { hostIP: host, hostIPs: [{ ip: host }] }),
    ...(podIP !== "" && { podIP, podIPs: [{ ip: podIP }] }),
  };
}

/** Deep equality of plain data. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length &&
      a.every((item, index) => isSame(item, b[index]));
  }
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!isSame(left[key], right[key])) return false;
  for (const key in right) if (!(key in left)) return false;
  return true;
}
