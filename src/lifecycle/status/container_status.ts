/** What users see of one container (R-STATUS-1). */
import { formatSecond } from "../../base/go_text.ts";
import { ephemeralContainers } from "../../api/pod_containers.ts";
import { normalizeImageName } from "../../api/image_name.ts";
import { endedWithSandbox, isStarted } from "../policy/runs.ts";
import type { Container, ContainerState, ContainerStatus, Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type {
  ContainerRecord,
  ContainerRun,
  ExitedRun,
  StartFailure,
} from "../record/container_record.ts";
import {
  backoffMessage,
  lostMessage,
  presumedCompletedMessage,
  restartAllMessage,
  startErrorMessage,
  type TerminatedReason,
  unlocatedMessage,
} from "../record/reasons.ts";
import type { LifecycleSettings, PodRecord } from "../record/record.ts";
import { openSteps } from "../record/sync.ts";
import { describeMounts, describeResources } from "./spec_facts.ts";
import { statusesByName } from "./by_name.ts";
import { isDeleted, isReplacementWanted, isSidecar, shouldRestart } from "../policy/restart.ts";

/** The statuses of a pod's containers, in spec order. */
export interface ContainerStatuses {
  /** Of `spec.initContainers`. */
  readonly inits: readonly ContainerStatus[];
  /** Of `spec.containers`. */
  readonly mains: readonly ContainerStatus[];
  /** Of `spec.ephemeralContainers`. */
  readonly ephemerals: readonly ContainerStatus[];
}

/** What a container is to its pod. */
type ContainerRole = "init" | "sidecar" | "app" | "ephemeral";

/** What all containers of a pod share while their statuses are computed. */
interface StatusContext {
  readonly pod: Pod;
  readonly record: PodRecord;
  /** The sync in progress removes containers of a pod that is started over. */
  readonly isRemovingAll: boolean;
  /** Those that it still has to start again after their kill. */
  readonly restarting: ReadonlySet<string>;
  /** The pod was being started over when its status was published last. */
  readonly restartingAll: boolean;
  /** Some main container has been created. */
  readonly mainCreated: boolean;
  /** What one termination message may hold, in bytes (R-MSG-4). */
  readonly messageLimit: number;
}

/** An end that no run had: its times are unset, which Kubernetes writes as null (R-STATUS-13). */
function madeUpEnd(
  reason: TerminatedReason,
  message: string,
): NonNullable<ContainerState["terminated"]> {
  return { exitCode: 137, reason, message, startedAt: null, finishedAt: null };
}

/** The end of a container whose own end is not known (R-STATUS-1, R-STATUS-9). */
export const unlocated: NonNullable<ContainerState["terminated"]> = madeUpEnd(
  "ContainerStatusUnknown",
  unlocatedMessage,
);

/** Generates the status of every container (R-STATUS-1 to R-STATUS-6). */
export function generateContainerStatuses(pod: Pod, record: PodRecord): ContainerStatuses {
  const inits = pod.spec.initContainers ?? [];
  const mains = pod.spec.containers;
  const ephemerals = ephemeralContainers(pod);
  const { published } = record;
  const oldInits = statusesByName(published.initContainerStatuses);
  const oldMains = statusesByName(published.containerStatuses);
  const oldEphemerals = statusesByName(published.ephemeralContainerStatuses);
  const open = record.ending === undefined ? openSteps(record) : [];
  const context: StatusContext = {
    pod,
    record,
    isRemovingAll: open.some(({ type, ...step }) =>
      type === "removeContainer" && "cause" in step && step.cause === "restartAll"
    ),
    restarting: new Set(
      open.flatMap((step) => step.type === "startContainer" && step.afterKill ? [step.name] : []),
    ),
    restartingAll:
      record.published.conditions?.some(({ type, status }) =>
        type === "AllContainersRestarting" && status === "True"
      ) ?? false,
    mainCreated: mains.some(({ name }) => record.containers.get(name)?.current !== undefined),
    messageLimit: Math.floor(12288 / (inits.length + mains.length + ephemerals.length)),
  };
  return {
    inits: inits.map((init) => {
      const old = oldInits.get(init.name);
      return generateContainerStatus(context, init, isSidecar(init) ? "sidecar" : "init", old);
    }),
    mains: mains.map((main) => {
      const old = oldMains.get(main.name);
      return generateContainerStatus(context, main, "app", old);
    }),
    ephemerals: ephemerals.map((it) =>
      generateEphemeralStatus(context, it, oldEphemerals.get(it.name))
    ),
  };
}

/** An ephemeral container is never ready, nor is it said to have started (R-EPHEMERAL-5). */
function generateEphemeralStatus(
  context: StatusContext,
  container: Container,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { started: _, ...status } = generateContainerStatus(context, container, "ephemeral", old);
  return { ...status, ready: false };
}

function generateContainerStatus(
  context: StatusContext,
  container: Container,
  role: ContainerRole,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { pod, record } = context;
  const containerRecord = record.containers.get(container.name);
  const run = containerRecord?.current;
  // Its start is not over: users still see what was before it (R-HOOK-3).
  if (run?.postStart !== undefined) {
    return old ?? absentStatus(context, container, role, old);
  }
  if (old !== undefined && isHeldBack(context, container, role)) return old;
  const status = run === undefined
    ? absentStatus(context, container, role, old)
    : recordedStatus(context, container, old, containerRecord, run);

  const failure = containerRecord?.startFailure;
  // Differs: an ephemeral container whose program cannot be started shows that end, where the
  // kubelet shows it waiting for a start that never comes.
  const done = run?.type === "exited" &&
    (role === "ephemeral" || (role !== "app" && run.exitCode === 0));
  if (failure !== undefined && !done && shouldRestart(pod, record, container)) {
    return waitingAfterFailure(pod, status, failure);
  }
  if (run?.type === "running") {
    const started = isStarted(run);
    const ready = role !== "init" && started &&
      (run.probes === undefined || run.probes.readiness === "success");
    return { ...status, started, ready };
  }
  // A regular init is ready when it is done, and stays so while the pod is started over
  // (R-STATUS-5, R-RAC-5).
  const ready = role === "init" && (status.ready || status.state?.terminated?.exitCode === 0);
  return ready === status.ready ? status : { ...status, ready };
}

/**
 * Whether a change of a container is not shown yet: what belongs to one sync shows at its end
 * (R-WORKER-3).
 *
 * - While the pod is started over, no container changes (R-RAC-3).
 * - One that is killed in order to be restarted goes from run to run (R-ACT-10), as does one whose
 *   start has begun (R-HOOK-3).
 * - An init container that went down with a sandbox that is replaced goes with its record
 *   (R-ACT-6.2).
 */
function isHeldBack(
  { pod, record, isRemovingAll, restarting }: StatusContext,
  { name }: Container,
  role: ContainerRole,
): boolean {
  const containerRecord = record.containers.get(name);
  const { current: run, starting } = containerRecord ?? {};
  if (record.ending !== undefined) return false;
  if (isRemovingAll) return true;
  if (run?.type !== "exited") return false;
  if (starting !== undefined) return true;
  if (restarting.has(name)) return true;
  return (role === "init" || role === "sidecar") && endedWithSandbox(record, containerRecord) &&
    isReplacementWanted(pod, record);
}

/** Steps 1 to 3 of R-STATUS-1: no record of the container exists. */
function absentStatus(
  { pod, record, restartingAll, mainCreated }: StatusContext,
  container: Container,
  role: ContainerRole,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { name, image = "" } = container;
  const hasInits = (pod.spec.initContainers ?? []).length > 0;
  const waiting = { reason: hasInits ? "PodInitializing" : "ContainerCreating" };
  const status: ContainerStatus = {
    name,
    image,
    imageID: "",
    restartCount: 0,
    started: false,
    ready: false,
    state: { waiting },
    lastState: {},
    ...describeMounts(container),
  };
  if (restartingAll && old !== undefined && old.state?.waiting === undefined) {
    const reason = "RestartingAllContainers";
    const message = restartAllMessage;
    return {
      ...(old.state?.terminated === undefined ? status : old),
      restartCount: old.restartCount + 1,
      started: false,
      state: { waiting: { reason, message } },
      lastState: { terminated: madeUpEnd(reason, message) },
    };
  }
  if (old?.state?.terminated !== undefined) return { ...old, started: false };
  // It is not started again (R-EPHEMERAL-3).
  if (role === "ephemeral" && old?.state?.running !== undefined) {
    return { ...old, state: { terminated: unlocated } };
  }
  if (old !== undefined) {
    const lost = old.state?.running !== undefined && old.lastState?.terminated === undefined;
    if (lost) {
      const lastState = { terminated: madeUpEnd("ContainerStatusUnknown", lostMessage) };
      const restartCount = old.restartCount + (isDeleted(pod, record) ? 0 : 1);
      return { ...status, restartCount, lastState };
    }
    const { restartCount, lastState } = old;
    return { ...status, restartCount, lastState: lastState ?? {} };
  }
  if (role === "init" && mainCreated) {
    const reason = "Completed";
    const message = presumedCompletedMessage;
    const times = { startedAt: null, finishedAt: null };
    const state = { terminated: { exitCode: 0, reason, message, ...times } };
    return { ...status, state };
  }
  return status;
}

/** Step 4 of R-STATUS-1: the newest record gives `state`, the one before it `lastState`. */
function recordedStatus(
  context: StatusContext,
  container: Container,
  old: ContainerStatus | undefined,
  containerRecord: ContainerRecord | undefined,
  run: ContainerRun,
): ContainerStatus {
  const { settings } = context.record;
  const last = lastState(context, container, containerRecord?.previous) ??
    lastStateBefore(run, old);
  const base = {
    name: container.name,
    image: normalizeImageName(run.image),
    imageID: "",
    restartCount: run.restartCount,
    started: false,
    ready: false,
    ...(run.containerId !== "" && { containerID: run.containerId }),
    // Always there in the JSON of Kubernetes.
    lastState: last ?? {},
    ...describeMounts(container),
    ...describeResources(
      container.resources,
      run.type === "running" ? run.resources : container.resources,
    ),
    ...(run.user && { user: { linux: run.user } }),
  };
  switch (run.type) {
    case "running":
      return { ...base, state: { running: { startedAt: formatTime(settings, run.startedAt) } } };
    case "exited":
      return { ...base, state: { terminated: terminatedState(context, container, run) } };
    case "unknown":
      return old?.state?.running === undefined && old?.state?.terminated === undefined
        ? { ...base, state: { waiting: {} } }
        : { ...base, restartCount: run.restartCount + 1, state: { terminated: unlocated } };
  }
}

/**
 * What was shown of the run before, where its record has gone with its sandbox or for a reset
 * (R-ACT-6, R-RAC-3).
 */
function lastStateBefore(
  run: ContainerRun,
  old: ContainerStatus | undefined,
): ContainerState | undefined {
  const terminated = (old?.containerID ?? "") === run.containerId
    ? undefined
    : old?.state?.terminated;
  return terminated === undefined ? old?.lastState : { terminated };
}

function lastState(
  context: StatusContext,
  container: Container,
  run: ContainerRecord["previous"],
): ContainerState | undefined {
  switch (run?.type) {
    case undefined:
      return undefined;
    case "exited":
      return { terminated: terminatedState(context, container, run) };
    case "unknown":
      return { terminated: unlocated };
  }
}

/** Step 5 of R-STATUS-1: it will be started again, and the last attempt failed. */
function waitingAfterFailure(
  pod: Pod,
  status: ContainerStatus,
  failure: StartFailure,
): ContainerStatus {
  const waiting = failure.type === "backoff"
    ? { reason: "CrashLoopBackOff", message: backoffMessage(pod, status.name, failure.delayMs) }
    : {
      reason: failure.reason,
      message: failure.type === "start" ? startErrorMessage(failure.message) : failure.message,
    };
  const last: ContainerState | undefined = status.state?.terminated === undefined
    ? status.lastState
    : { terminated: status.state.terminated };
  return { ...status, ready: false, state: { waiting }, ...(last && { lastState: last }) };
}

function terminatedState(
  { record: { settings }, messageLimit }: StatusContext,
  container: Container,
  run: ExitedRun,
): NonNullable<ContainerState["terminated"]> {
  const message = cut(terminationMessage(container, run), messageLimit);
  return {
    exitCode: run.exitCode,
    reason: run.reason,
    ...(message !== "" && { message }),
    // A program that could not be started has no start (R-START-3).
    startedAt: run.startedAt === undefined
      ? "1970-01-01T00:00:00Z"
      : formatTime(settings, run.startedAt),
    finishedAt: formatTime(settings, run.finishedAt),
    ...(run.containerId !== "" && { containerID: run.containerId }),
  };
}

/** What a run left as its last words (R-MSG-2). */
function terminationMessage(container: Container, run: ExitedRun): string {
  if (run.startedAt === undefined) return startErrorMessage(run.message);
  const fallback = container.terminationMessagePolicy === "FallbackToLogsOnError" &&
    run.message === "" && run.exitCode !== 0;
  return fallback ? run.logTail : run.message;
}

/** The first `limit` bytes of a text, never half a character (R-MSG-4). */
function cut(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit) return text;
  return new TextDecoder().decode(bytes.subarray(0, limit), { stream: true });
}

/** The wall clock at a lifecycle moment, in ms since 1970. */
export function wallTime(settings: LifecycleSettings, at: Millis): number {
  return settings.wallZeroMs + at / settings.speed;
}

/** A lifecycle moment as statuses show it: RFC 3339, cut to whole seconds (R-STATUS-8). */
export function formatTime(settings: LifecycleSettings, at: Millis): string {
  const second = Math.floor(wallTime(settings, at) / 1000);
  const known = timeTexts.get(second);
  if (known !== undefined) return known;
  const text = formatSecond(second * 1000);
  if (timeTexts.size >= 1000) timeTexts.clear();
  timeTexts.set(second, text);
  return text;
}

/** Texts of seconds: statuses are computed at every step, and mostly name the same few moments. */
const timeTexts = new Map<number, string>();
