/**
 * What the failure policy and the success policy of a Job obey.
 *
 * Rule: Kubernetes, pkg/apis/batch/validation/validation.go, validatePodFailurePolicy and
 * validateSuccessPolicy.
 */
import { parseIndexes } from "../../batch/indexes.ts";
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../../types/batch.ts";
import {
  duplicate,
  invalid,
  invalidWhole,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "../../types/errors.ts";
import {
  byteLength,
  type FieldErrors,
  qualifiedNameDetails,
  validateNonNegative,
  validateValue,
} from "../common/validate_value.ts";

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_CONDITIONS = 20;
const MAX_INDEXES_TEXT = 64 * 1024;

/** Everything that is wrong with the failure policy that a Job has. */
export function* failurePolicyErrors(path: string, spec: JobSpec): FieldErrors {
  const { rules } = spec.podFailurePolicy!;
  if (rules.length > MAX_RULES) yield tooMany(`${path}.rules`, rules.length, MAX_RULES);
  for (const [i, rule] of rules.entries()) {
    yield* failureRuleErrors(`${path}.rules[${i}]`, rule, spec);
  }
}

function* failureRuleErrors(
  path: string,
  { action, onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  spec: JobSpec,
): FieldErrors {
  if (action === "FailIndex") {
    if (spec.backoffLimitPerIndex === undefined) {
      yield invalid(`${path}.action`, action, "requires the backoffLimitPerIndex to be set");
    }
  } else yield* choiceErrors(`${path}.action`, action, ["Count", "FailIndex", "FailJob", "Ignore"]);
  if (onExitCodes) yield* exitCodeErrors(`${path}.onExitCodes`, onExitCodes, spec);
  const hasConditions = onPodConditions.length > 0;
  if (hasConditions) yield* conditionErrors(`${path}.onPodConditions`, onPodConditions);
  if (onExitCodes && hasConditions) {
    const detail = "specifying both OnExitCodes and OnPodConditions is not supported";
    yield invalidWhole(path, detail);
  }
  if (!onExitCodes && !hasConditions) {
    yield invalidWhole(path, "specifying one of OnExitCodes and OnPodConditions is required");
  }
}

function* exitCodeErrors(
  path: string,
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  { template: { spec: { containers, initContainers = [] } } }: JobSpec,
): FieldErrors {
  yield* choiceErrors(`${path}.operator`, operator, ["In", "NotIn"]);
  const names = [...containers, ...initContainers].map(({ name }) => name);
  if (containerName !== undefined && !names.includes(containerName)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    yield invalid(`${path}.containerName`, containerName, detail);
  }
  if (values.length === 0) {
    yield invalid(`${path}.values`, values, "at least one value is required");
  } else if (values.length > MAX_EXIT_CODES) {
    yield tooMany(`${path}.values`, values.length, MAX_EXIT_CODES);
  }
  for (const [i, value] of values.entries()) {
    if (operator === "In" && value === 0) {
      yield invalid(`${path}.values[${i}]`, value, "must not be 0 for the In operator");
    }
    if (values.indexOf(value) < i) yield duplicate(`${path}.values[${i}]`, value);
  }
  if (values.some((value, i) => i > 0 && values[i - 1]! > value)) {
    yield invalid(`${path}.values`, values, "must be ordered");
  }
}

function* conditionErrors(
  path: string,
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
): FieldErrors {
  if (patterns.length > MAX_CONDITIONS) yield tooMany(path, patterns.length, MAX_CONDITIONS);
  for (const [i, { type, status }] of patterns.entries()) {
    yield* validateValue(`${path}[${i}].type`, type, qualifiedNameDetails);
    yield* choiceErrors(`${path}[${i}].status`, status, ["False", "True", "Unknown"]);
  }
}

/** A word that is missing is required with all that it may be. */
function* choiceErrors(
  path: string,
  value: string | undefined,
  words: readonly string[],
): FieldErrors {
  const list = words.map((it) => JSON.stringify(it)).join(" ");
  if (!value) yield required(path, `valid values: [${list}]`);
  else if (!words.includes(value)) yield notSupported(path, value, words);
}

/** Everything that is wrong with the success policy that a Job has. */
export function* successPolicyErrors(path: string, spec: JobSpec): FieldErrors {
  const { completionMode, completions, successPolicy } = spec;
  if (completionMode !== "Indexed") {
    return yield invalid(path, successPolicy, "requires indexed completion mode");
  }
  const { rules } = successPolicy!;
  if (rules.length === 0) {
    const detail = "at least one rules must be specified when the successPolicy is specified";
    yield required(`${path}.rules`, detail);
  }
  if (rules.length > MAX_RULES) yield tooMany(`${path}.rules`, rules.length, MAX_RULES);
  // Without completions there is an error already, and nothing to compare with.
  if (completions === undefined) return;
  for (const [i, rule] of rules.entries()) {
    yield* successRuleErrors(`${path}.rules[${i}]`, rule, completions);
  }
}

function* successRuleErrors(
  path: string,
  { succeededIndexes, succeededCount }: SuccessPolicyRule,
  completions: number,
): FieldErrors {
  if (succeededCount === undefined && succeededIndexes === undefined) {
    const detail = "at least one of succeededCount or succeededIndexes must be specified";
    yield required(path, detail);
  }
  let total = 0;
  if (succeededIndexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (byteLength(succeededIndexes) > MAX_INDEXES_TEXT) yield tooLong(at, MAX_INDEXES_TEXT);
    const parsed = parseIndexes(succeededIndexes, completions);
    if ("indexes" in parsed) total = parsed.indexes.size;
    else yield invalid(at, succeededIndexes, `error parsing succeededIndexes: ${parsed.error}`);
  }
  if (succeededCount === undefined) return;
  const at = `${path}.succeededCount`;
  const most = (count: number, what: string) =>
    `must be less than or equal to ${count} (the number of ${what})`;
  yield* validateNonNegative(at, succeededCount);
  if (succeededCount > completions) {
    yield invalid(at, succeededCount, most(completions, "specified completions"));
  }
  if (succeededIndexes !== undefined && succeededCount > total) {
    const detail = most(total, "indexes in the specified succeededIndexes field");
    yield invalid(at, succeededCount, detail);
  }
}
