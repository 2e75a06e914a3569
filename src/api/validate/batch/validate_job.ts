/**
 * What a Job obeys.
 *
 * Rule: Kubernetes, pkg/apis/batch/validation/validation.go, ValidateJob and ValidateJobUpdate;
 * what of a template may change: pkg/registry/batch/job/strategy.go,
 * validationOptionsForJob.
 */
import {
  CONTROLLER_UID,
  JOB_NAME,
  LEGACY_CONTROLLER_UID,
  LEGACY_JOB_NAME,
} from "../../batch/job_labels.ts";
import { matchesSelector } from "../../label_selector.ts";
import type { PodTemplateSpec } from "../../types/apps.ts";
import type { Job, JobSpec } from "../../types/batch.ts";
import { invalid, notSupported, required, tooLong } from "../../types/errors.ts";
import { podOfTemplateErrors } from "../apps/validate_workload.ts";
import { isEqual } from "../common/equality.ts";
import { validateLabelSelector, validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import {
  byteLength,
  dnsLabelDetails,
  dnsSubdomainDetails,
  type FieldErrors,
  validateNonNegative,
  validateValue,
} from "../common/validate_value.ts";
import { failurePolicyErrors, successPolicyErrors } from "./validate_job_policy.ts";

/** Of an Indexed Job, which bounds the length of its status. */
const MAX_INDEXED = 100_000;
/** Of a Job with more completions than {@link MAX_INDEXED} and a limit for each index. */
const MAX_OF_LARGE = 10_000;
const MAX_MANAGED_BY = 63;

/** Everything that is wrong with a new Job, defaults applied and its selector generated. */
export function* jobErrors(job: Job): FieldErrors {
  const { metadata, spec } = job;
  yield* validateObjectMeta(metadata);
  if (!spec.manualSelector && spec.selector !== undefined) yield* generatedLabelErrors(job);
  yield* selectedSpecErrors(spec);
  const { completionMode, completions = 0 } = spec;
  if (completionMode !== "Indexed" || completions <= 0) return;
  const longest = `${metadata.name}-${completions - 1}`;
  if (dnsLabelDetails(longest).length > 0) {
    const detail = `will not able to create pod with invalid DNS label: ${longest}`;
    yield invalid("metadata.name", metadata.name, detail);
  }
}

/** Everything that is wrong with replacing a Job, defaults applied to both. */
export function* jobUpdateErrors({ metadata, spec }: Job, old: Job): FieldErrors {
  yield* validateMetaUpdate(metadata, old.metadata);
  yield* selectedSpecErrors(spec);
  yield* completionsUpdateErrors(spec, old.spec);
  yield* immutableErrors("selector", spec, old.spec);
  yield* templateUpdateErrors(spec.template, old);
  for (
    const field of [
      "completionMode",
      "podFailurePolicy",
      "backoffLimitPerIndex",
      "managedBy",
      "successPolicy",
    ] as const
  ) yield* immutableErrors(field, spec, old.spec);
}

/**
 * Everything that is wrong with the spec of a Job without its selector, of a CronJob's template
 * too.
 *
 * @param path where it stands: `spec`.
 */
export function* jobSpecErrors(path: string, spec: JobSpec): FieldErrors {
  for (
    const field of [
      "parallelism",
      "completions",
      "activeDeadlineSeconds",
      "backoffLimit",
      "ttlSecondsAfterFinished",
      "backoffLimitPerIndex",
      "maxFailedIndexes",
    ] as const
  ) yield* validateNonNegative(`${path}.${field}`, spec[field]);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    yield required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  if (spec.managedBy !== undefined) yield* managedByErrors(`${path}.managedBy`, spec.managedBy);
  yield* completionModeErrors(path, spec);
  if (spec.podFailurePolicy) yield* failurePolicyErrors(`${path}.podFailurePolicy`, spec);
  if (spec.successPolicy) yield* successPolicyErrors(`${path}.successPolicy`, spec);
  yield* replacementErrors(`${path}.podReplacementPolicy`, spec);
  yield* podOfTemplateErrors(`${path}.template`, spec.template);
  yield* restartPolicyErrors(`${path}.template.spec.restartPolicy`, spec);
}

/** Labels that were there already, and a selector that was, have to be the generated ones. */
function* generatedLabelErrors({ metadata: { name, uid = "" }, spec }: Job): FieldErrors {
  const generated = {
    [LEGACY_CONTROLLER_UID]: uid,
    [LEGACY_JOB_NAME]: name,
    [CONTROLLER_UID]: uid,
    [JOB_NAME]: name,
  };
  const { labels = {} } = spec.template.metadata ?? {};
  for (const [key, value] of Object.entries(generated)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (!Object.hasOwn(labels, key)) yield required(path, `must be '${value}'`);
    else if (labels[key] !== value) yield invalid(path, labels, `must be '${value}'`);
  }
  if (isValidSelector(spec) && !matchesSelector(spec.selector!, generated)) {
    yield invalid("spec.selector", spec.selector, "`selector` not auto-generated");
  }
}

function* selectedSpecErrors(spec: JobSpec): FieldErrors {
  yield* jobSpecErrors("spec", spec);
  if (spec.selector === undefined) yield required("spec.selector");
  else yield* validateLabelSelector("spec.selector", spec.selector);
  const { labels } = spec.template.metadata ?? {};
  // Go's selector of nothing selects nothing.
  const isSelected = spec.selector !== undefined &&
    (!isValidSelector(spec) || matchesSelector(spec.selector, labels));
  if (isSelected) return;
  const detail = "`selector` does not match template `labels`";
  yield invalid("spec.template.metadata.labels", labels ?? null, detail);
}

function isValidSelector({ selector = {} }: JobSpec): boolean {
  return validateLabelSelector("", selector).next().done === true;
}

function* managedByErrors(path: string, value: string): FieldErrors {
  const [, domain = "", rest = ""] = /^([^/]*)\/(.*)$/s.exec(value) ?? [];
  if (value === "") yield required(path);
  else if (domain === "" || rest === "") {
    yield invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")');
  } else {
    yield* validateValue(path, domain, dnsSubdomainDetails);
    const form = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
    if (!new RegExp(`^${form}$`).test(rest)) {
      yield invalid(path, rest, `Invalid path (regex used for validation is '${form}')`);
    }
  }
  if (byteLength(value) > MAX_MANAGED_BY) yield tooLong(path, MAX_MANAGED_BY);
}

function* completionModeErrors(path: string, spec: JobSpec): FieldErrors {
  const { completionMode = "NonIndexed", backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (completionMode === "Indexed") return yield* indexedErrors(path, spec);
  if (completionMode !== "NonIndexed") {
    return yield notSupported(`${path}.completionMode`, completionMode, ["NonIndexed", "Indexed"]);
  }
  const detail = "requires indexed completion mode";
  if (backoffLimitPerIndex !== undefined) {
    yield invalid(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, detail);
  }
  if (maxFailedIndexes !== undefined) {
    yield invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, detail);
  }
}

/** Of an Indexed Job every count has a limit, since its status lists indexes. */
function* indexedErrors(path: string, spec: JobSpec): FieldErrors {
  const { completions, parallelism = 1, maxFailedIndexes } = spec;
  const most = (limit: number) => `must be less than or equal to ${limit}`;
  if (completions === undefined) {
    yield required(`${path}.completions`, "when completion mode is Indexed");
  }
  if (parallelism > MAX_INDEXED) {
    const detail = `${most(MAX_INDEXED)} when completion mode is Indexed`;
    yield invalid(`${path}.parallelism`, parallelism, detail);
  }
  if (completions !== undefined && maxFailedIndexes !== undefined) {
    if (maxFailedIndexes > completions) {
      const detail = "must be less than or equal to completions";
      yield invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, detail);
    }
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_INDEXED) {
    yield invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, most(MAX_INDEXED));
  }
  const isLarge = completions !== undefined && completions > MAX_INDEXED;
  if (!isLarge || spec.backoffLimitPerIndex === undefined) return;
  if (maxFailedIndexes === undefined) {
    const detail = `must be specified when completions is above ${MAX_INDEXED}`;
    yield required(`${path}.maxFailedIndexes`, detail);
  }
  const detail = `${most(MAX_OF_LARGE)} when completions are above ${MAX_INDEXED} ` +
    "and used with backoff limit per index";
  if (parallelism > MAX_OF_LARGE) yield invalid(`${path}.parallelism`, parallelism, detail);
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_OF_LARGE) {
    yield invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, detail);
  }
}

