/**
 * Why a node cannot have a Pod: the scheduler's filters, in its order and its words; pure.
 *
 * Rules: R-SCHED-2; Kubernetes, pkg/scheduler/apis/config/v1/default_plugins.go.
 */
import { nanosOf } from "../types/qos.ts";
import { formatQuantity, type QuantityFormat } from "../types/quantity.ts";
import type { PersistentVolumeClaim } from "../types/core.ts";
import type { Pod } from "../types/pod.ts";
import { claimsOfPod } from "../claim_protection.ts";
import { claimsOf, isPortClash } from "./host_ports.ts";
import { findNamedNodes, findUntolerated, matchesNodeAffinity } from "./node_affinity.ts";
import { type NodePods, requestsOf, type SchedulableNode } from "./node_pods.ts";
import {
  hardConstraintsOf,
  hasRepelled,
  isRepelled,
  isTooSkewed,
  matchesPodAffinity,
} from "./pod_affinity.ts";

/** Why a node cannot have a Pod. */
export interface Refusal {
  /** Kubernetes' words, without the number of nodes. */
  readonly reasons: readonly string[];
  /** Whether it would last if the node had no other Pod. */
  readonly isLasting: boolean;
  /** What of the node is meant, for people; one clause, no full stop. */
  readonly hint?: string;
  /** It was found before any node was looked at. @default false */
  readonly isEarly?: boolean;
}

/** What is there beside the Pod. */
export interface Surroundings {
  readonly node: SchedulableNode;
  /** The Pods that the node has. */
  readonly pods: NodePods;
  /** Finds a claim of the Pod's namespace. */
  readonly findClaim: (name: string) => PersistentVolumeClaim | undefined;
}

type Filter = (pod: Pod, surroundings: Surroundings) => Refusal | undefined;

const lasting = (...reasons: string[]): Refusal => ({ reasons, isLasting: true });
const forNow = (...reasons: string[]): Refusal => ({ reasons, isLasting: false });

/** What a Pod tolerates that runs on a node which takes no more Pods. */
const UNSCHEDULABLE = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** By the name of the plugin, in the order in which they are asked. */
const filters: Readonly<Record<string, Filter>> = {
  Claims: (pod, { findClaim }) => {
    for (const name of claimsOfPod(pod)) {
      const claim = findClaim(name);
      const words = claim === undefined
        ? "not found"
        : claim.metadata.deletionTimestamp === undefined
        ? undefined
        : "is being deleted";
      if (words === undefined) continue;
      return { ...lasting(`persistentvolumeclaim "${name}" ${words}`), isEarly: true };
    }
    return undefined;
  },
  NamedNodes: (pod, { node }) =>
    findNamedNodes(pod)?.has(node.name) ?? true
      ? undefined
      : lasting("node(s) didn't satisfy plugin(s) [NodeAffinity]"),
  NodeUnschedulable: (pod, { node }) =>
    node.isUnschedulable && findUntolerated(pod, { taints: [UNSCHEDULABLE] }, ["NoSchedule"])
      ? lasting("node(s) were unschedulable")
      : undefined,
  TaintToleration: (pod, { node }) =>
    findUntolerated(pod, node, ["NoSchedule", "NoExecute"]) && {
      ...lasting("node(s) had untolerated taint(s)"),
      hint: describeTaints(node),
    },
  NodeAffinity: (pod, { node }) =>
    matchesNodeAffinity(pod, node) ? undefined : {
      ...lasting("node(s) didn't match Pod's node affinity/selector"),
      hint: describeLabels(node),
    },
  NodePorts: (pod, { pods }) =>
    findTakenPort(pod, pods)
      ? forNow("node(s) didn't have free ports for the requested pod ports")
      : undefined,
  NodeResourcesFit: (pod, { node, pods }) => {
    const shortages = findShortages(pod, node, pods);
    if (shortages.length === 0) return undefined;
    const reasons = shortages.map(({ resource }) =>
      resource === "pods" ? "Too many pods" : `Insufficient ${resource}`
    );
    return {
      reasons,
      isLasting: shortages.some((it) => it.requested > it.capacity),
      hint: shortages.map(describeShortage).join("; "),
    };
  },
  VolumeRestrictions: (pod, { pods, findClaim }) => {
    const { namespace } = pod.metadata;
    const alone = claimsOfPod(pod)
      .filter((name) => findClaim(name)?.spec.accessModes?.includes("ReadWriteOncePod"));
    const isUsed = alone.length > 0 &&
      Iterator.from(pods.list()).some((other) =>
        other.metadata.namespace === namespace &&
        claimsOfPod(other).some((name) => alone.includes(name))
      );
    return isUsed
      ? forNow(
        "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
      )
      : undefined;
  },
  PodTopologySpread: (pod, { node: { labels }, pods }) => {
    const words = "node(s) didn't match pod topology spread constraints";
    for (const constraint of hardConstraintsOf(pod)) {
      if (!Object.hasOwn(labels, constraint.topologyKey)) {
        return lasting(`${words} (missing required label)`);
      }
      if (isTooSkewed(pod, constraint, pods)) return forNow(words);
    }
    return undefined;
  },
  InterPodAffinity: (pod, { node, pods }) => {
    if (!matchesPodAffinity(pod, node, pods)) {
      return lasting("node(s) didn't match pod affinity rules");
    }
    if (hasRepelled(pod, node, pods)) {
      return forNow("node(s) didn't match pod anti-affinity rules");
    }
    return isRepelled(pod, node, pods)
      ? forNow("node(s) didn't satisfy existing pods anti-affinity rules")
      : undefined;
  },
};

