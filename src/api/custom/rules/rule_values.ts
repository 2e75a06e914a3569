/**
 * The values of custom objects as rules in CEL read them; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/cel/values.go; apiserver,
 * pkg/cel/escaping.go.
 */
import { isObject } from "../../../base/plain_data.ts";
import { remembered } from "../../../base/remembered.ts";
import { readRuleDuration } from "./rule_functions.ts";
import { isIntOrString, isResource, type Schema, valuesOf } from "../schema.ts";

const TEXT: Schema = { type: "string" };

/** What rules see of the metadata of any object. */
const META: Schema = { type: "object", properties: { name: TEXT, generateName: TEXT } };

const KEYWORDS: ReadonlySet<string> = new Set([
  ...["true", "false", "null", "in", "as", "break", "const", "continue", "else", "for"],
  ...["function", "if", "import", "let", "loop", "package", "namespace", "return", "var"],
  ...["void", "while"],
]);

const ESCAPES: readonly (readonly [RegExp, string])[] = [
  [/__/g, "__underscores__"],
  [/\./g, "__dot__"],
  [/-/g, "__dash__"],
  [/\//g, "__slash__"],
];

/**
 * The schema of an object as rules see it: whatever its definition says, it has a kind and a name.
 *
 * @param isWhole it is the schema of a custom object, not of something in one.
 */
export function asRulesSee(schema: Schema, isWhole: boolean): Schema {
  return isWhole || isResource(schema) ? withMeta(schema) : schema;
}

const withMeta = remembered((schema: Schema): Schema => {
  const properties = { ...schema.properties, apiVersion: TEXT, kind: TEXT, metadata: META };
  return { ...schema, properties };
});

/** The properties that rules can name, by the names by which they do. */
export function ruleFieldsOf({ properties = {} }: Schema): ReadonlyMap<string, Schema> {
  return new Map(
    Object.entries(properties).flatMap(([key, it]): readonly [string, Schema][] => {
      const name = ruleNameOf(key);
      return name === undefined ? [] : [[name, asRulesSee(it, false)]];
    }),
  );
}

/** A value as rules read it: whole numbers are `bigint`s, and objects maps. */
export function toRuleValue(value: unknown, schema: Schema | undefined): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") {
    const isWhole = schema?.type !== "number" && Number.isInteger(value);
    return isWhole ? BigInt(value) : value;
  }
  if (typeof value === "string") return textValue(value, schema);
  if (Array.isArray(value)) return value.map((it) => toRuleValue(it, schema?.items));
  if (!isObject(value)) return value;
  const values = valuesOf(schema);
  if (values !== undefined || schema === undefined) {
    return new Map(Object.entries(value).map(([key, it]) => [key, toRuleValue(it, values)]));
  }
  const fields = Object.entries(asRulesSee(schema, false).properties ?? {});
  return new Map(fields.flatMap(([key, it]): readonly [string, unknown][] => {
    const name = ruleNameOf(key);
    if (name === undefined || !Object.hasOwn(value, key)) return [];
    return [[name, toRuleValue(value[key], it)]];
  }));
}

function textValue(text: string, schema: Schema | undefined): unknown {
  if (schema === undefined || isIntOrString(schema)) return text;
  if (schema.format === "duration") return readRuleDuration(text);
  if (schema.format !== "date" && schema.format !== "date-time") return text;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date;
}

/** The name by which rules name a property; undefined where they cannot. */
function ruleNameOf(key: string): string | undefined {
  if (KEYWORDS.has(key)) return `__${key}__`;
  const name = ESCAPES.reduce((text, [sign, word]) => text.replaceAll(sign, word), key);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : undefined;
}
