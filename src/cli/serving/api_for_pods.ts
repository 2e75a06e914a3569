/** What the Pods of a node that serves have of its API: where it is, and tokens. */
import type { Pod } from "../../api/types/pod.ts";
import type { ObjectFinder } from "../../apiserver/identity/claims.ts";
import { issuePodToken } from "../../apiserver/identity/pod_token.ts";
import type { ServiceTokens } from "../../apiserver/identity/tokens.ts";
import type { TokenReference } from "../../node/config/pod_sources.ts";
import type { PodApi, PodToken, SocketAddress } from "../../node/sources/pod_api.ts";
import { API_NAMESPACE, API_SERVICE } from "./api_service.ts";

/** What it is made from. */
export interface ApiForPodsOptions {
  readonly tokens: ServiceTokens;
  readonly objects: ObjectFinder;
  /** All Pods have the machine's network, not those alone that ask for it. */
  readonly sharesNetwork: boolean;
}

/**
 * Pods with a network of their own reach the API at the address of its Service. Those with the
 * machine's reach it where it listens: what leads to Services there need not be an ordinary user's.
 */
export class ApiForPods implements PodApi {
  readonly #options: ApiForPodsOptions;
  #address: SocketAddress | undefined;

  /** It listens nowhere yet. */
  constructor(options: ApiForPodsOptions) {
    this.#options = options;
  }

  /** Notes where it listens. */
  open(address: SocketAddress): void {
    this.#address = address;
  }

  listensAt(): SocketAddress | undefined {
    return this.#address;
  }

  addressFor({ spec }: Pod): SocketAddress | undefined {
    const { sharesNetwork, objects } = this.#options;
    if (sharesNetwork || spec.hostNetwork === true) return this.#address;
    const service = objects.get("Service", API_NAMESPACE, API_SERVICE);
    const { clusterIP: address, ports = [] } = service?.spec ?? {};
    const port = ports[0]?.port;
    return address === undefined || port === undefined ? undefined : { address, port };
  }

  requestToken(pod: Pod, reference: TokenReference): Promise<PodToken> {
    const { tokens, objects } = this.#options;
    return issuePodToken(tokens, objects, pod, reference);
  }
}
