/**
 * Which of too many Pods go first; pure.
 *
 * Rule: Kubernetes, pkg/controller/controller_utils.go, ActivePodsWithRanks.
 */
import type { Pod } from "../../api/types/pod.ts";
import { remembered } from "../../base/remembered.ts";
import type { Moment } from "../change.ts";
import { isReady, readySince } from "../pod_state.ts";

/** A Pod that goes, and the first difference between it and one that stays. */
export interface Victim {
  readonly pod: Pod;
  /** `it is not ready`; undefined where all go. */
  readonly because: string | undefined;
}

/** What the order is computed from. */
interface OrderFacts {
  readonly now: Moment;
  /** How many Pods are on each node: of this ReplicaSet and those of the same Deployment. */
  readonly podsOnNode: ReadonlyMap<string, number>;
}

/** What the order looks at of a Pod: read once for each version. */
interface Candidate {
  readonly pod: Pod;
  readonly nodeName: string;
  /** Its place among the phases. */
  readonly phase: number;
  readonly isReady: boolean;
  readonly cost: number;
  readonly readyMs: number | undefined;
  /** Of the container that has restarted most often. */
  readonly restarts: number;
  readonly createdMs: number | undefined;
}

/** One step of the order: below 0 if the first Pod goes before the second. */
interface Step {
  readonly because: string;
  compare(a: Candidate, b: Candidate, facts: OrderFacts): number;
}

/** So many are looked for one by one. */
const FEW = 8;

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/** Numbers of the phases, in the order in which they go. */
const PHASES: readonly (string | undefined)[] = ["Pending", "Unknown", "Running"];

/** The first step that distinguishes two Pods decides (R-RS-3). */
const STEPS: readonly Step[] = [
  {
    because: "it has no node",
    compare: (a, b) => Number(a.nodeName !== "") - Number(b.nodeName !== ""),
  },
  {
    because: "it does not run yet",
    compare: (a, b) => a.phase - b.phase,
  },
  { because: "it is not ready", compare: (a, b) => Number(a.isReady) - Number(b.isReady) },
  { because: "its deletion cost is lower", compare: (a, b) => a.cost - b.cost },
  {
    because: "its node has more of these Pods",
    compare: (a, b, { podsOnNode }) =>
      a.nodeName === b.nodeName
        ? 0
        : countOn(podsOnNode, b.nodeName) - countOn(podsOnNode, a.nodeName),
  },
  {
    because: "it has been ready for less time",
    compare: (a, b, { now }) => compareAges(a.readyMs, b.readyMs, a, b, now),
  },
  { because: "it has restarted more often", compare: (a, b) => b.restarts - a.restarts },
  {
    because: "it is younger",
    compare: (a, b, { now }) => compareAges(a.createdMs, b.createdMs, a, b, now),
  },
];

/**
 * The Pods that go.
 *
 * @param pods active ones.
 * @param related active Pods that count for how many a node has: these, and those of ReplicaSets
 * of the same owner.
 * @param count how many go: at most as many as there are.
 */
export function choosePodsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  now: Moment,
): Victim[] {
  const podsOnNode = new Map<string, number>();
  for (const { spec: { nodeName = "" } } of related) {
    podsOnNode.set(nodeName, (podsOnNode.get(nodeName) ?? 0) + 1);
  }
  const facts = { now, podsOnNode };
  const candidates = pods.map(candidateOf);
  const first = findFirst(candidates, count + 1, (a, b) => findStep(a, b, facts).order);
  const survivor = first[count];
  return first.slice(0, count).map((it) => ({
    pod: it.pod,
    because: survivor && findStep(it, survivor, facts).because,
  }));
}

/** The first of an order: few of many are found sooner than all are sorted. */
function findFirst(
  candidates: readonly Candidate[],
  count: number,
  compare: (a: Candidate, b: Candidate) => number,
): readonly Candidate[] {
  if (count > FEW) return candidates.toSorted(compare).slice(0, count);
  const left = [...candidates];
  const first: Candidate[] = [];
  while (first.length < count && left.length > 0) {
    const least = left.reduce((best, it, at) => compare(it, left[best]!) < 0 ? at : best, 0);
    first.push(...left.splice(least, 1));
  }
  return first;
}

/** The step that decides between two Pods, and its answer. */
function findStep(a: Candidate, b: Candidate, facts: OrderFacts) {
  for (const { compare, because } of STEPS) {
    const order = compare(a, b, facts);
    if (order !== 0) return { order, because };
  }
  return { order: 0, because: "nothing distinguishes the Pods" };
}

/**
 * Ages are compared by powers of two, so that of Pods of nearly one age not always the youngest
 * goes; among those of one power the uid decides.
 */
function compareAges(
  a: number | undefined,
  b: number | undefined,
  podA: Candidate,
  podB: Candidate,
  now: Moment,
): number {
  if (a === b) return 0;
  // One without a time goes first, as if it were the youngest.
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const difference = magnitudeOf(a, now) - magnitudeOf(b, now);
  if (difference !== 0) return difference;
  return podA.pod.metadata.uid! < podB.pod.metadata.uid! ? -1 : 1;
}

/** The power of two of an age in nanoseconds. */
function magnitudeOf(sinceMs: number, { wallMs, speed }: Moment): number {
  const ageNs = (wallMs - sinceMs) * speed * 1e6;
  return ageNs > 0 ? Math.floor(Math.log2(ageNs)) : -1;
}

function countOn(podsOnNode: ReadonlyMap<string, number>, nodeName: string): number {
  return podsOnNode.get(nodeName) ?? 0;
}

const candidateOf = remembered((pod: Pod): Candidate => {
  const { metadata: { annotations, creationTimestamp }, spec: { nodeName = "" }, status } = pod;
  return {
    pod,
    nodeName,
    phase: PHASES.indexOf(status?.phase),
    isReady: isReady(pod),
    cost: Number(annotations?.[DELETION_COST] ?? 0),
    readyMs: readySince(pod),
    restarts: Math.max(0, ...(status?.containerStatuses ?? []).map((it) => it.restartCount)),
    createdMs: creationTimestamp === undefined ? undefined : Date.parse(creationTimestamp),
  };
});
