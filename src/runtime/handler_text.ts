/** The messages of probes and hooks, in the words of the kubelet and of Go. Pure. */
import { formatGoDuration, quoteText } from "../base/go_text.ts";
import type { Handler, HttpGetHandler } from "./config.ts";

/** How much is kept of the output of a program or a server, in bytes (R-PROBE-11, R-PROBE-13). */
export const MAX_OUTPUT_BYTES = 10 * 1024;

/**
 * Why no program can be executed in a container that has ended, in the words of the kubelet and
 * containerd (R-EVENT-7).
 */
export const CONTAINER_EXITED: string = formatNotRunning("exited");

/** Why no program can be executed in a container that is in this state, in the same words. */
export function formatNotRunning(state: string): string {
  return "rpc error: code = Unknown desc = failed to exec in container: " +
    `container is in CONTAINER_${state.toUpperCase()} state`;
}

/** The answer of a container that has ended: a question to it is discarded (R-PROBE-10). */
export function formatEnded(handler: Handler): string {
  return handler.type === "exec" ? CONTAINER_EXITED : "the container has ended";
}

/** `HOST:PORT`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: {
  readonly host: string;
  readonly port: number;
}): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address of a request, as the manifest has its path. */
export function formatUrl(handler: HttpGetHandler): string {
  const slash = handler.path.startsWith("/") ? "" : "/";
  return `${handler.scheme.toLowerCase()}://${formatAddress(handler)}${slash}${handler.path}`;
}

/** Why a request to a URL failed. */
export function formatGetError(url: string, why: string): string {
  return `Get ${quoteText(url)}: ${why}`;
}

/** An answer that did not come in time (R-PROBE-10, R-PROBE-14). */
export function formatTimeout(handler: Handler, timeoutMs: number): string {
  const time = formatGoDuration(timeoutMs);
  switch (handler.type) {
    case "exec":
      return `command timed out: ${quoteText(handler.argv.join(" "))} timed out after ${time}`;
    case "httpGet":
      return formatGetError(
        formatUrl(handler),
        "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
      );
    case "tcpSocket":
      return `dial tcp ${formatAddress(handler)}: i/o timeout`;
    case "grpc":
      return `timeout: health rpc did not complete within ${time}`;
  }
}

/** The texts of an operating system's refusals to connect, by Deno's messages. */
const REFUSALS: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/os error 111\b/, "connect: connection refused"],
  [/os error 113\b/, "connect: no route to host"],
  [/os error 101\b/, "connect: network is unreachable"],
  [/os error 110\b/, "connect: connection timed out"],
];

/** Why a connection could not be opened. */
export function formatDialError(host: string, port: number, error: Error): string {
  const address = formatAddress({ host, port });
  if (/failed to lookup address|not known/.test(error.message)) {
    return `dial tcp: lookup ${host}: no such host`;
  }
  const known = REFUSALS.find(([pattern]) => pattern.test(error.message))?.[1];
  return `dial tcp ${address}: ${known ?? error.message}`;
}
