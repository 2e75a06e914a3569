/**
 * Whether a node is one that a Pod asks for, or tolerates; pure.
 *
 * Rule: component-helpers, scheduling/corev1/nodeaffinity/nodeaffinity.go and
 * scheduling/corev1/helpers.go.
 */
import { matchesSelector } from "../label_selector.ts";
import type { NodeSelectorRequirement, NodeSelectorTerm, Pod, Toleration } from "../types/pod.ts";
import type { SchedulableNode, Taint } from "./node_pods.ts";

/** Whether a node has the labels of `nodeSelector` and fits one term of the required affinity. */
export function matchesNodeAffinity({ spec }: Pod, node: SchedulableNode): boolean {
  const { nodeSelector, affinity } = spec;
  if (nodeSelector !== undefined && !matchesSelector({ matchLabels: nodeSelector }, node.labels)) {
    return false;
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms.some((term) => matchesTerm(term, node)) ?? true;
}

/**
 * The only nodes that a Pod's required affinity names, as each of its terms names some; undefined:
 * it may be any.
 */
export function findNamedNodes({ spec }: Pod): ReadonlySet<string> | undefined {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const names =
    required?.nodeSelectorTerms.map(({ matchFields = [] }) =>
      matchFields.find(({ key, operator }) => key === NAME && operator === "In")?.values ??
        undefined
    ) ?? [];
  return names.length === 0 || names.includes(undefined)
    ? undefined
    : new Set(names.flatMap((it) => it ?? []));
}

/** The first taint with one of these effects that a Pod does not tolerate. */
export function findUntolerated(
  { spec }: Pod,
  { taints }: Pick<SchedulableNode, "taints">,
  effects: readonly string[],
): Taint | undefined {
  return taints.filter(({ effect }) => effects.includes(effect))
    .find((taint) => !(spec.tolerations ?? []).some((it) => tolerates(it, taint)));
}

/** By what a Pod tolerates each of these taints; undefined: one of them it does not tolerate. */
export function findTolerations(
  { spec: { tolerations = [] } }: Pod,
  taints: readonly Taint[],
): readonly Toleration[] | undefined {
  const found = taints.flatMap((taint) => tolerations.find((it) => tolerates(it, taint)) ?? []);
  return found.length === taints.length ? found : undefined;
}

/** The one field of a node that a term can name. */
const NAME = "metadata.name";

/** A term without any requirement fits no node. */
function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { name, labels }: SchedulableNode,
): boolean {
  return matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every((it) => matchesRequirement(it, labels)) &&
    matchFields.every((it) => matchesRequirement(it, { [NAME]: name }));
}

function matchesRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (operator !== "Gt" && operator !== "Lt") {
    return matchesSelector({ matchExpressions: [{ key, operator, values }] }, labels);
  }
  const label = Object.hasOwn(labels, key) ? labels[key]! : "";
  if (!INTEGER.test(label) || !INTEGER.test(values[0] ?? "")) return false;
  const [is, bound] = [BigInt(label), BigInt(values[0]!)];
  return operator === "Gt" ? is > bound : is < bound;
}

const INTEGER = /^-?\d+$/;

function tolerates({ key, operator, value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  return operator === "Exists" || value === (taint.value ?? "");
}
