/** What a network gives to a pod. */
import type { HostPort } from "../config.ts";

/** What a pod has from its network. */
export interface PodAddress {
  readonly podIP: string;
  /**
   * Who resolves names for it where the node's resolver is out of its reach; see
   * `formatReachableResolvConf()`.
   */
  readonly nameserver?: string;
}

/** How a program gets where all pods of a network reach it. */
export interface NodeEntry {
  /** Words before it. */
  readonly enter: readonly string[];
  /** DNS servers that it reaches there. */
  readonly nameservers: readonly string[];
  /** Pods are reached without it as well. */
  readonly reachableFromHost: boolean;
}

/** A network of pods. */
export interface PodNetwork {
  /**
   * Gives a pod an address that it alone has.
   * @throws {RuntimeError} `FailedCreatePodSandBox`
   */
  reserve(podUid: string): Promise<PodAddress>;
  /**
   * Joins a pod to the network.
   *
   * @param podIP an address that was reserved.
   * @param pausePid the pause process that holds the pod's network namespace, as the host numbers
   * it.
   * @throws {RuntimeError} `FailedCreatePodSandBox`
   */
  attach(podIP: string, pausePid: number): Promise<void>;
  /** Takes an address back, once the pod's processes have ended; it may go to another pod later. */
  release(podIP: string): Promise<void>;
  /**
   * Opens a connection as from the node: to a pod of this network, or to whatever else this program
   * reaches.
   * @throws {Error} as `Deno.connect()` does.
   */
  connect(host: string, port: number): Promise<Deno.Conn>;
  /**
   * Opens a connection to what listens on the loopback of a pod.
   * @throws {Error} as `Deno.connect()` does.
   */
  connectInside(pausePid: number, port: number): Promise<Deno.Conn>;
  /**
   * Forwards ports of the machine to a pod, until the result is disposed of.
   * @throws {RuntimeError} `FailedCreatePodSandBox` if one of them is not available.
   */
  openHostPorts(podIP: string, ports: readonly HostPort[]): AsyncDisposable;
  /**
   * The namespace in which pods reach the node; undefined where this program is in it, or nothing
   * leads there.
   *
   * @throws {RuntimeError} `FailedCreatePodSandBox` if the network cannot be made.
   */
  enterNode(): Promise<NodeEntry | undefined>;
  /** Ends all that works for it; may be repeated. */
  close(): Promise<void>;
}
