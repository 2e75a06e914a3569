/** The port on which the API is served, with TLS. */
import type { ApiHandler } from "../handler.ts";
import { answerFailure } from "../answer/response.ts";
import type { Certificate } from "./certificate.ts";
import { checkRequest } from "./gate.ts";

/** Where the API is served, and to which clients. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly certificate: Certificate;
  readonly token: string;
  /** Names and addresses under which the server is reached. */
  readonly names: readonly string[];
  readonly handle: ApiHandler;
}

/** A server that listens. */
export interface Listener {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /** Takes no more requests, and resolves when those that it has are answered. */
  close(): Promise<void>;
}

/**
 * Begins to serve.
 *
 * @throws {Deno.errors.AddrInUse} and what else the machine may refuse.
 */
export function listen(
  { hostname, port, certificate, token, names, handle }: ListenOptions,
): Listener {
  const server = Deno.serve({
    hostname,
    port,
    ...certificate,
    onListen: () => {},
    onError: (error) => answerFailure(error),
  }, (request) => {
    const refusal = checkRequest(request, { token, names });
    return refusal === undefined ? handle(request) : answerFailure(refusal);
  });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `https://${host}:${server.addr.port}`,
    close: () => server.shutdown(),
  };
}
