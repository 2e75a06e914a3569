/**
 * What a DaemonSet's controller does on the one node; pure.
 *
 * Rule: Kubernetes, pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode and
 * updateDaemonSetStatus, and update.go, rollingUpdate.
 */
import { scaleIntOrPercent } from "../../api/int_or_percent.ts";
import type { ControllerRevision, DaemonSet, DaemonSetStatus } from "../../api/types/apps.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { findUntolerated, matchesNodeAffinity } from "../../api/scheduling/node_affinity.ts";
import type { SchedulableNode } from "../../api/scheduling/node_pods.ts";
import type {
  Changes,
  ControllerDecision,
  ControllerEvent,
  ControllerWrite,
  Moment,
} from "../change.ts";
import { computeRevisions, POD_HASH_LABEL, pruneRevisions } from "../controller_revision.ts";
import { claimObjects, claimWrites } from "../ownership.ts";
import { availableFrom, isReady, isTerminal } from "../pod_state.ts";
import { isUpdated, newDaemonPod } from "./daemon_pod.ts";

/** What is known when a DaemonSet is looked at. */
export interface DaemonSetFacts {
  readonly daemonSet: DaemonSet;
  /** Its own Pods, and those of its namespace without a controller. */
  readonly pods: readonly Pod[];
  /** Its own ControllerRevisions, and those of its namespace without a controller. */
  readonly revisions: readonly ControllerRevision[];
  /** The one node. */
  readonly node: SchedulableNode;
  /** As the last pass left it. @default no Pod has failed */
  readonly memory?: DaemonMemory | undefined;
}

/** The last failed Pod that was deleted. */
export interface DaemonMemory {
  /** In wall ms. */
  readonly deletedAtMs: number;
  /** How long the next one stays, in lifecycle ms. */
  readonly delayMs: number;
}

/** Rule: pkg/controller/daemon/daemon_controller.go, NewDaemonSetsController (R-DS-5). */
const [FIRST_DELAY_MS, LONGEST_DELAY_MS] = [1000, 900_000];

/** What a pass looks at. */
interface Pass {
  readonly daemonSet: DaemonSet;
  readonly memory: DaemonMemory | undefined;
  readonly nodeName: string;
  /** What the node means to a Pod of the template. */
  readonly fit: NodeFit;
  /** Of the present template. */
  readonly hash: string;
  /** Its Pods, the oldest first, without those that have ended and are being deleted. */
  readonly pods: readonly Pod[];
  readonly now: Moment;
}

/** Pods that go, or a Pod that is needed. */
interface Outcome {
  readonly deletions: readonly ControllerWrite[];
  /** Why a Pod is created; undefined: none is. */
  readonly needs?: { readonly because: string; readonly rule: string };
  readonly events?: readonly ControllerEvent[];
  /** Undefined: as it was. */
  readonly memory?: DaemonMemory;
}

/**
 * The Pod and revisions that a DaemonSet creates and deletes, and its status as of what is there.
 */
