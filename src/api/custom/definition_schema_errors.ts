/**
 * What is wrong with the schema of a definition's version; pure.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/apiserver/schema/validation.go,
 * ValidateStructural; pkg/apiserver/schema/defaulting/validation.go, ValidateDefaults;
 * pkg/apis/apiextensions/validation/validation.go,
 * ValidateCustomResourceDefinitionOpenAPISchema.
 */
import type { ValidationRule } from "../types/definition.ts";
import { type FieldError, forbidden, invalid, notSupported, required } from "../types/errors.ts";
import { isEqual } from "../validate/common/equality.ts";
import type { FieldErrors } from "../validate/common/validate_value.ts";
import { compilePattern } from "./patterns.ts";
import { pruneFields } from "./pruning.ts";
import { isIntOrString, isOpen, isResource, META_FIELDS, type Schema, valuesOf } from "./schema.ts";
import { findSchemaErrors } from "./schema_errors.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

/** What the root may have beside `type` where status is a subresource, as Go names it. */
const ROOT_FIELDS: Readonly<Record<string, string>> = {
  description: "Description",
  type: "Type",
  format: "Format",
  title: "Title",
  maximum: "Maximum",
  exclusiveMaximum: "ExclusiveMaximum",
  minimum: "Minimum",
  exclusiveMinimum: "ExclusiveMinimum",
  maxLength: "MaxLength",
  minLength: "MinLength",
  pattern: "Pattern",
  maxItems: "MaxItems",
  minItems: "MinItems",
  uniqueItems: "UniqueItems",
  multipleOf: "MultipleOf",
  required: "Required",
  items: "Items",
  properties: "Properties",
  externalDocs: "ExternalDocs",
  example: "Example",
  "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
  "x-kubernetes-validations": "XValidations",
};

type Level = "root" | "item" | "field";

/** What is wrong with the schema of whole objects. */
export function* findDefinitionSchemaErrors(
  schema: Schema,
  path: string,
  hasStatus: boolean,
): FieldErrors {
  if (hasStatus) yield* rootErrors(schema, path);
  if (schema.nullable) yield forbidden(`${path}.nullable`, "nullable cannot be true at the root");
  const structural = sortErrors([
    ...structureErrors(schema, "root", path),
    ...completenessErrors(schema, path),
  ]);
  yield* structural;
  if (structural.length === 0) yield* defaultErrors(schema, path, true);
  yield* ruleErrors(schema, path, { isRoot: true });
}

function* rootErrors(schema: Schema, path: string): FieldErrors {
  for (const key of Object.keys(schema)) {
    if (key === "type" && schema.type !== "object") {
      return yield invalid(
        `${path}.type`,
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status ' +
          "subresource is enabled",
      );
    }
    if (Object.hasOwn(ROOT_FIELDS, key)) continue;
    return yield invalid(
      path,
      schema,
      `only [${Object.values(ROOT_FIELDS).join(" ")}] fields are allowed at the root of the ` +
        "schema if the status subresource is enabled",
    );
  }
}

function sortErrors(errors: readonly FieldError[]): readonly FieldError[] {
  const textOf = ({ field, message }: FieldError) => `${field}: ${message}`;
  return errors.toSorted((a, b) => textOf(a) < textOf(b) ? -1 : 1);
}

