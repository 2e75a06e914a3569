/**
 * What is wrong with a custom object by the rules in CEL of its schema.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/cel/validation.go, and
 * pkg/registry/customresource/strategy.go, hasBlockingErr.
 */
import { isObject } from "../../../base/plain_data.ts";
import type { ValidationRule } from "../../types/definition.ts";
import { duplicate, type FieldError, forbidden, invalid, required } from "../../types/errors.ts";
import { isEqual } from "../../validate/common/equality.ts";
import type { CustomKind } from "../custom_kind.ts";
import { fieldOf, hasRules, propertyOf, type Schema } from "../schema.ts";
import { findSameItem } from "../schema_errors.ts";
import { asRulesSee, toRuleValue } from "./rule_values.ts";
import { RuleError, type RuleProgram } from "./rule_program.ts";
import { programOf, readRulePath } from "./rule_check.ts";

/** How many steps the rules of one object may take: less than a few seconds. */
const MOST_STEPS = 1e7;

const EXHAUSTED =
  "validation failed due to running out of cost budget, no further validation rules will be run";
const UNCHECKED = "some validation rules were not checked because the object was invalid; " +
  "correct the existing errors to complete validation";
const MOST_MESSAGE = 5 * 1024;

/** A value in an object, and what the rules about it are. */
interface Node {
  readonly value: unknown;
  /** What it was; undefined where nothing says what in the old object it was. */
  readonly old: unknown;
  readonly schema: Schema;
  readonly field: string;
  readonly isWhole: boolean;
  /** It stays as it was, so that only what compares it is judged. */
  readonly isUnchanged: boolean;
}

/**
 * What is wrong with an object by its rules.
 *
 * @param options.others what else is wrong with it: some of it is in the way of rules.
 * @param options.old the object that it replaces. @default none
 */
export function findRuleErrors(
  object: unknown,
  { schema }: Pick<CustomKind, "schema">,
  { others, old }: { readonly others: readonly FieldError[]; readonly old?: unknown },
): FieldError[] {
  if (others.some(isBlocking)) return [invalid("<nil>", undefined, UNCHECKED)];
  const judge = new Judge(object, old);
  judge.visit({
    value: object,
    old,
    schema,
    field: "",
    isWhole: true,
    isUnchanged: false,
  });
  return judge.errors;
}

/** Wrong types too, which only the text distinguishes. */
function isBlocking({ reason, message }: FieldError): boolean {
  return ["NotSupported", "Required", "TooLong", "TooMany"].includes(reason) ||
    / in body must be of type /.test(message);
}

class Judge {
  readonly errors: FieldError[] = [];
  readonly #length: number;
  readonly #textLength: number;
  #steps = 0;

  constructor(object: unknown, old: unknown) {
    const sizes = [measure(object), measure(old)];
    this.#length = Math.max(...sizes.map(({ length }) => length));
    this.#textLength = Math.max(...sizes.map(({ textLength }) => textLength));
  }

  visit(node: Node): void {
    const { value, schema } = node;
    if (value === null || value === undefined || this.#isExhausted) return;
    if (!hasRules(schema)) return;
    this.#judge(node);
    if (Array.isArray(value)) this.#visitItems(node, value);
    else if (isObject(value)) this.#visitFields(node, value);
  }

  get #isExhausted(): boolean {
    return this.#steps > MOST_STEPS;
  }