export function computeDaemonSetChanges(
  { daemonSet, pods, revisions, node, memory }: DaemonSetFacts,
  now: Moment,
): Changes<DaemonSet> {
  const { spec: { selector, revisionHistoryLimit = 10 }, metadata } = daemonSet;
  // The Pods of one that is being deleted go after it.
  if (metadata.deletionTimestamp !== undefined) return { writes: [] };
  const podClaims = claimObjects(daemonSet, selector, pods);
  const revisionClaims = claimObjects(daemonSet, selector, revisions);
  const claimed = [
    ...claimWrites(daemonSet, revisionClaims),
    ...claimWrites(daemonSet, podClaims),
  ];
  // What has been taken over is looked at when it is seen.
  if (claimed.length > 0) return { writes: claimed };

  const { present, old, write } = computeRevisions(
    daemonSet,
    revisionClaims.owned,
    POD_HASH_LABEL,
  );
  const pass: Pass = {
    daemonSet,
    memory,
    nodeName: node.name,
    fit: findFit(daemonSet, node),
    hash: present.metadata.labels![POD_HASH_LABEL]!,
    pods: podClaims.owned.filter((it) => !isTerminal(it) || !isGoing(it)).toSorted(compareAge),
    now,
  };
  const { deletions, needs, events, memory: next = memory } = computePods(pass);
  const hashes = new Set(pass.pods.map((pod) => pod.metadata.labels?.[POD_HASH_LABEL]));
  const isLive = (it: ControllerRevision) => hashes.has(it.metadata.labels?.[POD_HASH_LABEL]);
  const status = generateStatus(pass);
  const wakeAtMs = findWake(pass);
  const { observedGeneration, desiredNumberScheduled } = daemonSet.status ?? {};
  const isNews = !pass.fit.runs &&
    (observedGeneration !== metadata.generation || desiredNumberScheduled !== 0);
  return {
    memory: next,
    writes: [
      ...write === undefined ? [] : [write],
      ...needs === undefined ? [] : [creation(pass, needs)],
      ...deletions,
      ...pruneRevisions(daemonSet, old, isLive, old.length - revisionHistoryLimit),
    ],
    ...(!isEqual(status, daemonSet.status ?? {}) && { published: { ...daemonSet, status } }),
    ...(events && { events }),
    ...(isNews && { decisions: [misfit(pass)] }),
    ...(wakeAtMs !== undefined && { wakeAtMs }),
  };
}

/** First that there is a Pod and not too many, then the update. */
function computePods(pass: Pass): Outcome {
  const { daemonSet, pods, nodeName } = pass;
  const title = `DaemonSet ${daemonSet.metadata.name}`;
  const missing = {
    because: `node ${nodeName} has no Pod of ${title}`,
    rule: "R-DS-1",
  };
  const staying = pods.filter((it) => !isGoing(it));
  if (!pass.fit.stays) {
    const because = `node ${nodeName} is not one for a Pod of ${title}`;
    return { deletions: staying.map((pod) => deletion(pod, because, "R-DS-1")) };
  }
  // A Pod that is there stays, and is not replaced.
  if (!pass.fit.runs && staying.length === 0) return { deletions: [] };
  if (pods.length === 0) return { deletions: [], needs: missing };
  const ended = endPods(pass, staying);
  if (ended !== undefined) return ended;
  const surge = surgeOf(daemonSet);
  if (surge > 0 && staying.length === 0) return { deletions: [], needs: missing };
  const surplus = surge > 0 ? findSurgeSurplus(pass, staying) : staying.slice(1);
  if (surplus.length > 0) {
    const because = `node ${nodeName} has ${staying.length} Pods of ${title}`;
    return { deletions: surplus.map((pod) => deletion(pod, because, "R-DS-1")) };
  }
  if (daemonSet.spec.updateStrategy?.type === "OnDelete") return { deletions: [] };
  return surge > 0 ? surgeUp(pass, staying) : replaceOld(pass, staying);
}

/** Pods that have ended go, failed ones ever more rarely (R-DS-5); undefined: none does. */
function endPods(pass: Pass, staying: readonly Pod[]): Outcome | undefined {
  const { memory, now, nodeName } = pass;
  const isHeld = (pod: Pod) => pod.status?.phase === "Failed" && now.wallMs < heldUntil(pass);
  const ended = staying.filter((it) => isTerminal(it) && !isHeld(it));
  if (ended.length === 0) return undefined;
  const deletions = ended.map((pod) =>
    deletion(pod, `Pod ${pod.metadata.name} has ended (${pod.status!.phase})`, "R-DS-5")
  );
  const events = ended.map((pod) => endEvent(pod, nodeName));
  if (!ended.some((it) => it.status?.phase === "Failed")) return { deletions, events };
  const isLongAgo = memory === undefined ||
    (now.wallMs - memory.deletedAtMs) * now.speed > 2 * LONGEST_DELAY_MS;
  const delayMs = isLongAgo ? FIRST_DELAY_MS : Math.min(2 * memory.delayMs, LONGEST_DELAY_MS);
  return { deletions, events, memory: { deletedAtMs: now.wallMs, delayMs } };
}

