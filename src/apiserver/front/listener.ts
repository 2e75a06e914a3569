/** The port on which the API is served, with TLS. */
import type { ApiHandler } from "../handler.ts";
import type { User } from "../identity/user.ts";
import { answerFailure } from "../answer/response.ts";
import type { Certificate } from "./certificate.ts";
import { checkRequest } from "./gate.ts";

/** Where the API is served, and to which clients. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly certificate: Certificate;
  /** Who sends a request with these headers; it throws what it is refused with. */
  readonly authenticate: (headers: Headers) => Promise<User>;
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
  { hostname, port, certificate, authenticate, names, handle }: ListenOptions,
): Listener {
  const server = Deno.serve({
    hostname,
    port,
    ...certificate,
    onListen: () => {},
    onError: (error) => answerFailure(error),
  }, async (request) => {
    const refusal = checkRequest(request, { names });
    if (refusal !== undefined) return answerFailure(refusal);
    // What it throws is answered by `onError`.
    return await handle(request, await authenticate(request.headers));
  });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `https://${host}:${server.addr.port}`,
    close: () => server.shutdown(),
  };
}
