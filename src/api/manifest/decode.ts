/**
 * Plain values to typed objects, strictly: every field is known and of its type, or there is an
 * error; all errors at once. A missing field that Go would hold by value gets its zero value, so
 * that `pod.ts`'s types are true.
 *
 * Rule: R-VALID-4 and the API server's strict field validation; the words for wrong types are our
 * own.
 */
import { isObject } from "../../base/plain_data.ts";
import { didYouMean, type FieldError, invalid, nearestName, required } from "../types/errors.ts";
import { STRUCTS } from "../types/fields.ts";
import type { ObjectMeta } from "../types/meta.ts";
import type { Pod } from "../types/pod.ts";
import { recogniseForeign } from "./foreign.ts";
import { findTemplate, judgeKind, type OtherObject, readOtherObject } from "./other_object.ts";
import { findKind } from "../kinds/kinds.ts";
import type { KubernetesObject } from "../types/kinds.ts";
import { formatQuantity, parseQuantity } from "../types/quantity.ts";

/** The result of decoding. */
export interface DecodedObject {
  /**
   * The object, without what cannot be decoded; undefined if its kind is none of
   * {@link KubernetesObject}.
   */
  readonly object: KubernetesObject | undefined;
  /** An object of another kind. */
  readonly other?: OtherObject;
  /** Every error. */
  readonly errors: readonly FieldError[];
  /** Fields of a wrong type, which the object is without. */
  readonly undecoded: readonly string[];
}

/** How a scalar was written, for hints: `yes` where the value is true. */
export type SourceOf = (path: string) => string | undefined;

/** Decodes an object of any known kind from what JSON or YAML gives. */
export function decodeObject(value: unknown, sourceOf?: SourceOf): DecodedObject {
  if (!isObject(value)) {
    return nothing([wrongType("", "object", describe(value))]);
  }
  const { apiVersion, kind } = value;
  if (apiVersion === undefined && kind === undefined) {
    const foreign = recogniseForeign(value);
    if (foreign !== undefined) return nothing([foreign]);
  }
  const errors: FieldError[] = [];
  for (const [field, found] of Object.entries({ apiVersion, kind })) {
    if (found === undefined || found === null || found === "") errors.push(required(field));
    else if (typeof found !== "string") errors.push(wrongType(field, "string", describe(found)));
  }
  if (errors.length > 0) return nothing(errors);
  const row = findKind(apiVersion as string, kind as string);
  if (!row) return decodeOther(apiVersion as string, kind as string, value, sourceOf);
  const decoder = new Decoder(sourceOf, row.confidential);
  const object = decoder.decodeStruct(row.struct, value, "");
  return {
    object: object as unknown as KubernetesObject,
    errors: decoder.errors,
    undecoded: undecodedFields(decoder),
  };
}

/**
 * An object of a kind that nothing here acts on. Of its fields those of a Pod template are decoded,
 * so that a mistake in there is reported, also where the version of the object is gone.
 */
function decodeOther(
  apiVersion: string,
  kind: string,
  value: Record<string, unknown>,
  sourceOf: SourceOf | undefined,
): DecodedObject {
  const type = { apiVersion, kind };
  const wrong = judgeKind(apiVersion, kind);
  const found = findTemplate(type, value);
  if (wrong !== undefined && found === undefined) return nothing([wrong]);
  const other = readOtherObject(type, value);
  if (found === undefined) return { object: undefined, other, errors: [], undecoded: [] };

  const { path } = found;
  const decoder = new Decoder(sourceOf, false);
  const { metadata, spec } = decoder.decodeTemplate(found.value, path);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata as object, name: "template", namespace: "default" },
    spec,
  } as unknown as Pod;
  return {
    object: undefined,
    other: { ...other, template: { path, pod } },
    errors: [...wrong === undefined ? [] : [wrong], ...decoder.errors],
    undecoded: undecodedFields(decoder),
  };
}

function undecodedFields({ errors }: Decoder): string[] {
  return errors.filter(({ reason }) => reason !== "UnknownField").map(({ field }) => field);
}

function nothing(errors: readonly FieldError[]): DecodedObject {
  return { object: undefined, errors, undecoded: [] };
}

/** The metadata of an object of any kind. */
export function decodeMetadata(
  value: unknown,
): { readonly metadata: ObjectMeta | undefined; readonly errors: readonly FieldError[] } {
  const field = "metadata";
  if (!isObject(value)) {
    return { metadata: undefined, errors: [wrongType(field, "object", describe(value))] };
  }
  const decoder = new Decoder(undefined, false);
  const metadata = decoder.decodeStruct("ObjectMeta", value, field) as unknown as ObjectMeta;
  return { metadata, errors: decoder.errors };
}

/** A field of a struct, as `fields.ts` lists it. */
export interface StructField {
  /** A scalar type or a struct, with `[]` or `{}` behind it. */
  readonly type: string;
  /** Its zero value stands in when it is missing. */
  readonly required: boolean;
}

