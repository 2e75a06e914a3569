/**
 * What is published of the Pod: phase (R-PHASE-4), conditions (R-COND-1), final states
 * (R-STATUS-9).
 */
import type { Container, Pod, PodPhase } from "../../src/api/types/pod.ts";
import { isRestartAllAsked, needsSandbox, newest } from "./actions.ts";
import { type ContainerStatus, UNKNOWN } from "./container_status.ts";
import type { PodStatusSnapshot } from "./machine.ts";
import { allOf, initsOf, isSidecar, mainsOf, mayRestartAll, restartsAfter } from "./spec.ts";

/** One condition; `observedGeneration` and times do not concern the loop. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

/** `pod.status`, as far as the loop decides it. */
export interface PodStatus {
  readonly phase: PodPhase;
  readonly reason?: string;
  readonly containers: readonly ContainerStatus[];
  readonly conditions: readonly Condition[];
}

export function isTerminal(phase: PodPhase | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** `getPhase`: R-PHASE-2 to R-PHASE-4. */
export function getPhase(
  pod: Pod,
  containers: readonly ContainerStatus[],
  flags: { readonly podIsTerminal: boolean; readonly podHasInitialized: boolean },
): PodPhase {
  const count = { pendingInit: 0, pendingSidecar: 0, failedForGood: 0 };
  const mains = { waiting: 0, running: 0, stopped: 0, final: 0, succeeded: 0 };
  const statusOf = ({ name }: Container) => containers.find((it) => it.name === name)!;
  const isFinal = (container: Container, end: { exitCode: number; reason: string }) =>
    !restartsAfter(pod, container, end.exitCode) && end.reason !== "RestartingAllContainers";

  for (const container of initsOf(pod)) {
    const { state, lastState, started } = statusOf(container);
    const end = state.terminated ?? (state.waiting && lastState.terminated);
    if (isSidecar(pod, container)) {
      if (state.running !== undefined) mains.running++;
      if (state.waiting !== undefined && end === undefined) mains.waiting++;
      const isPending = state.running !== undefined ? !started : end === undefined;
      if (isPending) count.pendingSidecar++;
    } else if (end === undefined) count.pendingInit++;
    else if (end.exitCode !== 0 && isFinal(container, end)) count.failedForGood++;
  }
  for (const container of mainsOf(pod)) {
    const { state, lastState } = statusOf(container);
    const end = state.terminated ?? (state.waiting && lastState.terminated);
    if (state.running !== undefined) mains.running++;
    else if (end === undefined) mains.waiting++;
    else {
      mains.stopped++;
      if (isFinal(container, end)) mains.final++;
      if (state.terminated?.exitCode === 0) mains.succeeded++;
    }
  }

  if (count.failedForGood > 0) return "Failed";
  if (count.pendingInit > 0 || mains.waiting > 0) return "Pending";
  if (count.pendingSidecar > 0 && !flags.podHasInitialized) return "Pending";
  if (mains.running > 0) return "Running";
  const verdict = mains.succeeded === mains.stopped ? "Succeeded" : "Failed";
  if (flags.podIsTerminal) return verdict;
  return mains.final < mains.stopped ? "Running" : verdict;
}

/** Whether some main has a record in the sandbox that is ready now (R-PHASE-1). */
export function podHasInitialized(pod: Pod, { sandboxes, runs }: PodStatusSnapshot): boolean {
  const active = sandboxes.at(-1);
  if (active?.ready !== true) return false;
  return mainsOf(pod).some(({ name }) =>
    runs.some((run) => run.name === name && run.sandbox === active.attempt)
  );
}

/** Whether the condition says that the Pod is being started over (R-RAC-2). */
export function isRestarting({ conditions }: PodStatus): boolean {
  return conditions.some(({ type, status }) =>
    type === "AllContainersRestarting" && status === "True"
  );
}

/**
 * Whether the Pod is being started over: the condition says so, or a record or published end asks
 * for it (R-RAC-1).
 */
export function isRestartingAll(
  pod: Pod,
  status: PodStatusSnapshot,
  old: PodStatus | undefined,
  restartsAll: (container: Container, exitCode: number) => boolean,
): boolean {
  if ((old !== undefined && isRestarting(old)) || isRestartAllAsked(pod, status)) return true;
  return allOf(pod).some((container) => {
    if (newest(status, container)?.state !== "exited") return false;
    const end = old?.containers.find(({ name }) => name === container.name)?.state.terminated;
    return end !== undefined && restartsAll(container, end.exitCode);
  });
}

/** What conditions are computed from. */
export interface ConditionInputs {
  readonly pod: Pod;
  readonly status: PodStatusSnapshot;
  readonly phase: PodPhase;
  readonly containers: readonly ContainerStatus[];
  readonly old: PodStatus | undefined;
  readonly restarting: boolean;
}

/** R-COND-2 to R-COND-5 and R-RAC-2; there are no readiness gates in the model. */
export function computeConditions(inputs: ConditionInputs): Condition[] {
  const { pod, status, phase, containers } = inputs;
  const ready = computeReadiness(pod, phase, containers);
  const sandbox = needsSandbox(status) ? "False" : "True";
  return [
    { type: "PodReadyToStartContainers", status: sandbox },
    { type: "Initialized", ...computeInitialized(inputs) },
    { type: "Ready", ...ready },
    { type: "ContainersReady", ...ready },
    { type: "PodScheduled", status: "True" },
    ...(mayRestartAll(pod)
      ? [{ type: "AllContainersRestarting", ...computeRestarting(inputs) }]
      : []),
  ];
}

type Verdict = Omit<Condition, "type">;

/** R-COND-4. */
export function computeReadiness(
  pod: Pod,
  phase: PodPhase,
  containers: readonly ContainerStatus[],
): Verdict {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const counted = [...initsOf(pod).filter((it) => isSidecar(pod, it)), ...mainsOf(pod)];
  const unready = counted.map(({ name }) => name)
    .filter((name) => !containers.find((it) => it.name === name)!.ready);
  if (unready.length === 0) return { status: "True" };
  const message = `containers with unready status: [${unready.join(" ")}]`;
  return { status: "False", reason: "ContainersNotReady", message };
}

/** R-COND-3. */
function computeInitialized({ pod, phase, containers, old }: ConditionInputs): Verdict {
  if (phase === "Succeeded") return { status: "True", reason: "PodCompleted" };
  const statusOf = ({ name }: Container) => containers.find((it) => it.name === name)!;
  const begun = mainsOf(pod).some((main) => statusOf(main).state.waiting === undefined);
  const incomplete = initsOf(pod).filter((init) => {
    const { started, ready } = statusOf(init);
    return isSidecar(pod, init) ? !started : !ready;
  }).map(({ name }) => name);
  const before = old?.conditions.find(({ type }) => type === "Initialized")?.status;
  if (begun || incomplete.length === 0 || before === "True") return { status: "True" };
  const message = `containers with incomplete status: [${incomplete.join(" ")}]`;
  return { status: "False", reason: "ContainersNotInitialized", message };
}

/** R-RAC-2. */
function computeRestarting({ pod, status, phase, restarting }: ConditionInputs): Verdict {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const left = allOf(pod).some((container) => newest(status, container) !== undefined);
  if (!restarting || !left) return { status: "False" };
  const message = "container exited with restart policy rule";
  return { status: "True", reason: "RestartAllContainersStarted", message };
}

/**
 * `TerminatePod` of the status manager (R-STATUS-9).
 *
 * @param before as the worker had the Pod when it began to terminate it: whether it was initialized
 * is judged by that.
 */
export function forceFinalStates(
  pod: Pod,
  status: PodStatus,
  before: readonly ContainerStatus[],
): PodStatus {
  const initialized = hasPodInitialized(pod, before);
  const inits = initsOf(pod).map(({ name }) => status.containers.find((it) => it.name === name)!);
  const lastBegun = inits.findLastIndex(hasBegun);
  const containers = status.containers.map((container) => {
    const index = inits.indexOf(container);
    const forced = index === -1 ? initialized : index <= Math.max(0, lastBegun);
    if (!forced || container.state.terminated !== undefined) return container;
    return { ...container, state: { terminated: UNKNOWN } };
  });
  // Conditions stay as they were: a Pod that only this makes Failed keeps ContainersNotReady
  // (R-COND-4).
  return { ...status, containers, phase: isTerminal(status.phase) ? status.phase : "Failed" };
}

function hasPodInitialized(pod: Pod, before: readonly ContainerStatus[]): boolean {
  const last = initsOf(pod).at(-1);
  if (last === undefined) return true;
  const statusOf = ({ name }: Container) => before.find((it) => it.name === name);
  if (mainsOf(pod).map(statusOf).some((it) => it !== undefined && hasBegun(it))) return true;
  const status = statusOf(last);
  if (status === undefined) return false;
  if (isSidecar(pod, last)) return status.state.running !== undefined && status.started;
  return [status.state, status.lastState].some(({ terminated }) => terminated?.exitCode === 0);
}

function hasBegun({ state, lastState }: ContainerStatus): boolean {
  return state.waiting === undefined || lastState.terminated !== undefined;
}
