/** The Pods of a node, and what they leave for others. */
import { computePodResources, nanosOf } from "../types/qos.ts";
import type { Pod, PodAffinityTerm, PodSpec } from "../types/pod.ts";
import type { Quantity } from "../types/meta.ts";
import { claimsOf, type PortClaim } from "./host_ports.ts";

/** What keeps Pods away that do not tolerate it. */
export interface Taint {
  readonly key: string;
  /** @default none */
  readonly value?: string;
  readonly effect: string;
}

/** A node as far as it decides which Pods it can have. */
export interface SchedulableNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How it gets others; one clause for people. @default there is no way */
  readonly labelAdvice?: string;
  readonly taints: readonly Taint[];
  /** No more Pods are wanted there. @default false */
  readonly isUnschedulable?: boolean;
  /** What Pods can request: `cpu`, `memory`, `pods`, …; what is not named is not there. */
  readonly allocatable: Readonly<Record<string, Quantity>>;
}

const knownRequests = new WeakMap<PodSpec, ReadonlyMap<string, bigint>>();

/** What a Pod requests, in billionths, by resource; nothing that is zero. */
export function requestsOf({ spec }: Pod): ReadonlyMap<string, bigint> {
  const known = knownRequests.get(spec);
  if (known !== undefined) return known;
  const amounts = Object.entries(computePodResources(spec, "requests"))
    .map(([name, amount]) => [name, nanosOf(amount)] as const);
  const requests = new Map(amounts.filter(([, nanos]) => nanos > 0n));
  knownRequests.set(spec, requests);
  return requests;
}

/** The terms by which a Pod keeps others away. */
export function antiAffinityOf({ spec }: Pod): readonly PodAffinityTerm[] {
  return spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** The Pods that a node has or is about to get, with the sums of what they request. */
export class NodePods {
  readonly #pods = new Map<string, Pod>();
  readonly #requested = new Map<string, bigint>();
  readonly #claims = new Map<string, readonly PortClaim[]>();
  /** Those that keep others away. */
  readonly #repelling = new Map<string, Pod>();

  /** How many there are. */
  get size(): number {
    return this.#pods.size;
  }

  /** Adds a Pod, or puts another version in place of the one that is there. */
  add(pod: Pod): void {
    const { uid = "" } = pod.metadata;
    this.remove(uid);
    this.#pods.set(uid, pod);
    this.#count(pod, 1n);
    const claims = claimsOf(pod);
    if (claims.length > 0) this.#claims.set(uid, claims);
    if (antiAffinityOf(pod).length > 0) this.#repelling.set(uid, pod);
  }

  /** @returns whether it was there. */
  remove(uid: string): boolean {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return false;
    this.#pods.delete(uid);
    this.#claims.delete(uid);
    this.#repelling.delete(uid);
    this.#count(pod, -1n);
    return true;
  }

  /** The Pod of this uid, as it was added. */
  get(uid: string): Pod | undefined {
    return this.#pods.get(uid);
  }

  /** All of them. */
  list(): Iterable<Pod> {
    return this.#pods.values();
  }

  /** Those that keep others away. */
  repelling(): Iterable<Pod> {
    return this.#repelling.values();
  }

  /** Their host ports. */
  claims(): PortClaim[] {
    return [...this.#claims.values()].flat();
  }

  /** What they request of a resource together, in billionths. */
  requestedOf(resource: string): bigint {
    return this.#requested.get(resource) ?? 0n;
  }

  #count(pod: Pod, sign: bigint): void {
    for (const [name, nanos] of requestsOf(pod)) {
      this.#requested.set(name, this.requestedOf(name) + sign * nanos);
    }
  }
}