const parsed = new Map<string, ReadonlyMap<string, StructField>>();

/** The fields of a struct by name; undefined if there is no such struct. */
export function fieldsOf(struct: string): ReadonlyMap<string, StructField> | undefined {
  const known = parsed.get(struct);
  if (known) return known;
  if (!Object.hasOwn(STRUCTS, struct)) return undefined;
  const fields = new Map<string, StructField>();
  for (const line of STRUCTS[struct]!.split(" ")) {
    const [name, type] = line.split(":") as [string, string];
    const isRequired = name.endsWith("!");
    fields.set(isRequired ? name.slice(0, -1) : name, { type, required: isRequired });
  }
  parsed.set(struct, fields);
  return fields;
}

/** `[]` or `{}` off the end of a type: what it is a list of or a map to. */
export function elementType(type: string): string {
  return type.slice(0, -2);
}

const TEMPLATE_FIELDS: ReadonlyMap<string, StructField> = new Map([
  ["metadata", { type: "ObjectMeta", required: true }],
  ["spec", { type: "PodSpec", required: true }],
]);

class Decoder {
  readonly errors: FieldError[] = [];
  readonly #sourceOf: SourceOf | undefined;
  /** A Secret's values are not repeated in messages. */
  readonly #secret: boolean;

  constructor(sourceOf: SourceOf | undefined, secret: boolean) {
    this.#sourceOf = sourceOf;
    this.#secret = secret;
  }

  decodeStruct(struct: string, value: Readonly<Record<string, unknown>>, path: string) {
    return this.#decodeFields(fieldsOf(struct)!, value, path);
  }

  /** A `PodTemplateSpec`. */
  decodeTemplate(value: Readonly<Record<string, unknown>>, path: string) {
    return this.#decodeFields(TEMPLATE_FIELDS, value, path);
  }

  #decodeFields(
    fields: ReadonlyMap<string, StructField>,
    value: Readonly<Record<string, unknown>>,
    path: string,
  ) {
    const result: Record<string, unknown> = {};
    for (const [name, found] of Object.entries(value)) {
      const fieldPath = path === "" ? name : `${path}.${name}`;
      const field = fields.get(name);
      if (!field) {
        this.#unknownField(fieldPath, name, fields);
        continue;
      }
      // Null is as good as absent in Kubernetes.
      const decoded = found === null ? undefined : this.#decode(field.type, found, fieldPath);
      if (decoded !== undefined) result[name] = decoded;
    }
    for (const [name, { type, required }] of fields) {
      if (required && !isPointer(type) && !Object.hasOwn(result, name)) result[name] = zero(type);
    }
    return result;
  }

  /** Undefined, and an error, for what is of another type. */
  #decode(type: string, value: unknown, path: string): unknown {
    if (type.endsWith("[]")) {
      if (!Array.isArray(value)) return this.#wrong(path, "list", value);
      const element = elementType(type);
      return value.map((item, index) => this.#decodeElement(element, item, `${path}[${index}]`));
    }
    if (type.endsWith("{}")) {
      if (!isObject(value)) return this.#wrong(path, "object", value);
      const element = elementType(type);
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          this.#decodeElement(element, item, `${path}[${key}]`),
        ]),
      );
    }
    if (fieldsOf(type)) {
      if (!isObject(value)) return this.#wrong(path, "object", value);
      return this.decodeStruct(type, value, path);
    }
    return this.#decodeScalar(type, value, path);
  }

  #decodeElement(type: string, value: unknown, path: string): unknown {
    if (type === "any") return value;
    return (value === null ? undefined : this.#decode(type, value, path)) ?? zero(type);
  }

  #decodeScalar(type: string, value: unknown, path: string): unknown {
    switch (type) {
      case "string":
        return typeof value === "string" ? value : this.#wrong(path, "string", value);
      case "bool":
        return typeof value === "boolean" ? value : this.#wrong(path, "boolean", value);
      case "int32":
      case "int64":
        return this.#decodeInteger(type, value, path);
      case "double":
        return typeof value === "number" ? value : this.#wrong(path, "number", value);
      case "schemaOrBool":
        return typeof value === "boolean" ? value : this.#decode("JSONSchemaProps", value, path);
      case "intOrString":
        if (typeof value === "string") return value;
        if (typeof value === "number") return this.#decodeInteger("int32", value, path);
        return this.#wrong(path, "integer or string", value);
      case "quantity":
        return this.#decodeQuantity(value, path);
      case "base64":
        return this.#decodeBase64(value, path);
      case "time":
        if (typeof value !== "string") return this.#wrong(path, "time", value);
        if (isTime(value)) return normalizeTime(value, path);
        return this.#refuse(invalid(path, value, "must be a time such as 2026-01-31T12:00:00Z"));
      case "any":
        return value;
      default:
        throw new TypeError(`${type} is not a type`);
    }
  }

  #decodeInteger(type: "int32" | "int64", value: unknown, path: string): unknown {
    if (typeof value !== "number" || !Number.isInteger(value)) {
      return this.#wrong(path, "integer", value);
    }
    const limit = type === "int32" ? 2 ** 31 : 2 ** 63;
    if (value >= -limit && value < limit) return value;
    return this.#refuse({
      field: path,
      reason: "WrongType",
      message:
        `integer ${value} is out of range: must be between -2^${type === "int32" ? 31 : 63}` +
        ` and 2^${type === "int32" ? 31 : 63}-1`,
    });
  }

  #decodeQuantity(value: unknown, path: string): unknown {
    if (typeof value !== "string" && typeof value !== "number") {
      return this.#wrong(path, "quantity", value);
    }
    const text = typeof value === "number" ? decimal(value) : value;
    const amount = parseQuantity(text);
    if (amount) return formatQuantity(amount);
    return this.#refuse(
      invalid(
        path,
        value,
        "quantities must match the regular expression " +
          "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      ),
    );
  }

  #decodeBase64(value: unknown, path: string): unknown {
    if (typeof value !== "string") return this.#wrong(path, "string", value);
    const text = value.replace(/[\r\n]/g, "");
    if (isBase64(text)) return text;
    return this.#refuse({
      field: path,
      reason: "WrongType",
      message: "is not base64",
      hint: this.#secret
        ? "plain text belongs in stringData"
        : "plain text belongs in data, not binaryData",
    });
  }

  #unknownField(path: string, name: string, fields: ReadonlyMap<string, StructField>): void {
    this.errors.push({
      field: path,
      reason: "UnknownField",
      message: `unknown field ${JSON.stringify(path)}`,
      ...didYouMean(nearestName(name, fields.keys())),
    });
  }

  #wrong(path: string, expected: string, value: unknown): undefined {
    const found = this.#secret ? kindOf(value) : describe(value);
    return this.#refuse({
      ...wrongType(path, expected, found),
      ...this.#quoting(path, expected, value),
    });
  }

  /** The commonest slip of all: a missing or a needless pair of quotes. */
  #quoting(path: string, expected: string, value: unknown): { readonly hint?: string } {
    if (expected === "string" && (typeof value === "number" || typeof value === "boolean")) {
      const source = this.#sourceOf?.(path) ?? String(value);
      return { hint: this.#secret ? "quote it" : `quote it: ${JSON.stringify(source)}` };
    }
    const unquoted = typeof value === "string" &&
      (expected === "boolean" ? /^(true|false)$/ : expected === "integer" ? /^-?\d+$/ : /^$./)
        .test(value);
    return unquoted ? { hint: "remove the quotes" } : {};
  }

  #refuse(error: FieldError): undefined {
    this.errors.push(error);
    return undefined;
  }
}

