/**
 * What is wrong with the rules in CEL of a definition, and those of them that are evaluated.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apis/apiextensions/validation/validation.go and
 * pkg/apiserver/schema/cel/validation.go, ValidFieldPath.
 */
import { rememberedWith } from "../../../base/remembered.ts";
import type { CustomResourceDefinition, ValidationRule } from "../../types/definition.ts";
import { invalid } from "../../types/errors.ts";
import type { FieldErrors } from "../../validate/common/validate_value.ts";
import { propertyOf, type Schema, schemaOf, valuesOf } from "../schema.ts";
import { asRulesSee } from "./rule_values.ts";
import { readRule, type RuleProblem, type RuleProgram } from "./rule_program.ts";

/** A rule and its message, as they are evaluated. */
interface ReadRule {
  readonly rule: RuleProgram | RuleProblem;
  readonly message: RuleProgram | RuleProblem | undefined;
}

/** A rule where a schema has it. */
interface PlacedRule {
  readonly rule: ValidationRule;
  /** `spec.versions[0].schema.openAPIV3Schema.x-kubernetes-validations[0]` */
  readonly path: string;
  /** Of what it judges, as rules see it. */
  readonly schema: Schema;
  /** Where the list is whose items are not known again; undefined outside of any. */
  readonly unknownSince: string | undefined;
}

const readOnce = rememberedWith((rule: ValidationRule, schema: Schema): ReadRule => ({
  rule: readRule({
    text: rule.rule,
    schema,
    result: "bool",
    isOptional: rule.optionalOldSelf ?? false,
  }),
  message: rule.messageExpression
    ? readRule({ text: rule.messageExpression, schema, result: "string", isOptional: false })
    : undefined,
}));

/** A rule or its message as it is evaluated; undefined where it is not. */
export function programOf(
  rule: ValidationRule,
  schema: Schema,
  part: "rule" | "message",
): RuleProgram | undefined {
  const program = readOnce(rule, schema)[part];
  return program === undefined || "detail" in program ? undefined : program;
}

/** What is wrong with the rules of a definition that has nothing else wrong with it. */
export function* findDefinitionRuleErrors(definition: CustomResourceDefinition): FieldErrors {
  for (const placed of rulesOf(definition)) yield* ruleErrors(placed);
}

function* ruleErrors({ rule, schema, path, unknownSince }: PlacedRule): FieldErrors {
  if (rule.fieldPath && readRulePath(schema, rule.fieldPath) === undefined) {
    return yield invalid(`${path}.fieldPath`, rule.fieldPath, "must be a valid path");
  }
  const read = readOnce(rule, schema);
  if ("detail" in read.rule) {
    if (read.rule.isWrong) yield invalid(`${path}.rule`, asGo(rule), read.rule.detail);
  } else if (read.rule.usesOld && unknownSince !== undefined) {
    const detail =
      `oldSelf cannot be used on the uncorrelatable portion of the schema within ${unknownSince}`;
    yield invalid(`${path}.rule`, rule.rule, detail);
  } else if (!read.rule.usesOld && rule.optionalOldSelf !== undefined) {
    const detail = "may not be set if oldSelf is not used in rule";
    yield invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, detail);
  }
  if (read.message !== undefined && "detail" in read.message && read.message.isWrong) {
    yield invalid(`${path}.messageExpression`, asGo(rule), read.message.detail);
  }
}

/** As Go prints the struct, whose fields have no names in JSON. */
function asGo(rule: ValidationRule): unknown {
  return {
    Rule: rule.rule,
    Message: rule.message ?? "",
    MessageExpression: rule.messageExpression ?? "",
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? "",
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}

/** What the sender of a definition is warned of: rules that are not evaluated here. */
export function warnDefinitionRules(definition: CustomResourceDefinition): readonly string[] {
  return [...rulesOf(definition)].flatMap(({ rule, schema, path }) =>
    Object.entries(readOnce(rule, schema)).flatMap(([part, it]) => {
      if (it === undefined || !("detail" in it) || it.isWrong) return [];
      const field = part === "rule" ? "rule" : "messageExpression";
      return [`${path}.${field} is not enforced: ${it.detail}`];
    })
  );
}

function* rulesOf({ spec }: CustomResourceDefinition): Generator<PlacedRule> {
  for (const [i, version] of spec.versions.entries()) {
    const schema = schemaOf(version);
    const path = `spec.versions[${i}].schema.openAPIV3Schema`;
    yield* rulesIn({ schema, path, isWhole: true, unknownSince: undefined });
  }
}

/** A schema in another one. */
interface Step extends Omit<PlacedRule, "rule"> {
  readonly isWhole: boolean;
}

function* rulesIn({ schema, path, isWhole, unknownSince }: Step): Generator<PlacedRule> {
  const seen = asRulesSee(schema, isWhole);
  for (const [i, rule] of (schema["x-kubernetes-validations"] ?? []).entries()) {
    yield { rule, path: `${path}.x-kubernetes-validations[${i}]`, schema: seen, unknownSince };
  }
  const inner = { isWhole: false, unknownSince };
  const { items, properties = {} } = schema;
  if (items !== undefined) {
    const isKnown = schema["x-kubernetes-list-type"] === "map";
    yield* rulesIn({
      ...inner,
      schema: items,
      path: `${path}.items`,
      unknownSince: isKnown ? unknownSince : unknownSince ?? path,
    });
  }
  const values = valuesOf(schema);
  if (values !== undefined) {
    yield* rulesIn({ ...inner, schema: values, path: `${path}.additionalProperties` });
  }
  for (const [key, it] of Object.entries(properties)) {
    yield* rulesIn({ ...inner, schema: it, path: `${path}.properties[${key}]` });
  }
}

/** A path of a rule as errors have it: `a.b` of `.a['b']`; undefined if it leads nowhere. */
export function readRulePath(schema: Schema, path: string): string | undefined {
  let text = "";
  let at: Schema | undefined = schema;
  let end = 0;
  for (const found of path.matchAll(/\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/g)) {
    if (found.index !== end) return undefined;
    end = found.index + found[0].length;
    const name = found[1] ?? found[2]!.replace(/\\(['\\])/g, "$1");
    const named = propertyOf(at, name);
    if (named === undefined && at?.properties !== undefined) return undefined;
    text += named === undefined ? `[${name}]` : `${text === "" ? "" : "."}${name}`;
    at = named ?? valuesOf(at);
    if (at === undefined) return undefined;
  }
  return end === path.length && text !== "" ? text : undefined;
}
