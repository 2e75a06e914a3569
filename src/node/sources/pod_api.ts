/** The API of a node that serves, as its Pods have it: a vocabulary. */
import type { Pod } from "../../api/types/pod.ts";
import type { TokenReference } from "../config/pod_sources.ts";

/** Where something listens. */
export interface SocketAddress {
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** A token of a service account. */
export interface PodToken {
  readonly token: string;
  /** Wall clock, in ms since 1970. */
  readonly expiresAt: number;
}

/** What the Pods of a node have of its API. */
export interface PodApi {
  /** Where it listens on this machine; undefined: nowhere yet. */
  listensAt(): SocketAddress | undefined;
  /** Where a Pod's containers reach it; undefined: nowhere yet. */
  addressFor(pod: Pod): SocketAddress | undefined;
  /**
   * Asks for a token that ends with the Pod.
   *
   * @throws {Error} there is none: its message says why.
   */
  requestToken(pod: Pod, wish: TokenReference): Promise<PodToken>;
}
