/**
 * What is wrong with an object, in the words that `kubectl` users know (R-VALID-2): pure data,
 * collected first and thrown once.
 */
import { editDistance } from "../../base/nearest.ts";

/** Kubernetes' kinds of field error, and those of decoding, which come before them. */
export type FieldErrorReason =
  | "Required"
  | "Invalid"
  | "NotSupported"
  | "Duplicate"
  | "NotFound"
  | "Forbidden"
  | "TooLong"
  | "TooMany"
  /** Kubernetes accepts it, and this machine cannot give it. */
  | "Unsupported"
  /** The text is not YAML, or it is too large or too deep to be read. */
  | "Syntax"
  | "UnknownField"
  | "DuplicateField"
  | "WrongType"
  | "UnknownKind";

/** One thing that is wrong, and where. */
export interface FieldError {
  /**
   * `spec.containers[0].env[1].name`, map keys in brackets: `resources.limits[cpu]` (R-VALID-5).
   */
  readonly field: string;
  /** What code decides on. */
  readonly reason: FieldErrorReason;
  /** The text after `PATH: `, for example `Invalid value: "X": must be unique` (R-VALID-2). */
  readonly message: string;
  /**
   * Key of the map `field` that is meant, where Kubernetes' path ends at the map: it has a line of
   * its own.
   */
  readonly key?: string;
  /** What would do, for example `did you mean "containers"?`. */
  readonly hint?: string;
  /** Line of the manifest, from 1. */
  readonly line?: number;
  /** Column of the line, from 1. */
  readonly column?: number;
}

/** What an {@link InvalidObjectError} names. */
export interface RefusedObject {
  /** As kubectl names it: `Deployment`. */
  readonly kind: string;
  /** As the API server names it: `Deployment.apps`. */
  readonly qualifiedKind: string;
  readonly name: string;
}

/** An object was refused; every reason at once. The message is kubectl's. */
export class InvalidObjectError extends Error {
  /** What was refused. */
  readonly object: RefusedObject;
  /** All that is wrong, in Kubernetes' order (R-VALID-1). */
  readonly errors: readonly FieldError[];
  /**
   * The API server's message, as events of controllers have it; apimachinery,
   * pkg/api/errors/errors.go, NewInvalid.
   */
  readonly serverMessage: string;

  /**
   * Keeps the errors and puts them into both messages.
   * @param errors at least one
   */
  constructor(object: RefusedObject, errors: readonly FieldError[]) {
    const { kind, qualifiedKind, name } = object;
    super(formatInvalidObject(`${kind} "${name}"`, errors));
    this.name = "InvalidObjectError";
    this.object = object;
    this.errors = errors;
    const texts = [...new Set(errors.map(formatFieldError))];
    const all = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
    this.serverMessage = `${qualifiedKind} "${name}" is invalid: ${all}`;
  }
}

/** `PATH: MESSAGE`, the hint in parentheses behind it. */
export function formatFieldError(error: FieldError): string {
  const path = error.field === "" ? "" : `${error.field}: `;
  return `${path}${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`;
}

/**
 * As kubectl prints it (R-VALID-3): one error on the same line, several below, identical ones once.
 */
export function formatInvalidObject(object: string, errors: readonly FieldError[]): string {
  const lines = [...new Set(errors.map(formatFieldError))];
  const start = `The ${object} is invalid: `;
  return lines.length === 1
    ? start + lines[0]
    : [start, ...lines.map((it) => `* ${it}`)].join("\n");
}

/** `Required value`, with why or what if that helps. */
export function required(field: string, detail?: string): FieldError {
  return { field, reason: "Required", message: withDetail("Required value", detail) };
}

/** `Invalid value: VALUE: DETAIL`. */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return {
    field,
    reason: "Invalid",
    message: withDetail(`Invalid value: ${formatValue(value)}`, detail),
  };
}

/** `Invalid value: DETAIL`: of a structure that the error does not repeat. */
export function invalidWhole(field: string, detail: string): FieldError {
  return { field, reason: "Invalid", message: `Invalid value: ${detail}` };
}

/** `Unsupported value: VALUE: supported values: "a", "b"`, in the order given. */
export function notSupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const words = supported.map((it) => JSON.stringify(it)).join(", ");
  const message = withDetail(
    `Unsupported value: ${formatValue(value)}`,
    words === "" ? undefined : `supported values: ${words}`,
  );
  const near = typeof value === "string" ? nearestName(value, supported) : undefined;
  return { field, reason: "NotSupported", message, ...didYouMean(near) };
}

/** `Duplicate value: VALUE`. */
export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: "Duplicate", message: `Duplicate value: ${formatValue(value)}` };
}

/** `Not found: VALUE`. */
export function notFound(field: string, value: unknown): FieldError {
  return { field, reason: "NotFound", message: `Not found: ${formatValue(value)}` };
}

/** `Forbidden: DETAIL`. */
export function forbidden(field: string, detail: string): FieldError {
  return { field, reason: "Forbidden", message: withDetail("Forbidden", detail) };
}

/** `Unsupported here: DETAIL`: Kubernetes accepts it, and this machine cannot give it. */
export function unsupported(field: string, detail: string): FieldError {
  return { field, reason: "Unsupported", message: `Unsupported here: ${detail}` };
}

/** `Too long: may not be more than N bytes`. */
export function tooLong(field: string, maxBytes: number): FieldError {
  return {
    field,
    reason: "TooLong",
    message: `Too long: may not be more than ${maxBytes} bytes`,
  };
}

/** `Too many: COUNT: must have at most N items`. */
export function tooMany(field: string, count: number, max: number): FieldError {
  return {
    field,
    reason: "TooMany",
    message: `Too many: ${count}: must have at most ${max} items`,
  };
}

/**
 * A value as a field error shows it: strings quoted, numbers and booleans bare, structures as JSON
 * (R-VALID-2).
 */
function formatValue(value: unknown): string {
  return value === undefined ? "null" : JSON.stringify(value);
}

/** A `hint` for a name that was probably meant, or nothing to spread. */
export function didYouMean(name: string | undefined): { readonly hint?: string } {
  return name === undefined ? {} : { hint: `did you mean ${JSON.stringify(name)}?` };
}

/**
 * The name that was probably meant: differs in letter case alone, or by at most two insertions,
 * removals, changes or swaps of letters (one in names of up to four letters).
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let best: string | undefined;
  let least = lower.length <= 4 ? 2 : 3;
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase(), least);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function withDetail(message: string, detail: string | undefined): string {
  return detail === undefined || detail === "" ? message : `${message}: ${detail}`;
}
