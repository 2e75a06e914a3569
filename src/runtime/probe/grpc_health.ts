/** The standard health protocol of gRPC, as little of it as a probe needs (R-PROBE-14). */
import { orAborted } from "../../base/abort.ts";
import { systemClock } from "../../base/clock.ts";
import { formatGoDuration, quoteText } from "../../base/go_text.ts";
import { formatAddress } from "../handler_text.ts";
import { type Connect, type Connection, openConnection } from "./http_get.ts";
import type { GrpcHandler } from "../config.ts";
import type { HandlerResult } from "../runtime.ts";

const failure = (output: string): HandlerResult => ({ outcome: "failure", output });

/**
 * Asks a server for the health of a service.
 *
 * @param timeoutMs what the signal gives it, for the words about a server that could not be reached
 * in time.
 * @throws the signal's reason when it is aborted.
 */
export async function checkGrpcHealth(
  connect: Connect,
  handler: GrpcHandler,
  timeoutMs: number | undefined,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const address = formatAddress(handler);
  let connection: Awaited<ReturnType<typeof openConnection>>;
  try {
    connection = await dial(connect, handler, signal);
  } catch (error) {
    if (timeoutMs === undefined || !isTimeout(error)) throw error;
    const [name, time] = [quoteText(address), formatGoDuration(timeoutMs)];
    return failure(
      `timeout: failed to connect service ${name} within ${time}: context deadline exceeded`,
    );
  }
  using wire = connection;
  const request = formatRequest(handler.service);
  return describeAnswer(await orAborted(call(wire, address, request), signal));
}

/** Until there is an answer: a closed port does not mean to stop before the time is over. */
async function dial(connect: Connect, { host, port }: GrpcHandler, signal: AbortSignal) {
  for (;;) {
    try {
      return await openConnection(connect, host, port, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
    }
    await wallClock.sleepUntil(wallClock.now() + REDIAL_MS, signal);
  }
}

/** How long gRPC waits before its first retry. */
const REDIAL_MS = 1000;

const wallClock = systemClock();

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** What a call came to. */
interface Answer {
  /** All data frames. */
  readonly data: Uint8Array;
  /** `grpc-status`; undefined: the server does not speak gRPC. */
  readonly code: number | undefined;
  /** `grpc-message`, or what else went wrong. */
  readonly message: string;
}

async function call(
  { readable, writable }: Connection,
  address: string,
  body: Uint8Array,
): Promise<Answer> {
  // Loaded only where they are needed.
  const [http2, { Duplex }] = await Promise.all([import("node:http2"), import("node:stream")]);
  const wire = { readable, writable } as unknown as Parameters<typeof Duplex.fromWeb>[0];
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const fail = ({ message }: { readonly message: string }) =>
    resolve({ data: new Uint8Array(0), code: undefined, message });
  const session = http2.connect(`http://${address}`, {
    createConnection: () => Duplex.fromWeb(wire),
  });
  session.on("error", fail);
  session.on("close", () => fail({ message: "the connection was closed" }));
  const stream = session.request({
    ":method": "POST",
    ":path": "/grpc.health.v1.Health/Check",
    "content-type": "application/grpc",
    "user-agent": "kube-probe/1.36",
    te: "trailers",
  });
  let data = new Uint8Array(0);
  let code: number | undefined;
  let message = "";
  const note = (headers: Readonly<Record<string, unknown>>) => {
    const status = headers[":status"];
    if (status !== undefined && status !== 200) {
      message = `unexpected HTTP status code received from server: ${status}`;
    }
    if (headers["grpc-status"] === undefined) return;
    code = Number(headers["grpc-status"]);
    message = decodeMessage(String(headers["grpc-message"] ?? ""));
  };
  stream.on("response", note);
  stream.on("trailers", note);
  stream.on("error", fail);
  stream.on("data", (chunk: Uint8Array) => data = new Uint8Array([...data, ...chunk]));
  stream.on("close", () => resolve({ data, code, message }));
  stream.end(body);
  const answer = await promise;
  session.destroy();
  return answer;
}

/** A message with a length before it: `HealthCheckRequest { service = 1 }`. */
function formatRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  const message = name.length === 0 ? [] : [0x0a, ...formatVarint(name.length), ...name];
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, message.length);
  return new Uint8Array([0, ...new Uint8Array(length.buffer), ...message]);
}

function formatVarint(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...formatVarint(Math.floor(value / 128))];
}

/** `HealthCheckResponse.ServingStatus`. */
const SERVING_STATUS = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;

const CODES = [
  ..."OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists".split(" "),
  ..."PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange".split(" "),
  ..."Unimplemented Internal Unavailable DataLoss Unauthenticated".split(" "),
];
const OK = 0;
const UNIMPLEMENTED = 12;

function describeAnswer({ data, code, message }: Answer): HandlerResult {
  if (code === UNIMPLEMENTED) {
    return failure(
      "error: this server does not implement the grpc health protocol " +
        `(grpc.health.v1.Health): ${message}`,
    );
  }
  if (code !== OK) {
    const name = code === undefined ? "Unavailable" : CODES[code] ?? `Code(${code})`;
    return failure(`error: health rpc probe failed: rpc error: code = ${name} desc = ${message}`);
  }
  const status = SERVING_STATUS[readStatus(data)] ?? "UNKNOWN";
  return status === "SERVING"
    ? { outcome: "success", output: "service healthy" }
    : failure(`service unhealthy (responded with ${quoteText(status)})`);
}

/**
 * `HealthCheckResponse { status = 1 }` after the five bytes with its length; a field that is
 * not there is 0.
 */
function readStatus(data: Uint8Array): number {
  const [tag, status = 0] = data.subarray(5);
  return tag === 0x08 ? status : 0;
}

/** `%` and two digits stand for a byte. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
