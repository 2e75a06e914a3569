/**
 * Where a Pod may be placed: affinity, spread over topologies, scheduling gates, tolerations
 * (R-VALID-66 to R-VALID-71, R-VALID-79). There is one node here, but what the API server refuses
 * is refused.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, validateAffinity,
 * validateTopologySpreadConstraints, validateSchedulingGates and ValidateTolerations.
 */
import { duplicate, forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { LabelSelector } from "../../types/meta.ts";
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  PodAffinity,
  PodAffinityTerm,
  PodSchedulingGate,
  Toleration,
  TopologySpreadConstraint,
} from "../../types/pod.ts";
import { validateLabelSelector } from "../common/validate_meta.ts";
import {
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  labelValueDetails,
  qualifiedNameDetails,
  validateValue,
} from "../common/validate_value.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

type Labels = Readonly<Record<string, string>>;

/** `spec.affinity` (R-VALID-66 to R-VALID-68). */
export function* validateAffinity(path: string, affinity: Affinity, pod: Pod): FieldErrors {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity) {
    const selector = nodeAffinity[REQUIRED];
    if (selector) {
      const at = `${path}.nodeAffinity.${REQUIRED}.nodeSelectorTerms`;
      const terms = selector.nodeSelectorTerms;
      if (terms.length === 0) yield required(at, "must have at least one node selector term");
      for (const [i, term] of terms.entries()) yield* validateNodeTerm(`${at}[${i}]`, term, true);
    }
    for (const [i, { weight, preference }] of (nodeAffinity[PREFERRED] ?? []).entries()) {
      const at = `${path}.nodeAffinity.${PREFERRED}[${i}]`;
      yield* validateWeight(`${at}.weight`, weight);
      // The values of a preference are not looked at here.
      yield* validateNodeTerm(`${at}.preference`, preference, false);
    }
  }
  const labels = pod.metadata.labels ?? {};
  if (podAffinity) yield* validatePodAffinity(`${path}.podAffinity`, podAffinity, labels);
  if (podAntiAffinity) {
    yield* validatePodAffinity(`${path}.podAntiAffinity`, podAntiAffinity, labels);
  }
}

function* validateNodeTerm(
  path: string,
  term: NodeSelectorTerm,
  checksValues: boolean,
): FieldErrors {
  for (const [i, requirement] of (term.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    yield* validateNodeRequirement(at, requirement, checksValues);
  }
  for (const [i, requirement] of (term.matchFields ?? []).entries()) {
    yield* validateFieldRequirement(`${path}.matchFields[${i}]`, requirement);
  }
}

function* validateNodeRequirement(
  path: string,
  { key, operator, values = [] }: NodeSelectorRequirement,
  checksValues: boolean,
): FieldErrors {
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        yield required(
          `${path}.values`,
          "must be specified when `operator` is 'In' or 'NotIn'",
        );
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        yield forbidden(`${path}.values`, detail);
      }
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1) {
        const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
        yield required(`${path}.values`, detail);
      }
      break;
    default:
      yield invalid(`${path}.operator`, operator, "not a valid selector operator");
  }
  yield* validateValue(`${path}.key`, key, qualifiedNameDetails);
  if (!checksValues) return;
  for (const [i, value] of values.entries()) {
    yield* validateValue(`${path}.values[${i}]`, value, labelValueDetails);
  }
}

/** Of a node's fields only its name can be asked for. */
function* validateFieldRequirement(
  path: string,
  { key, operator, values = [] }: NodeSelectorRequirement,
): FieldErrors {
  if (operator !== "In" && operator !== "NotIn") {
    yield invalid(`${path}.operator`, operator, "not a valid selector operator");
  } else if (values.length !== 1) {
    const detail =
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    yield required(`${path}.values`, detail);
  }
  if (key !== "metadata.name") {
    yield invalid(`${path}.key`, key, "not a valid field selector key");
    return;
  }
  for (const [i, value] of values.entries()) {
    yield* validateValue(`${path}.values[${i}]`, value, dnsSubdomainDetails);
  }
}

/** Affinity and anti-affinity have the same form. */
function* validatePodAffinity(path: string, affinity: PodAffinity, labels: Labels): FieldErrors {
  for (const [i, term] of (affinity[REQUIRED] ?? []).entries()) {
    yield* validatePodAffinityTerm(`${path}.${REQUIRED}[${i}]`, term, labels);
  }
  for (const [i, { weight, podAffinityTerm }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = `${path}.${PREFERRED}[${i}]`;
    yield* validateWeight(`${at}.weight`, weight);
    yield* validatePodAffinityTerm(`${at}.podAffinityTerm`, podAffinityTerm, labels);
  }
}

function* validatePodAffinityTerm(
  path: string,
  term: PodAffinityTerm,
  labels: Labels,
): FieldErrors {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey } = term;
  if (labelSelector) yield* validateLabelSelector(`${path}.labelSelector`, labelSelector);
  if (namespaceSelector) {
    yield* validateLabelSelector(`${path}.namespaceSelector`, namespaceSelector);
  }
  for (const name of namespaces) yield* validateValue(`${path}.namespace`, name, dnsLabelDetails);
  yield* validateLabelKeys(path, term, labels);
  if (!topologyKey) yield required(`${path}.topologyKey`, "can not be empty");
  yield* validateValue(`${path}.topologyKey`, topologyKey, qualifiedNameDetails);
}

