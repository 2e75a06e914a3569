/**
 * Which addresses the Services of a run have. Pure.
 *
 * Pods with networks of their own have a route to the whole range: the node network takes all of
 * its addresses for its own, and a proxy listens there. Nothing is configured for a single
 * Service, and nothing of this machine's own network changes. Pods that share the machine's network
 * reach a part of its loopback, where any user may listen without configuring anything.
 */
import {
  type Cidr,
  contains,
  formatAddress,
  overlaps,
  parseCidr,
} from "../network/network_plan.ts";

/** The addresses of Services. */
export interface ServicePlan {
  /** Every Service has its address in this range: `10.96.0.0/12`. */
  readonly range: string;
  /** Where names are answered; in the range, and no Service's. */
  readonly dnsAddress: string;
  /** Why none are answered there. @default they are */
  readonly namesRefusal?: string;
}

/** The range of kubeadm's clusters, and others where this machine has routes to it. */
const POD_RANGES = ["10.96.0.0/12", "10.112.0.0/12", "172.16.0.0/12", "198.18.0.0/15"];

/** Which of its addresses is that of the API, and of the DNS server, as kubeadm has it. */
const API_OFFSET = 1;
const DNS_OFFSET = 10;

/** Addresses at which Pods with networks of their own may reach the API. */
export const API_ADDRESSES: readonly string[] = POD_RANGES.map(apiAddressOf);

/** The address of the API in a range of Services. */
export function apiAddressOf(range: string): string {
  return formatAddress(parseCidr(range).base + API_OFFSET);
}

/**
 * Services of Pods with networks of their own.
 *
 * @param kept an address of the range that Services have already: it comes first.
 */
export function planPodServices(taken: readonly Cidr[], kept?: string): ServicePlan {
  const isFree = (range: string) => !taken.some((other) => overlaps(parseCidr(range), other));
  const isKept = (range: string) => kept !== undefined && contains(parseCidr(range), kept);
  const free = POD_RANGES.filter(isFree);
  return planRange(free.find(isKept) ?? free[0] ?? POD_RANGES.find(isKept) ?? POD_RANGES[0]!);
}

/**
 * Services of Pods that share the machine's network: on its loopback, where no Pod has its address
 * and other programs seldom listen.
 *
 * @param random 0 to 1, exclusive: runs at the same time seldom have the same range.
 * @param kept an address of the range that Services have already.
 */
export function planHostServices(random: number, kept?: string): ServicePlan {
  const first = 2;
  const third = Number(kept?.match(/^127\.0\.(\d+)\.\d+$/)?.[1] ?? 0);
  const isKept = third >= first && third < 255;
  return planRange(`127.0.${isKept ? third : first + Math.floor(random * (255 - first))}.0/24`);
}

function planRange(range: string): ServicePlan {
  return { range, dnsAddress: formatAddress(parseCidr(range).base + DNS_OFFSET) };
}
