/**
 * What is wrong with a value by its schema, in the API server's words; pure.
 *
 * Rule: Kubernetes, kube-openapi, pkg/validation/validate and pkg/validation/errors/schema.go;
 * apiextensions-apiserver, pkg/apiserver/validation/validation.go and ratcheting.go.
 */
import { isObject } from "../../base/plain_data.ts";
import { type FieldError, required, tooLong, tooMany } from "../types/errors.ts";
import { findFormat } from "./formats.ts";
import { matchesPattern } from "./patterns.ts";
import { isIntOrString, type Schema, valuesOf } from "./schema.ts";

/** Where a value stands, and what it was before. */
interface Place {
  /** As messages name it: `spec.items[0]`; empty for a whole object. */
  readonly path: string;
  /** What is as it was is not found fault with; undefined where there is nothing to compare. */
  readonly old?: unknown;
}

/** What was found, and how much was looked at: of alternatives the nearest is reported. */
interface Finding {
  readonly errors: FieldError[];
  looks: number;
}

/**
 * Everything that is wrong with a value.
 *
 * @param options.base the path of the value in its object: `status`. @default it is the object
 * @param options.old the value that it replaces: what stays as it was may be wrong.
 */
export function findSchemaErrors(
  value: unknown,
  schema: Schema,
  { base = "", old }: { readonly base?: string; readonly old?: unknown } = {},
): FieldError[] {
  const { errors } = new Validator(base).validate(value, schema, { path: "", old });
  return errors;
}

