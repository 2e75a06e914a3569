/**
 * A GET request over a connection that the caller opens: as little of HTTP/1.1 as a probe or a hook
 * needs.
 */
import { orAborted } from "../../base/abort.ts";
import type { HttpGetHandler } from "../config.ts";
import { formatAddress, formatDialError, formatUrl, MAX_OUTPUT_BYTES } from "../handler_text.ts";

/** A connection of bytes. */
export interface Connection {
  /** The response of the other side. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The text of the request. */
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
  /** Gives it up, whatever is under way. */
  close(): void;
}

/** Opens a connection, from where the container's network is. */
export type Connect = (host: string, port: number) => Promise<Connection>;

/** What a server answers, as far as its headers; its connection ends with its block. */
export interface HttpResponse extends Disposable {
  /** 200, 404, … */
  readonly status: number;
  /**
   * At most 10 KiB of its body.
   *
   * @throws {BodyError} when it ends early, cannot be read, or the signal of the request is aborted
   * first.
   */
  readBody(): Promise<string>;
}

/**
 * The headers of an answer came, its body did not: for a probe an error, not a failure
 * (R-PROBE-10).
 */
export class BodyError extends Error {
  /** Says why in the words of Go. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BodyError";
  }
}

/** A request came to nothing. */
export class HttpError extends Error {
  /**
   * Says why in the words of Go.
   * @param url whose request it was.
   * @param spokePlainHttp the server answered a TLS handshake in plain HTTP.
   */
  constructor(readonly url: string, message: string, readonly spokePlainHttp: boolean = false) {
    super(message);
    this.name = "HttpError";
  }
}

/** No server takes longer to begin its answer. */
const MAX_HEAD_BYTES = 1024 * 1024;

/** Of requests that lead to one another. */
const MAX_REQUESTS = 10;

/**
 * Sends the request and follows redirects within the same host name, whose bodies are not read; one
 * to another host is the answer itself.
 *
 * Rule: R-PROBE-11.
 *
 * @throws {HttpError} when there is no answer.
 * @throws the signal's reason when it is aborted.
 */
export async function httpGet(
  connect: Connect,
  handler: HttpGetHandler,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const own = handler.headers.findLast(([name]) => name.toLowerCase() === "host")?.[1];
  const headers = handler.headers.filter(([name, value]) =>
    // An empty `Accept` takes the usual one away.
    name.toLowerCase() !== "host" && (name.toLowerCase() !== "accept" || value !== "")
  );
  const first = parseTarget(formatUrl(handler));
  let target: Target = { ...first, host: own ?? formatAddress(handler) };
  for (let requests = 1;; requests++) {
    const response = await sendRequest(connect, target, headers, signal);
    const next = findNext(response, target);
    if (next === undefined || next.target.hostname !== first.hostname) return response;
    response[Symbol.dispose]();
    if (requests >= MAX_REQUESTS) {
      throw new HttpError(next.target.text, "stopped after 10 redirects");
    }
    // A name of the caller's own holds for as long as no other host is named.
    target = own !== undefined && next.isRelative ? { ...next.target, host: own } : next.target;
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a request goes. */
interface Target {
  /** The whole URL. */
  readonly text: string;
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** For the `Host` header. */
  readonly host: string;
}

function parseTarget(text: string): Target {
  if (!URL.canParse(text)) throw new HttpError(text, "the URL cannot be parsed");
  const { protocol, hostname, host, port, pathname, search } = new URL(text);
  const secure = protocol === "https:";
  if (!secure && protocol !== "http:") {
    const scheme = JSON.stringify(protocol.slice(0, -1));
    throw new HttpError(text, `unsupported protocol scheme ${scheme}`);
  }
  return {
    text,
    secure,
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (secure ? 443 : 80)),
    path: pathname + search,
    host,
  };
}

/** Where a redirect leads; undefined for every other answer. */
function findNext(
  response: LocatedResponse,
  target: Target,
): { readonly target: Target; readonly isRelative: boolean } | undefined {
  const { status, location } = response;
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  try {
    return { target: resolveTarget(location, target), isRelative: !URL.canParse(location) };
  } catch (error) {
    response[Symbol.dispose]();
    throw error;
  }
}

function resolveTarget(location: string, { text }: Target): Target {
  if (URL.canParse(location, text)) return parseTarget(new URL(location, text).href);
  throw new HttpError(text, `failed to parse Location header ${JSON.stringify(location)}`);
}

interface LocatedResponse extends HttpResponse {
  readonly location: string | undefined;
}

async function sendRequest(
  connect: Connect,
  target: Target,
  headers: HttpGetHandler["headers"],
  signal: AbortSignal,
): Promise<LocatedResponse> {
  const { text, secure, hostname, port, path, host } = target;
  using opened = new DisposableStack();
  const connection = opened.use(
    await openConnection(connect, hostname, port, signal).catch((error) => {
      signal.throwIfAborted();
      throw new HttpError(text, formatDialError(hostname, port, error));
    }),
  );
  try {
    const wire = secure ? await startTls(connection, target) : connection;
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      "Connection: close",
    ];
    const writer = wire.writable.getWriter();
    await writer.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
    const reader = new ByteReader(wire.readable.getReader());
    const head = await readHead(reader);
    const held = opened.move();
    return {
      status: head.status,
      location: head.headers.get("location"),
      readBody: () =>
        orAborted(readBody(reader, head), signal).catch((error) => {
          throw new BodyError(formatReadError(target, error), { cause: error });
        }),
      [Symbol.dispose]: () => held.dispose(),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HttpError) throw error;
    throw new HttpError(text, formatReadError(target, error));
  }
}

/**
 * A connection that ends with its block, and at once when the signal is aborted.
 *
 * @throws the signal's reason when it is aborted first.
 */
export async function openConnection(
  connect: Connect,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Connection & Disposable> {
  signal.throwIfAborted();
  const opening = connect(host, port);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const connection = await Promise.race([opening, aborted]);
    const close = () => {
      signal.removeEventListener("abort", close);
      closeQuietly(connection);
    };
    signal.addEventListener("abort", close, { once: true });
    const { readable, writable } = connection;
    return { readable, writable, close, [Symbol.dispose]: close };
  } catch (error) {
    // One that comes too late is of no use.
    opening.then(closeQuietly, () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function closeQuietly(connection: Connection): void {
  try {
    connection.close();
  } catch (error) {
    // A stream that has come to its end has closed it already.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/**
 * Encrypts a connection. The identity of the server is not checked: certificates are not verified
 * (R-PROBE-11).
 */
async function startTls(
  { readable, writable }: Connection,
  { text, hostname }: Target,
): Promise<Pick<Connection, "readable" | "writable">> {
  // Loading these takes longer than a whole probe: only where they are needed.
  const [{ connect }, { Duplex }] = await Promise.all([
    import("node:tls"),
    import("node:stream"),
  ]);
  let beginning = "";
  const listener = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      if (beginning.length < PLAIN.length) {
        beginning += new TextDecoder().decode(chunk.subarray(0, 16));
      }
      controller.enqueue(chunk);
    },
  });
  const wire = { readable: readable.pipeThrough(listener), writable };
  const socket = connect({
    socket: Duplex.fromWeb(wire as unknown as Parameters<typeof Duplex.fromWeb>[0]),
    rejectUnauthorized: false,
    servername: /^[\d.]+$|:/.test(hostname) ? "" : hostname,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("secureConnect", resolve);
  socket.once("close", () => reject(new ResponseError("EOF")));
  // For as long as it lives: its streams report later errors too.
  socket.on("error", reject);
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    if (!beginning.startsWith(PLAIN)) throw error;
    throw new HttpError(text, "http: server gave HTTP response to HTTPS client", true);
  }
  return Duplex.toWeb(socket) as unknown as Connection;
}

/** What plain HTTP begins with. */
const PLAIN = "HTTP/";

/** An answer that is none. */
class ResponseError extends Error {}

interface Head {
  readonly status: number;
  /** By name in small letters. */
  readonly headers: ReadonlyMap<string, string>;
}

async function readHead(reader: ByteReader): Promise<Head> {
  for (;;) {
    const head = await reader.readHead();
    const [statusLine = "", ...lines] = head.split(/\r?\n/);
    const status = Number(/^HTTP\/1\.\d (\d{3})(?: |$)/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) {
      throw new ResponseError(`malformed HTTP response ${JSON.stringify(statusLine)}`);
    }
    // News on the way to the answer.
    if (status < 200 && status !== 101) continue;
    const headers = new Map(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }));
    return { status, headers };
  }
}

async function readBody(reader: ByteReader, { status, headers }: Head): Promise<string> {
  if (status === 204 || status === 304 || status === 101) return "";
  const length = headers.get("content-length");
  const body = /\bchunked\b/i.test(headers.get("transfer-encoding") ?? "")
    ? await reader.readChunks(MAX_OUTPUT_BYTES)
    : length === undefined
    ? await reader.read(MAX_OUTPUT_BYTES)
    : await reader.readWhole(Math.min(Number(length), MAX_OUTPUT_BYTES));
  return new TextDecoder().decode(body);
}

/** Reads a stream by lines and by counts. */
class ByteReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(private readonly reader: ReadableStreamDefaultReader<Uint8Array>) {}

  /** Up to the empty line, without it. */
  async readHead(): Promise<string> {
    for (;;) {
      // One character a byte, so that places in the text are places in the bytes.
      const text = Array.from(this.#bytes, (byte) => String.fromCharCode(byte)).join("");
      const end = /\r?\n\r?\n/.exec(text);
      if (end !== null) {
        this.#bytes = this.#bytes.subarray(end.index + end[0].length);
        return text.slice(0, end.index);
      }
      if (this.#bytes.length > MAX_HEAD_BYTES) {
        throw new ResponseError("server response headers exceeded their limit; aborted");
      }
      if (!await this.#more()) {
        throw new ResponseError(
          this.#bytes.length === 0 ? "EOF" : formatBrokenHead(text),
        );
      }
    }
  }

  /** So many bytes, or what there is until the end. */
  async read(count: number): Promise<Uint8Array> {
    while (this.#bytes.length < count && await this.#more());
    const read = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(read.length);
    return read;
  }

  /** So many bytes, and no fewer. */
  async readWhole(count: number): Promise<Uint8Array> {
    const read = await this.read(count);
    if (read.length < count) throw new ResponseError("unexpected EOF");
    return read;
  }

  /** A body in chunks, cut to so many bytes. */
  async readChunks(limit: number): Promise<Uint8Array> {
    let body = new Uint8Array(0);
    while (body.length < limit) {
      const size = Number.parseInt(await this.#readLine(), 16);
      if (Number.isNaN(size)) throw new ResponseError("invalid byte in chunk length");
      if (size === 0) break;
      body = join(body, await this.readWhole(Math.min(size, limit - body.length)));
      if (body.length < limit) await this.#readLine();
    }
    return body;
  }

  async #readLine(): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf(10);
      if (end >= 0) {
        const line = new TextDecoder().decode(this.#bytes.subarray(0, end));
        this.#bytes = this.#bytes.subarray(end + 1);
        return line.trim();
      }
      if (!await this.#more()) throw new ResponseError("unexpected EOF");
    }
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const { value, done } = await this.reader.read();
    this.#ended = done;
    if (value !== undefined) this.#bytes = join(this.#bytes, value);
    return !done;
  }
}

/** Why nothing could be read, in the words of Go. */
function formatReadError({ hostname, port }: Target, error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /os error 104\b/.test(error.message)
    ? `read tcp ${formatAddress({ host: hostname, port })}: read: connection reset by peer`
    : error.message;
}

/** A server that ends in the middle of its first words, or whose words are not HTTP. */
function formatBrokenHead(text: string): string {
  return text.startsWith(PLAIN)
    ? "unexpected EOF"
    : `malformed HTTP response ${JSON.stringify(text.split(/\r?\n/)[0])}`;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
