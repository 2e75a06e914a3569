/**
 * Addresses and node ports of Services: those that they ask for, if they are free, or the lowest
 * that are; pure.
 *
 * Rule: Kubernetes, pkg/registry/core/service/storage/alloc.go, ipallocator/bitmap.go and
 * portallocator/allocator.go. `Differs:` there a free one is drawn at random, and only IPv4 is
 * configured here.
 */
import { type FieldError, invalid } from "../types/errors.ts";
import type { Service, ServicePort, ServiceSpec } from "../types/network.ts";
import type { NewObject, Ranges } from "../types/new_object.ts";
import { HEADLESS, isHeadless, needsClusterIP, needsNodePort } from "./service_type.ts";

/** Kubernetes' own range where an administrator says nothing, as kubeadm has it. */
const ADDRESSES = "10.96.0.0/12";
const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;
/** Below it, ports are for those who ask for one (R-SVC-4). */
const FIRST_FREE_NODE_PORT = FIRST_NODE_PORT + 86;

/** A valid Service with its addresses and node ports, or why it cannot have them (R-SVC-4). */
export function allocateService(
  service: Service,
  others: readonly Service[],
  { serviceAddresses = ADDRESSES }: Ranges,
): NewObject<Service> {
  // By its name: what has not been stored yet has no uid of its own.
  const { namespace, name } = service.metadata;
  const rivals = others.filter(({ metadata }) =>
    metadata.name !== name || metadata.namespace !== namespace
  );
  const addressed = allocateAddress(service, rivals, parseRange(serviceAddresses));
  if (addressed.errors.length > 0 || !needsNodePort(addressed.object)) return addressed;
  return allocateNodePorts(addressed.object, rivals);
}

function allocateAddress(
  service: Service,
  others: readonly Service[],
  range: AddressRange,
): NewObject<Service> {
  if (!needsClusterIP(service)) return { object: service, errors: [] };
  const { spec } = service;
  const isSelectorless = isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0;
  const ipFamilyPolicy = spec.ipFamilyPolicy ??
    (isSelectorless ? "RequireDualStack" : "SingleStack");
  const families = { ipFamilyPolicy, ipFamilies: familiesOf(spec, isSelectorless, ipFamilyPolicy) };
  const errors = findFamilyErrors(spec, families, isSelectorless);
  const [asked] = spec.clusterIPs ?? [];
  const fail = (error: FieldError) => ({ object: service, errors: [error] });
  if (errors.length > 0) return { object: service, errors };
  if (isHeadless(service)) {
    return { object: { ...service, spec: { ...spec, ...families } }, errors: [] };
  }
  // The first one is the API server's own.
  const { namespace, name } = service.metadata;
  const isApi = name === "kubernetes" && (namespace || "default") === "default";
  const own = isApi ? [] : [formatAddress(range.first)];
  const taken = new Set([...own, ...others.map((it) => it.spec.clusterIP)]);
  const why = asked === undefined ? undefined : findAddressFault(asked, taken, range);
  if (why !== undefined) {
    const detail = `failed to allocate IP ${asked}: ${why}`;
    return fail(invalid("spec.clusterIPs", spec.clusterIPs, detail));
  }
  const clusterIP = asked ?? findFreeAddress(taken, range);
  if (clusterIP === undefined) {
    return fail(internal("spec.clusterIPs", "failed to allocate a serviceIP: range is full"));
  }
  const object = { ...service, spec: { ...spec, ...families, clusterIP, clusterIPs: [clusterIP] } };
  return { object, errors: [] };
}

function familiesOf(
  { ipFamilies = [] }: ServiceSpec,
  isSelectorless: boolean,
  policy: string,
): readonly string[] {
  const [first = "IPv4", ...rest] = ipFamilies;
  if (!isSelectorless || rest.length > 0 || policy === "SingleStack") return [first, ...rest];
  return [first, first === "IPv4" ? "IPv6" : "IPv4"];
}

/** There is one family; a Service whose endpoints are made by hand may name both. */
function findFamilyErrors(
  { clusterIPs = [] }: ServiceSpec,
  { ipFamilies, ipFamilyPolicy }: { ipFamilies: readonly string[]; ipFamilyPolicy: string },
  isSelectorless: boolean,
): FieldError[] {
  if (ipFamilyPolicy === "SingleStack" && ipFamilies.length === 2) {
    const detail =
      "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified";
    return [invalid("spec.ipFamilyPolicy", ipFamilyPolicy, detail)];
  }
  const foreign = clusterIPs.findIndex((it) => it.includes(":"));
  if (foreign !== -1) {
    const detail = "IPv6 is not configured on this cluster";
    return [invalid(`spec.clusterIPs[${foreign}]`, clusterIPs, detail)];
  }
  if (isSelectorless) return [];
  const missing = ipFamilies.findIndex((it) => it !== "IPv4");
  return [
    ...ipFamilyPolicy === "RequireDualStack"
      ? [invalid(
        "spec.ipFamilyPolicy",
        ipFamilyPolicy,
        "this cluster is not configured for dual-stack services",
      )]
      : [],
    ...missing === -1 ? [] : [invalid(
      `spec.ipFamilies[${missing}]`,
      ipFamilies[missing],
      "not configured on this cluster",
    )],
  ];
}