function* replacementErrors(path: string, spec: JobSpec): FieldErrors {
  const { podReplacementPolicy: policy, podFailurePolicy } = spec;
  const policies = podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  if (policy !== undefined && !policies.includes(policy)) {
    yield notSupported(path, policy, policies);
  }
}

/** `Always` is what a template without a policy gets. */
function* restartPolicyErrors(path: string, { template, podFailurePolicy }: JobSpec): FieldErrors {
  const { restartPolicy } = template.spec;
  if (!restartPolicy || restartPolicy === "Always") {
    yield required(path, 'valid values: "OnFailure", "Never"');
  } else if (restartPolicy !== "OnFailure" && restartPolicy !== "Never") {
    yield notSupported(path, restartPolicy, ["OnFailure", "Never"]);
  } else if (podFailurePolicy && restartPolicy !== "Never") {
    const detail = 'only "Never" is supported when podFailurePolicy is specified';
    yield invalid(path, restartPolicy, detail);
  }
}

function* immutableErrors(field: keyof JobSpec, spec: JobSpec, old: JobSpec): FieldErrors {
  if (isEqual(spec[field], old[field])) return;
  yield invalid(`spec.${field}`, spec[field], "field is immutable");
}

/** The indexes of an Indexed Job may become more or fewer, together with the Pods that run. */
function* completionsUpdateErrors(spec: JobSpec, old: JobSpec): FieldErrors {
  const { completionMode, completions, parallelism } = spec;
  if (completionMode !== "Indexed") return yield* immutableErrors("completions", spec, old);
  if (completions === old.completions || completions === undefined) return;
  if (completions !== parallelism) {
    const detail = "can only be modified in tandem with spec.parallelism";
    yield invalid("spec.completions", completions, detail);
  }
}

/** While a Job is suspended and has not started, where its Pods run may change. */
function* templateUpdateErrors(template: PodTemplateSpec, { spec, status }: Job): FieldErrors {
  const isOpen = spec.suspend === true && status?.startTime === undefined;
  const compared = isOpen ? withScheduling(spec.template, template) : spec.template;
  if (!isEqual(template, compared)) yield invalid("spec.template", template, "field is immutable");
}

/** A template with what may change as another one has it. */
function withScheduling(old: PodTemplateSpec, { metadata, spec }: PodTemplateSpec) {
  const { nodeSelector, tolerations, schedulingGates } = spec;
  const { affinity, ...others } = old.spec;
  const merged = { ...affinity, nodeAffinity: spec.affinity?.nodeAffinity };
  const hasAffinity = spec.affinity !== undefined || affinity?.podAffinity !== undefined ||
    affinity?.podAntiAffinity !== undefined;
  return {
    metadata: { ...old.metadata, labels: metadata?.labels, annotations: metadata?.annotations },
    spec: {
      ...others,
      nodeSelector,
      tolerations,
      schedulingGates,
      ...(hasAffinity && { affinity: merged }),
    },
  };
}