class Validator {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  validate(value: unknown, schema: Schema, place: Place): Finding {
    const finding: Finding = { errors: [], looks: 0 };
    if (place.old !== undefined && isSame(value, place.old)) return finding;
    const add = (...errors: readonly FieldError[]) => {
      finding.looks++;
      for (const error of errors) {
        const isKnown = finding.errors.some((it) =>
          it.message === error.message && it.field === error.field
        );
        if (!isKnown) finding.errors.push(error);
      }
    };
    const merge = ({ errors, looks }: Finding) => {
      add(...errors);
      finding.looks += looks;
    };
    add(...this.#checkType(value, schema, place));
    if (value === null) {
      add(...this.#checkEnum(value, schema, place));
      return finding;
    }
    merge(this.#checkJunctors(value, schema, place));
    if (typeof value === "string") add(...this.#checkText(value, schema, place));
    if (typeof value === "number") add(...this.#checkNumber(value, schema, place));
    if (Array.isArray(value)) merge(this.#checkList(value, schema, place));
    add(...this.#checkEnum(value, schema, place));
    if (isObject(value)) merge(this.#checkObject(value, schema, place));
    return finding;
  }

  #checkType(value: unknown, schema: Schema, { path }: Place): FieldError[] {
    const types = typesOf(schema);
    const format = formatOf(schema);
    const wrong = (wanted: string, found: string) => [
      this.#invalid(path, found, `must be of type ${wanted}: ${JSON.stringify(found)}`),
    ];
    if (value === null) {
      return types.length > 0 && !schema.nullable ? wrong(types.join(), "null") : [];
    }
    if (types.length === 0 && format === "") return [];
    const type = typeOf(value);
    const isWhole = type === "integer" && (types.includes("integer") || types.includes("number"));
    const fits = isWhole || types.includes(type);
    const isLong = typeof value === "string" || Array.isArray(value);
    if (!isLong && format !== "" && !fits) {
      return wrong(format, type === "integer" ? "int64" : type === "number" ? "float64" : "");
    }
    const isNumeric = types.includes("number") || types.includes("integer");
    if (!isNumeric && format !== "" && isLong) return [];
    return fits ? [] : wrong(types.join(), type);
  }

  #checkText(text: string, schema: Schema, { path }: Place): FieldError[] {
    const { maxLength, minLength, pattern } = schema;
    // Go stops at the first of these.
    const length = maxLength !== undefined || minLength !== undefined ? [...text].length : 0;
    const errors: FieldError[] = [];
    if (maxLength !== undefined && length > maxLength) {
      errors.push(tooLong(this.#field(path), maxLength));
    } else if (minLength !== undefined && length < minLength) {
      errors.push(this.#invalid(path, text, `should be at least ${minLength} chars long`));
    } else if (pattern && !matchesPattern(pattern, text)) {
      errors.push(this.#invalid(path, text, `should match '${pattern}'`));
    }
    const format = findFormat(schema);
    if (format !== undefined && !format(text)) {
      const detail = `must be of type ${schema.format}: ${JSON.stringify(text)}`;
      errors.push(this.#invalid(path, text, detail));
    }
    return errors;
  }

  #checkNumber(value: number, schema: Schema, { path }: Place): FieldError[] {
    const { maximum, minimum, multipleOf, exclusiveMaximum, exclusiveMinimum } = schema;
    const errors: FieldError[] = [];
    if (schema.type === "integer") {
      const format = formatOf(schema);
      const limit = format === "int32" ? 2 ** 31 : 2 ** 63;
      if (value >= limit || value < -limit) {
        const kind = format === "" ? "(default format)" : `with format ${format}`;
        errors.push(this.#whole(`Checked value must be of type integer ${kind} in ${path}`));
      }
    }
    if (multipleOf !== undefined) {
      const factor = Number.isInteger(value) ? Math.trunc(multipleOf) : multipleOf;
      if (factor <= 0) {
        const message = `factor MultipleOf declared for ${path} must be positive: ${factor}`;
        errors.push(this.#worded(path, factor, message));
      } else if (!isMultiple(value, factor)) {
        errors.push(this.#invalid(path, value, `should be a multiple of ${factor}`));
      }
    }
    if (maximum !== undefined && (value > maximum || exclusiveMaximum && value === maximum)) {
      const word = exclusiveMaximum ? "less than" : "less than or equal to";
      errors.push(this.#invalid(path, value, `should be ${word} ${maximum}`));
    }
    if (minimum !== undefined && (value < minimum || exclusiveMinimum && value === minimum)) {
      const word = exclusiveMinimum ? "greater than" : "greater than or equal to";
      errors.push(this.#invalid(path, value, `should be ${word} ${minimum}`));
    }
    return errors;
  }

  #checkList(list: readonly unknown[], schema: Schema, { path, old }: Place): Finding {
    const finding: Finding = { errors: [], looks: 1 };
    const { items, minItems, maxItems } = schema;
    if (items !== undefined) {
      for (const [i, item] of list.entries()) {
        const before = Array.isArray(old) ? findSameItem(item, schema, old) : undefined;
        const found = this.validate(item, items, { path: `${path}[${i}]`, old: before });
        finding.errors.push(...found.errors);
        finding.looks += found.looks;
      }
    }
    const { length } = list;
    if (minItems !== undefined && length < minItems) {
      const detail = `should have at least ${minItems} items`;
      finding.errors.push(this.#invalid(path, length, detail));
    }
    if (maxItems !== undefined && length > maxItems) {
      finding.errors.push(tooMany(this.#field(path), length, maxItems));
    }
    return finding;
  }

  #checkObject(
    value: Readonly<Record<string, unknown>>,
    schema: Schema,
    { path, old }: Place,
  ): Finding {
    const finding: Finding = { errors: [], looks: 1 };
    const { minProperties, maxProperties, properties = {}, required: names = [] } = schema;
    const count = Object.keys(value).length;
    if (minProperties !== undefined && count < minProperties) {
      const detail = `should have at least ${minProperties} properties`;
      finding.errors.push(this.#invalid(path, count, detail));
    }
    if (maxProperties !== undefined && count > maxProperties) {
      finding.errors.push(tooMany(this.#field(path), count, maxProperties));
    }
    const look = (key: string, of: Schema, at: string) => {
      const before = isObject(old) && Object.hasOwn(old, key) ? old[key] : undefined;
      const found = this.validate(value[key], of, { path: at, old: before });
      finding.errors.push(...found.errors);
      finding.looks += found.looks;
    };
    const values = valuesOf(schema);
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(properties, key)) continue;
      if (values !== undefined) look(key, values, `${path}.${key}`);
      else if (schema.additionalProperties === false) {
        finding.errors.push(
          this.#worded(path, key, `${path}.${key} in body is a forbidden property`),
        );
      }
    }
    for (const [key, of] of Object.entries(properties)) {
      if (Object.hasOwn(value, key)) look(key, of, path === "" ? key : `${path}.${key}`);
    }
    for (const name of names) {
      if (!Object.hasOwn(value, name)) {
        finding.errors.push(required(this.#field(`${path}.${name}`)));
      }
    }
    return finding;
  }

  #checkEnum(value: unknown, { enum: words = [] }: Schema, { path }: Place): FieldError[] {
    if (words.length === 0) return [];
    if (value !== null && words.some((it) => isSame(it, value))) return [];
    const list = words.map((it) =>
      JSON.stringify(typeof it === "string" ? it : JSON.stringify(it))
    );
    const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ` +
      list.join(", ");
    return [{ field: this.#field(path), reason: "NotSupported", message }];
  }

  /** `anyOf`, `oneOf`, `allOf` and `not`; what stays as it was counts there too. */
  #checkJunctors(value: unknown, schema: Schema, { path }: Place): Finding {
    const finding: Finding = { errors: [], looks: 1 };
    const { anyOf = [], oneOf = [], allOf = [], not } = schema;
    const find = (it: Schema) => this.validate(value, it, { path });
    const name = JSON.stringify(path);
    if (anyOf.length > 0 && !isIntOrString(schema)) {
      const found = anyOf.map(find);
      if (found.every(({ errors }) => errors.length > 0)) {
        finding.errors.push(
          this.#whole(`${name} must validate at least one schema (anyOf)`),
          ...nearest(found).errors,
        );
      }
    }
    if (oneOf.length > 0) {
      const found = oneOf.map(find);
      const count = found.filter(({ errors }) => errors.length === 0).length;
      if (count !== 1) {
        const what = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
        finding.errors.push(
          this.#whole(`${name} must validate one and only one schema (oneOf). ${what}`),
          ...(count === 0 ? nearest(found).errors : []),
        );
      }
    }
    if (allOf.length > 0) {
      const found = allOf.map(find);
      finding.errors.push(...found.flatMap(({ errors }) => errors));
      const count = found.filter(({ errors }) => errors.length === 0).length;
      if (count < found.length) {
        const what = count === 0 ? ". None validated" : "";
        finding.errors.push(this.#whole(`${name} must validate all the schemas (allOf)${what}`));
      }
    }
    if (not !== undefined && find(not).errors.length === 0) {
      finding.errors.push(this.#whole(`${name} must not validate the schema (not)`));
    }
    return finding;
  }

  #field(path: string): string {
    const name = path.replace(/^\./, "");
    return this.#base === "" || name === "" ? this.#base + name : `${this.#base}.${name}`;
  }

  #invalid(path: string, value: unknown, detail: string): FieldError {
    return this.#worded(path, value, `${path} in body ${detail}`);
  }

  #worded(path: string, value: unknown, text: string): FieldError {
    // Of a path that is nil Go prints this.
    const field = this.#field(path) || "<nil>";
    const message = `Invalid value: ${JSON.stringify(value)}: ${text}`;
    return { field, reason: "Invalid", message };
  }

  /** An error that Go gives no path. */
  #whole(text: string): FieldError {
    const message = `Invalid value: "": ${text}`;
    return { field: this.#base || "<nil>", reason: "Invalid", message };
  }
}

function nearest(found: readonly Finding[]): Finding {
  return found.reduce((best, it) => it.looks > best.looks ? it : best);
}

function typesOf(schema: Schema): readonly string[] {
  if (isIntOrString(schema)) return ["integer", "string"];
  return schema.type ? [schema.type] : [];
}

/** A format that is not known asks nothing. */
function formatOf(schema: Schema): string {
  const { format = "", type } = schema;
  if (type === "integer") return format === "int32" || format === "int64" ? format : "";
  if (type === "number") return format === "float" || format === "double" ? format : "";
  return findFormat(schema) === undefined ? "" : format;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function isMultiple(value: number, factor: number): boolean {
  const times = factor < 1 ? 1 / factor * value : value / factor;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

/** An item of a list is known again by its keys, where its schema names any. */
export function findSameItem(item: unknown, schema: Schema, old: readonly unknown[]): unknown {
  if (schema["x-kubernetes-list-type"] !== "map" || !isObject(item)) return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return old.find((it) => isObject(it) && keys.every((key) => isSame(it[key], item[key])));
}

/** Strictly: nothing and an empty list are two things. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((it, i) => isSame(it, b[i]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
  }
  return a === b;
}
