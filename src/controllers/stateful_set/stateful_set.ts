/**
 * What a StatefulSet's controller does; pure.
 *
 * Rule: Kubernetes, pkg/controller/statefulset/stateful_set_control.go, updateStatefulSet.
 */
import { firstOrdinalOf } from "../../api/claim_volumes.ts";
import type { ControllerRevision, StatefulSet } from "../../api/types/apps.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import type { Changes, ControllerWrite, Moment } from "../change.ts";
import { computeRevisions, pruneRevisions } from "../controller_revision.ts";
import { claimObjects, claimWrites } from "../ownership.ts";
import { availableFrom, isTerminal } from "../pod_state.ts";
import {
  createMissingClaims,
  type FindClaim,
  hasStaleClaim,
  ownClaims,
  type PodClaims,
} from "./claims.ts";
import {
  isAvailable,
  isGoing,
  isRunningAndReady,
  isWanted,
  newPod,
  ordinalOf,
  type PodRevisions,
  revisionOf,
  withIdentity,
} from "./stateful_pod.ts";
import { generateStatus } from "./stateful_set_status.ts";

/** The label of a revision that has its hash. */
const REVISION_HASH_LABEL = "controller.kubernetes.io/hash";

/** How soon a claim is looked at again that goes with an earlier Pod. */
const STALE_CLAIM_MS = 1000;

/** What is known when a StatefulSet is looked at. */
export interface StatefulSetFacts {
  readonly statefulSet: StatefulSet;
  /** Its own Pods, and those of its namespace without a controller. */
  readonly pods: readonly Pod[];
  /** Its own ControllerRevisions, and those of its namespace without a controller. */
  readonly revisions: readonly ControllerRevision[];
  readonly findClaim: FindClaim;
}

/** A Pod under its number. */
interface Numbered {
  readonly ordinal: number;
  readonly pod: Pod;
}

/** An ordinal that is wanted, and its Pod, if it is there. */
interface Replica {
  readonly ordinal: number;
  readonly pod: Pod | undefined;
}

/** What is done with one Pod, and whether the next one waits for it. */
interface Step {
  readonly writes: readonly ControllerWrite[];
  readonly isBlocked: boolean;
}

/** What all steps of a pass look at. */
interface Pass extends Pick<StatefulSetFacts, "statefulSet" | "findClaim"> {
  readonly now: Moment;
  readonly revisions: PodRevisions;
  /** Those that are wanted, in order. */
  readonly replicas: readonly Replica[];
  /** Those that are not wanted, the highest first. */
  readonly surplus: readonly Numbered[];
}

/** A pass's writes, and how many Pods it takes from the current revision. */
interface Outcome {
  readonly writes: readonly ControllerWrite[];
  readonly updatedNow: number;
}

/**
 * The Pods, claims and revisions that a StatefulSet creates and deletes, and its status as of the
 * Pods that are there.
 */
export function computeStatefulSetChanges(
  { statefulSet, pods, revisions, findClaim }: StatefulSetFacts,
  now: Moment,
): Changes<StatefulSet> {
  const { selector } = statefulSet.spec;
  const members = pods.filter((pod) => ordinalOf(statefulSet, pod) !== undefined);
  const podClaims = claimObjects(statefulSet, selector, members);
  const revisionClaims = claimObjects(statefulSet, selector, revisions);
  const claimed = [
    ...claimWrites(statefulSet, revisionClaims),
    ...claimWrites(statefulSet, podClaims),
  ];
  // What has been taken over is looked at when it is seen.
  if (claimed.length > 0) return { writes: claimed };

  const { present, old, write } = computeRevisions(
    statefulSet,
    revisionClaims.owned,
    REVISION_HASH_LABEL,
  );
  const { currentRevision } = statefulSet.status ?? {};
  const current = old.find(({ metadata }) => metadata.name === currentRevision) ?? present;
  const own = podClaims.owned.map((pod) => ({ ordinal: ordinalOf(statefulSet, pod)!, pod }));
  const pass: Pass = {
    statefulSet,
    findClaim,
    now,
    revisions: { current, update: present },
    ...sortPods(statefulSet, own),
  };
  const { writes, updatedNow } = isGoing(statefulSet) ? NOTHING : computePods(pass);
  const status = generateStatus(statefulSet, podClaims.owned, {
    revisions: pass.revisions,
    updatedNow,
    now,
  });
  const wakeAtMs = findWake(pass);
  const names = new Set([current.metadata.name, ...podClaims.owned.map(revisionOf)]);
  const isLive = ({ metadata }: ControllerRevision) => names.has(metadata.name);
  const { revisionHistoryLimit = 10 } = statefulSet.spec;
  const overLimit = old.filter((it) => !isLive(it)).length - revisionHistoryLimit;
  return {
    writes: [
      ...write === undefined ? [] : [write],
      ...writes,
      ...pruneRevisions(statefulSet, old, isLive, overLimit),
    ],
    ...(!isEqual(status, statefulSet.status ?? {}) && { published: { ...statefulSet, status } }),
    ...(wakeAtMs !== undefined && { wakeAtMs }),
  };
}

