/** JSON patch; pure. Rule: RFC 6902, and RFC 6901 for its pointers. */
import { isObject } from "../../base/plain_data.ts";
import { isEqual } from "../validate/common/equality.ts";
import { PatchError } from "./patch_error.ts";

/** How many operations a patch may have; Kubernetes takes as many. */
const MAX_OPERATIONS = 10_000;
/** What copies may add, in characters of JSON. */
const MAX_COPIED = 3 * 1024 * 1024;

type Operation =
  | { readonly op: "add" | "replace" | "test"; readonly path: Pointer; readonly value: unknown }
  | { readonly op: "remove"; readonly path: Pointer }
  | { readonly op: "move" | "copy"; readonly path: Pointer; readonly from: Pointer };

type Pointer = readonly string[];

/**
 * The target with the operations of a patch, one after the other.
 *
 * @throws {PatchError}
 */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw malformed("a JSON patch is a list of operations");
  if (patch.length > MAX_OPERATIONS) {
    throw malformed(
      `the allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  let copied = 0;
  let document = target;
  for (const operation of patch.map(parseOperation)) {
    if (operation.op === "copy") {
      copied += JSON.stringify(read(document, operation.from)).length;
      if (copied > MAX_COPIED) throw malformed("the copies of a JSON patch are too large");
    }
    document = applyOperation(document, operation);
  }
  return document;
}

function parseOperation(value: unknown, index: number): Operation {
  if (!isObject(value)) throw malformed(`operation ${index} is not an object`);
  const { op, value: operand = null } = value;
  const path = parsePointer(value["path"], `path of operation ${index}`);
  switch (op) {
    case "add":
    case "replace":
    case "test":
      if (!("value" in value)) throw malformed(`operation ${index} has no value`);
      return { op, path, value: operand };
    case "remove":
      return { op, path };
    case "move":
    case "copy":
      return { op, path, from: parsePointer(value["from"], `from of operation ${index}`) };
    default:
      throw malformed(`Unexpected kind: ${String(op)}`);
  }
}

function parsePointer(value: unknown, what: string): Pointer {
  if (typeof value !== "string" || (value !== "" && !value.startsWith("/"))) {
    throw malformed(`the ${what} is not a JSON pointer: ${JSON.stringify(value)}`);
  }
  return value.split("/").slice(1)
    .map((it) => it.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function applyOperation(document: unknown, operation: Operation): unknown {
  const { path } = operation;
  switch (operation.op) {
    case "add":
      return change(document, path, { type: "add", value: operation.value });
    case "remove":
      return change(document, path, { type: "remove" });
    case "replace":
      read(document, path);
      return change(document, path, { type: "set", value: operation.value });
    case "test":
      if (isEqual(find(document, path) ?? null, operation.value ?? null)) return document;
      throw inapplicable(`testing value ${formatPointer(path)} failed`);
    case "copy":
      return change(document, path, { type: "add", value: read(document, operation.from) });
    case "move": {
      const value = read(document, operation.from);
      const without = change(document, operation.from, { type: "remove" });
      return change(without, path, { type: "add", value });
    }
  }
}

type Change =
  | { readonly type: "add" | "set"; readonly value: unknown }
  | { readonly type: "remove" };

/** A copy of what is on the way; the rest is shared. */
function change(value: unknown, [key, ...rest]: Pointer, it: Change): unknown {
  if (key === undefined) return it.type === "remove" ? null : it.value;
  if (Array.isArray(value)) {
    const index = indexIn(value, key, it.type === "add" && rest.length === 0);
    if (rest.length > 0) return value.with(index, change(value[index], rest, it));
    if (it.type === "remove") return value.toSpliced(index, 1);
    return it.type === "add" ? value.toSpliced(index, 0, it.value) : value.with(index, it.value);
  }
  if (!isObject(value)) throw missing(key);
  const fields = new Map(Object.entries(value));
  if ((rest.length > 0 || it.type !== "add") && !fields.has(key)) throw missing(key);
  if (rest.length > 0) fields.set(key, change(fields.get(key), rest, it));
  else if (it.type === "remove") fields.delete(key);
  else fields.set(key, it.value);
  return Object.fromEntries(fields);
}

/** @throws {PatchError} where there is nothing. */
function read(document: unknown, path: Pointer): unknown {
  const value = find(document, path);
  if (value === undefined) throw missing(path.at(-1) ?? "");
  return value;
}

function find(document: unknown, path: Pointer): unknown {
  let value = document;
  for (const key of path) {
    if (Array.isArray(value)) value = value[indexIn(value, key, false)];
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

/** @param isEnd whether the place behind the last item is one. */
function indexIn(list: readonly unknown[], key: string, isEnd: boolean): number {
  if (key === "-" && isEnd) return list.length;
  const index = /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : NaN;
  if (index < list.length || (isEnd && index === list.length)) return index;
  throw inapplicable(`Unable to access invalid index: ${key}`);
}

function missing(key: string): PatchError {
  return inapplicable(`Unable to find the key ${JSON.stringify(key)}: there is no such value`);
}

function malformed(message: string): PatchError {
  return new PatchError("malformed", message);
}

function inapplicable(message: string): PatchError {
  return new PatchError("inapplicable", message);
}

function formatPointer(path: Pointer): string {
  return path.map((it) => `/${it.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
