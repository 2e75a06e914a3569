/**
 * Addresses and links of a run's pods, and the commands of `ip` that make them. Pure.
 *
 * The pods of a run share one subnet. Its first address is the node's: where probes, host ports and
 * whatever else of this machine reaches a pod comes from. The second is the pods' gateway, the
 * third answers their DNS queries, and the fourth is where connections to Services come from.
 */
import { RuntimeError } from "../runtime.ts";

/** A range of IPv4 addresses. */
export interface Cidr {
  /** Its first address, as a number. */
  readonly base: number;
  /** 0 to 32. */
  readonly prefixLength: number;
}

/** The addresses of a run. */
export interface Subnet extends Cidr {
  /** `10.200.16.0/20` */
  readonly cidr: string;
  /** The node's own. */
  readonly node: string;
  /** Where pods send what is outside of the subnet. */
  readonly gateway: string;
  /** Where slirp4netns answers DNS queries. */
  readonly nameserver: string;
  /** Where connections to Services come from, as pods see them. */
  readonly proxy: string;
}

/**
 * Subnets are cut from this range: the half of 10/8 that networks of offices and clusters use less.
 */
const RANGE: Cidr = { base: parseAddress("10.128.0.0"), prefixLength: 9 };
const PREFIX_LENGTH = 20;
const SUBNET_SIZE = 2 ** (32 - PREFIX_LENGTH);
const SUBNETS = 2 ** (PREFIX_LENGTH - RANGE.prefixLength);
/** The addresses below are the node's. */
const FIRST_POD = 16;

/** What a packet may hold: nothing here goes over a wire, and large ones cost slirp4netns least. */
const MTU = 65520;

/** The bridge of the node network. */
const BRIDGE = "br0";

/** The interface through which outbound traffic leaves the node network. */
const TAP = "tap0";

/**
 * Chooses a subnet that nothing uses.
 *
 * @param taken what this machine has routes to.
 * @param random 0 to 1, exclusive: runs that start at the same time seldom choose the same one.
 * @throws {RuntimeError} `FailedCreatePodSandBox` if all are taken.
 */
export function planSubnet(taken: readonly Cidr[], random: number): Subnet {
  const first = Math.floor(random * SUBNETS);
  for (let index = 0; index < SUBNETS; index++) {
    const base = RANGE.base + (first + index) % SUBNETS * SUBNET_SIZE;
    const subnet = { base, prefixLength: PREFIX_LENGTH };
    if (taken.some((other) => overlaps(subnet, other))) continue;
    return {
      ...subnet,
      cidr: `${formatAddress(base)}/${PREFIX_LENGTH}`,
      node: formatAddress(base + 1),
      gateway: formatAddress(base + 2),
      nameserver: formatAddress(base + 3),
      proxy: formatAddress(base + 4),
    };
  }
  throw new RuntimeError(
    "FailedCreatePodSandBox",
    "Cannot choose addresses for pods: this machine has routes to all of 10.128.0.0/9; --network host needs no addresses",
  );
}

/** Whether an address is in a range; false for what is not an IPv4 address. */
export function contains(range: Cidr, address: string): boolean {
  return isAddress(address) && overlaps(range, { base: parseAddress(address), prefixLength: 32 });
}

/** Whether two ranges have addresses in common. */
export function overlaps(one: Cidr, other: Cidr): boolean {
  const size = 2 ** (32 - Math.min(one.prefixLength, other.prefixLength));
  return Math.floor(one.base / size) === Math.floor(other.base / size);
}

/** What `/proc/net/route` has routes to, but for the default one. */
export function parseRoutes(text: string): readonly Cidr[] {
  return text.split("\n").slice(1).filter(Boolean).map((line) => {
    const fields = line.split("\t");
    return { base: swapBytes(fields[1]!), prefixLength: countBits(swapBytes(fields[7]!)) };
  }).filter(({ prefixLength }) => prefixLength > 0);
}

