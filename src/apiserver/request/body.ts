/**
 * The body of a request as plain data.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/rest.go.
 */
import { concatBytes } from "../../base/bytes.ts";
import { messageOf } from "../../base/error_text.ts";
import { ApiError, badRequest } from "../answer/api_error.ts";
import { scanJson } from "./json_scan.ts";

/** What a body may have; Kubernetes takes as much. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** The form in which kubectl 1.32 and newer send what they create themselves. */
const PROTOBUF = "application/vnd.kubernetes.protobuf";
/** What is read beyond that before an answer, and for how long. */
const SKIPPED_BYTES = 256 * 1024 * 1024;
const SKIP_MS = 20_000;
/** How deep a body may be nested; an object needs two dozen levels. */
const MAX_DEPTH = 100;

/**
 * Reads a body, and keeps no more of it than may be.
 *
 * @throws {ApiError} `RequestEntityTooLarge`, `BadRequest` where its sender breaks off.
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let next; !(next = await readPiece(reader)).done;) {
    size += next.value.length;
    if (size > MAX_BODY_BYTES) {
      await skip(reader);
      throw new ApiError(
        "RequestEntityTooLarge",
        `Request entity too large: limit is ${MAX_BODY_BYTES}`,
      );
    }
    parts.push(next.value);
  }
  return parts.length === 1 ? parts[0]! : concatBytes(parts);
}

/**
 * Reads the rest of a body that is too large, so that its sender gets to see the answer: one that
 * is still sending has its connection broken off. What takes too long is broken off after all.
 */
async function skip(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => void reader.cancel(), SKIP_MS);
  try {
    let left = SKIPPED_BYTES;
    for (let next; !(next = await readPiece(reader)).done;) {
      left -= next.value.length;
      if (left < 0) return await reader.cancel();
    }
  } catch (error) {
    // Its sender is gone, or it was broken off here.
    if (!(error instanceof ApiError)) throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws {ApiError} `BadRequest` */
async function readPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (error) {
    // Whatever its class is, the body is what the client sends.
    throw badRequest(`the body of the request broke off: ${messageOf(error)}`);
  }
}

/** The media type of a request without its parameters; empty if it has none. */
export function mediaTypeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/** The data of a body, and what is lost of it. */
export interface ParsedBody {
  readonly data: unknown;
  /** The paths of fields that are given more than once; the last value counts. */
  readonly duplicates: readonly string[];
}

/**
 * The data of a body; undefined of an empty one. Without a type it is JSON.
 *
 * @throws {ApiError} `BadRequest`, `UnsupportedMediaType`
 */
export async function parseBody(bytes: Uint8Array, mediaType: string): Promise<unknown> {
  return (await parseWholeBody(bytes, mediaType)).data;
}

/** As {@link parseBody}, with the fields that are given twice. */
export async function parseWholeBody(bytes: Uint8Array, mediaType: string): Promise<ParsedBody> {
  if (bytes.length === 0) return { data: undefined, duplicates: [] };
  switch (mediaType) {
    case "":
    case "application/json":
      return parseJsonText(readText(bytes));
    case "application/yaml":
      return await parseYamlBody(readText(bytes));
    case PROTOBUF: {
      const { decodeProtobuf } = await import("./protobuf/protobuf.ts");
      return { data: decodeProtobuf(bytes), duplicates: [] };
    }
    default:
      throw unsupportedMediaType(["application/json", "application/yaml", PROTOBUF]);
  }
}

/** A body in a form that is not read. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    "UnsupportedMediaType",
    "the body of the request was in an unknown format - accepted media types include: " +
      accepted.join(", "),
  );
}

/**
 * JSON text as data.
 *
 * @throws {ApiError} `BadRequest`
 */
export function parseJsonBody(text: string): unknown {
  return parseJsonText(text).data;
}

function parseJsonText(text: string): ParsedBody {
  // Looked at before it is parsed: what walks through data later has a stack to lose.
  const { depth, duplicates } = scanJson(text, MAX_DEPTH);
  if (depth > MAX_DEPTH) throw badRequest(`the body is nested more than ${MAX_DEPTH} levels deep`);
  try {
    return { data: JSON.parse(text), duplicates };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`the object provided is unrecognized: ${error.message}`);
  }
}

/**
 * YAML text as data, of which JSON is a part.
 *
 * @throws {ApiError} `BadRequest`
 */
export async function parseYamlBody(text: string): Promise<ParsedBody> {
  if (text.trimStart().startsWith("{")) return parseJsonText(text);
  const { parseYaml } = await import("../../api/manifest/yaml.ts");
  const [document, ...more] = parseYaml(text);
  if (more.length > 0) throw badRequest("the body has more than one document");
  const errors = (document?.errors ?? []).map(({ error }) => error);
  const wrong = errors.find(({ reason }) => reason !== "DuplicateField");
  if (wrong !== undefined) throw badRequest(`the body is not YAML: ${wrong.message}`);
  return { data: document?.value, duplicates: errors.map(({ field }) => field) };
}

/**
 * The text of a body.
 *
 * @throws {ApiError} `BadRequest`
 */
export function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The only failure is a byte that is not UTF-8.
    throw badRequest("the body is not UTF-8");
  }
}

/** The fields that a patch gives more than once; of a list of operations each is one object. */
export function findDuplicates(bytes: Uint8Array, mediaType: string): readonly string[] {
  const { duplicates } = scanJson(readText(bytes), MAX_DEPTH);
  return mediaType === "application/json-patch+json"
    ? duplicates.map((it) => it.replace(/^\[\d+\]\./, ""))
    : duplicates;
}
