/** The machine's own network. Each pod has a loopback address of its own on it. */
import { hostAddress } from "../machine/host_address.ts";
import type { PodAddress, PodNetwork } from "./pod_network.ts";

/**
 * The machine's own network, which pods share.
 *
 * @param addresses what a pod gets: a loopback address to itself, or with `hostNetwork` the
 * machine's own.
 */
export function openHostNetwork(addresses: "loopback" | "machine"): PodNetwork {
  return new HostNetwork(addresses);
}

class HostNetwork implements PodNetwork {
  readonly #taken = new LoopbackAddresses();

  constructor(private readonly addresses: "loopback" | "machine") {}

  reserve(podUid: string): Promise<PodAddress> {
    const podIP = this.addresses === "machine" ? hostAddress() : this.#taken.take(podUid);
    return Promise.resolve({ podIP });
  }

  /** It is there already. */
  attach(): Promise<void> {
    return Promise.resolve();
  }

  release(podIP: string): Promise<void> {
    return Promise.resolve(this.#taken.release(podIP));
  }

  connect(hostname: string, port: number): Promise<Deno.Conn> {
    return Deno.connect({ hostname, port });
  }

  connectInside(_pausePid: number, port: number): Promise<Deno.Conn> {
    return Deno.connect({ hostname: "localhost", port });
  }

  /** Which ports of the machine a container opens is its own affair. */
  openHostPorts(): AsyncDisposable {
    return new AsyncDisposableStack();
  }

  /** This program is in it. */
  enterNode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A loopback address for a pod, always the same for the same UID, never in 127.0.0.0/16. Pure. */
export function loopbackAddress(podUid: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < podUid.length; index++) {
    hash = Math.imul(hash ^ podUid.charCodeAt(index), 0x01000193) >>> 0;
  }
  const part = (shift: number) => (hash >>> shift) % 254 + 1;
  return `127.${part(0)}.${part(8)}.${part(16)}`;
}

/**
 * The loopback addresses of a run's pods: those of {@link loopbackAddress}, and others where two
 * would have the same.
 */
export class LoopbackAddresses {
  readonly #taken = new Set<string>();

  /** An address that no other pod has. */
  take(podUid: string): string {
    let seed = podUid;
    while (this.#taken.has(loopbackAddress(seed))) seed += "'";
    const address = loopbackAddress(seed);
    this.#taken.add(address);
    return address;
  }

  /** Gives one back. */
  release(address: string): void {
    this.#taken.delete(address);
  }
}