/** What the first filter has against a Pod on a node; undefined: the node can have it. */
export function findRefusal(pod: Pod, surroundings: Surroundings): Refusal | undefined {
  for (const filter of Object.values(filters)) {
    const refusal = filter(pod, surroundings);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** What is missing of a resource, in billionths. */
export interface Shortage {
  readonly resource: string;
  readonly requested: bigint;
  readonly used: bigint;
  readonly capacity: bigint;
}

const NANO = 1_000_000_000n;

/** These come first, in this order. */
const COMMON = ["cpu", "memory", "ephemeral-storage"];

/**
 * The resources of which a node has too little left for a Pod.
 *
 * Rule: Kubernetes, pkg/scheduler/framework/plugins/noderesources/fit.go, fitsRequest.
 */
export function findShortages(
  pod: Pod,
  { allocatable }: SchedulableNode,
  pods: NodePods,
): Shortage[] {
  const requests = requestsOf(pod);
  const others = [...requests.keys()].filter((it) => !COMMON.includes(it)).toSorted();
  const wanted = [
    { resource: "pods", requested: NANO, used: BigInt(pods.size) * NANO },
    ...[...COMMON, ...others].map((resource) => ({
      resource,
      requested: requests.get(resource) ?? 0n,
      used: pods.requestedOf(resource),
    })),
  ];
  return wanted.filter(({ requested }) => requested > 0n)
    .map((it) => ({ ...it, capacity: nanosOf(allocatable[it.resource]) }))
    .filter(({ requested, used, capacity }) => requested + used > capacity);
}

function describeLabels({ labels, labelAdvice }: SchedulableNode): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const advice = labelAdvice === undefined ? "" : `; ${labelAdvice}`;
  return `the labels of this node are ${pairs.join(", ")}${advice}`;
}

function describeTaints({ taints }: SchedulableNode): string {
  const words = taints.map(({ key, value = "", effect }) => `${key}=${value}:${effect}`);
  return `the taints of this node are ${words.join(", ")}`;
}

function describeShortage({ resource, requested, used, capacity }: Shortage): string {
  if (resource === "pods") return `this node takes ${capacity / NANO} Pods`;
  const [wants, has, rest] = [requested, capacity, capacity - used]
    .map((nanos) => formatQuantity({ nanos, format: formatOf(resource) }));
  const free = used === 0n ? "" : `, of which ${rest} is free`;
  return `the Pod needs ${wants} of ${resource}, and this node has ${has}${free}`;
}

function formatOf(resource: string): QuantityFormat {
  return resource === "memory" || resource === "ephemeral-storage" ? "binarySI" : "decimalSI";
}

/** Whether another Pod has a host port of this one. */
export function findTakenPort(pod: Pod, pods: NodePods): boolean {
  const claims = claimsOf(pod);
  return claims.length > 0 &&
    pods.claims().some((other) => claims.some((claim) => isPortClash(claim, other)));
}
