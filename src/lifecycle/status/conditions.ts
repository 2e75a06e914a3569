/** A pod's conditions (R-COND-1 to R-COND-8). */
import { isAnyRunning, isSandboxUsable } from "../policy/runs.ts";
import type {
  ConditionStatus,
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  PodPhase,
  PodStatus,
} from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { statusesByName } from "./by_name.ts";
import { generateResizeConditions } from "./resize_conditions.ts";
import type { ContainerStatuses } from "./container_status.ts";
import { restartAllConditionMessage } from "../record/reasons.ts";
import type { PodRecord } from "../record/record.ts";
import { isSyncUnderWay } from "../record/sync.ts";
import { isRestartingAll, isSidecar } from "../policy/restart.ts";

/** What conditions are computed from. */
export interface ConditionFacts {
  /** `status.phase`. */
  readonly phase: PodPhase;
  /** The container statuses to go by. */
  readonly statuses: ContainerStatuses;
  /** RFC 3339, for those whose status changes. */
  readonly time: string;
}

/** A condition before its times are known. */
type Draft = Omit<PodCondition, "lastProbeTime" | "lastTransitionTime">;

/** Computes all conditions in the order of R-COND-1; foreign ones are kept. */
export function generateConditions(
  pod: Pod,
  record: PodRecord,
  facts: ConditionFacts,
): readonly PodCondition[] {
  const old = record.published.conditions ?? [];
  const { generation } = pod.metadata;
  const foreign = mergeForeign(pod.status?.conditions ?? [], old);
  const containersReady = containersReadyCondition(pod, facts);
  const drafts: Draft[] = [
    readyToStartCondition(pod, record),
    initializedCondition(pod, record, facts),
    readyCondition(pod, foreign, containersReady),
    containersReady,
    { type: "PodScheduled", status: "True" },
  ];
  const restarting = restartingCondition(pod, record, facts.phase);
  if (restarting !== undefined) drafts.push(restarting);

  const conditions = drafts.map((draft) => {
    const before = old.find(({ type }) => type === draft.type);
    const unchanged = before?.status === draft.status && before.lastTransitionTime !== undefined;
    return {
      ...draft,
      ...(generation !== undefined && draft.type !== "AllContainersRestarting" &&
        { observedGeneration: generation }),
      // Unset, and shown as such (R-STATUS-13).
      lastProbeTime: null,
      lastTransitionTime: unchanged ? before.lastTransitionTime : facts.time,
    };
  });
  const others = foreign.filter(({ type }) => !OWN.has(type));
  const resize = generateResizeConditions(record, facts.phase);
  return [
    ...others.filter(({ type }) => type !== DISRUPTION),
    ...resize,
    ...others.filter(({ type }) => type === DISRUPTION),
    ...conditions,
  ];
}

/** The conditions that a node writes; all others are foreign. */
const OWN: ReadonlySet<string> = new Set([
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
  "AllContainersRestarting",
  "PodResizePending",
  "PodResizeInProgress",
]);

const DISRUPTION = "DisruptionTarget";

/**
 * A node's status with the foreign conditions that its object has now. The very same status if it
 * has them already.
 *
 * Rule: R-COND-1; Kubernetes, pkg/kubelet/status/status_manager.go, mergePodStatus.
 */
export function withForeignConditions(status: PodStatus, current: PodStatus = {}): PodStatus {
  const isForeign = ({ type }: PodCondition) => !OWN.has(type);
  const known = status.conditions ?? [];
  const present = (current.conditions ?? []).filter(isForeign);
  const has = (it: PodCondition) => known.some((condition) => isEqual(condition, it));
  if (present.every(has)) return status;
  const foreign = mergeForeign(present, known.filter(isForeign));
  const own = known.filter((condition) => !isForeign(condition));
  return { ...status, conditions: [...disruptionLast(foreign), ...own] };
}

/** Whether two statuses are the same but for what others than the node have written. */
export function isSameOfNode(status: PodStatus, other: PodStatus = {}): boolean {
  if (status === other) return true;
  const ownOf = ({ conditions = [] }: PodStatus) => conditions.filter(({ type }) => OWN.has(type));
  return isEqual({ ...status, conditions: ownOf(status) }, { ...other, conditions: ownOf(other) });
}

function disruptionLast(foreign: readonly PodCondition[]): PodCondition[] {
  const isDisruption = ({ type }: PodCondition) => type === DISRUPTION;
  return [...foreign.filter((it) => !isDisruption(it)), ...foreign.filter(isDisruption)];
}

/**
 * Other writers put their conditions on the object: its current value takes precedence over the
 * published one.
 */
function mergeForeign(
  current: readonly PodCondition[],
  published: readonly PodCondition[],
): readonly PodCondition[] {
  const known = new Set(current.map(({ type }) => type));
  return [...current, ...published.filter(({ type }) => !known.has(type))];
}

/** R-COND-2. */
function readyToStartCondition(pod: Pod, record: PodRecord): Draft {
  return {
    type: "PodReadyToStartContainers",
    status: isSandboxUsable(pod, record) ? "True" : "False",
  };
}

