/**
 * The first request of a connection, as far as it shows whether the connection becomes SPDY; pure.
 *
 * Rule: RFC 9112, sections 2 to 5.
 */

/** What a request says before its body. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent: `/api/v1/…?…`. */
  readonly target: string;
  readonly headers: Headers;
  /** How many bytes it has, with the empty line at its end. */
  readonly length: number;
}

/** A longer one is left to the server behind. */
const MAX_HEAD_BYTES = 1 << 16;

/** What the first bytes of a connection are: a request that asks for SPDY, another, or too few. */
export type HeadFinding = RequestHead | "other" | "incomplete";

/** Looks at the first bytes of a connection. */
export function findSpdyRequest(bytes: Uint8Array, protocol: string): HeadFinding {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_HEAD_BYTES));
  if (!/^(?:POST|GET) \//.test(text)) {
    return ["POST /", "GET /"].some((it) => it.startsWith(text)) ? "incomplete" : "other";
  }
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return text.length < MAX_HEAD_BYTES ? "incomplete" : "other";
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const [, method, target] = /^(\S+) (\S+) HTTP\/1\.1$/.exec(first) ?? [];
  const headers = parseHeaders(lines);
  if (method === undefined || target === undefined || headers === undefined) return "other";
  const isSpdy = headers.get("upgrade")?.toLowerCase() === protocol.toLowerCase();
  const hasBody = (headers.get("content-length") ?? "0") !== "0" ||
    headers.has("transfer-encoding");
  return isSpdy && !hasBody ? { method, target, headers, length: end + 4 } : "other";
}

function parseHeaders(lines: readonly string[]): Headers | undefined {
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined || value.includes("\0")) return undefined;
    headers.append(name, value);
  }
  return headers;
}
