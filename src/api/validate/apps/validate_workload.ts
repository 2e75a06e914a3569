/**
 * What a ReplicaSet and a Deployment obey.
 *
 * Rule: Kubernetes, pkg/apis/apps/validation/validation.go, ValidateReplicaSetSpec,
 * ValidateDeploymentSpec and ValidatePodTemplateSpecForReplicaSet; the selector's immutability:
 * pkg/registry/apps/deployment/strategy.go, ValidateUpdate.
 */
import { parsePercent } from "../../int_or_percent.ts";
import { isEmptySelector, matchesSelector } from "../../label_selector.ts";
import type {
  Deployment,
  DeploymentStrategy,
  PodTemplateSpec,
  ReplicaSet,
  ReplicationController,
} from "../../types/apps.ts";
import { forbidden, invalid, notSupported, required } from "../../types/errors.ts";
import type { IntOrString, LabelSelector } from "../../types/meta.ts";
import type { Pod } from "../../types/pod.ts";
import { isEqual } from "../common/equality.ts";
import { validateLabelSelector, validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import { type FieldErrors, validateNonNegative } from "../common/validate_value.ts";
import { podTemplateErrors } from "../pod/validate_pod.ts";

/** Everything that is wrong with a new ReplicaSet, defaults applied. */
export function* replicaSetErrors({ metadata, spec }: ReplicaSet): FieldErrors {
  yield* validateObjectMeta(metadata);
  yield* validateNonNegative("spec.replicas", spec.replicas);
  yield* validateNonNegative("spec.minReadySeconds", spec.minReadySeconds);
  yield* selectorErrors(spec.selector, "replicaset");
  yield* templateErrors(spec.template, spec.selector);
}

/** Everything that is wrong with replacing a ReplicaSet, defaults applied to both. */
export function* replicaSetUpdateErrors(object: ReplicaSet, old: ReplicaSet): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  yield* replicaSetErrors(object);
  yield* selectorUpdateErrors(object.spec.selector, old.spec.selector);
}

/**
 * Everything that is wrong with a new ReplicationController, defaults applied.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateReplicationControllerSpec.
 */
export function* replicationControllerErrors(
  { metadata, spec }: ReplicationController,
): FieldErrors {
  yield* validateObjectMeta(metadata);
  yield* validateNonNegative("spec.minReadySeconds", spec.minReadySeconds);
  const { selector = {} } = spec;
  const isEmpty = Object.keys(selector).length === 0;
  if (isEmpty) yield required("spec.selector");
  yield* validateNonNegative("spec.replicas", spec.replicas);
  yield* templateErrors(spec.template, { matchLabels: selector }, "ReplicationController");
}

/** Everything that is wrong with replacing a ReplicationController, defaults applied to both. */
export function* replicationControllerUpdateErrors(
  object: ReplicationController,
  old: ReplicationController,
): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  yield* replicationControllerErrors(object);
}

/** Everything that is wrong with a new Deployment, defaults applied. */
export function* deploymentErrors({ metadata, spec }: Deployment): FieldErrors {
  yield* validateObjectMeta(metadata);
  yield* validateNonNegative("spec.replicas", spec.replicas);
  yield* selectorErrors(spec.selector, "deployment");
  yield* templateErrors(spec.template, spec.selector);
  yield* strategyErrors("spec.strategy", spec.strategy ?? {});
  const { minReadySeconds = 0, revisionHistoryLimit, progressDeadlineSeconds: deadline } = spec;
  yield* validateNonNegative("spec.minReadySeconds", minReadySeconds);
  yield* validateNonNegative("spec.revisionHistoryLimit", revisionHistoryLimit);
  if (deadline === undefined) return;
  yield* validateNonNegative("spec.progressDeadlineSeconds", deadline);
  if (deadline <= minReadySeconds) {
    const detail = "must be greater than minReadySeconds";
    yield invalid("spec.progressDeadlineSeconds", deadline, detail);
  }
}

