/** Reads the fields of a YAML value strictly, collecting errors by path; pure. */
import { didYouMean, type FieldError } from "../api/types/errors.ts";
import type { Millis } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { findNearest } from "../base/nearest.ts";
import { isObject } from "../base/plain_data.ts";
import { UsageError } from "../base/usage_error.ts";

/** The fields of an object, none of them read. */
export type Fields = Readonly<Record<string, unknown>>;

/** Every field is known and of its type, or there is an error. */
export class FieldReader {
  /** Of all that has been read, in the order of reading. */
  readonly errors: FieldError[] = [];

  /** An object of which these fields are known; empty where it is null or not an object. */
  struct(value: unknown, path: string, known: readonly string[]): Fields {
    if (!isObject(value)) {
      if (value !== null) this.wrong(path, "object", value);
      return {};
    }
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      const field = joinField(path, name);
      const message = `unknown field ${JSON.stringify(field)}`;
      const hint = didYouMean(findNearest(name, known));
      this.errors.push({ field, reason: "UnknownField", message, ...hint });
    }
    return value;
  }

  /** An object whose keys are the user's own. */
  map<T>(value: unknown, path: string, read: (it: unknown, path: string) => T): Map<string, T> {
    if (value === undefined || value === null) return new Map();
    if (!isObject(value)) {
      this.wrong(path, "object", value);
      return new Map();
    }
    return new Map(
      Object.entries(value).map(([name, it]) => [name, read(it, joinField(path, name))]),
    );
  }

  /** A list; undefined where it is absent or not a list. */
  list<T>(
    value: unknown,
    path: string,
    read: (it: unknown, path: string) => T,
  ): readonly T[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) return this.wrong(path, "list", value);
    return value.map((it, index) => read(it, `${path}[${index}]`));
  }

  /** A duration as people type it. */
  duration(value: unknown, path: string): Millis | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== "string" && typeof value !== "number") {
      return this.wrong(path, "a duration such as 2s", value);
    }
    return this.parse(path, () => parseDuration(String(value)));
  }

  /** A string. */
  text(value: unknown, path: string): string | undefined {
    if (value === undefined || typeof value === "string") return value;
    return this.wrong(path, "string", value);
  }

  /** What a parser makes of a value; its {@link UsageError} becomes an error of the field. */
  parse<T>(path: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return this.refuse(path, "Invalid", error.message);
    }
  }

  /** A value of another type than expected. */
  wrong(path: string, expected: string, value: unknown): undefined {
    return this.refuse(path, "WrongType", `expected ${expected}, got ${JSON.stringify(value)}`);
  }

  /** A value that is not accepted. */
  refuse(field: string, reason: FieldError["reason"], message: string): undefined {
    this.errors.push({ field, reason, message });
    return undefined;
  }
}

/**
 * The path of a field or of a key of the user's own, which stands in brackets where it is not a
 * plain word.
 */
export function joinField(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${name}]`;
  return path === "" ? name : `${path}.${name}`;
}
