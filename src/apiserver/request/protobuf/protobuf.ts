/**
 * Bodies in protobuf, as typed clients of kubectl send them, to plain data; pure.
 *
 * Rule: Kubernetes, apimachinery, pkg/runtime/serializer/protobuf/protobuf.go, and the encoding of
 * protocol buffers: a field that is not optional is sent also when it is empty.
 */
import { formatSecond } from "../../../base/go_text.ts";
import { parseJson } from "../../../base/plain_data.ts";
import { badRequest } from "../../answer/api_error.ts";
import { MESSAGES } from "./messages.ts";

/** Bytes before a body: `k8s` and a zero. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];
/** How deep messages may be nested; an object needs a dozen levels. */
const MAX_DEPTH = 32;

/** A field of a message. */
interface Field {
  readonly name: string;
  readonly isPointer: boolean;
  readonly shape: "single" | "list" | "map";
  /** A letter, or the name of a message. */
  readonly type: string;
}

type Fields = Record<string, unknown>;

/** One value as it is encoded. */
interface Encoded {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

const parsed = new Map<string, ReadonlyMap<number, Field>>();

/**
 * The object in a body, with its kind and version.
 *
 * @throws {ApiError} `BadRequest`
 */
export function decodeProtobuf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw badRequest("the body is not an object in protobuf: it does not begin with k8s");
  }
  const { type, raw } = readEnvelope(bytes.subarray(MAGIC.length));
  const { apiVersion = "", kind = "" } = type;
  if (!Object.hasOwn(MESSAGES, kind)) {
    throw badRequest(`a ${kind} is not read from protobuf; send it as JSON`);
  }
  return { apiVersion, kind, ...decodeMessage(kind, raw, 0) };
}

function readEnvelope(bytes: Uint8Array): {
  readonly type: { readonly apiVersion?: string; readonly kind?: string };
  readonly raw: Uint8Array;
} {
  let type: { apiVersion?: string; kind?: string } = {};
  let raw: Uint8Array = new Uint8Array(0);
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) {
      const names = new Map([...readFields(asBytes(value))].map((it) => [it.number, it.value]));
      type = { apiVersion: asText(names.get(1)), kind: asText(names.get(2)) };
    } else if (number === 2) raw = asBytes(value);
  }
  return { type, raw };
}

function decodeMessage(message: string, bytes: Uint8Array, depth: number): Fields {
  if (depth > MAX_DEPTH) throw badRequest("the body is nested too deeply");
  const fields = fieldsOf(message);
  const result: Fields = {};
  const lists = new Map<string, unknown[]>();
  const maps = new Map<string, [string, unknown][]>();
  for (const { number, value } of readFields(bytes)) {
    const field = fields.get(number);
    if (field === undefined) {
      refuseUnknown(message, number, value);
      continue;
    }
    const { name, type, shape, isPointer } = field;
    if (shape === "map") {
      const entries = maps.get(name) ?? [];
      entries.push(decodeEntry(type, asBytes(value), depth));
      maps.set(name, entries);
      continue;
    }
    if (shape === "list") {
      const list = lists.get(name) ?? [];
      for (const item of decodeItems(type, value, depth)) list.push(item);
      lists.set(name, list);
      continue;
    }
    const decoded = decodeValue(type, value, depth);
    if (name === ".") Object.assign(result, decoded);
    else if (isPointer || !isEmpty(decoded)) result[name] = decoded;
  }
  for (const [name, list] of lists) result[name] = list;
  for (const [name, entries] of maps) result[name] = Object.fromEntries(entries);
  return result;
}

/** What a message has beside its table is not dropped in silence. */
function refuseUnknown(message: string, number: number, value: bigint | Uint8Array): void {
  // A status is not written by what is created or replaced.
  const isStatus = Object.hasOwn(STATUSES, message) && STATUSES[message] === number;
  if (isStatus || (typeof value === "bigint" ? value === 0n : value.length === 0)) return;
  throw badRequest(`field ${number} of a ${message} is not read from protobuf; send it as JSON`);
}

/** The number of the status in a message. */
const STATUSES: Readonly<Record<string, number>> = {
  SelfSubjectAccessReview: 3,
  SelfSubjectRulesReview: 3,
  Pod: 3,
  Deployment: 3,
  Job: 3,
  CronJob: 3,
  Service: 3,
  Namespace: 3,
  SelfSubjectReview: 2,
  SubjectAccessReview: 3,
  LocalSubjectAccessReview: 3,
  TokenReview: 3,
  TokenRequest: 3,
};

