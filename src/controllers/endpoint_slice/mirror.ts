/**
 * EndpointSlices for Endpoints that are written by hand: only slices lead traffic; pure.
 *
 * Rule: Kubernetes, pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go,
 * syncEndpoints, and reconciler.go. `Differs:` addresses of IPv6 are left out.
 */
import type {
  Endpoint,
  EndpointAddress,
  Endpoints,
  EndpointSlice,
  Service,
} from "../../api/types/network.ts";
import type { Changes, Moment } from "../change.ts";
import { hasSelector } from "./endpoint_slice.ts";
import { keyOfPorts, planSlices, type PortGroup } from "./slice_plan.ts";

const SKIPPED = "endpointslice.kubernetes.io/skip-mirror";

/** What is known when Endpoints are looked at. */
export interface MirrorFacts {
  readonly endpoints: Endpoints;
  /** Of the same name. */
  readonly service: Service | undefined;
  /** The slices that these Endpoints control. */
  readonly slices: readonly EndpointSlice[];
}

/** Slices with the addresses of Endpoints whose Service has no selector (R-SLICE-8). */
export function computeMirrorChanges(
  { endpoints, service, slices }: MirrorFacts,
  now: Moment,
): Changes<Endpoints> {
  const { name, labels = {} } = endpoints.metadata;
  const isMirrored = service !== undefined && service.spec.type !== "ExternalName" &&
    !hasSelector(service) && labels[SKIPPED] !== "true";
  const wanted = {
    owner: endpoints,
    labels: {
      ...labels,
      "kubernetes.io/service-name": name,
      "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    },
    groups: isMirrored ? groupByPorts(endpoints) : new Map<string, PortGroup>(),
    keepsOne: false,
  };
  const because = isMirrored
    ? `Service ${name} has no selector, and Endpoints of its name`
    : `Endpoints ${name} are not those of a Service without a selector`;
  return { writes: planSlices(wanted, slices, because, now) };
}

function groupByPorts({ subsets = [] }: Endpoints): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const named = ports.map((it) => ({ ...it, name: it.name ?? "" }));
    const key = keyOfPorts(named);
    const before = groups.get(key)?.endpoints ?? [];
    const endpoints = [
      ...addresses.map((it) => endpointOf(it, true)),
      ...notReadyAddresses.map((it) => endpointOf(it, false)),
    ].filter((it) => !it.addresses[0]!.includes(":"));
    if (endpoints.length > 0) {
      groups.set(key, { ports: named, endpoints: [...before, ...endpoints] });
    }
  }
  return groups;
}

function endpointOf(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef && { targetRef }),
  };
}
