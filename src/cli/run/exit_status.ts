/** From finished pods to the program's exit status, as the table in the README has it; pure. */
import type { ContainerStatus, Pod } from "../../api/types/pod.ts";

/** Exit statuses with a meaning of their own. */
export const exitStatus = {
  /** Every Pod succeeded, or the condition was reached. */
  success: 0,
  /** A Pod failed though none of its containers did; a manifest is invalid. */
  failure: 1,
  /** `--timeout` or `activeDeadlineSeconds` ran out. */
  timeout: 124,
  /** Nothing was decided by the workload. */
  undecided: 125,
  /** Standard output was closed. */
  outputClosed: 141,
} as const;

/** The signals that end a run, with their statuses. */
export const endingSignals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** One of {@link endingSignals}. */
export type EndingSignal = keyof typeof endingSignals;

/** Why a run is over. */
export type RunEnd =
  /** Every pod is. */
  | { readonly type: "finished" }
  /** `--until` was reached. */
  | { readonly type: "reached" }
  /** `--until` is not reached: a Job failed, or a rollout made no progress for too long. */
  | { readonly type: "missed"; readonly why: string }
  | { readonly type: "timeout" }
  | { readonly type: "signal"; readonly signal: EndingSignal }
  | { readonly type: "outputClosed" }
  /** What is left can never start, or something of ours broke. */
  | { readonly type: "undecided" };

/** A container's exit, in the order in which they happened. */
export interface ContainerExit {
  readonly uid: string;
  readonly container: string;
  /** 128 + N for signal N (R-EXIT-1). */
  readonly exitCode: number;
}

/** Everything that the status depends on. */
export interface ExitFacts {
  /** Why the run is over. */
  readonly end: RunEnd;
  /** Those that count by themselves, and the last failed one of each failed Job. */
  readonly pods: readonly Pod[];
  /** A Job failed, and none of its Pods did by itself. @default none */
  readonly hasBareFailure?: boolean;
  /** The last exit of each container, in order. */
  readonly exits: readonly ContainerExit[];
  /** Which failed container's code is used. */
  readonly policy: "last" | "first" | "max";
  /** The container whose last code decides: `CONTAINER` or `POD/CONTAINER`. */
  readonly codeFrom?: string | undefined;
  /** A condition was to be reached, so that all pods' success is not enough. */
  readonly until: boolean;
}

/** The program's exit status. */
export function computeExitStatus(facts: ExitFacts): number {
  const { end } = facts;
  switch (end.type) {
    case "signal":
      return endingSignals[end.signal];
    case "outputClosed":
      return exitStatus.outputClosed;
    case "timeout":
      return exitStatus.timeout;
    case "undecided":
      return exitStatus.undecided;
    case "reached":
      return exitStatus.success;
    case "missed":
    case "finished": {
      const status = computeWorkloadStatus(facts);
      return facts.until && status === 0 ? exitStatus.failure : status;
    }
  }
}

function computeWorkloadStatus(facts: ExitFacts): number {
  const { pods, exits, policy, codeFrom, hasBareFailure = false } = facts;
  const reasons = pods.map(({ status }) => status?.reason);
  // Our own fault: whatever the containers did, the workload did not decide the status.
  if (reasons.includes("NodeFault")) return exitStatus.undecided;
  if (reasons.includes("DeadlineExceeded")) return exitStatus.timeout;
  // What containers answer to the node's signals is not the workload's word.
  if (reasons.includes("Evicted")) return exitStatus.failure;
  const named = exits.findLast(({ uid, container }) => {
    const pod = pods.find(({ metadata }) => metadata.uid === uid);
    return container === codeFrom || `${pod?.metadata.name}/${container}` === codeFrom;
  });
  if (codeFrom !== undefined && named !== undefined) return named.exitCode;
  const failed = pods.filter(({ status }) => status?.phase !== "Succeeded");
  if (failed.length === 0) return hasBareFailure ? exitStatus.failure : exitStatus.success;

  const codes = failed.flatMap((pod) =>
    failedContainers(pod).map(({ name, exitCode }) => ({
      exitCode,
      order: exits.findLastIndex((it) => it.uid === pod.metadata.uid && it.container === name),
    }))
  ).sort((a, b) => a.order - b.order).map(({ exitCode }) => exitCode);
  if (codes.length === 0) return exitStatus.failure;
  switch (policy) {
    case "first":
      return codes[0]!;
    case "last":
      return codes.at(-1)!;
    case "max":
      return Math.max(...codes);
  }
}

/**
 * What made a pod fail: regular init containers and mains whose last run did (R-PHASE-3); sidecars
 * never do.
 */
function failedContainers(pod: Pod): { readonly name: string; readonly exitCode: number }[] {
  const sidecars = new Set(
    pod.spec.initContainers?.filter((it) => it.restartPolicy === "Always").map((it) => it.name),
  );
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  return statuses.flatMap((status) => {
    const exitCode = lastExitCode(status);
    if (exitCode === undefined || exitCode === 0 || sidecars.has(status.name)) return [];
    return [{ name: status.name, exitCode }];
  });
}

function lastExitCode({ state, lastState }: ContainerStatus): number | undefined {
  if (state?.running !== undefined) return undefined;
  return (state?.terminated ?? lastState?.terminated)?.exitCode;
}