const NOTHING: Outcome = { writes: [], updatedNow: 0 };

/** Every ordinal that is wanted, and the Pods that are over. */
function sortPods(
  statefulSet: StatefulSet,
  pods: readonly Numbered[],
): Pick<Pass, "replicas" | "surplus"> {
  const present = new Map(pods.map(({ ordinal, pod }) => [ordinal, pod]));
  const first = firstOrdinalOf(statefulSet);
  const replicas = Array.from({ length: statefulSet.spec.replicas ?? 1 }, (_, index) => {
    const ordinal = first + index;
    return { ordinal, pod: present.get(ordinal) };
  });
  const surplus = pods.filter(({ ordinal }) => !isWanted(statefulSet, ordinal))
    .toSorted((a, b) => b.ordinal - a.ordinal);
  return { replicas, surplus };
}

/**
 * First the Pods that are wanted, then those that are not, then the update. In order each waits for
 * the one before it; in parallel none does, but for the update (R-STS-1, R-STS-2, R-STS-4).
 */
function computePods(pass: Pass): Outcome {
  const { statefulSet, replicas, surplus } = pass;
  const inOrder = statefulSet.spec.podManagementPolicy !== "Parallel";
  const writes: ControllerWrite[] = [];
  const steps = [
    () => replicas.map((it) => () => keepReplica(it, pass)),
    () => surplus.map((it) => () => ownSurplus(it, pass)),
    () => surplus.map((it) => () => endSurplus(it, pass)),
  ];
  for (const list of steps) {
    for (const step of list()) {
      const { writes: own, isBlocked } = step();
      writes.push(...own);
      if (inOrder && isBlocked) return { writes, updatedNow: 0 };
    }
  }
  if (statefulSet.spec.updateStrategy?.type === "OnDelete") return { writes, updatedNow: 0 };
  const deleted = new Set(
    writes.filter(({ verb }) => verb === "delete").map(({ object }) => object.metadata.uid),
  );
  const update = computeUpdate(pass, (pod) => isGoing(pod) || deleted.has(pod.metadata.uid));
  return { writes: [...writes, ...update], updatedNow: update.length };
}

/** A Pod that is wanted: it is created, replaced when it has ended, and waited for. */
function keepReplica({ ordinal, pod }: Replica, pass: Pass): Step {
  const { statefulSet, findClaim, revisions, now } = pass;
  const claims: PodClaims = { statefulSet, ordinal, findClaim };
  if (pod === undefined) {
    if (hasStaleClaim(claims)) return WAIT;
    const created = creation(newPod(statefulSet, ordinal, revisions), pass);
    return { writes: [...createMissingClaims(claims), created], isBlocked: true };
  }
  if (isTerminal(pod)) {
    if (isGoing(pod)) return WAIT;
    const because = `Pod ${pod.metadata.name} has ended (${pod.status!.phase})`;
    return { writes: [deletion(statefulSet, pod, because, "R-STS-6")], isBlocked: true };
  }
  const writes = [
    ...(pod.status?.phase === "Pending" ? createMissingClaims(claims) : []),
    ...ownClaims(pod, claims),
  ];
  if (isGoing(pod) || !isAvailable(statefulSet, pod, now)) return { writes, isBlocked: true };
  const named = withIdentity(pod, ordinal);
  if (named !== pod) writes.push(renaming(statefulSet, named));
  return { writes, isBlocked: false };
}

const WAIT: Step = { writes: [], isBlocked: true };

/** The claims of a Pod that is not wanted any more. */
function ownSurplus({ ordinal, pod }: Numbered, { statefulSet, findClaim }: Pass): Step {
  return { writes: ownClaims(pod, { statefulSet, ordinal, findClaim }), isBlocked: false };
}