/** When the next failed Pod may be deleted, in wall ms. */
function heldUntil({ memory, now }: Pass): number {
  return memory === undefined ? -Infinity : memory.deletedAtMs + memory.delayMs / now.speed;
}

/** Without a surge the old Pod goes first (R-DS-3). */
function replaceOld(pass: Pass, [pod]: readonly Pod[]): Outcome {
  const { daemonSet, hash } = pass;
  if (pod === undefined || isUpdated(daemonSet, pod, hash)) return { deletions: [] };
  const { maxUnavailable = 1 } = daemonSet.spec.updateStrategy?.rollingUpdate ?? {};
  if (isAvailable(pod, pass) && scaleIntOrPercent(maxUnavailable, 1, "up") === 0) {
    return { deletions: [] };
  }
  const because = `Pod ${pod.metadata.name} is not of the present template`;
  return { deletions: [deletion(pod, because, "R-DS-3")] };
}

/** With a surge the new Pod comes first, and the old one goes when that is available (R-DS-4). */
function surgeUp(pass: Pass, staying: readonly Pod[]): Outcome {
  const { daemonSet, hash } = pass;
  const old = staying.find((it) => !isUpdated(daemonSet, it, hash));
  const updated = staying.find((it) => isUpdated(daemonSet, it, hash));
  if (old === undefined) return { deletions: [] };
  if (updated === undefined) {
    const because = `Pod ${old.metadata.name} is not of the present template, and maxSurge is ` +
      `${daemonSet.spec.updateStrategy!.rollingUpdate!.maxSurge}`;
    return { deletions: [], needs: { because, rule: "R-DS-4" } };
  }
  if (!isAvailable(updated, pass)) return { deletions: [] };
  const because = `Pod ${updated.metadata.name} of the present template is available`;
  return { deletions: [deletion(old, because, "R-DS-4")] };
}

/** Two Pods stay alone while the new one is not available and the old one is ready (R-DS-4). */
function findSurgeSurplus(pass: Pass, staying: readonly Pod[]): readonly Pod[] {
  const isNew = (it: Pod) => it.metadata.labels?.[POD_HASH_LABEL] === pass.hash;
  const [updated, old] = [staying.find(isNew), staying.find((it) => !isNew(it))];
  const surplus = staying.filter((it) => it !== updated && it !== old);
  const isOver = updated !== undefined && old !== undefined &&
    (!isReady(old) || isAvailable(updated, pass));
  return isOver ? [...surplus, old] : surplus;
}

/**
 * Counts that may be left out are left out when they are 0 (R-DS-7); of several Pods the oldest
 * counts.
 */
function generateStatus({ daemonSet, pods, fit, hash, now }: Pass): DaemonSetStatus {
  const { metadata: { generation }, status } = daemonSet;
  // What is where it should not be counts for nothing else.
  const [pod] = fit.runs ? pods : [];
  const ready = pod !== undefined && isReady(pod) ? 1 : 0;
  const available = pod !== undefined && isAvailable(pod, { daemonSet, now }) ? 1 : 0;
  const updated = pod !== undefined && isUpdated(daemonSet, pod, hash) ? 1 : 0;
  return {
    ...(status?.collisionCount !== undefined && { collisionCount: status.collisionCount }),
    ...(status?.conditions && { conditions: status.conditions }),
    currentNumberScheduled: pod === undefined ? 0 : 1,
    desiredNumberScheduled: fit.runs ? 1 : 0,
    ...(available > 0 && { numberAvailable: available }),
    numberMisscheduled: !fit.runs && pods.length > 0 ? 1 : 0,
    numberReady: ready,
    ...(fit.runs && available === 0 && { numberUnavailable: 1 }),
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(updated > 0 && { updatedNumberScheduled: updated }),
  };
}

