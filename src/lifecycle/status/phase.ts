/** A pod's phase (R-PHASE-1 to R-PHASE-8). */
import type { Container, ContainerStatus, Pod, PodPhase } from "../../api/types/pod.ts";
import { statusesByName } from "./by_name.ts";
import { isRestartable, isSidecar } from "../policy/restart.ts";

/** What the phase depends on beside the spec and the container statuses (R-PHASE-1). */
export interface PhaseFacts {
  /** The container statuses to go by. */
  readonly statuses: {
    readonly inits: readonly ContainerStatus[];
    readonly mains: readonly ContainerStatus[];
  };
  /** All containers are stopped for good. */
  readonly podIsTerminal: boolean;
  /** Some main container has a record in the active sandbox. */
  readonly podHasInitialized: boolean;
}

/** Succeeded and Failed are final (R-WORKER-9). */
export function isTerminalPhase(phase: PodPhase | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** Decides the phase by counting containers (R-PHASE-2 to R-PHASE-4). */
export function computePhase(pod: Pod, facts: PhaseFacts): PodPhase {
  const { statuses, podIsTerminal, podHasInitialized } = facts;
  const inits = statusesByName(statuses.inits);
  const mains = statusesByName(statuses.mains);
  const restarts = (container: Container, { exitCode, reason }: Ended) =>
    reason === "RestartingAllContainers" || isRestartable(pod, container, exitCode);

  let pendingInit = 0, initFailedForGood = 0, pendingSidecar = 0;
  let waiting = 0, running = 0, unknown = 0, stopped = 0, succeeded = 0, final = 0;

  for (const container of pod.spec.initContainers ?? []) {
    const status = inits.get(container.name);
    const ended = status?.state?.terminated ?? waitingAfter(status);
    if (isSidecar(container)) {
      if (status === undefined) unknown++;
      else if (status.state?.running !== undefined) {
        running++;
        if (status.started !== true) pendingSidecar++;
      } else if (ended === undefined) {
        pendingSidecar++;
        waiting++;
      }
    } else if (ended === undefined) pendingInit++;
    else if (ended.exitCode !== 0 && !restarts(container, ended)) initFailedForGood++;
  }

  for (const container of pod.spec.containers) {
    const status = mains.get(container.name);
    const terminated = status?.state?.terminated;
    const ended = terminated ?? waitingAfter(status);
    if (status === undefined) unknown++;
    else if (status.state?.running !== undefined) running++;
    else if (ended === undefined) waiting++;
    else {
      stopped++;
      if (terminated?.exitCode === 0) succeeded++;
      if (!restarts(container, ended)) final++;
    }
  }

  if (initFailedForGood > 0) return "Failed";
  if (pendingInit > 0 || (pendingSidecar > 0 && !podHasInitialized) || waiting > 0) {
    return "Pending";
  }
  if (unknown > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped === 0) return "Pending";
  if (podIsTerminal) return succeeded === stopped ? "Succeeded" : "Failed";
  if (final < stopped) return "Running";
  return succeeded === stopped ? "Succeeded" : "Failed";
}

interface Ended {
  readonly exitCode: number;
  readonly reason?: string;
}

/** How a waiting container ended before. */
function waitingAfter(status: ContainerStatus | undefined): Ended | undefined {
  return status?.state?.running === undefined ? status?.lastState?.terminated : undefined;
}
