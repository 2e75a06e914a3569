/** The API of a cluster on a port, with a token of its own. */
import type { Certificate } from "../../apiserver/front/certificate.ts";
import { listen, type Listener } from "../../apiserver/front/listener.ts";
import { type ApiServerOptions, createApiHandler } from "../../apiserver/handler.ts";
import { authenticate } from "../../apiserver/identity/authenticator.ts";
import { UsageError } from "../../base/usage_error.ts";
import type { Cluster } from "../../cluster.ts";
import type { ListenAddress } from "../arguments/values.ts";
import { describeFailure } from "../manifest/manifests.ts";

/** What an API is served with. */
export interface DoorOptions extends Omit<ApiServerOptions, "registry"> {
  readonly listen: ListenAddress;
  /** Names and addresses under which the server is reached. */
  readonly names: readonly string[];
  readonly certificate: Certificate;
}

/** An API that is served. */
export interface Door extends Listener {
  /** What the requests of its administrator carry. */
  readonly token: string;
}

/**
 * Begins to serve the objects of a cluster.
 *
 * @throws {UsageError} where it cannot listen.
 */
export function openDoor(cluster: Cluster, options: DoorOptions): Door {
  const { listen: { hostname, port }, names, certificate, ...server } = options;
  const token = crypto.getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  const handle = createApiHandler({ ...server, registry: cluster.registry });
  try {
    const listener = listen({
      ...{ hostname, port, certificate, names, handle },
      authenticate: (headers) => authenticate(headers, { token, ...server }),
    });
    return { ...listener, token };
  } catch (error) {
    throw new UsageError(
      `--listen: ${hostname}:${port} is not available: ${describeFailure(error)}; ` +
        "port 0 picks a free one",
    );
  }
}
