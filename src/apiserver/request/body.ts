/**
 * The body of a request as plain data.
 *
 * Rule: Kubernetes, apiserver, pkg/endpoints/handlers/rest.go.
 */
import { concatBytes } from "../../base/bytes.ts";
import { ApiError, badRequest } from "../answer/api_error.ts";

/** What a body may have; Kubernetes takes as much. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** The form in which kubectl 1.32 and newer send what they create themselves. */
const PROTOBUF = "application/vnd.kubernetes.protobuf";
/** How deep a body may be nested; an object needs two dozen levels. */
const MAX_DEPTH = 100;

/**
 * Reads a body, and no more of it than may be.
 *
 * @throws {ApiError} `RequestEntityTooLarge`
 */
export async function readBody(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body) {
    size += part.length;
    if (size > MAX_BODY_BYTES) {
      throw new ApiError(
        "RequestEntityTooLarge",
        `Request entity too large: limit is ${MAX_BODY_BYTES}`,
      );
    }
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : concatBytes(parts);
}

/** The media type of a request without its parameters; empty if it has none. */
export function mediaTypeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/**
 * The data of a body; undefined of an empty one. Without a type it is JSON.
 *
 * @throws {ApiError} `BadRequest`, `UnsupportedMediaType`
 */
export async function parseBody(bytes: Uint8Array, mediaType: string): Promise<unknown> {
  if (bytes.length === 0) return undefined;
  switch (mediaType) {
    case "":
    case "application/json":
      return parseJsonBody(readText(bytes));
    case "application/yaml":
      return await parseYamlBody(readText(bytes));
    case PROTOBUF: {
      const { decodeProtobuf } = await import("./protobuf/protobuf.ts");
      return decodeProtobuf(bytes);
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
  if (isTooDeep(text)) throw badRequest(`the body is nested more than ${MAX_DEPTH} levels deep`);
  try {
    return JSON.parse(text);
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
export async function parseYamlBody(text: string): Promise<unknown> {
  if (text.trimStart().startsWith("{")) return parseJsonBody(text);
  const { parseYaml } = await import("../../api/manifest/yaml.ts");
  const [document, ...more] = parseYaml(text);
  if (more.length > 0) throw badRequest("the body has more than one document");
  const [wrong] = document?.errors ?? [];
  if (wrong !== undefined) throw badRequest(`the body is not YAML: ${wrong.error.message}`);
  return document?.value;
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

/** Looked at before it is parsed: what walks through data later has a stack to lose. */
function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false;
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[^])*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") {
      if (++depth > MAX_DEPTH) return true;
    } else if (token === "]" || token === "}") depth--;
  }
  return false;
}