/** R-COND-3. */
function initializedCondition(
  pod: Pod,
  record: PodRecord,
  { phase, statuses }: ConditionFacts,
): Draft {
  const type = "Initialized";
  const inits = pod.spec.initContainers ?? [];
  if (inits.length > 0 && statuses.inits.length === 0) {
    return { type, status: "False", reason: "UnknownContainerStatuses" };
  }
  const { unknown, rest: incomplete } = sortOut(
    inits,
    statuses.inits,
    (init, status) =>
      isSidecar(init) ? status.started === true : status.ready && !hasEndedSince(record, status),
  );
  if (phase === "Succeeded" && unknown.length === 0) {
    return { type, status: "True", reason: "PodCompleted" };
  }
  const started = ({ state }: ContainerStatus) =>
    state?.running !== undefined || state?.terminated !== undefined;
  if (statuses.mains.some(started)) return { type, status: "True" };
  if (unknown.length === 0 && incomplete.length === 0) return { type, status: "True" };
  const before = record.published.conditions?.find((condition) => condition.type === type);
  if (before?.status === "True") return { type, status: "True" };
  const message = listContainers(unknown, "incomplete", incomplete);
  return { type, status: "False", reason: "ContainersNotInitialized", message };
}

/**
 * While a pod is being stopped its status is not computed: an init container that ends then
 * completes nothing (R-WORKER-6).
 */
function hasEndedSince(record: PodRecord, { name }: ContainerStatus): boolean {
  const { ending } = record;
  if (ending === undefined || !isAnyRunning(record)) return false;
  const before = ending.before.initContainerStatuses?.find((status) => status.name === name);
  return before?.ready !== true;
}

/** R-COND-4. */
function containersReadyCondition(pod: Pod, { phase, statuses }: ConditionFacts): Draft {
  const type = "ContainersReady";
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  const { unknown, rest: unready } = sortOut(
    [...sidecars, ...pod.spec.containers],
    [...statuses.inits, ...statuses.mains],
    (_, status) => status.ready,
  );
  if (statuses.mains.length === 0) {
    return { type, status: "False", reason: "UnknownContainerStatuses" };
  }
  if (phase === "Succeeded" && unknown.length === 0) {
    return { type, status: "False", reason: "PodCompleted" };
  }
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  if (unknown.length === 0 && unready.length === 0) return { type, status: "True" };
  const message = listContainers(unknown, "unready", unready);
  return { type, status: "False", reason: "ContainersNotReady", message };
}

/** R-COND-5. */
function readyCondition(
  pod: Pod,
  others: readonly PodCondition[],
  containersReady: Draft,
): Draft {
  if (containersReady.status !== "True") return { ...containersReady, type: "Ready" };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const gate = others.find(({ type }) => type === conditionType);
    if (gate === undefined) {
      messages.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      );
    } else if (gate.status !== "True") {
      messages.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
      );
    }
  }
  return messages.length === 0 ? { type: "Ready", status: "True" } : {
    type: "Ready",
    status: "False",
    reason: "ReadinessGatesNotReady",
    message: messages.join(", "),
  };
}

/** R-RAC-2; absent when no rule of the pod has this action (R-COND-1). */
function restartingCondition(pod: Pod, record: PodRecord, phase: PodPhase): Draft | undefined {
  const type = "AllContainersRestarting";
  const containers = [...pod.spec.containers, ...pod.spec.initContainers ?? []];
  const possible = containers.some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === "RestartAllContainers")
  );
  if (!possible) return undefined;
  const status = (status: ConditionStatus, reason?: string, message?: string): Draft => ({
    type,
    status,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  });
  if (phase === "Succeeded") return status("False", "PodCompleted");
  if (phase === "Failed") return status("False", "PodFailed");
  return isStartedOver(pod, record)
    ? status("True", "RestartAllContainersStarted", restartAllConditionMessage)
    : status("False");
}

/**
 * From the sync that finds its cause until the last record is gone (R-RAC-2). A sync under way does
 * not look for one: what it kills may run again when it ends.
 */
function isStartedOver(pod: Pod, record: PodRecord): boolean {
  if (record.ending !== undefined || !isSyncUnderWay(record)) return isRestartingAll(pod, record);
  return record.published.conditions?.some(({ type, status }) =>
    type === "AllContainersRestarting" && status === "True"
  ) ?? false;
}

/** Names without a status, and names whose status fails the test, in spec order (R-COND-6). */
function sortOut(
  containers: readonly Container[],
  statuses: readonly ContainerStatus[],
  passes: (container: Container, status: ContainerStatus) => boolean,
): { readonly unknown: readonly string[]; readonly rest: readonly string[] } {
  const unknown: string[] = [];
  const rest: string[] = [];
  const known = statusesByName(statuses);
  for (const container of containers) {
    const status = known.get(container.name);
    if (status === undefined) unknown.push(container.name);
    else if (!passes(container, status)) rest.push(container.name);
  }
  return { unknown, rest };
}

function listContainers(unknown: readonly string[], word: string, rest: readonly string[]): string {
  const parts: string[] = [];
  if (unknown.length > 0) parts.push(`containers with unknown status: [${unknown.join(" ")}]`);
  if (rest.length > 0) parts.push(`containers with ${word} status: [${rest.join(" ")}]`);
  return parts.join(", ");
}
