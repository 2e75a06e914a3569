/** A pod in one line, in the columns of `kubectl get pods`; pure. */
import type { ContainerStatus, Pod } from "../../api/types/pod.ts";
import { isTerminalPhase } from "../../lifecycle/status/phase.ts";
import { formatSince } from "./age.ts";
import { isSidecar } from "../../lifecycle/policy/restart.ts";

/** A row of `kubectl get pods`; from `ip` on only with `-o wide` (R-PRINT-1). */
export interface PodColumns {
  /** `metadata.name` */
  readonly name: string;
  /** `1/2`: containers that are ready, and all that have to be. */
  readonly ready: string;
  /** One word for the pod's state; neither its phase nor a field of it (R-FOLK-20). */
  readonly status: string;
  /** `3 (10s ago)` */
  readonly restarts: string;
  /** Since its creation. */
  readonly age: string;
  /** Its own address. */
  readonly ip: string;
  /** `spec.nodeName` */
  readonly node: string;
  /** `status.nominatedNodeName` */
  readonly nominatedNode: string;
  /** `1/2`: readiness gates that are open, and all. */
  readonly readinessGates: string;
}

/** The content of an empty column. */
const NONE = "<none>";

/**
 * Computes the columns of a pod.
 *
 * Rules: R-PRINT-1 to R-PRINT-10.
 *
 * @param now wall clock, in ms since 1970.
 */
export function formatPodColumns(pod: Pod, now: number): PodColumns {
  const { metadata, spec, status = {} } = pod;
  const inits = readInits(pod);
  const isInitialized = inits.status === undefined || isTrue(pod, "Initialized");
  const mains = status.containerStatuses ?? [];
  const counted = isInitialized ? [...inits.sidecars, ...mains] : inits.seen;
  const sidecars = (spec.initContainers ?? []).filter(isSidecar).length;
  const ready = inits.ready + (isInitialized ? mains.filter(isReady).length : 0);
  const gates = spec.readinessGates ?? [];
  const open = gates.filter(({ conditionType }) => isTrue(pod, conditionType)).length;
  return {
    name: metadata.name,
    ready: `${ready}/${spec.containers.length + sidecars}`,
    status: computeStatus(pod, inits.status, isInitialized),
    restarts: formatRestarts(counted, now),
    age: formatSince(metadata.creationTimestamp, now),
    ip: status.podIPs?.[0]?.ip ?? NONE,
    node: spec.nodeName || NONE,
    nominatedNode: status.nominatedNodeName || NONE,
    readinessGates: gates.length === 0 ? NONE : `${open}/${gates.length}`,
  };
}

/** The status of the init containers, up to the first that is not finished. */
interface Inits {
  /** `Init:Error`, `Init:1/2`, …; undefined: all are finished. */
  readonly status: string | undefined;
  /** Those looked at. */
  readonly seen: readonly ContainerStatus[];
  /** The sidecars among them. */
  readonly sidecars: readonly ContainerStatus[];
  /** How many of these are ready. */
  readonly ready: number;
}

/** R-PRINT-3, R-PRINT-7. */
function readInits({ spec, status }: Pod): Inits {
  const all = spec.initContainers ?? [];
  const sidecarNames = new Set(all.filter(isSidecar).map(({ name }) => name));
  const seen: ContainerStatus[] = [];
  let ready = 0;
  let word: string | undefined;
  for (const [index, init] of (status?.initContainerStatuses ?? []).entries()) {
    seen.push(init);
    const { terminated, waiting } = init.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecarNames.has(init.name) && init.started) {
      if (init.ready) ready++;
      continue;
    }
    if (terminated !== undefined) word = `Init:${describeEnd(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") {
      word = `Init:${waiting.reason}`;
    } else word = `Init:${index}/${all.length}`;
    break;
  }
  const sidecars = seen.filter(({ name }) => sidecarNames.has(name));
  return { status: word, seen, sidecars, ready };
}

type Ended = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;

function describeEnd({ reason, signal, exitCode }: Ended): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** R-PRINT-2, R-PRINT-4 to R-PRINT-6. */
function computeStatus(pod: Pod, initStatus: string | undefined, isInitialized: boolean): string {
  const { phase = "Pending", reason, containerStatuses = [] } = pod.status ?? {};
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  if (isDeleted && reason === "NodeLost") return "Unknown";
  if (isDeleted && !isTerminalPhase(phase)) return "Terminating";

  const isGated = (pod.status?.conditions ?? []).some((it) =>
    it.type === "PodScheduled" && it.reason === "SchedulingGated"
  );
  let word = initStatus ?? (isGated ? "SchedulingGated" : reason || phase);
  if (!isInitialized) return word;
  let error: string | undefined;
  // From the last to the first: the first of them has the last word.
  for (const { state } of containerStatuses.toReversed()) {
    if (state?.waiting?.reason) word = state.waiting.reason;
    else if (state?.terminated !== undefined) {
      word = describeEnd(state.terminated);
      if (state.terminated.exitCode !== 0) error = word;
    }
  }
  if (word !== "Completed") return word;
  const runs = containerStatuses.some(isReady);
  if (runs && isTrue(pod, "Ready")) return "Running";
  return error ?? (runs ? "NotReady" : word);
}

/** One that is not ready does not even count as running (R-PRINT-4). */
function isReady({ ready, state }: ContainerStatus): boolean {
  return ready && state?.running !== undefined;
}

function isTrue({ status }: Pod, conditionType: string): boolean {
  return status?.conditions?.some(({ type, status }) =>
    type === conditionType && status === "True"
  ) ?? false;
}

/** R-PRINT-8. */
function formatRestarts(statuses: readonly ContainerStatus[], now: number): string {
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = statuses.map(({ lastState }) => lastState?.terminated?.finishedAt ?? "");
  const last = ends.reduce((a, b) => a > b ? a : b, "");
  return restarts === 0 || last === ""
    ? `${restarts}`
    : `${restarts} (${formatSince(last, now)} ago)`;
}