/** Each value has a type, and each list one of its items. */
function* structureErrors(schema: Schema, level: Level, path: string): FieldErrors {
  const { type = "", items, properties = {} } = schema;
  if (type === "array" && items === undefined) yield required(`${path}.items`, "must be specified");
  if (items !== undefined) yield* structureErrors(items, "item", `${path}.items`);
  for (const [key, it] of Object.entries(properties)) {
    yield* structureErrors(it, "field", `${path}.properties[${key}]`);
  }
  const values = valuesOf(schema);
  if (schema.additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (level === "root") yield forbidden(at, "must not be used at the root");
    if (isResource(schema)) {
      yield forbidden(at, "must not be used if x-kubernetes-embedded-resource is set");
    }
    if (values !== undefined) yield* structureErrors(values, "field", at);
  }
  for (const other of ["preserve-unknown-fields", "embedded-resource"] as const) {
    const key = `x-kubernetes-${other}` as const;
    if (isIntOrString(schema) && schema[key]) {
      yield invalid(`${path}.${key}`, true, "must be false if x-kubernetes-int-or-string is true");
    }
  }
  yield* junctorErrors(schema, path);
  yield* typeErrors(schema, level, path);
  if (level === "root" || isResource(schema)) yield* metaErrors(schema, level, path);
  if (isResource(schema) && !isOpen(schema) && Object.keys(properties).length === 0) {
    yield required(
      `${path}.properties`,
      "must not be empty if x-kubernetes-embedded-resource is true without " +
        "x-kubernetes-preserve-unknown-fields",
    );
  }
}

const UNTYPED: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function* typeErrors(schema: Schema, level: Level, path: string): FieldErrors {
  const { type = "" } = schema;
  const at = `${path}.type`;
  if (isResource(schema) && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    yield type === "" ? required(at, detail) : invalid(at, type, detail);
  } else if (type === "" && !isIntOrString(schema) && !isOpen(schema)) {
    yield required(at, UNTYPED[level]);
  }
  if (level === "root" && type !== "" && type !== "object") {
    yield invalid(at, type, "must be object at the root");
  }
}

function* metaErrors(schema: Schema, level: Level, path: string): FieldErrors {
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  for (const [key, it] of Object.entries({ kind, apiVersion })) {
    if (it !== undefined && it.type !== "string") {
      yield invalid(`${path}.properties[${key}].type`, it.type ?? "", "must be string");
    }
  }
  if (metadata === undefined) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object") {
    yield invalid(`${at}.type`, metadata.type ?? "", "must be object");
  }
  if (level !== "root") return;
  const { type: _, default: __, description: ___, properties = {}, ...more } = metadata;
  const isOther = Object.keys(properties).some((it) => it !== "name" && it !== "generateName");
  if (!isOther && Object.keys(more).length === 0) return;
  yield forbidden(
    at,
    "must not specify anything other than name and generateName, but metadata is implicitly " +
      "specified",
  );
}

const INT_OR_STRING: readonly Schema[] = [{ type: "integer" }, { type: "string" }];

/** What only judges values must not say what they are. */
function* junctorErrors(schema: Schema, path: string): FieldErrors {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const isPair = isEqual(anyOf, INT_OR_STRING);
  if (!isPair) {
    for (const [i, it] of anyOf.entries()) yield* nestedErrors(it, `${path}.anyOf[${i}]`, false);
  }
  for (const [i, it] of allOf.entries()) {
    const isFirstPair = i === 0 && isEqual(it.anyOf, INT_OR_STRING);
    yield* nestedErrors(it, `${path}.allOf[${i}]`, isFirstPair);
  }
  for (const [i, it] of oneOf.entries()) yield* nestedErrors(it, `${path}.oneOf[${i}]`, false);
  if (not !== undefined) yield* nestedErrors(not, `${path}.not`, false);
  const compiled = pattern ? compilePattern(pattern) : undefined;
  if (compiled instanceof Error) {
    const detail = `must be a valid regular expression, but isn't: ${compiled.message}`;
    yield invalid(`${path}.pattern`, pattern, detail);
  }
}

/** Fields that say what a value is, and how the error about each goes on. */
const FORBIDDEN: readonly (readonly [keyof Schema, string])[] = [
  ["type", "must be empty"],
  ["additionalProperties", "must be undefined"],
  ["default", "must be undefined"],
  ["title", "must be empty"],
  ["description", "must be empty"],
  ["nullable", "must be false"],
  ["externalDocs", "must be undefined"],
  ["x-kubernetes-preserve-unknown-fields", "must be false"],
  ["x-kubernetes-embedded-resource", "must be false"],
  ["x-kubernetes-int-or-string", "must be false"],
  ["x-kubernetes-list-map-keys", "must be empty"],
  ["x-kubernetes-list-type", "must be undefined"],
  ["x-kubernetes-map-type", "must be undefined"],
  ["x-kubernetes-validations", "must be empty"],
];

