/**
 * What a Service's controller does: its EndpointSlices say where its traffic goes; pure.
 *
 * Rule: Kubernetes, staging/src/k8s.io/endpointslice/reconciler.go, Reconcile and
 * reconcileByPortMapping; pkg/controller/endpointslice/endpointslice_controller.go, syncService.
 */
import { isHeadless } from "../../api/network/service_type.ts";
import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointSlice,
  Service,
} from "../../api/types/network.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { Changes, ControllerWrite, Moment } from "../change.ts";
import { controllerReference } from "../ownership.ts";
import { endpointOf, hasEndpoint, portsOn } from "./endpoint.ts";
import { describeEndpoints } from "./endpoint_counts.ts";

/** How many endpoints a slice has at most (R-SLICE-6). */
const MAX_ENDPOINTS = 100;

const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const HEADLESS_LABEL = "service.kubernetes.io/headless";
const TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time";

/** What is known when a Service is looked at. */
export interface EndpointSliceFacts {
  readonly service: Service;
  /** The Pods of its namespace that it selects. */
  readonly pods: readonly Pod[];
  /** The slices that it controls. */
  readonly slices: readonly EndpointSlice[];
}

/** Endpoints that have the same ports, which a slice has once. */
interface PortGroup {
  readonly ports: readonly DiscoveryEndpointPort[];
  /** By uid of the Pod, in the order of the Pods. */
  readonly endpoints: Map<string, Endpoint>;
}

/** Slices as they are to be, before they are written. */
interface Plan {
  /** With the slice as it was. */
  readonly updated: [before: EndpointSlice, after: EndpointSlice][];
  readonly created: EndpointSlice[];
  readonly deleted: EndpointSlice[];
}

/**
 * The slices of a Service, with an endpoint for each Pod that it selects. One without a selector
 * has its slices from elsewhere, and an ExternalName has none (R-SLICE-7).
 */
export function computeEndpointSliceChanges(
  { service, pods, slices }: EndpointSliceFacts,
  now: Moment,
): Changes<Service> {
  const { type, selector = {} } = service.spec;
  if (type === "ExternalName" || Object.keys(selector).length === 0) return { writes: [] };
  const groups = groupByPorts(service, pods.filter(hasEndpoint));
  const known = Map.groupBy(slices, ({ ports }) => keyOfPorts(ports ?? []));
  const plan: Plan = { updated: [], created: [], deleted: [] };
  for (const [key, group] of groups) {
    planGroup({ service, group, slices: known.get(key) ?? [] }, plan);
  }
  for (const [key, present] of known) if (!groups.has(key)) plan.deleted.push(...present);
  reuse(plan);
  keepOne(service, slices, plan);
  const desired = [...groups.values()].flatMap(({ endpoints }) => [...endpoints.values()]);
  const endpoints = describeEndpoints(slices.flatMap((it) => it.endpoints ?? []), desired);
  const because = endpoints?.because ?? describeOtherwise(service, slices);
  return {
    writes: writesOf(plan, because, now),
    ...(endpoints && { endpoints }),
  };
}

/** Why slices change although each Pod gets what it got. */
function describeOtherwise(service: Service, slices: readonly EndpointSlice[]): string {
  const { name } = service.metadata;
  return slices.length === 0
    ? `Service ${name} has no EndpointSlice`
    : `the ports or labels of Service ${name}, or a condition of a Pod, changed`;
}

function groupByPorts(service: Service, pods: readonly Pod[]): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup>();
  for (const pod of pods) {
    const ports = portsOn(pod, service);
    const key = keyOfPorts(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map() };
    group.endpoints.set(pod.metadata.uid!, endpointOf(pod, service));
    groups.set(key, group);
  }
  return groups;
}

function keyOfPorts(ports: readonly DiscoveryEndpointPort[]): string {
  return JSON.stringify(ports.map((it) => [it.name, it.port, it.protocol, it.appProtocol]));
}

/** Slices of one set of ports: those that change anyway are filled, then the fullest with room. */
function planGroup(
  { service, group, slices }: {
    readonly service: Service;
    readonly group: PortGroup;
    readonly slices: readonly EndpointSlice[];
  },
  plan: Plan,
): void {
  const left = new Map(group.endpoints);
  const kept = slices.map((before) => {
    const endpoints = (before.endpoints ?? []).flatMap(({ targetRef }) => {
      const uid = targetRef?.uid ?? "";
      const wanted = left.get(uid);
      left.delete(uid);
      return wanted ?? [];
    });
    return { before, endpoints };
  });
  const isChanged = ({ before, endpoints }: typeof kept[number]) =>
    !isEqual(endpoints, before.endpoints ?? []) ||
    !isEqual(labelsOf(service), before.metadata.labels ?? {});
  const rest = [...left.values()];
  for (const slice of kept.filter((it) => it.endpoints.length > 0 && isChanged(it))) {
    slice.endpoints.push(...rest.splice(0, MAX_ENDPOINTS - slice.endpoints.length));
  }
  while (rest.length > 0) {
    const roomy = kept.filter(({ endpoints }) => endpoints.length + rest.length <= MAX_ENDPOINTS);
    const fullest = roomy.toSorted((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (fullest !== undefined) fullest.endpoints.push(...rest.splice(0));
    else plan.created.push(newSlice(service, group.ports, rest.splice(0, MAX_ENDPOINTS)));
  }
  for (const slice of kept) {
    const { before, endpoints } = slice;
    if (endpoints.length === 0) plan.deleted.push(before);
    else if (isChanged(slice)) {
      plan.updated.push([before, withContent(before, newSlice(service, group.ports, endpoints))]);
    }
  }
}

/** A slice that is not needed any more takes the content of one that would be created. */
function reuse({ updated, created, deleted }: Plan): void {
  while (created.length > 0 && deleted.length > 0) {
    const before = deleted.shift()!;
    updated.push([before, withContent(before, created.shift()!)]);
  }
}

/** A Service without endpoints has one empty slice (R-SLICE-6). */
function keepOne(
  service: Service,
  slices: readonly EndpointSlice[],
  { updated, created, deleted }: Plan,
): void {
  if (created.length > 0 || deleted.length < slices.length) return;
  const empty = newSlice(service, undefined, undefined);
  const before = deleted.shift();
  if (before === undefined) return void created.push(empty);
  const after = withContent(before, empty);
  if (!isEqual(contentOf(after), contentOf(before))) updated.push([before, after]);
}

function newSlice(
  service: Service,
  ports: readonly DiscoveryEndpointPort[] | undefined,
  endpoints: readonly Endpoint[] | undefined,
): EndpointSlice {
  const { name, namespace } = service.metadata;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "",
      generateName: `${name}-`,
      ...(namespace !== undefined && { namespace }),
      labels: labelsOf(service),
      ownerReferences: [controllerReference(service)],
    },
    addressType: "IPv4",
    ...(endpoints && { endpoints }),
    ...(ports && { ports }),
  };
}

/** Those of the Service, and what slices are found by. */
function labelsOf(service: Service): Readonly<Record<string, string>> {
  const own = {
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: "endpointslice-controller.k8s.io",
    ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
  };
  const { [HEADLESS_LABEL]: _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...own };
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
    ...updated.map(([, after]): ControllerWrite => ({
      action: "updateEndpointSlice",
      verb: "update",
      object: stamp(after),
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
