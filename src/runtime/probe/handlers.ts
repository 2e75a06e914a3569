/**
 * Asks a container what its probes and hooks ask: exec, httpGet, tcpSocket, grpc (R-PROBE-10,
 * R-HOOK-2).
 */
import { joinSignals, orAborted } from "../../base/abort.ts";
import { messageOf } from "../../base/error_text.ts";
import { checkGrpcHealth } from "./grpc_health.ts";
import {
  formatAddress,
  formatDialError,
  formatGetError,
  formatTimeout,
  MAX_OUTPUT_BYTES,
} from "../handler_text.ts";
import { BodyError, type Connect, HttpError, httpGet, openConnection } from "./http_get.ts";
import type { ExecHandler, HttpGetHandler, TcpSocketHandler } from "../config.ts";
import type { HandlerPurpose, HandlerRequest, HandlerResult } from "../runtime.ts";

/** The ways into a container. */
export interface ContainerAccess {
  /**
   * Runs a program in the container to its end.
   *
   * @throws the signal's reason when it is aborted; then nothing is left of what the program
   * started.
   */
  exec(argv: readonly string[], signal: AbortSignal): Promise<ExecResult>;
  /** Opens a connection, from where the container's network is. */
  readonly connect: Connect;
}

/** The outcome of a program. */
export type ExecResult =
  | {
    readonly type: "exited";
    /** 128 + n for signal n. */
    readonly exitCode: number;
    /** The first 10 KiB of it. */
    readonly stdout: Uint8Array;
    /** The first 10 KiB of it. */
    readonly stderr: Uint8Array;
  }
  /** It could not be executed, and why. */
  | { readonly type: "refused"; readonly message: string };

/**
 * Asks a container.
 *
 * @param signal the handler is cancelled when it is aborted.
 */
export async function runHandler(
  access: ContainerAccess,
  request: HandlerRequest,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const { timeoutMs } = request;
  const late = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  using over = joinSignals(late === undefined ? [signal] : [signal, late]);
  try {
    return await ask(access, request, over.signal);
  } catch (error) {
    if (signal.aborted) return { outcome: "error", output: messageOf(signal.reason) };
    if (error instanceof BodyError) {
      const output = late?.aborted ? BODY_TIMEOUT : error.message;
      return { outcome: "error", output, state: "failure" };
    }
    if (late?.aborted) {
      return { outcome: "failure", output: formatTimeout(request.handler, timeoutMs!) };
    }
    throw error;
  }
}

function ask(
  access: ContainerAccess,
  { purpose, handler, timeoutMs }: HandlerRequest,
  signal: AbortSignal,
): Promise<HandlerResult> {
  switch (handler.type) {
    case "exec":
      return exec(access, handler, signal);
    case "httpGet":
      return isHook(purpose)
        ? orAborted(callHook(access.connect, handler, signal), signal)
        : probeHttp(access.connect, handler, signal);
    case "tcpSocket":
      return probeTcp(access.connect, handler, signal);
    case "grpc":
      return checkGrpcHealth(access.connect, handler, timeoutMs, signal);
  }
}

function isHook(purpose: HandlerPurpose): boolean {
  return purpose === "postStart" || purpose === "preStop";
}

/** Rule: R-PROBE-13. */
async function exec(
  access: ContainerAccess,
  { argv }: ExecHandler,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const result = await access.exec(argv, signal);
  if (result.type === "refused") return { outcome: "error", output: result.message };
  const { exitCode, stdout, stderr } = result;
  const output = new Uint8Array([...stdout, ...stderr]).subarray(0, MAX_OUTPUT_BYTES);
  const decoder = new TextDecoder();
  return {
    outcome: exitCode === 0 ? "success" : "failure",
    output: decoder.decode(output),
    stderr: decoder.decode(stderr),
    exitCode,
  };
}

/** Rules: R-PROBE-10, R-PROBE-11. */
async function probeHttp(
  connect: Connect,
  handler: HttpGetHandler,
  signal: AbortSignal,
): Promise<HandlerResult> {
  try {
    using response = await orAborted(httpGet(connect, handler, signal), signal);
    const { status } = response;
    const body = await response.readBody();
    if (status < 200 || status >= 400) {
      return { outcome: "failure", output: `HTTP probe failed with statuscode: ${status}` };
    }
    return status < 300
      ? { outcome: "success", output: body }
      : { outcome: "warning", output: `Probe terminated redirects, Response body: ${body}` };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { outcome: "failure", output: formatGetError(error.url, error.message) };
  }
}

/** A body that did not come in time, in the words of Go (R-PROBE-10). */
const BODY_TIMEOUT =
  "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

/**
 * Any answer will do, whatever its body, and plain HTTP too where TLS was expected (R-HOOK-2,
 * R-EVENT-17).
 */
async function callHook(
  connect: Connect,
  handler: HttpGetHandler,
  signal: AbortSignal,
): Promise<HandlerResult> {
  try {
    using response = await httpGet(connect, handler, signal);
    const output = await response.readBody().catch((error) => {
      if (!(error instanceof BodyError)) throw error;
      return "";
    });
    return { outcome: "success", output };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const failure = {
      outcome: "failure",
      output: formatGetError(error.url, error.message),
    } as const;
    if (!error.spokePlainHttp) return failure;
    // What is meant for an encrypted connection is not sent on another.
    const headers = handler.headers.filter(([name]) => name.toLowerCase() !== "authorization");
    const plain = { ...handler, scheme: "HTTP", headers } as const;
    const retry = await callHook(connect, plain, signal);
    if (retry.outcome !== "success") return failure;
    const address = formatAddress(handler);
    const output =
      `request to HTTPS lifecycle hook ${address} got HTTP response, retry with HTTP succeeded`;
    return { outcome: "warning", output };
  }
}

async function probeTcp(
  connect: Connect,
  { host, port }: TcpSocketHandler,
  signal: AbortSignal,
): Promise<HandlerResult> {
  try {
    using _connection = await openConnection(connect, host, port, signal);
    return { outcome: "success", output: "" };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    return { outcome: "failure", output: formatDialError(host, port, error) };
  }
}
