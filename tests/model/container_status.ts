/**
 * What is published of the containers: `convertToAPIContainerStatuses` of the kubelet (R-STATUS-1).
 */
import type { Container, Pod } from "../../src/api/types/pod.ts";
import { newest, shouldBeRestarted } from "./actions.ts";
import type { PodStatusSnapshot, Run } from "./machine.ts";
import { initsOf, isSidecar, mainsOf } from "./spec.ts";

/** How a run has ended. */
export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
}

/** A reason to wait, in Kubernetes' word. */
export interface Waiting {
  readonly reason: string;
  readonly message?: string;
}

/** Exactly one of them. */
export interface State {
  readonly waiting?: Waiting;
  readonly running?: { readonly startedAt: number };
  readonly terminated?: Terminated;
}

/** An entry of `containerStatuses` or `initContainerStatuses`, as far as the loop decides it. */
export interface ContainerStatus {
  readonly name: string;
  /** The run that `containerID` stands for. */
  readonly run?: number;
  readonly restartCount: number;
  readonly state: State;
  readonly lastState: State;
  readonly started: boolean;
  readonly ready: boolean;
}

/** What the conversion looks at beside the records. */
export interface ConversionInputs {
  readonly pod: Pod;
  readonly status: PodStatusSnapshot;
  /** As published last. */
  readonly old: readonly ContainerStatus[];
  readonly deleted: boolean;
  /** The Pod is being started over (R-RAC-1). */
  readonly restarting: boolean;
  /** Why the last attempt to start a container failed (R-STATUS-3). */
  readonly failures: ReadonlyMap<string, Waiting>;
}

/** R-STATUS-9, and step 3 of R-STATUS-1. */
export const UNKNOWN: Terminated = { exitCode: 137, reason: "ContainerStatusUnknown" };
const RESTARTING = "RestartingAllContainers";

/** Inits in spec order, then mains. */
export function convertContainers(inputs: ConversionInputs): ContainerStatus[] {
  const { pod } = inputs;
  return [
    ...initsOf(pod).map((init) => convert(inputs, init, true)),
    ...mainsOf(pod).map((main) => convert(inputs, main, false)),
  ];
}

function convert(inputs: ConversionInputs, container: Container, isInit: boolean): ContainerStatus {
  const { status, old: allOld, failures } = inputs;
  const old = allOld.find(({ name }) => name === container.name);
  const run = newest(status, container);
  const converted = run === undefined
    ? convertAbsent(inputs, container, old)
    : convertRun(inputs, run, old);

  // Step 5, with its exemption: an init that exited 0, a sidecar too.
  if (isInit && run?.state === "exited" && run.exitCode === 0) return converted;
  if (isInit && run === undefined && old === undefined) {
    // R-STATUS-6.
    const mainCreated = mainsOf(inputs.pod).some((main) => newest(status, main) !== undefined);
    if (mainCreated && !isSidecar(inputs.pod, container)) {
      return { ...converted, state: { terminated: { exitCode: 0, reason: "Completed" } } };
    }
  }
  const failure = failures.get(container.name);
  if (failure === undefined || !shouldBeRestarted(inputs, container)) return converted;
  return {
    ...converted,
    ready: false,
    state: { waiting: failure },
    lastState: converted.state.terminated === undefined ? converted.lastState : converted.state,
  };
}

/** Steps 1 to 3: there is no record. */
function convertAbsent(
  { pod, restarting, deleted }: ConversionInputs,
  { name }: Container,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const reason = initsOf(pod).length > 0 ? "PodInitializing" : "ContainerCreating";
  const state: State = { waiting: { reason } };
  const fresh = { name, started: false, ready: false, state };
  if (old === undefined) return { ...fresh, restartCount: 0, lastState: {} };
  if (restarting && old.state.waiting === undefined) {
    // R-RAC-5. What it was before is gone, but that a finished init was ready stays.
    return {
      ...fresh,
      ready: old.state.terminated !== undefined && old.ready,
      restartCount: old.restartCount + 1,
      state: { waiting: { reason: RESTARTING } },
      lastState: { terminated: { exitCode: 137, reason: RESTARTING } },
    };
  }
  if (old.state.terminated !== undefined) return old;
  const { restartCount, lastState } = old;
  if (old.state.running === undefined || lastState.terminated !== undefined) {
    return { ...fresh, restartCount, lastState };
  }
  return {
    ...fresh,
    restartCount: restartCount + (deleted ? 0 : 1),
    lastState: { terminated: UNKNOWN },
  };
}

/** Step 4: the newest record is the state, the one before it the last state. */
function convertRun(
  { status }: ConversionInputs,
  run: Run,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const { name, id } = run;
  const previous = status.runs.filter((it) => it.name === name)[1];
  return {
    name,
    run: id,
    restartCount: countOf(run, old),
    state: stateOf(run),
    lastState: previous === undefined ? lastStateFrom(run, old) : stateOf(previous),
    started: false,
    ready: false,
  };
}

/** R-COUNT-3, and R-COUNT-4 for one whose records went with its sandbox. */
function countOf({ restartCount, state }: Run, old: ContainerStatus | undefined): number {
  if (old === undefined) return restartCount;
  const runsAgain = state === "running" && old.state.terminated !== undefined;
  if (runsAgain && old.restartCount >= restartCount) return old.restartCount + 1;
  return Math.max(restartCount, old.restartCount);
}

/**
 * Where the record before it has been removed, the published status is all that is left of that.
 */
function lastStateFrom({ id }: Run, old: ContainerStatus | undefined): State {
  if (old === undefined) return {};
  return old.run !== id && old.state.terminated !== undefined ? old.state : old.lastState;
}

function stateOf({ state, startedAt, exitCode, reason }: Run): State {
  if (state === "running") return { running: { startedAt: startedAt! } };
  return { terminated: { exitCode: exitCode!, reason: reason! } };
}
