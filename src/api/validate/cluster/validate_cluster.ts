/**
 * What namespaces, nodes, service accounts, events and leases obey.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateNamespace, ValidateNode and
 * ValidateServiceAccount; events.go, legacyValidateEvent; pkg/apis/coordination/validation/
 * validation.go, ValidateLease. `Differs:` of a node only the fields that Pods are placed by.
 */
import type { Event, Lease, Namespace, Node, ServiceAccount } from "../../types/cluster.ts";
import { duplicate, forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { ObjectMeta } from "../../types/meta.ts";
import { validateFinalizers, validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import {
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  labelValueDetails,
  qualifiedNameDetails,
  validateNonNegative,
  validateRequired,
  validateValue,
} from "../common/validate_value.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Everything that is wrong with a namespace, defaults applied. */
export function* namespaceErrors({ metadata, spec }: Namespace): FieldErrors {
  yield* validateObjectMeta(metadata, dnsLabelDetails, false);
  yield* validateFinalizers("spec.finalizers", spec.finalizers ?? []);
}

/** Everything that is wrong with a node, defaults applied. */
export function* nodeErrors({ metadata, spec }: Node): FieldErrors {
  yield* validateObjectMeta(metadata, dnsSubdomainDetails, false);
  const seen = new Set<string>();
  for (const [i, { key, value = "", effect }] of (spec.taints ?? []).entries()) {
    const at = `spec.taints[${i}]`;
    yield* validateRequired(`${at}.key`, key, qualifiedNameDetails);
    yield* validateValue(`${at}.value`, value, labelValueDetails);
    if (!effect) yield required(`${at}.effect`);
    else if (!EFFECTS.includes(effect)) yield notSupported(`${at}.effect`, effect, EFFECTS);
    const name = JSON.stringify([key, effect]);
    if (seen.has(name)) yield duplicate(at, { key, value, effect });
    seen.add(name);
  }
}

/** Everything that is wrong with replacing a node, defaults applied to both. */
export function* nodeUpdateErrors(node: Node, old: Node): FieldErrors {
  yield* validateMetaUpdate(node.metadata, old.metadata);
  yield* nodeErrors(node);
  const { providerID } = old.spec;
  if (providerID && node.spec.providerID !== providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    yield forbidden("spec.providerID", detail);
  }
}

/** Everything that is wrong with a service account. */
export function serviceAccountErrors({ metadata }: ServiceAccount): FieldErrors {
  return validateObjectMeta(metadata);
}

/** Everything that is wrong with an event. */
export function* eventErrors({ metadata, involvedObject }: Event): FieldErrors {
  const { namespace: of = "" } = involvedObject;
  const isOfCluster = of === "" && isDefault(metadata);
  if (of !== metadata.namespace && !isOfCluster) {
    yield invalid("involvedObject.namespace", of, "does not match event.namespace");
  }
  yield* validateObjectMeta(metadata);
}

/** Events about what is in no namespace are in one of these. */
function isDefault({ namespace }: ObjectMeta): boolean {
  return namespace === "default" || namespace === "kube-system";
}

/** Everything that is wrong with a lease. */
export function* leaseErrors({ metadata, spec }: Lease): FieldErrors {
  yield* validateObjectMeta(metadata);
  const { leaseDurationSeconds: seconds, leaseTransitions, strategy, preferredHolder } = spec;
  if (seconds !== undefined && seconds <= 0) {
    yield invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
  }
  yield* validateNonNegative("spec.leaseTransitions", leaseTransitions);
  if (strategy !== undefined && !strategy.includes("/") && strategy !== "OldestEmulationVersion") {
    yield notSupported("spec.strategy", strategy, ["OldestEmulationVersion"]);
  } else if (strategy?.includes("/")) {
    yield* validateValue("spec.strategy", strategy, qualifiedNameDetails);
  }
  if (preferredHolder && !strategy) {
    yield forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined");
  }
}
