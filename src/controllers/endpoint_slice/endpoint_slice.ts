/**
 * What a Service's controller does: its EndpointSlices say where its traffic goes; pure.
 *
 * Rule: Kubernetes, staging/src/k8s.io/endpointslice/reconciler.go, Reconcile;
 * pkg/controller/endpointslice/endpointslice_controller.go, syncService.
 */
import { isHeadless } from "../../api/network/service_type.ts";
import type { Endpoint, EndpointSlice, Service } from "../../api/types/network.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Changes, Moment } from "../change.ts";
import { endpointOf, hasEndpoint, portsOn } from "./endpoint.ts";
import { describeEndpoints } from "./endpoint_counts.ts";
import { keyOfPorts, planSlices, type PortGroup } from "./slice_plan.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
/** The label of what leads to Pods themselves. */
export const HEADLESS_LABEL = "service.kubernetes.io/headless";

/** What is known when a Service is looked at. */
export interface EndpointSliceFacts {
  readonly service: Service;
  /** The Pods of its namespace that it selects. */
  readonly pods: readonly Pod[];
  /** The slices that it controls. */
  readonly slices: readonly EndpointSlice[];
}

/**
 * The slices of a Service, with an endpoint for each Pod that it selects. One without a selector
 * has its slices from elsewhere, and an ExternalName has none (R-SLICE-7).
 */
export function computeEndpointSliceChanges(
  { service, pods, slices }: EndpointSliceFacts,
  now: Moment,
): Changes<Service> {
  if (!hasSelector(service)) return { writes: [] };
  const groups = groupByPorts(service, pods.filter(hasEndpoint));
  const desired = [...groups.values()].flatMap(({ endpoints }) => endpoints);
  const endpoints = describeEndpoints(slices.flatMap((it) => it.endpoints ?? []), desired);
  const because = endpoints?.because ?? describeOtherwise(service, slices);
  const wanted = {
    owner: service,
    labels: labelsOf(service),
    groups,
    keepsOne: true,
  };
  return {
    writes: planSlices(wanted, slices, because, now),
    ...(endpoints && { endpoints }),
  };
}

/** Whether the endpoints of a Service are made from Pods (R-SLICE-7). */
export function hasSelector({ spec: { type, selector = {} } }: Service): boolean {
  return type !== "ExternalName" && Object.keys(selector).length > 0;
}

/** Why slices change although each Pod gets what it got. */
function describeOtherwise(service: Service, slices: readonly EndpointSlice[]): string {
  const { name } = service.metadata;
  return slices.length === 0
    ? `Service ${name} has no EndpointSlice`
    : `the ports or labels of Service ${name}, or a condition of a Pod, changed`;
}

function groupByPorts(service: Service, pods: readonly Pod[]): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup & { readonly endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const ports = portsOn(pod, service);
    const key = keyOfPorts(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(pod, service));
    groups.set(key, group);
  }
  return groups;
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