/** Everything that is wrong with replacing a Deployment, defaults applied to both. */
export function* deploymentUpdateErrors(object: Deployment, old: Deployment): FieldErrors {
  yield* validateMetaUpdate(object.metadata, old.metadata);
  yield* deploymentErrors(object);
  yield* selectorUpdateErrors(object.spec.selector, old.spec.selector);
}

/**
 * A selector that is there and selects something; pkg/apis/apps/validation/validation.go.
 *
 * @param kind as the error names it.
 */
export function* selectorErrors(
  selector: LabelSelector | undefined,
  kind: string,
): FieldErrors {
  if (selector === undefined) return yield required("spec.selector");
  yield* validateLabelSelector("spec.selector", selector);
  if (isEmptySelector(selector)) {
    const detail = `empty selector is invalid for ${kind}`;
    yield invalid("spec.selector", selector, detail);
  }
}

/** A selector stays as it is. */
export function* selectorUpdateErrors(selector: LabelSelector, old: LabelSelector): FieldErrors {
  if (!isEqual(selector, old)) yield invalid("spec.selector", selector, "field is immutable");
}

/**
 * A template of Pods that run until they are deleted. A selector that is not valid by itself is
 * compared with nothing.
 *
 * @param kind as the error names it.
 */
export function* templateErrors(
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
  kind = "ReplicaSet",
): FieldErrors {
  const path = "spec.template";
  const { metadata = {}, spec } = template;
  const hasValidSelector = validateLabelSelector("", selector ?? {}).next().done === true;
  // Go's selector of nothing selects nothing.
  const isSelected = () => selector !== undefined && matchesSelector(selector, metadata.labels);
  if (hasValidSelector && !isSelected()) {
    const detail = "`selector` does not match template `labels`";
    yield invalid(`${path}.metadata.labels`, metadata.labels ?? null, detail);
  }
  yield* podOfTemplateErrors(path, template);
  const { restartPolicy, activeDeadlineSeconds } = spec;
  if (restartPolicy && restartPolicy !== "Always") {
    yield notSupported(`${path}.spec.restartPolicy`, restartPolicy, ["Always"]);
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    yield forbidden(`${path}.spec.activeDeadlineSeconds`, detail);
  }
}

/** What is wrong with the Pod of a template, which has no name and no namespace of its own. */
export function* podOfTemplateErrors(
  path: string,
  { metadata, spec }: PodTemplateSpec,
): FieldErrors {
  const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "", ...metadata }, spec };
  for (const error of podTemplateErrors(pod)) {
    yield { ...error, field: `${path}.${error.field}` };
  }
}

function* strategyErrors(path: string, strategy: DeploymentStrategy): FieldErrors {
  const { type = "RollingUpdate", rollingUpdate } = strategy;
  if (type === "Recreate") {
    if (rollingUpdate === undefined) return;
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return yield forbidden(`${path}.rollingUpdate`, detail);
  }
  if (type !== "RollingUpdate") {
    return yield notSupported(`${path}.type`, type, ["Recreate", "RollingUpdate"]);
  }
  if (rollingUpdate === undefined) {
    return yield required(`${path}.rollingUpdate`, "this should be defaulted and never be nil");
  }
  const at = `${path}.rollingUpdate`;
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  yield* countErrors(`${at}.maxUnavailable`, maxUnavailable);
  yield* countErrors(`${at}.maxSurge`, maxSurge);
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    const detail = "may not be 0 when `maxSurge` is 0";
    yield invalid(`${at}.maxUnavailable`, maxUnavailable, detail);
  }
  if (typeof maxUnavailable === "string" && amountOf(maxUnavailable) > 100) {
    yield invalid(`${at}.maxUnavailable`, maxUnavailable, "must not be greater than 100%");
  }
}

/** A number from 0, or a percentage. */
export function* countErrors(path: string, value: IntOrString): FieldErrors {
  if (typeof value === "number") yield* validateNonNegative(path, value);
  else if (parsePercent(value) === undefined) {
    yield invalid(
      path,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' " +
        "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
  }
}

/** What is not a percentage counts as 0 here. */
export function amountOf(value: IntOrString): number {
  return typeof value === "number" ? value : parsePercent(value) ?? 0;
}