/** A Pod that is not wanted any more: it goes when all below it are available (R-STS-2). */
function endSurplus({ pod, ordinal }: Numbered, pass: Pass): Step {
  const { statefulSet, now } = pass;
  if (isGoing(pod)) return WAIT;
  const inOrder = statefulSet.spec.podManagementPolicy !== "Parallel";
  const isHealthy = isAvailable(statefulSet, pod, now);
  if (inOrder && !isHealthy && pod !== findFirstUnavailable(pass)) return WAIT;
  const { spec: { replicas = 1 } } = statefulSet;
  const because = `ordinal ${ordinal} is not wanted any more: replicas is ${replicas}`;
  return { writes: [deletion(statefulSet, pod, because, "R-STS-2")], isBlocked: true };
}

/** With the lowest ordinal; undefined also where a Pod that is not there is the first. */
function findFirstUnavailable({ statefulSet, replicas, surplus, now }: Pass): Pod | undefined {
  return [...replicas, ...surplus.toReversed()].find(({ pod }) =>
    pod === undefined || isGoing(pod) || !isAvailable(statefulSet, pod, now)
  )?.pod;
}

/**
 * The highest Pod of another revision goes, when all above it are available (R-STS-4, R-STS-5).
 *
 * @param isLeaving whether a Pod is being deleted, or is deleted by this pass.
 */
function computeUpdate(pass: Pass, isLeaving: (pod: Pod) => boolean): ControllerWrite[] {
  const { statefulSet, revisions: { update }, replicas, now } = pass;
  const { partition = 0 } = statefulSet.spec.updateStrategy?.rollingUpdate ?? {};
  for (const { pod } of replicas.slice(partition).toReversed()) {
    // One that is created by this pass is waited for.
    if (pod === undefined) return [];
    const wanted = update.metadata.name;
    if (revisionOf(pod) !== wanted && !isLeaving(pod)) {
      const because = `Pod ${pod.metadata.name} has revision ${revisionOf(pod)}, and ` +
        `${wanted} is wanted`;
      return [deletion(statefulSet, pod, because, "R-STS-4")];
    }
    if (isLeaving(pod) || !isAvailable(statefulSet, pod, now)) return [];
  }
  return [];
}

function creation(pod: Pod, { statefulSet }: Pass): ControllerWrite {
  const { metadata: { name: set }, spec: { podManagementPolicy, replicas = 1 } } = statefulSet;
  const isFirst = ordinalOf(statefulSet, pod) === firstOrdinalOf(statefulSet);
  const inOrder = podManagementPolicy !== "Parallel" && !isFirst;
  const order = inOrder ? ", and every Pod before it is available" : "";
  const because = `replicas is ${replicas}, and Pod ${pod.metadata.name} is not there${order}`;
  return {
    action: "createPod",
    verb: "create",
    object: pod,
    because,
    rule: "R-STS-1",
    event: {
      reason: "SuccessfulCreate",
      messageOf: (name) => `Create Pod ${name} in StatefulSet ${set} successful`,
    },
  };
}

function deletion(
  { metadata: { name: set } }: StatefulSet,
  pod: Pod,
  because: string,
  rule: string,
): ControllerWrite {
  return {
    action: "deletePod",
    verb: "delete",
    object: pod,
    because,
    rule,
    event: {
      reason: "SuccessfulDelete",
      messageOf: (name) => `Delete Pod ${name} in StatefulSet ${set} successful`,
    },
  };
}

function renaming({ metadata: { name: set } }: StatefulSet, pod: Pod): ControllerWrite {
  return {
    action: "updatePod",
    verb: "update",
    object: pod,
    because: `Pod ${pod.metadata.name} has lost the labels of its name`,
    rule: "R-STS-3",
    event: {
      reason: "SuccessfulUpdate",
      messageOf: (name) => `Update Pod ${name} in StatefulSet ${set} successful`,
    },
  };
}

/** When the next ready Pod becomes available, or a claim is looked at again. */
function findWake({ statefulSet, findClaim, replicas, surplus, now }: Pass) {
  const { minReadySeconds = 0 } = statefulSet.spec;
  const moments = [...replicas, ...surplus]
    .map(({ pod }) => pod)
    .filter((it) => it !== undefined && isRunningAndReady(it))
    .map((it) => availableFrom(it!, minReadySeconds, now))
    .filter((it) => it !== undefined && it > now.wallMs) as number[];
  const isStale = replicas.some(({ ordinal, pod }) =>
    pod === undefined && hasStaleClaim({ statefulSet, ordinal, findClaim })
  );
  if (isStale) moments.push(now.wallMs + STALE_CLAIM_MS / now.speed);
  return moments.length === 0 ? undefined : Math.min(...moments);
}