/** Words of this machine's own byte order, in hexadecimal. */
function swapBytes(hex: string): number {
  const bytes = hex.match(/../g)!.map((byte) => parseInt(byte, 16));
  const view = new DataView(new Uint8Array(bytes).buffer);
  return view.getUint32(0, LITTLE_ENDIAN);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function countBits(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}

/** The resolvers that a `resolv.conf` names by an IPv4 address, each as a range of one. */
export function parseNameservers(resolvConf: string): readonly Cidr[] {
  return resolvConf.split("\n").map(nameserverOf).filter((it) => it !== undefined && isAddress(it))
    .map((address) => ({ base: parseAddress(address!), prefixLength: 32 }));
}

function nameserverOf(line: string): string | undefined {
  return /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
}

/** The addresses of a run's pods. One that is given back is the last to be given again. */
export class AddressPool {
  readonly #taken = new Set<string>();
  #next = FIRST_POD;

  /** All free. */
  constructor(private readonly subnet: Subnet) {}

  /**
   * An address for one pod.
   * @throws {RuntimeError} `FailedCreatePodSandBox` if all are taken.
   */
  take(): string {
    // The last address of a subnet is for all of it.
    const last = SUBNET_SIZE - 2;
    for (let tries = FIRST_POD; tries <= last; tries++) {
      const address = formatAddress(this.subnet.base + this.#next);
      this.#next = this.#next === last ? FIRST_POD : this.#next + 1;
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
    throw new RuntimeError(
      "FailedCreatePodSandBox",
      `Cannot give the pod an address: all ${this.#taken.size} of ${this.subnet.cidr} are taken`,
    );
  }

  /** Gives one back. */
  release(address: string): void {
    this.#taken.delete(address);
  }
}

/** The bridge between the pods. */
export function formatBridge(): readonly string[] {
  return [
    "link set lo up",
    // Without an address of its own it would take that of a port, and change it with the ports.
    `link add ${BRIDGE} address 0a:58:00:00:00:01 mtu ${MTU} type bridge`,
    `link set ${BRIDGE} up`,
  ];
}

/** An address of the node network itself. */
export function formatBridgeAddress(address: string): readonly string[] {
  return [`addr add ${address}/${PREFIX_LENGTH} dev ${BRIDGE}`];
}

/**
 * The pair of links that joins this machine to the bridge.
 *
 * @param link the name of the machine's end.
 * @param pid a process in the machine's network namespace.
 */
export function formatHostLink(link: string, pid: number): readonly string[] {
  return [
    `link add host0 mtu ${MTU} master ${BRIDGE} up type veth peer name ${link} mtu ${MTU} netns ${pid}`,
  ];
}

/**
 * The machine's end of that pair. The route is refused where there is one to the same subnet
 * already, which an address that brings its own route along is not.
 */
export function formatHostAddress(link: string, { node, cidr }: Subnet): readonly string[] {
  return [
    `link set ${link} up`,
    // Of an earlier try.
    `addr flush dev ${link}`,
    `addr add ${node}/32 dev ${link}`,
    `route add ${cidr} dev ${link} src ${node}`,
  ];
}

/**
 * The pair of links that joins a pod to the bridge.
 *
 * @param index distinguishes the pods of a run.
 * @param pid a process in the pod's network namespace.
 */
export function formatPodLink(index: number, pid: number, podIP: string): readonly string[] {
  // The link's address follows from the pod's: a neighbour that remembers a former pod of that
  // address is right about both.
  const parts = podIP.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  const mac = ["0a", "58", ...parts].join(":");
  return [
    `link add pod${index} mtu ${MTU} master ${BRIDGE} up type veth` +
    ` peer name eth0 address ${mac} mtu ${MTU} netns ${pid}`,
  ];
}

/** Where a pod sends what is not for another pod. */
export interface PodRoutes {
  /**
   * Undefined where nothing leads out: then a pod learns so at once, instead of waiting for an
   * answer.
   */
  readonly gateway: string | undefined;
  /** The addresses of Services, and where they are; undefined without any. */
  readonly services: { readonly range: string; readonly via: string } | undefined;
}

/** A pod's end of that pair. */
export function formatPodInterface(
  podIP: string,
  { gateway, services }: PodRoutes,
): readonly string[] {
  return [
    ...formatLoopback(),
    "link set eth0 up",
    `addr add ${podIP}/${PREFIX_LENGTH} dev eth0`,
    ...services === undefined ? [] : [`route add ${services.range} via ${services.via}`],
    ...gateway === undefined ? [] : [`route add default via ${gateway}`],
  ];
}

/** Takes all addresses of a range for the node network's own: programs there may listen on any. */
export function formatOwnRange(range: string, { proxy }: Subnet): readonly string[] {
  return [...formatBridgeAddress(proxy), `route add local ${range} dev lo`];
}

/** What a network namespace has to have. */
export function formatLoopback(): readonly string[] {
  return ["link set lo up"];
}

/** Joins the interface of slirp4netns to the bridge: it is the pods' gateway itself. */
export function formatSlirpPort(): readonly string[] {
  return [`link set ${TAP} master ${BRIDGE} up`];
}

/**
 * The arguments of slirp4netns.
 *
 * @param pid a process in the node network.
 */
export function formatSlirpArguments({ cidr }: Subnet, pid: number): readonly string[] {
  return [
    "--exit-fd=0",
    "--ready-fd=3",
    // What pods send is parsed in there: with no more power than that takes.
    "--enable-sandbox",
    "--enable-seccomp",
    // Or a pod would reach what listens on the machine's loopback.
    "--disable-host-loopback",
    `--cidr=${cidr}`,
    `--mtu=${MTU}`,
    String(pid),
    TAP,
  ];
}

/** Where pasta answers DNS queries. */
export const PASTA_NAMESERVER = "169.254.1.3";

/** The arguments of pasta, which takes one address of the node network for the only one. */
export function formatPastaArguments(): readonly string[] {
  return [
    ..."--quiet --foreground --ipv4-only --config-net --netns-only --runas 0".split(" "),
    // No port of the machine leads in and none leads out, nor does the gateway's address to the
    // machine's loopback.
    ..."-t none -u none -T none -U none --no-map-gw".split(" "),
    ...`--ns-ifname ${TAP} --address 169.254.1.2 --netmask 24 --gateway 169.254.1.1`.split(" "),
    ...`--dns-forward ${PASTA_NAMESERVER}`.split(" "),
  ];
}

/** Rules for `nft`: whatever leaves by pasta's interface has the node network's address. */
export function formatMasquerade(): string {
  return `table ip podling {
  chain postrouting {
    type nat hook postrouting priority 100;
    oifname "${TAP}" masquerade
  }
}
`;
}

/** A range as it is written: `10.96.0.0/12`. */
export function parseCidr(text: string): Cidr {
  const [address = "", prefixLength] = text.split("/");
  return { base: parseAddress(address), prefixLength: Number(prefixLength) };
}

/** An IPv4 address as it is written. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => address >>> shift & 0xff).join(".");
}

function isAddress(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
}

function parseAddress(text: string): number {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