function* nestedErrors(schema: Schema, path: string, isPair: boolean): FieldErrors {
  yield* junctorErrors(isPair ? { ...schema, anyOf: [] } : schema, path);
  if (schema.items !== undefined) yield* nestedErrors(schema.items, `${path}.items`, false);
  for (const [key, it] of Object.entries(schema.properties ?? {})) {
    yield* nestedErrors(it, `${path}.properties[${key}]`, false);
  }
  for (const [key, detail] of FORBIDDEN) {
    if (schema[key]) yield forbidden(`${path}.${key}`, `${detail} to be structural`);
  }
  if (Object.hasOwn(schema.properties ?? {}, "metadata")) {
    yield forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context");
  }
}

/** What is judged has to be there: each property of `allOf` and so on is one of the schema, too. */
function* completenessErrors(schema: Schema, path: string): FieldErrors {
  for (const junctor of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [i, it] of (schema[junctor] ?? []).entries()) {
      yield* missingErrors(it, schema, `${path}.${junctor}[${i}]`, path);
    }
  }
  if (schema.not !== undefined) yield* missingErrors(schema.not, schema, `${path}.not`, path);
  if (schema.items !== undefined) yield* completenessErrors(schema.items, `${path}.items`);
  const values = valuesOf(schema);
  if (values !== undefined) yield* completenessErrors(values, `${path}.additionalProperties`);
  for (const [key, it] of Object.entries(schema.properties ?? {})) {
    yield* completenessErrors(it, `${path}.properties[${key}]`);
  }
}

function* missingErrors(
  nested: Schema,
  schema: Schema | undefined,
  path: string,
  at: string,
): FieldErrors {
  if (schema === undefined) {
    return yield required(at, `because it is defined in ${path}`);
  }
  if (nested.items !== undefined) {
    yield* missingErrors(nested.items, schema.items, `${path}.items`, `${at}.items`);
  }
  for (const [key, it] of Object.entries(nested.properties ?? {})) {
    const end = `.properties[${key}]`;
    yield* missingErrors(it, schema.properties?.[key], path + end, at + end);
  }
  for (const junctor of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [i, it] of (nested[junctor] ?? []).entries()) {
      yield* missingErrors(it, schema, `${path}.${junctor}[${i}]`, at);
    }
  }
  if (nested.not !== undefined) yield* missingErrors(nested.not, schema, `${path}.not`, at);
}

/** A default is a value of its schema. */
function* defaultErrors(schema: Schema, path: string, isRoot: boolean): FieldErrors {
  const { default: value, items, properties = {} } = schema;
  if (value !== undefined) {
    const at = `${path}.default`;
    if (pruneFields(value, schema, isResource(schema)).unknown.length > 0) {
      yield invalid(at, value, "must not have unknown fields");
    }
    yield* findSchemaErrors(value, schema, { base: at });
  }
  if (items !== undefined) yield* defaultErrors(items, `${path}.items`, false);
  for (const [key, it] of Object.entries(properties)) {
    // What is about the metadata of whole objects is refused elsewhere.
    if (isRoot && META_FIELDS.has(key)) continue;
    yield* defaultErrors(it, `${path}.properties[${key}]`, false);
  }
}

interface RulePlace {
  readonly isRoot?: boolean;
  /** Why no default may stand here. */
  readonly noDefaults?: string;
  readonly isMeta?: boolean;
}

