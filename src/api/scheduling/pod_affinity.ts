/**
 * What a Pod asks of the Pods beside it, as far as one node can mean it; pure.
 *
 * Rule: Kubernetes, pkg/scheduler/framework/plugins/interpodaffinity/filtering.go and
 * pkg/scheduler/framework/plugins/podtopologyspread/filtering.go.
 */
import { isEmptySelector, matchesSelector } from "../label_selector.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../types/meta.ts";
import type { Pod, PodAffinityTerm, TopologySpreadConstraint } from "../types/pod.ts";
import { antiAffinityOf, type NodePods, type SchedulableNode } from "./node_pods.ts";

/**
 * Whether each term has a Pod in its topology that fits all of them; the first Pod of a group that
 * asks for each other needs none.
 */
export function matchesPodAffinity(pod: Pod, { labels }: SchedulableNode, pods: NodePods): boolean {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ??
    [];
  if (terms.length === 0) return true;
  if (!terms.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey))) return false;
  const isWanted = (other: Pod) => terms.every((term) => selects(pod, term, other));
  return Iterator.from(pods.list()).some(isWanted) || isWanted(pod);
}

/** Whether a Pod is there that this one keeps away. */
export function hasRepelled(pod: Pod, { labels }: SchedulableNode, pods: NodePods): boolean {
  const terms = antiAffinityOf(pod).filter((it) => Object.hasOwn(labels, it.topologyKey));
  return terms.length > 0 &&
    Iterator.from(pods.list()).some((other) => terms.some((term) => selects(pod, term, other)));
}

/** Whether a Pod is there that keeps this one away. */
export function isRepelled(pod: Pod, { labels }: SchedulableNode, pods: NodePods): boolean {
  return Iterator.from(pods.repelling()).some((other) =>
    antiAffinityOf(other).some((term) =>
      Object.hasOwn(labels, term.topologyKey) && selects(other, term, pod)
    )
  );
}

/** The constraints of a Pod that may keep it waiting. */
export function hardConstraintsOf({ spec }: Pod): readonly TopologySpreadConstraint[] {
  return (spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule");
}

/**
 * Whether another Pod makes the skew too large: on one node there is one domain, so that this needs
 * a constraint that wants more of them.
 */
export function isTooSkewed(
  pod: Pod,
  { maxSkew, minDomains = 1, ...constraint }: TopologySpreadConstraint,
  pods: NodePods,
): boolean {
  const isCounted = ({ metadata }: Pod) =>
    metadata.namespace === pod.metadata.namespace && metadata.deletionTimestamp === undefined &&
    matchesOwn(pod, constraint, metadata.labels);
  const self = matchesOwn(pod, constraint, pod.metadata.labels) ? 1 : 0;
  const present = Iterator.from(pods.list()).filter(isCounted).toArray().length;
  const least = minDomains > 1 ? 0 : present;
  return present + self - least > maxSkew;
}

/** Whether a term of one Pod selects another one. */
function selects(pod: Pod, term: PodAffinityTerm, { metadata }: Pod): boolean {
  return isInScope(pod, term, metadata.namespace ?? "") && matchesOwn(pod, term, metadata.labels);
}

/** Without namespaces and a selector of them it is the Pod's own. */
function isInScope(
  { metadata }: Pod,
  { namespaces = [], namespaceSelector }: PodAffinityTerm,
  namespace: string,
): boolean {
  if (namespaces.length === 0 && namespaceSelector === undefined) {
    return namespace === metadata.namespace;
  }
  if (namespaces.includes(namespace)) return true;
  return namespaceSelector !== undefined &&
    (isEmptySelector(namespaceSelector) ||
      matchesSelector(namespaceSelector, { "kubernetes.io/metadata.name": namespace }));
}

/** What the selector of a term comes to with the values of the Pod's own labels. */
function matchesOwn(
  { metadata: { labels: own = {} } }: Pod,
  { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: {
    readonly labelSelector?: LabelSelector;
    readonly matchLabelKeys?: readonly string[];
    readonly mismatchLabelKeys?: readonly string[];
  },
  labels: Readonly<Record<string, string>> = {},
): boolean {
  if (labelSelector === undefined) return false;
  const asRequirements = (keys: readonly string[], operator: string): LabelSelectorRequirement[] =>
    keys.filter((key) => Object.hasOwn(own, key))
      .map((key) => ({ key, operator, values: [own[key]!] }));
  return matchesSelector(labelSelector, labels) && matchesSelector({
    matchExpressions: [
      ...asRequirements(matchLabelKeys, "In"),
      ...asRequirements(mismatchLabelKeys, "NotIn"),
    ],
  }, labels);
}
