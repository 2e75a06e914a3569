/**
 * What a StatefulSet, a DaemonSet and a ControllerRevision obey.
 *
 * Rule: Kubernetes, pkg/apis/apps/validation/validation.go, ValidateStatefulSetSpec,
 * ValidateStatefulSetUpdate, ValidateDaemonSetSpec and ValidateControllerRevision; the selector's
 * immutability: pkg/registry/apps/daemonset/strategy.go, ValidateUpdate.
 */
import { templateWithClaims } from "../../claim_volumes.ts";
import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetUpdateStrategy,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from "../../types/apps.ts";
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { ObjectMeta } from "../../types/meta.ts";
import { isEqual } from "../common/equality.ts";
import { validateClaimSpec } from "../common/validate_claim.ts";
import { validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import {
  dnsLabelDetails,
  type FieldErrors,
  validateNonNegative,
  validateValue,
} from "../common/validate_value.ts";
import {
  amountOf,
  countErrors,
  selectorErrors,
  selectorUpdateErrors,
  templateErrors,
} from "./validate_workload.ts";

/** What an update of a StatefulSet may change. */
const CHANGEABLE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

/** Everything that is wrong with a new StatefulSet, defaults applied (R-STS-13). */
export function* statefulSetErrors(statefulSet: StatefulSet): FieldErrors {
  const { metadata, spec } = statefulSet;
  yield* validateObjectMeta(metadata);
  yield* labelNameErrors(metadata);
  const { podManagementPolicy: policy = "" } = spec;
  if (policy !== "OrderedReady" && policy !== "Parallel") {
    yield invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
  }
  yield* statefulStrategyErrors("spec.updateStrategy", spec.updateStrategy ?? {});
  yield* retentionErrors(spec);
  yield* validateNonNegative("spec.replicas", spec.replicas);
  yield* validateNonNegative("spec.minReadySeconds", spec.minReadySeconds);
  yield* validateNonNegative("spec.ordinals.start", spec.ordinals?.start);
  yield* selectorErrors(spec.selector, "statefulset");
  for (const [i, claim] of (spec.volumeClaimTemplates ?? []).entries()) {
    const path = `spec.volumeClaimTemplates[${i}]`;
    if (!claim.metadata.name) yield required(`${path}.metadata.name`);
    yield* validateClaimSpec(`${path}.spec`, claim.spec);
  }
  yield* templateErrors(templateWithClaims(statefulSet), spec.selector, "StatefulSet");
  if (spec.serviceName) {
    yield* validateValue("spec.serviceName", spec.serviceName, dnsLabelDetails);
  }
  yield* validateNonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
}

/** Everything that is wrong with replacing a StatefulSet, defaults applied to both. */
export function* statefulSetUpdateErrors(object: StatefulSet, old: StatefulSet): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  yield* statefulSetErrors(object);
  if (isEqual(withoutChangeable(object.spec), withoutChangeable(old.spec))) return;
  const names = CHANGEABLE.map((it) => `'${it}'`);
  const fields = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const detail = `updates to statefulset spec for fields other than ${fields} are forbidden`;
  yield forbidden("spec", detail);
}

/** Everything that is wrong with a new DaemonSet, defaults applied (R-DS-8). */
export function* daemonSetErrors({ metadata, spec }: DaemonSet): FieldErrors {
  yield* validateObjectMeta(metadata);
  yield* selectorErrors(spec.selector, "daemonset");
  yield* templateErrors(spec.template, spec.selector, "DaemonSet");
  yield* validateNonNegative("spec.minReadySeconds", spec.minReadySeconds);
  yield* daemonStrategyErrors("spec.updateStrategy", spec.updateStrategy ?? {});
  yield* validateNonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
}

/** Everything that is wrong with replacing a DaemonSet, defaults applied to both. */
export function* daemonSetUpdateErrors(object: DaemonSet, old: DaemonSet): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  yield* daemonSetErrors(object);
  yield* selectorUpdateErrors(object.spec.selector, old.spec.selector);
}

/** Everything that is wrong with a new ControllerRevision. */
export function* controllerRevisionErrors(object: ControllerRevision): FieldErrors {
  yield* validateObjectMeta(object.metadata);
  if (object.data === undefined || object.data === null) {
    yield required("data", "data is mandatory");
  }
  yield* validateNonNegative("revision", object.revision);
}

/** Everything that is wrong with replacing a ControllerRevision. */
export function* controllerRevisionUpdateErrors(
  object: ControllerRevision,
  old: ControllerRevision,
): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  yield* controllerRevisionErrors(object);
  if (!isEqual(object.data, old.data)) yield invalid("data", object.data, "field is immutable");
}

/** The names of its Pods are host names. */
function* labelNameErrors({ name }: ObjectMeta): FieldErrors {
  // Of what is wrong with it as a subdomain nothing is repeated.
  if (!name?.includes(".")) return;
  yield* validateValue("metadata.name", name, dnsLabelDetails);
}

function* statefulStrategyErrors(
  path: string,
  strategy: StatefulSetUpdateStrategy,
): FieldErrors {
  const { type = "", rollingUpdate } = strategy;
  if (type === "OnDelete") {
    if (rollingUpdate === undefined) return;
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    yield invalid(`${path}.rollingUpdate`, rollingUpdate, detail);
  } else if (type === "RollingUpdate") {
    yield* validateNonNegative(`${path}.rollingUpdate.partition`, rollingUpdate?.partition);
  } else yield invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'");
}

function* retentionErrors({ persistentVolumeClaimRetentionPolicy = {} }: StatefulSetSpec) {
  for (const key of ["whenDeleted", "whenScaled"] as const) {
    const policy = persistentVolumeClaimRetentionPolicy[key] ?? "";
    if (policy === "Retain" || policy === "Delete") continue;
    const path = `spec.persistentVolumeClaimRetentionPolicy.${key}`;
    yield notSupported(path, policy, ["Retain", "Delete"]);
  }
}

function* daemonStrategyErrors(path: string, strategy: DaemonSetUpdateStrategy): FieldErrors {
  const { type = "", rollingUpdate } = strategy;
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") {
    return yield notSupported(`${path}.type`, type, ["RollingUpdate", "OnDelete"]);
  }
  const at = `${path}.rollingUpdate`;
  if (rollingUpdate === undefined) return yield required(at);
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  yield* countErrors(`${at}.maxUnavailable`, maxUnavailable);
  yield* countErrors(`${at}.maxSurge`, maxSurge);
  const [hasUnavailable, hasSurge] = [maxUnavailable, maxSurge].map((it) => amountOf(it) !== 0);
  if (hasUnavailable && hasSurge) {
    const detail = "may not be set when maxUnavailable is non-zero";
    yield invalid(`${at}.maxSurge`, maxSurge, detail);
  } else if (!hasUnavailable && !hasSurge) {
    yield required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
  }
  for (const [key, value] of Object.entries({ maxUnavailable, maxSurge })) {
    if (typeof value === "string" && amountOf(value) > 100) {
      yield invalid(`${at}.${key}`, value, "must not be greater than 100%");
    }
  }
}

function withoutChangeable(spec: StatefulSetSpec): Partial<StatefulSetSpec> {
  const rest: Record<string, unknown> = { ...spec };
  for (const key of CHANGEABLE) delete rest[key];
  return rest;
}