/** What the API server asks of every schema, wherever it stands. */
function* ruleErrors(schema: Schema, path: string, place: RulePlace): FieldErrors {
  yield* standardErrors(schema, path, place);
  const { isRoot = false, noDefaults, isMeta = false } = place;
  const inner: RulePlace = { ...(noDefaults && { noDefaults }), isMeta };
  const { additionalProperties, properties = {} } = schema;
  if (additionalProperties !== undefined && additionalProperties !== true) {
    if (Object.keys(properties).length > 0) {
      const detail = "additionalProperties and properties are mutual exclusive";
      yield forbidden(`${path}.additionalProperties`, detail);
    }
    const values = valuesOf(schema);
    if (values !== undefined) {
      yield* ruleErrors(values, `${path}.additionalProperties`, {
        ...inner,
        ...(isMeta && { noDefaults: "inside additionalProperties applying to object metadata" }),
      });
    }
  }
  for (const [key, it] of Object.entries(properties)) {
    const isAboutMeta = (isRoot || isResource(schema)) && META_FIELDS.has(key);
    yield* ruleErrors(it, `${path}.properties[${key}]`, {
      ...inner,
      ...(isAboutMeta && { isMeta: true, ...(isRoot && { noDefaults: `in top-level ${key}` }) }),
    });
  }
  if (schema.not !== undefined) yield* ruleErrors(schema.not, `${path}.not`, inner);
  for (const junctor of ["allOf", "oneOf", "anyOf"] as const) {
    for (const [i, it] of (schema[junctor] ?? []).entries()) {
      yield* ruleErrors(it, `${path}.${junctor}[${i}]`, inner);
    }
  }
  if (schema.items !== undefined) yield* ruleErrors(schema.items, `${path}.items`, inner);
  yield* listErrors(schema, path);
  for (const [i, rule] of (schema["x-kubernetes-validations"] ?? []).entries()) {
    yield* wordedRuleErrors(rule, `${path}.x-kubernetes-validations[${i}]`);
  }
}

/** Fields of JSON schemas that Kubernetes has no use for. */
const UNUSED = [
  ...["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"],
] as const;

function* standardErrors(schema: Schema, path: string, place: RulePlace): FieldErrors {
  const { type = "" } = schema;
  if (type !== "" && !TYPES.includes(type)) {
    yield plain(notSupported(`${path}.type`, type, TYPES));
  }
  if (schema.default !== undefined && place.noDefaults !== undefined) {
    yield forbidden(`${path}.default`, `must not be set ${place.noDefaults}`);
  }
  for (const key of UNUSED) {
    if (schema[key]) yield forbidden(`${path}.${key}`, `${key} is not supported`);
  }
  if (type === "null") {
    yield forbidden(
      `${path}.type`,
      "type cannot be set to null, use nullable as an alternative",
    );
  }
  if (place.isMeta && isResource(schema)) {
    yield forbidden(
      `${path}.x-kubernetes-embedded-resource`,
      "must not be used inside of resource meta",
    );
  }
  if (schema.uniqueItems) {
    yield forbidden(
      `${path}.uniqueItems`,
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    );
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    yield invalid(
      `${path}.x-kubernetes-preserve-unknown-fields`,
      false,
      "must be true or undefined",
    );
  }
}

function* listErrors(schema: Schema, path: string): FieldErrors {
  const { type = "", items } = schema;
  const mapType = schema["x-kubernetes-map-type"];
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const typed = (wanted: string, key: string): FieldError => {
    const detail = `must be ${wanted} if ${key} is specified`;
    return type === "" ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail);
  };
  if (mapType !== undefined) {
    if (type !== "object") yield typed("object", "x-kubernetes-map-type");
    if (mapType !== "atomic" && mapType !== "granular") {
      const at = `${path}.x-kubernetes-map-type`;
      yield plain(notSupported(at, mapType, ["atomic", "granular"]));
    }
  }
  if (listType !== undefined && type !== "array") yield typed("array", "x-kubernetes-list-type");
  else if (listType === "set" && items !== undefined) yield* setErrors(items, path);
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType)) {
    const at = `${path}.x-kubernetes-list-type`;
    yield plain(notSupported(at, listType, ["atomic", "set", "map"]));
  }
  if (keys.length > 0 && listType !== "map") {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    const at = `${path}.x-kubernetes-list-type`;
    yield listType === undefined ? required(at, detail) : invalid(at, listType, detail);
  }
  if (listType === "map") yield* keyErrors(schema, keys, path);
  if ((listType === "set" || listType === "map") && items?.nullable) {
    yield forbidden(
      `${path}.items.nullable`,
      `cannot be nullable when x-kubernetes-list-type is ${listType}`,
    );
  }
}

