/** What the fields of Services and endpoints get; pure. */
import { BY_SERVER, emulated, enforced, ignored, METADATA, type Rows } from "./row.ts";

const NO_BALANCER = "no balancer stands before the one node";
const ONE_NODE = "every endpoint is on the one node";

/** Makes the rows of each of these kinds. */
export const NETWORK_SUPPORT: Readonly<
  Record<"Service" | "Endpoints" | "EndpointSlice", () => Rows>
> = {
  Service: () => ({
    ...METADATA,
    "spec.type": enforced("R-SVC-1, R-SVC-3"),
    "spec.clusterIP": enforced("R-SVC-4"),
    "spec.clusterIPs": enforced("R-SVC-4"),
    "spec.ipFamilies": emulated("IPv4 alone (R-SVC-4)"),
    "spec.ipFamilyPolicy": emulated("IPv4 alone (R-SVC-4)"),
    "spec.selector": enforced("R-SLICE-1"),
    "spec.ports[].name": enforced("R-SVC-2"),
    "spec.ports[].port": enforced("R-SVC-2"),
    "spec.ports[].protocol": enforced("R-SVC-2"),
    "spec.ports[].targetPort": enforced("R-SVC-1, R-SLICE-5"),
    "spec.ports[].nodePort": enforced("R-SVC-4"),
    "spec.ports[].appProtocol": emulated("passed on in the endpoints; nothing here reads it"),
    "spec.publishNotReadyAddresses": enforced("R-SLICE-3"),
    "spec.externalName": enforced("R-SVC-2"),
    "spec.sessionAffinity": enforced("R-SVC-1"),
    "spec.sessionAffinityConfig": enforced("R-SVC-1"),
    "spec.internalTrafficPolicy": emulated(ONE_NODE),
    "spec.externalTrafficPolicy": emulated(ONE_NODE),
    "spec.trafficDistribution": emulated(ONE_NODE),
    "spec.externalIPs": ignored("the machine does not take the addresses of others"),
    "spec.allocateLoadBalancerNodePorts": enforced("R-SVC-4"),
    "spec.healthCheckNodePort": ignored(NO_BALANCER),
    "spec.loadBalancerClass": ignored(NO_BALANCER),
    "spec.loadBalancerIP": ignored(NO_BALANCER),
    "spec.loadBalancerSourceRanges": ignored(NO_BALANCER),
    "status": BY_SERVER,
  }),
  Endpoints: () => ({
    ...METADATA,
    "subsets": enforced("R-SLICE-8"),
  }),
  EndpointSlice: () => ({
    ...METADATA,
    "addressType": enforced("IPv4 leads to Pods"),
    "endpoints": enforced("R-SLICE-1, R-SLICE-2"),
    "endpoints[].hints": emulated(ONE_NODE),
    "endpoints[].deprecatedTopology": emulated(ONE_NODE),
    "endpoints[].zone": emulated(ONE_NODE),
    "ports": enforced("R-SLICE-5"),
  }),
};
