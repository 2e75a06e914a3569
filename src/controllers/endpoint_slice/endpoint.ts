/**
 * What of a Pod stands in the EndpointSlices of a Service; pure.
 *
 * Rule: Kubernetes, staging/src/k8s.io/endpointslice/utils.go, podToEndpoint and getEndpointPorts;
 * util/controller_utils.go, ShouldPodBeInEndpoints; pkg/api/v1/pod/util.go, FindPort.
 */
import { isHeadless } from "../../api/network/service_type.ts";
import type {
  DiscoveryEndpointPort,
  Endpoint,
  Service,
  ServicePort,
} from "../../api/types/network.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isReady, isTerminal } from "../pod_state.ts";

/** Whether traffic may ever go to a Pod: it has an address and has not ended (R-SLICE-1). */
export function hasEndpoint(pod: Pod): boolean {
  const { podIP = "" } = pod.status ?? {};
  return !isTerminal(pod) && podIP !== "" && !podIP.includes(":");
}

/** The endpoint of a Pod with an address (R-SLICE-2 to R-SLICE-4). */
export function endpointOf(pod: Pod, service: Service): Endpoint {
  const { metadata: { namespace = "", name, uid, deletionTimestamp }, spec, status } = pod;
  const serving = isReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const isPublished = service.spec.publishNotReadyAddresses === true;
  const isNamed = spec.hostname && spec.subdomain === service.metadata.name;
  return {
    addresses: [status!.podIP!],
    conditions: { ready: isPublished || (serving && !terminating), serving, terminating },
    ...(isNamed && { hostname: spec.hostname }),
    ...(spec.nodeName && { nodeName: spec.nodeName }),
    targetRef: { kind: "Pod", name, namespace, uid: uid! },
  };
}

/** Whether two versions of a Pod have the same endpoint and ports, as far as they can change. */
export function hasSameEndpoint(before: Pod, after: Pod): boolean {
  return hasEndpoint(before) === hasEndpoint(after) && isReady(before) === isReady(after) &&
    before.status?.podIP === after.status?.podIP && before.spec.nodeName === after.spec.nodeName &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp;
}

/** The ports of a Service on a Pod, without those whose name it does not have (R-SLICE-5). */
export function portsOn(pod: Pod, service: Service): DiscoveryEndpointPort[] {
  const { ports = [] } = service.spec;
  if (ports.length === 0 && isHeadless(service)) return [];
  return ports.flatMap((port) => {
    const number = findPort(pod, port);
    const { name = "", protocol = "TCP", appProtocol } = port;
    return number === undefined
      ? []
      : [{ name, port: number, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function findPort({ spec }: Pod, { targetPort, port, protocol }: ServicePort): number | undefined {
  if (typeof targetPort !== "string") return targetPort || port;
  const sidecars = (spec.initContainers ?? []).filter((it) => it.restartPolicy === "Always");
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) => ports)
    .find((it) => it.name === targetPort && (it.protocol ?? "TCP") === protocol)?.containerPort;
}
