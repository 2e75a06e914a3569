/** The API of a cluster on a port. */
import { listen, type Listener } from "../../apiserver/front/listener.ts";
import { type ApiServerOptions, createApiHandler } from "../../apiserver/handler.ts";
import { authenticate } from "../../apiserver/identity/authenticator.ts";
import { UsageError } from "../../base/usage_error.ts";
import type { Cluster } from "../../cluster.ts";
import type { ListenAddress } from "../arguments/values.ts";
import { describeFailure } from "../output/failure.ts";
import type { Credentials } from "./credentials.ts";

/** What an API is served with. */
export interface DoorOptions extends Omit<ApiServerOptions, "registry"> {
  readonly listen: ListenAddress;
  /** Names and addresses under which the server is reached. */
  readonly names: readonly string[];
  readonly credentials: Credentials;
}

/**
 * Begins to serve the objects of a cluster.
 *
 * @throws {UsageError} where it cannot listen.
 */
export function openDoor(cluster: Cluster, options: DoorOptions): Listener {
  const { listen: { hostname, port }, names, credentials, ...server } = options;
  const { certificate, token } = credentials;
  const handle = createApiHandler({ ...server, registry: cluster.registry });
  try {
    return listen({
      ...{ hostname, port, certificate, names, handle },
      authenticate: (headers) =>
        authenticate(headers, { token, objects: cluster.registry, ...server }),
    });
  } catch (error) {
    throw new UsageError(
      `--listen: ${hostname}:${port} is not available: ${describeFailure(error)}; ` +
        "port 0 picks a free one",
    );
  }
}