function* validateWeight(path: string, weight: number): FieldErrors {
  if (weight < 1 || weight > 100) yield invalid(path, weight, "must be in the range 1-100");
}

/** What a term asks of the labels that the Pod itself has. */
interface LabelKeys {
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
}

/**
 * R-VALID-70. The API server has added an expression to the selector for each of these keys that
 * the Pod has a label of; a key that then stands there again is blamed on the term, with the index
 * of the key.
 */
function* validateLabelKeys(
  path: string,
  { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: LabelKeys,
  labels: Labels,
): FieldErrors {
  for (const [name, keys] of Object.entries({ matchLabelKeys, mismatchLabelKeys })) {
    if (keys.length === 0) continue;
    if (!labelSelector) {
      const detail = "must not be specified when labelSelector is not set";
      yield forbidden(`${path}.${name}`, detail);
      continue;
    }
    for (const [i, key] of keys.entries()) {
      yield* validateValue(`${path}.${name}[${i}]`, key, qualifiedNameDetails);
    }
  }
  if (labelSelector) {
    const added = [...matchLabelKeys, ...mismatchLabelKeys].filter((it) =>
      Object.hasOwn(labels, it)
    );
    const seen = new Set(Object.keys(labelSelector.matchLabels ?? {}));
    for (const key of [...(labelSelector.matchExpressions ?? []).map((it) => it.key), ...added]) {
      if (seen.has(key) && matchLabelKeys.includes(key)) {
        const detail = "exists in both matchLabelKeys and labelSelector";
        yield invalid(`${path}[${matchLabelKeys.lastIndexOf(key)}]`, key, detail);
      }
      seen.add(key);
    }
  }
  for (const [i, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    const detail = "exists in both matchLabelKeys and mismatchLabelKeys";
    yield invalid(`${path}.matchLabelKeys[${i}]`, key, detail);
  }
}

/** `spec.topologySpreadConstraints` (R-VALID-69). */
export function* validateSpread(
  path: string,
  constraints: readonly TopologySpreadConstraint[],
  pod: Pod,
): FieldErrors {
  for (const [i, constraint] of constraints.entries()) {
    const at = `${path}[${i}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    if (maxSkew <= 0) yield invalid(`${at}.maxSkew`, maxSkew, "must be greater than zero");
    if (!topologyKey) yield required(`${at}.topologyKey`, "can not be empty");
    const actions = ["DoNotSchedule", "ScheduleAnyway"];
    if (!actions.includes(whenUnsatisfiable)) {
      yield notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions);
    }
    const isRepeated = constraints.slice(i + 1).some((it) =>
      it.topologyKey === topologyKey && it.whenUnsatisfiable === whenUnsatisfiable
    );
    if (isRepeated) {
      const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
      yield duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair);
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) {
        yield invalid(`${at}.minDomains`, minDomains, "must be greater than zero");
      }
      if (whenUnsatisfiable !== "DoNotSchedule") {
        const detail =
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        yield invalid(`${at}.minDomains`, minDomains, detail);
      }
    }
    for (const key of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[key];
      const policies = ["Honor", "Ignore"];
      if (policy !== undefined && !policies.includes(policy)) {
        yield notSupported(`${at}.${key}`, policy, policies);
      }
    }
    yield* validateLabelKeys(at, constraint, pod.metadata.labels ?? {});
    if (labelSelector) yield* validateLabelSelector(`${at}.labelSelector`, labelSelector);
  }
}

/** `spec.schedulingGates` (R-VALID-71). */
export function* validateSchedulingGates(
  path: string,
  gates: readonly PodSchedulingGate[],
): FieldErrors {
  const seen = new Set<string>();
  for (const [i, { name }] of gates.entries()) {
    yield* validateValue(`${path}[${i}]`, name, qualifiedNameDetails);
    if (seen.has(name)) yield duplicate(`${path}[${i}]`, name);
    seen.add(name);
  }
}

/** `spec.tolerations` (R-VALID-79). */
export function* validateTolerations(
  path: string,
  tolerations: readonly Toleration[],
): FieldErrors {
  for (const [i, toleration] of tolerations.entries()) {
    const { key, operator = "", value = "", effect = "", tolerationSeconds } = toleration;
    const at = `${path}[${i}]`;
    if (key) yield* validateValue(`${at}.key`, key, qualifiedNameDetails);
    else if (operator !== "Exists") {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      yield invalid(`${at}.operator`, operator, detail);
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      yield invalid(`${at}.effect`, effect, detail);
    }
    if (operator === "Exists") {
      const detail = "value must be empty when `operator` is 'Exists'";
      if (value) yield invalid(`${at}.operator`, value, detail);
    } else if (operator === "Equal" || operator === "") {
      const details = labelValueDetails(value);
      if (details.length > 0) yield invalid(`${at}.operator`, value, details.join(";"));
    } else yield notSupported(`${at}.operator`, operator, ["Equal", "Exists"]);
    const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if (effect && !effects.includes(effect)) yield notSupported(`${at}.effect`, effect, effects);
  }
}
