/**
 * Which of too many Pods go first; pure.
 *
 * Rule: Kubernetes, pkg/controller/controller_utils.go, ActivePodsWithRanks.
 */
import type { Pod } from "../../api/types/pod.ts";
import type { Moment } from "../change.ts";
import { isReady, readySince, remembered } from "../pod_state.ts";

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

/** One step of the order: below 0 if the first Pod goes before the second. */
interface Step {
  readonly because: string;
  compare(a: Pod, b: Pod, facts: OrderFacts): number;
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
    compare: (a, b) => Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)),
  },
  {
    because: "it does not run yet",
    compare: (a, b) => PHASES.indexOf(a.status?.phase) - PHASES.indexOf(b.status?.phase),
  },
  { because: "it is not ready", compare: (a, b) => Number(isReady(a)) - Number(isReady(b)) },
  { because: "its deletion cost is lower", compare: (a, b) => costOf(a) - costOf(b) },
  {
    because: "its node has more of these Pods",
    compare: (a, b, { podsOnNode }) => countOn(podsOnNode, b) - countOn(podsOnNode, a),
  },
  {
    because: "it has been ready for less time",
    compare: (a, b, { now }) => compareAges(readySince(a), readySince(b), a, b, now),
  },
  { because: "it has restarted more often", compare: (a, b) => restartsOf(b) - restartsOf(a) },
  {
    because: "it is younger",
    compare: (a, b, { now }) => compareAges(createdAt(a), createdAt(b), a, b, now),
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
  const first = findFirst(pods, count + 1, (a, b) => findStep(a, b, facts).order);
  const survivor = first[count];
  return first.slice(0, count).map((pod) => ({
    pod,
    because: survivor && findStep(pod, survivor, facts).because,
  }));
}

/** The first of an order: few of many are found sooner than all are sorted. */
function findFirst(
  pods: readonly Pod[],
  count: number,
  compare: (a: Pod, b: Pod) => number,
): readonly Pod[] {
  if (count > FEW) return pods.toSorted(compare).slice(0, count);
  const left = [...pods];
  const first: Pod[] = [];
  while (first.length < count && left.length > 0) {
    const least = left.reduce((best, it, at) => compare(it, left[best]!) < 0 ? at : best, 0);
    first.push(...left.splice(least, 1));
  }
  return first;
}

/** The step that decides between two Pods, and its answer. */
function findStep(a: Pod, b: Pod, facts: OrderFacts) {
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
  podA: Pod,
  podB: Pod,
  now: Moment,
): number {
  if (a === b) return 0;
  // One without a time goes first, as if it were the youngest.
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const difference = magnitudeOf(a, now) - magnitudeOf(b, now);
  if (difference !== 0) return difference;
  return podA.metadata.uid! < podB.metadata.uid! ? -1 : 1;
}

/** The power of two of an age in nanoseconds. */
function magnitudeOf(sinceMs: number, { wallMs, speed }: Moment): number {
  const ageNs = (wallMs - sinceMs) * speed * 1e6;
  return ageNs > 0 ? Math.floor(Math.log2(ageNs)) : -1;
}

function costOf({ metadata: { annotations } }: Pod): number {
  return Number(annotations?.[DELETION_COST] ?? 0);
}

function countOn(podsOnNode: ReadonlyMap<string, number>, { spec }: Pod): number {
  return podsOnNode.get(spec.nodeName ?? "") ?? 0;
}

/** Of the container that has restarted most often. */
const restartsOf = remembered(({ status }) =>
  Math.max(0, ...(status?.containerStatuses ?? []).map((it) => it.restartCount))
);

const createdAt = remembered(({ metadata: { creationTimestamp } }) =>
  creationTimestamp === undefined ? undefined : Date.parse(creationTimestamp)
);