  #judge(node: Node): void {
    const rules = node.schema["x-kubernetes-validations"] ?? [];
    if (rules.length === 0) return;
    const schema = asRulesSee(node.schema, node.isWhole);
    const values = {
      self: toRuleValue(node.value, schema),
      oldSelf: node.old === undefined || node.old === null
        ? undefined
        : toRuleValue(node.old, schema),
    };
    for (const rule of rules) {
      if (this.#isExhausted) return;
      const program = programOf(rule, schema, "rule");
      if (program === undefined) continue;
      if (program.usesOld) {
        if (values.oldSelf === undefined && !rule.optionalOldSelf) continue;
      } else if (node.isUnchanged) continue;
      if (!this.#pay(program, node)) return;
      try {
        if (program.run(values) === true) continue;
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        this.#add(describeError(error, rule, node));
        continue;
      }
      const message = this.#messageOf(rule, schema, values);
      this.#add(describeBreach(rule, node, message ?? defaultMessageOf(rule)));
    }
  }

  /** Whether there is room for a rule. */
  #pay(program: RuleProgram, node: Node): boolean {
    this.#steps += program.stepsFor(this.#length, this.#textLength);
    if (!this.#isExhausted) return true;
    this.#add(invalid(shownFieldOf(node), node.schema.type ?? "", EXHAUSTED));
    return false;
  }

  #messageOf(
    rule: ValidationRule,
    schema: Schema,
    values: Parameters<RuleProgram["run"]>[0],
  ): string | undefined {
    const program = rule.messageExpression ? programOf(rule, schema, "message") : undefined;
    if (program === undefined) return undefined;
    try {
      const text = program.run(values);
      const message = typeof text === "string" ? text.trim() : "";
      const isUsable = message !== "" && message.length <= MOST_MESSAGE && !message.includes("\n");
      return isUsable ? message : undefined;
    } catch (error) {
      if (error instanceof RuleError) return undefined;
      throw error;
    }
  }

  #add(error: FieldError): void {
    this.errors.push(error);
  }

  #visitItems(node: Node, list: readonly unknown[]): void {
    const items = node.schema.items;
    if (items === undefined) return;
    for (const [i, value] of list.entries()) {
      const old = Array.isArray(node.old) ? findSameItem(value, node.schema, node.old) : undefined;
      this.#visitInner(node, { value, old, schema: items, field: `[${i}]` });
    }
  }

  #visitFields(node: Node, object: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(object)) {
      const schema = fieldOf(node.schema, key);
      if (schema === undefined) continue;
      const old = isObject(node.old) && Object.hasOwn(node.old, key) ? node.old[key] : undefined;
      const isNamed = propertyOf(node.schema, key) !== undefined;
      const name = node.field === "" ? key : `.${key}`;
      this.#visitInner(node, {
        value,
        old,
        schema,
        field: isNamed ? name : `[${key}]`,
      });
    }
  }

  #visitInner(
    { field, isUnchanged }: Node,
    inner: Pick<Node, "value" | "old" | "schema" | "field">,
  ): void {
    this.visit({
      ...inner,
      field: field + inner.field,
      isWhole: false,
      isUnchanged: inner.old === undefined ? isUnchanged : isEqual(inner.value, inner.old),
    });
  }
}

function shownFieldOf({ field }: Node): string {
  // Of a path that is nil Go prints this.
  return field || "<nil>";
}

function describeError({ message }: RuleError, rule: ValidationRule, node: Node): FieldError {
  const text = (rule.message || rule.rule).trim();
  const detail = message === "no such overload"
    ? `'${message}': call arguments did not match a supported operator, function or macro ` +
      `signature for rule: ${text}`
    : `${message} evaluating rule: ${text}`;
  return invalid(shownFieldOf(node), node.schema.type ?? "", detail);
}

function defaultMessageOf({ message = "", rule }: ValidationRule): string {
  return message.trim() || `failed rule: ${rule.trim()}`;
}

function describeBreach(rule: ValidationRule, node: Node, detail: string): FieldError {
  const path = rule.fieldPath ? readRulePath(node.schema, rule.fieldPath) ?? "" : "";
  const field = path === ""
    ? shownFieldOf(node)
    : node.field === "" || path.startsWith("[")
    ? node.field + path
    : `${node.field}.${path}`;
  const { type } = node.schema;
  const isWhole = type === "object" || type === "array";
  switch (rule.reason) {
    case "FieldValueForbidden":
      return forbidden(field, detail);
    case "FieldValueRequired":
      return required(field, detail);
    case "FieldValueDuplicate":
      return isWhole
        ? { field, reason: "Duplicate", message: "Duplicate value" }
        : duplicate(field, node.value);
    default:
      return isWhole
        ? { field, reason: "Invalid", message: `Invalid value: ${detail}` }
        : invalid(field, node.value, detail);
  }
}

/** How long the longest list or map in a value is, and the longest text. */
function measure(value: unknown): { readonly length: number; readonly textLength: number } {
  if (typeof value === "string") return { length: 0, textLength: value.length };
  const inner = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return inner.map(measure).reduce((most, it) => ({
    length: Math.max(most.length, it.length),
    textLength: Math.max(most.textLength, it.textLength),
  }), { length: inner.length, textLength: 0 });
}
