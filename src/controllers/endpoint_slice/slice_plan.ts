/**
 * How endpoints are spread over slices, with as few changes as may be; pure.
 *
 * Rule: Kubernetes, staging/src/k8s.io/endpointslice/reconciler.go, reconcileByPortMapping and
 * finalize.
 */
import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from "../../api/types/network.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { ControllerWrite, Moment } from "../change.ts";
import { controllerReference, type Owner } from "../ownership.ts";

/** How many endpoints a slice has at most (R-SLICE-6). */
const MAX_ENDPOINTS = 100;

const TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time";

/** Endpoints that have the same ports, which a slice has once. */
export interface PortGroup {
  readonly ports: readonly DiscoveryEndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** What the slices of an object are to be. */
export interface WantedSlices {
  readonly owner: Owner;
  readonly labels: Readonly<Record<string, string>>;
  /** By {@link keyOfPorts}. */
  readonly groups: ReadonlyMap<string, PortGroup>;
  /** Whether one is there also without endpoints. */
  readonly keepsOne: boolean;
}

/** A set of ports as text. */
export function keyOfPorts(ports: readonly DiscoveryEndpointPort[]): string {
  return JSON.stringify(ports.map((it) => [it.name, it.port, it.protocol, it.appProtocol]));
}

/** Slices as they are to be, before they are written. */
interface Plan {
  readonly updated: EndpointSlice[];
  readonly created: EndpointSlice[];
  readonly deleted: EndpointSlice[];
}

/**
 * The writes that make the slices of an object what they are to be (R-SLICE-6).
 *
 * @param slices those that it controls.
 * @param because why they change.
 */
export function planSlices(
  wanted: WantedSlices,
  slices: readonly EndpointSlice[],
  because: string,
  now: Moment,
): ControllerWrite[] {
  const { groups, keepsOne } = wanted;
  const known = Map.groupBy(slices, ({ ports }) => keyOfPorts(ports ?? []));
  const plan: Plan = { updated: [], created: [], deleted: [] };
  for (const [key, group] of groups) planGroup(wanted, group, known.get(key) ?? [], plan);
  for (const [key, present] of known) if (!groups.has(key)) plan.deleted.push(...present);
  reuse(plan);
  if (keepsOne) keepOne(wanted, slices, plan);
  return writesOf(plan, because, now);
}

/** Slices of one set of ports: those that change anyway are filled, then the fullest with room. */
function planGroup(
  wanted: WantedSlices,
  { ports, endpoints }: PortGroup,
  slices: readonly EndpointSlice[],
  plan: Plan,
): void {
  const left = new Map(endpoints.map((it) => [keyOfEndpoint(it), it]));
  const kept = slices.map((before) => {
    const endpoints = (before.endpoints ?? []).flatMap((it) => {
      const key = keyOfEndpoint(it);
      const wanted = left.get(key);
      left.delete(key);
      return wanted ?? [];
    });
    return { before, endpoints };
  });
  const isChanged = ({ before, endpoints }: typeof kept[number]) =>
    !isEqual(endpoints, before.endpoints ?? []) ||
    !isEqual(wanted.labels, before.metadata.labels ?? {});
  const rest = [...left.values()];
  for (const slice of kept.filter((it) => it.endpoints.length > 0 && isChanged(it))) {
    slice.endpoints.push(...rest.splice(0, MAX_ENDPOINTS - slice.endpoints.length));
  }
  while (rest.length > 0) {
    const roomy = kept.filter(({ endpoints }) => endpoints.length + rest.length <= MAX_ENDPOINTS);
    const fullest = roomy.toSorted((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (fullest !== undefined) fullest.endpoints.push(...rest.splice(0));
    else plan.created.push(newSlice(wanted, { ports, endpoints: rest.splice(0, MAX_ENDPOINTS) }));
  }
  for (const slice of kept) {
    const { before, endpoints } = slice;
    if (endpoints.length === 0) plan.deleted.push(before);
    else if (isChanged(slice)) {
      plan.updated.push(withContent(before, newSlice(wanted, { ports, endpoints })));
    }
  }
}

/** A Pod may keep its address, and an address its Pod. */
function keyOfEndpoint({ targetRef, addresses }: Endpoint): string {
  return targetRef?.uid ?? addresses.join();
}

/** A slice that is not needed any more takes the content of one that would be created. */
function reuse({ updated, created, deleted }: Plan): void {
  while (created.length > 0 && deleted.length > 0) {
    updated.push(withContent(deleted.shift()!, created.shift()!));
  }
}

/** One empty slice is left where there are no endpoints. */
function keepOne(
  wanted: WantedSlices,
  slices: readonly EndpointSlice[],
  { updated, created, deleted }: Plan,
): void {
  if (created.length > 0 || deleted.length < slices.length) return;
  const empty = newSlice(wanted, {});
  const before = deleted.shift();
  if (before === undefined) return void created.push(empty);
  const after = withContent(before, empty);
  if (!isEqual(contentOf(after), contentOf(before))) updated.push(after);
}

function newSlice(
  { owner, labels }: WantedSlices,
  { ports, endpoints }: Partial<PortGroup>,
): EndpointSlice {
  const { name, namespace } = owner.metadata;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "",
      generateName: `${name}-`,
      ...(namespace !== undefined && { namespace }),
      labels,
      ownerReferences: [controllerReference(owner)],
    },
    addressType: "IPv4",
    ...(endpoints && { endpoints }),
    ...(ports && { ports }),
  };
}

/** A slice with the content of another one, under its own name. */
function withContent(slice: EndpointSlice, { metadata, ...content }: EndpointSlice): EndpointSlice {
  const { labels = {} } = metadata;
  return { ...content, metadata: { ...slice.metadata, labels } };
}

function contentOf({ metadata, endpoints = [], ports = [] }: EndpointSlice) {
  return [metadata.labels ?? {}, endpoints, ports];
}

function writesOf(
  { updated, created, deleted }: Plan,
  because: string,
  { wallMs }: Moment,
): ControllerWrite[] {
  const stamp = (slice: EndpointSlice): EndpointSlice => {
    const annotations = { ...slice.metadata.annotations, [TRIGGERED]: formatSecond(wallMs) };
    return { ...slice, metadata: { ...slice.metadata, annotations } };
  };
  const reason = { because, rule: "R-SLICE-6" } as const;
  return [
    ...created.map((it): ControllerWrite => ({
      action: "createEndpointSlice",
      verb: "create",
      object: stamp(it),
      ...reason,
    })),
    ...updated.map((it): ControllerWrite => ({
      action: "updateEndpointSlice",
      verb: "update",
      object: stamp(it),
      ...reason,
    })),
    ...deleted.map((object): ControllerWrite => ({
      action: "deleteEndpointSlice",
      verb: "delete",
      object,
      ...reason,
    })),
  ];
}