/** Whether Go leaves nothing in a required field of this type, so that its absence is seen. */
function isPointer(type: string): boolean {
  return type === "LabelSelector";
}

/** What Go leaves in a field that is not set. */
function zero(type: string): unknown {
  if (type.endsWith("[]")) return [];
  if (type.endsWith("{}")) return {};
  const fields = fieldsOf(type);
  if (fields) {
    return Object.fromEntries(
      [...fields].filter(([, it]) => it.required && !isPointer(it.type))
        .map(([name, it]) => [name, zero(it.type)]),
    );
  }
  switch (type) {
    case "bool":
      return false;
    case "int32":
    case "int64":
    case "intOrString":
      return 0;
    case "quantity":
      return "0";
    default:
      return "";
  }
}

function wrongType(field: string, expected: string, found: string): FieldError {
  return { field, reason: "WrongType", message: `expected ${expected}, got ${found}` };
}

function describe(value: unknown): string {
  const kind = kindOf(value);
  if (typeof value !== "string") {
    return kind === "list" || kind === "object" || kind === "null" ? kind : `${kind} ${value}`;
  }
  return `${kind} ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text));
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** A number without an exponent, as JSON's integers are written up to 1e21. */
function decimal(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21
    ? BigInt(value).toString()
    : String(value);
}

/** Fields that have moments to the microsecond; those of all others are whole seconds. */
const MICRO_TIMES = /(^|\.)(acquireTime|renewTime|eventTime|lastObservedTime)$/;

/**
 * A moment as the API server writes it, however a client has written it.
 *
 * Rule: Kubernetes, apimachinery, pkg/apis/meta/v1/time.go and micro_time.go, MarshalJSON.
 */
function normalizeTime(text: string, path: string): string {
  const isMicro = MICRO_TIMES.test(path);
  if (!isMicro && /^.{19}Z$/.test(text)) return text;
  const seconds = new Date(text).toISOString().slice(0, 19);
  if (!isMicro) return `${seconds}Z`;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, "0")}Z`;
}
