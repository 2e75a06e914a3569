/**
 * The Endpoints that a cluster keeps of each Service beside its slices, for older clients; pure.
 *
 * Rule: Kubernetes, pkg/controller/endpoint/endpoints_controller.go, syncService. `Differs:` there
 * are never more than a thousand addresses in it.
 */
import { isHeadless } from "../../api/network/service_type.ts";
import type {
  EndpointAddress,
  EndpointPort,
  Endpoints,
  EndpointSubset,
  Service,
} from "../../api/types/network.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { Changes, ControllerWrite, Moment } from "../change.ts";
import { endpointOf, hasEndpoint, portsOn } from "./endpoint.ts";
import { hasSelector, HEADLESS_LABEL } from "./endpoint_slice.ts";
import { keyOfPorts } from "./slice_plan.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time";

/** What is known when a Service is looked at. */
export interface EndpointsFacts {
  readonly service: Service;
  /** The Pods of its namespace that it selects. */
  readonly pods: readonly Pod[];
  /** Of the same name. */
  readonly endpoints: Endpoints | undefined;
}

/** The Endpoints of a Service with a selector (R-SLICE-9). */
export function computeEndpointsChanges(
  { service, pods, endpoints }: EndpointsFacts,
  { wallMs }: Moment,
): Changes<Service> {
  if (!hasSelector(service)) return { writes: [] };
  const { name, namespace } = service.metadata;
  const { [HEADLESS_LABEL]: _, ...given } = service.metadata.labels ?? {};
  const labels = {
    ...given,
    [MANAGED_BY]: "endpoint-controller",
    ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
  };
  const subsets = generateSubsets(service, pods);
  const isSame = endpoints !== undefined && isEqual(endpoints.subsets, subsets) &&
    isEqual(endpoints.metadata.labels, labels);
  if (isSame) return { writes: [] };
  const object: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...endpoints?.metadata,
      labels,
      annotations: { ...endpoints?.metadata.annotations, [TRIGGERED]: formatSecond(wallMs) },
    },
    ...(subsets.length > 0 && { subsets }),
  };
  const write: ControllerWrite = {
    action: endpoints === undefined ? "createEndpoints" : "updateEndpoints",
    verb: endpoints === undefined ? "create" : "update",
    object,
    because: "the endpoints of the Service changed",
    rule: "R-SLICE-9",
  };
  return { writes: [write] };
}

/** The deletion of the Endpoints of a Service that is gone. */
export function computeOrphanedEndpoints(endpoints: Endpoints | undefined): ControllerWrite[] {
  const isManaged = endpoints?.metadata.labels?.[MANAGED_BY] === "endpoint-controller";
  return !isManaged ? [] : [{
    action: "deleteEndpoints",
    verb: "delete",
    object: endpoints!,
    because: "its Service is gone",
    rule: "R-SLICE-9",
  }];
}

/** One subset for each set of ports; a Pod that is being deleted is in none. */
function generateSubsets(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  interface Subset {
    readonly ports: readonly EndpointPort[];
    readonly addresses: EndpointAddress[];
    readonly notReadyAddresses: EndpointAddress[];
  }
  const subsets = new Map<string, Subset>();
  const isPublished = service.spec.publishNotReadyAddresses === true;
  for (const pod of pods) {
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    if (!hasEndpoint(pod) || (isGoing && !isPublished)) continue;
    const ports = portsOn(pod, service);
    const key = keyOfPorts(ports);
    const subset = subsets.get(key) ??
      { ports: ports.map(toPort), addresses: [], notReadyAddresses: [] };
    const { addresses: [ip = ""], conditions, ...rest } = endpointOf(pod, service);
    subset[conditions!.ready ? "addresses" : "notReadyAddresses"].push({ ip, ...rest });
    subsets.set(key, subset);
  }
  return [...subsets.values()].map(({ ports, addresses, notReadyAddresses }) => ({
    ...(addresses.length > 0 && { addresses: addresses.toSorted(byAddress) }),
    ...(notReadyAddresses.length > 0 && {
      notReadyAddresses: notReadyAddresses.toSorted(byAddress),
    }),
    ...(ports.length > 0 && { ports }),
  }));
}

/** The port of one without a name has none either. */
function toPort(
  { name, port, ...rest }: ReturnType<typeof portsOn>[number],
): EndpointPort {
  return { ...(name && { name }), port: port!, ...rest };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0;
}