/** What a node means to a Pod of a DaemonSet. */
interface NodeFit {
  /** It should have one. */
  readonly runs: boolean;
  /** One that is there may stay. */
  readonly stays: boolean;
}

/** Rule: pkg/controller/daemon/daemon_controller.go, NodeShouldRunDaemonPod. */
function findFit(daemonSet: DaemonSet, node: SchedulableNode): NodeFit {
  const pod = newDaemonPod(daemonSet, node.name, "");
  const isIts = matchesNodeAffinity(pod, node);
  const stays = isIts && findUntolerated(pod, node, ["NoExecute"]) === undefined;
  return { stays, runs: stays && findUntolerated(pod, node, ["NoSchedule"]) === undefined };
}

function misfit({ nodeName }: Pass): ControllerDecision {
  const because = `node ${nodeName} does not have the labels that its template asks for, or has ` +
    "a taint that it does not tolerate";
  return { action: "wait", because, rule: "R-DS-1" };
}

function surgeOf({ spec: { updateStrategy } }: DaemonSet): number {
  const { maxSurge = 0 } = updateStrategy?.rollingUpdate ?? {};
  return updateStrategy?.type === "OnDelete" ? 0 : scaleIntOrPercent(maxSurge, 1, "up");
}

function isGoing({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isAvailable(pod: Pod, { daemonSet, now }: Pick<Pass, "daemonSet" | "now">): boolean {
  const from = availableFrom(pod, daemonSet.spec.minReadySeconds ?? 0, now);
  return from !== undefined && from <= now.wallMs;
}

/** When the next ready Pod becomes available (R-RS-4), or a failed one may go. */
function findWake(pass: Pass): number | undefined {
  const { daemonSet, pods, now } = pass;
  const later = [
    ...pods.map((pod) => availableFrom(pod, daemonSet.spec.minReadySeconds ?? 0, now)),
    ...pods.some((it) => it.status?.phase === "Failed" && !isGoing(it)) ? [heldUntil(pass)] : [],
  ].filter((it) => it !== undefined && it > now.wallMs) as number[];
  return later.length === 0 ? undefined : Math.min(...later);
}

/** One that has a node goes before one that has none, then the older. */
function compareAge(a: Pod, b: Pod): number {
  const keyOf = ({ metadata, spec }: Pod) =>
    [
      spec.nodeName ? "0" : "1",
      metadata.creationTimestamp ?? "",
      metadata.name,
    ].join(" ");
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function creation(
  { daemonSet, nodeName, hash }: Pass,
  why: { readonly because: string; readonly rule: string },
): ControllerWrite {
  return {
    action: "createPod",
    verb: "create",
    object: newDaemonPod(daemonSet, nodeName, hash),
    ...why,
    event: { reason: "SuccessfulCreate", messageOf: (name) => `Created pod: ${name}` },
  };
}

function deletion(object: Pod, because: string, rule: string): ControllerWrite {
  return {
    action: "deletePod",
    verb: "delete",
    object,
    because,
    rule,
    event: { reason: "SuccessfulDelete", messageOf: (name) => `Deleted pod: ${name}` },
  };
}

function endEvent({ metadata, status }: Pod, nodeName: string): ControllerEvent {
  const { namespace, name } = metadata;
  const pod = `daemon pod ${namespace}/${name} on node ${nodeName}`;
  return status?.phase === "Failed"
    ? {
      type: "Warning",
      reason: "FailedDaemonPod",
      messageOf: () => `Found failed ${pod}, will try to kill it`,
    }
    : {
      reason: "SucceededDaemonPod",
      messageOf: () => `Found succeeded ${pod}, will try to delete it`,
    };
}