function* setErrors(items: Schema, path: string): FieldErrors {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items["x-kubernetes-list-type"];
  if (items.type === "array" && listType !== undefined && listType !== "atomic") {
    yield invalid(`${path}.items.x-kubernetes-list-type`, listType, detail);
  }
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    yield invalid(`${path}.items.x-kubernetes-map-type`, listType ?? null, detail);
  }
}

function* keyErrors(schema: Schema, keys: readonly string[], path: string): FieldErrors {
  const { items } = schema;
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) {
    yield required(at, "must not be empty if x-kubernetes-list-type is map");
  }
  if (items === undefined) {
    return yield required(
      `${path}.items`,
      "must have a schema if x-kubernetes-list-type is map",
    );
  }
  if (items.type !== "object") {
    return yield invalid(
      `${path}.items.type`,
      items.type ?? "",
      "must be object if parent array's x-kubernetes-list-type is map",
    );
  }
  for (const [i, key] of keys.entries()) {
    const property = items.properties?.[key];
    const field = `${path}.items.properties[${key}]`;
    if (property === undefined) {
      yield invalid(at, keys, "entries must all be names of item properties");
    } else if (property.type === "array" || property.type === "object") {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      yield invalid(`${field}.type`, items.type, detail);
    }
    if (keys.indexOf(key) < i) yield invalid(at, keys, "must not contain duplicate entries");
    if (property === undefined) continue;
    const why = "this property is in x-kubernetes-list-map-keys, so it";
    if (!items.required?.includes(key) && property.default === undefined) {
      yield required(`${field}.default`, `${why} must have a default or be a required property`);
    }
    if (property.nullable) yield forbidden(`${field}.nullable`, `${why} cannot be nullable`);
  }
}

const REASONS = [
  ...["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"],
];

function* wordedRuleErrors(rule: ValidationRule, path: string): FieldErrors {
  const { message = "", messageExpression = "", reason, fieldPath = "" } = rule;
  const hasBreaks = (text: string) => /[\n\r]/.test(text.trim());
  if (rule.rule.trim() === "") yield required(`${path}.rule`, "rule is not specified");
  else if (message !== "" && message.trim() === "") {
    yield invalid(`${path}.message`, message, "must be non-empty if specified");
  } else if (hasBreaks(message)) {
    yield invalid(`${path}.message`, message, "must not contain line breaks");
  } else if (hasBreaks(rule.rule) && message.trim() === "") {
    const detail = "message must be specified if rule contains line breaks";
    yield required(`${path}.message`, detail);
  }
  if (messageExpression !== "" && messageExpression.trim() === "") {
    const detail = "messageExpression must be non-empty if specified";
    yield required(`${path}.messageExpression`, detail);
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    yield plain(notSupported(`${path}.reason`, reason, REASONS));
  }
  if (fieldPath !== "" && fieldPath.trim() === "") {
    yield invalid(`${path}.fieldPath`, fieldPath, "must be non-empty if specified");
  }
  if (/[\n\r]/.test(fieldPath)) {
    yield invalid(`${path}.fieldPath`, fieldPath, "must not contain line breaks");
  }
}

/** Without a hint, which the API server does not give. */
function plain({ field, reason, message }: FieldError): FieldError {
  return { field, reason, message };
}