/** Addresses as numbers. */
interface AddressRange {
  /** Without that of the network itself. */
  readonly first: number;
  /** Without that of all. */
  readonly last: number;
}

function parseRange(cidr: string): AddressRange {
  const [address = "", bits = ""] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const base = Math.floor(parseAddress(address)! / size) * size;
  return { first: base + 1, last: base + size - 2 };
}

/** A valid IPv4 address as a number; undefined for what is none. */
function parseAddress(text: string): number | undefined {
  if (text === HEADLESS || text.includes(":")) return undefined;
  return text.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".");
}

function findAddressFault(
  asked: string,
  taken: ReadonlySet<string | undefined>,
  { first, last }: AddressRange,
): string | undefined {
  const address = parseAddress(asked);
  if (address === undefined || address < first || address > last) {
    return "the provided network does not match the current range";
  }
  return taken.has(asked) ? "provided IP is already allocated" : undefined;
}

/** The lower part of a range is for those who ask for an address: it is used up last. */
function findFreeAddress(
  taken: ReadonlySet<string | undefined>,
  { first, last }: AddressRange,
): string | undefined {
  const size = last - first + 1;
  const reserved = size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
  for (let i = 0; i < size; i++) {
    const address = formatAddress(first + (reserved + i) % size);
    if (!taken.has(address)) return address;
  }
  return undefined;
}

function allocateNodePorts(service: Service, others: readonly Service[]): NewObject<Service> {
  const taken = new Set(others.flatMap(({ spec }) => nodePortsOf(spec)));
  const own = new Set(nodePortsOf(service.spec));
  /** Ports of one number are open under one number, whatever their protocol. */
  const shared = new Map<number, { readonly nodePort: number; readonly protocols: string[] }>();
  const errors: FieldError[] = [];
  const ports = (service.spec.ports ?? []).map((port, index): ServicePort => {
    const field = `spec.ports[${index}].nodePort`;
    const { port: number, protocol = "TCP", nodePort: asked } = port;
    const sibling = shared.get(number);
    const isShared = sibling !== undefined && !sibling.protocols.includes(protocol);
    const nodePort = asked ?? (isShared ? sibling.nodePort : findFreePort(taken, own));
    const fault = asked === undefined ? undefined : findPortFault(asked, taken);
    if (nodePort === undefined) {
      errors.push(internal(field, "failed to allocate a nodePort: range is full"));
      return port;
    }
    if (fault !== undefined) errors.push(invalid(field, nodePort, fault));
    own.add(nodePort);
    const protocols = [...sibling?.protocols ?? [], protocol];
    if (sibling === undefined || isShared) shared.set(number, { nodePort, protocols });
    return { ...port, nodePort };
  });
  return errors.length > 0
    ? { object: service, errors: errors.slice(0, 1) }
    : { object: { ...service, spec: { ...service.spec, ports } }, errors };
}

function nodePortsOf({ ports = [] }: ServiceSpec): number[] {
  return ports.map(({ nodePort }) => nodePort).filter((it) => it !== undefined);
}

function findPortFault(asked: number, taken: ReadonlySet<number>): string | undefined {
  if (asked < FIRST_NODE_PORT || asked > LAST_NODE_PORT) {
    return "provided port is not in the valid range. The range of valid ports is " +
      `${FIRST_NODE_PORT}-${LAST_NODE_PORT}`;
  }
  return taken.has(asked) ? "provided port is already allocated" : undefined;
}

function findFreePort(...taken: readonly ReadonlySet<number>[]): number | undefined {
  const isFree = (port: number) => taken.every((it) => !it.has(port));
  const size = LAST_NODE_PORT - FIRST_NODE_PORT + 1;
  for (let i = 0; i < size; i++) {
    const port = FIRST_NODE_PORT + (FIRST_FREE_NODE_PORT - FIRST_NODE_PORT + i) % size;
    if (isFree(port)) return port;
  }
  return undefined;
}

function internal(field: string, detail: string): FieldError {
  return { field, reason: "Invalid", message: `Internal error: ${detail}` };
}
