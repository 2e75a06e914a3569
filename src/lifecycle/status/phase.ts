/** A pod's phase (section 11). */
import type { Container, ContainerStatus, Pod, PodPhase } from "../../api/types/pod.ts";
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
  /** Containers that are stopped only to be started anew. @default none */
  readonly replaced?: readonly string[];
  /**
   * Regular inits that have yet to run again in a new sandbox.
   *
   * Differs: the kubelet goes by the old sandbox's status of such an init, so that the phase of a pod
   * with several of them is Running for a moment between each two; here it stays Pending (R-SANDBOX-6).
   *
   * @default none
   */
  readonly rerun?: readonly string[];
}

/** Succeeded and Failed are final (R-WORKER-9). */
export function isTerminalPhase(phase: PodPhase | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** Decides the phase by counting containers (R-PHASE-2 to R-PHASE-4). */
export function computePhase(pod: Pod, facts: PhaseFacts): PodPhase {
  const { statuses, podIsTerminal, podHasInitialized } = facts;
  const find = (list: readonly ContainerStatus[], { name }: Container) =>
    list.find((status) => status.name === name);
  const restarts = (container: Container, { exitCode, reason }: Ended) =>
    reason === "RestartingAllContainers" || isRestartable(pod, container, exitCode) ||
    (facts.replaced?.includes(container.name) ?? false);

  let pendingInit = 0, initFailedForGood = 0, pendingSidecar = 0;
  let waiting = 0, running = 0, unknown = 0, stopped = 0, succeeded = 0, final = 0;

  for (const container of pod.spec.initContainers ?? []) {
    const status = find(statuses.inits, container);
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
    } else if (ended === undefined || facts.rerun?.includes(container.name)) pendingInit++;
    else if (ended.exitCode !== 0 && !restarts(container, ended)) initFailedForGood++;
  }

  for (const container of pod.spec.containers) {
    const status = find(statuses.mains, container);
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
  if (podIsTerminal && !isStaticPod(pod)) return succeeded === stopped ? "Succeeded" : "Failed";
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

/** Whether a pod comes from a file of the node. */
function isStaticPod(pod: Pod): boolean {
  const source = pod.metadata.annotations?.["kubernetes.io/config.source"];
  return source !== undefined && source !== "api";
}