function decodeEntry(type: string, bytes: Uint8Array, depth: number): [string, unknown] {
  const entry = new Map([...readFields(bytes)].map((it) => [it.number, it.value]));
  const value = entry.get(2) ?? new Uint8Array(0);
  return [asText(entry.get(1)), decodeValue(type, value, depth)];
}

/** Numbers may stand one after the other in one value. */
function decodeItems(type: string, value: bigint | Uint8Array, depth: number): unknown[] {
  if (type !== "i" || typeof value === "bigint") return [decodeValue(type, value, depth)];
  const items: unknown[] = [];
  for (let at = 0; at < value.length;) {
    const [number, next] = readVarint(value, at);
    items.push(asInteger(number));
    at = next;
  }
  return items;
}

function decodeValue(type: string, value: bigint | Uint8Array, depth: number): unknown {
  switch (type) {
    case "s":
      return asText(value);
    case "i":
      return asInteger(value);
    case "b":
      return value === 1n;
    case "y":
      return asBytes(value).toBase64();
    case "T": {
      const seconds = new Map(fieldPairs(value)).get(1);
      return seconds === undefined ? "" : formatSecond(asInteger(seconds) * 1000);
    }
    case "Q":
      return asText(new Map(fieldPairs(value)).get(1));
    case "I": {
      const parts = new Map(fieldPairs(value));
      return parts.get(1) === 1n ? asText(parts.get(3)) : asInteger(parts.get(2) ?? 0n);
    }
    case "F":
      return parseJson(asText(new Map(fieldPairs(value)).get(1))) ?? {};
    default:
      return decodeMessage(type, asBytes(value), depth + 1);
  }
}

function fieldPairs(value: bigint | Uint8Array): (readonly [number, bigint | Uint8Array])[] {
  return [...readFields(asBytes(value))].map((it) => [it.number, it.value] as const);
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}

/** @throws {ApiError} `BadRequest` */
function* readFields(bytes: Uint8Array): Generator<Encoded> {
  for (let at = 0; at < bytes.length;) {
    const [key, start] = readVarint(bytes, at);
    const number = Number(key >> 3n);
    switch (Number(key & 7n)) {
      case 0: {
        const [value, next] = readVarint(bytes, start);
        yield { number, value };
        at = next;
        break;
      }
      case 1:
        at = checkEnd(start + 8, bytes);
        break;
      case 2: {
        const [length, from] = readVarint(bytes, start);
        at = checkEnd(from + Number(length), bytes);
        yield { number, value: bytes.subarray(from, at) };
        break;
      }
      case 5:
        at = checkEnd(start + 4, bytes);
        break;
      default:
        throw cutOff();
    }
  }
}

function readVarint(bytes: Uint8Array, start: number): [value: bigint, next: number] {
  let value = 0n;
  for (let at = start; at < bytes.length && at < start + 10; at++) {
    value |= BigInt(bytes[at]! & 0x7f) << BigInt(7 * (at - start));
    if (bytes[at]! < 0x80) return [BigInt.asUintN(64, value), at + 1];
  }
  throw cutOff();
}

function checkEnd(end: number, bytes: Uint8Array): number {
  if (end > bytes.length) throw cutOff();
  return end;
}

function asBytes(value: bigint | Uint8Array | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw cutOff();
}

function asText(value: bigint | Uint8Array | undefined): string {
  if (value === undefined) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(asBytes(value));
  } catch {
    // Bytes that are not text, or no bytes.
    throw cutOff();
  }
}

/** Two's complement of 64 bits. */
function asInteger(value: bigint | Uint8Array): number {
  if (typeof value === "bigint") return Number(BigInt.asIntN(64, value));
  throw cutOff();
}

function cutOff() {
  return badRequest("the body is not well-formed protobuf");
}

function fieldsOf(message: string): ReadonlyMap<number, Field> {
  const known = parsed.get(message);
  if (known !== undefined) return known;
  const fields = new Map<number, Field>();
  for (const text of MESSAGES[message]!.split(" ")) {
    const [, name, number, shape, pointer, type] = /^([\w.]+)=(\d+)(\[\]|\{\})?(\*)?(?::)?(\w+)$/
      .exec(text)!;
    fields.set(Number(number), {
      name: name!,
      isPointer: pointer !== undefined,
      shape: shape === "[]" ? "list" : shape === "{}" ? "map" : "single",
      type: type!,
    });
  }
  parsed.set(message, fields);
  return fields;
}
