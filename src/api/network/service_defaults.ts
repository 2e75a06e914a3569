/**
 * What the API server fills in in Services and endpoints, and what a create and an update set;
 * pure.
 *
 * Rule: Kubernetes, pkg/apis/core/v1/defaults.go, SetDefaults_Service and SetDefaults_Endpoints;
 * pkg/apis/discovery/v1/defaults.go; pkg/registry/core/service/strategy.go, normalizeClusterIPs,
 * patchAllocatedValues and dropTypeDependentFields.
 */
import type {
  Endpoints,
  EndpointSlice,
  Service,
  ServicePort,
  ServiceSpec,
} from "../types/network.ts";
import { isEqual } from "../validate/common/equality.ts";
import {
  isExternallyAccessible,
  needsClusterIP,
  needsHealthCheck,
  needsNodePort,
} from "./service_type.ts";

/** Seconds for which a client stays with an endpoint where the Service does not say. */
const AFFINITY_SECONDS = 10_800;

/** A Service with everything that it leaves open; a second time changes nothing (R-SVC-1). */
export function defaultService(service: Service): Service {
  const { sessionAffinityConfig, externalTrafficPolicy, clusterIP, ...given } = service.spec;
  const type = given.type || "ClusterIP";
  const sessionAffinity = given.sessionAffinity || "None";
  const isExternal = isExternallyAccessible({ ...service, spec: { ...given, type } });
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
  const spec: ServiceSpec = {
    ...given,
    ...(clusterIP && { clusterIP }),
    type,
    sessionAffinity,
    ...(sessionAffinity === "ClientIP" && {
      sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds } },
    }),
    ...(given.ports && { ports: given.ports.map(defaultPort) }),
    ...(externalTrafficPolicy && { externalTrafficPolicy }),
    ...(isExternal && { externalTrafficPolicy: externalTrafficPolicy || "Cluster" }),
    ...(type !== "ExternalName" && {
      internalTrafficPolicy: given.internalTrafficPolicy ?? "Cluster",
    }),
    ...(type === "LoadBalancer" && {
      allocateLoadBalancerNodePorts: given.allocateLoadBalancerNodePorts ?? true,
    }),
  };
  return { ...service, spec, status: { loadBalancer: {}, ...service.status } };
}

/** The number 0 says the same as no number. */
function defaultPort({ nodePort, targetPort, ...port }: ServicePort): ServicePort {
  return {
    ...port,
    protocol: port.protocol || "TCP",
    targetPort: targetPort || port.port,
    ...(nodePort && { nodePort }),
  };
}

/** A new Service, with the list of addresses that goes with the one that it asks for. */
export function prepareService(service: Service): Service {
  const { clusterIP, clusterIPs = [] } = service.spec;
  if (!clusterIP || clusterIPs.length > 0) return service;
  return withSpec(service, { clusterIPs: [clusterIP] });
}

/**
 * A Service that is to replace another one, with the addresses and ports that this one has been
 * given, and without those that belong to its former type (R-SVC-3).
 */
export function prepareServiceUpdate(service: Service, old: Service): Service {
  return dropOfOldType(keepAllocated(normalizeAddresses(service, old), old), old);
}

/** A change of the one address is one of the first in the list too. */
function normalizeAddresses(service: Service, old: Service): Service {
  const { clusterIP, clusterIPs = [] } = service.spec;
  if (clusterIP === old.spec.clusterIP) return service;
  if (!clusterIP) {
    return isEqual(clusterIPs, old.spec.clusterIPs ?? [])
      ? withSpec(service, { clusterIPs: undefined })
      : service;
  }
  if (clusterIPs.length === 0) return withSpec(service, { clusterIPs: [clusterIP] });
  return isEqual(clusterIPs, old.spec.clusterIPs ?? [])
    ? withSpec(service, { clusterIPs: [clusterIP, ...clusterIPs.slice(1)] })
    : service;
}

/** What a client leaves out, since it did not write it, stays. */
function keepAllocated(service: Service, old: Service): Service {
  let kept = service;
  if (needsClusterIP(old) && needsClusterIP(service)) {
    const { clusterIP = old.spec.clusterIP, clusterIPs = [] } = kept.spec;
    const isKept = clusterIP === old.spec.clusterIP && clusterIPs.length === 0;
    const { ipFamilies = old.spec.ipFamilies, ipFamilyPolicy = old.spec.ipFamilyPolicy } =
      kept.spec;
    kept = withSpec(kept, {
      clusterIP,
      clusterIPs: isKept ? old.spec.clusterIPs : kept.spec.clusterIPs,
      ipFamilies,
      ipFamilyPolicy,
    });
  }
  if (needsNodePort(old) && needsNodePort(service)) {
    const taken = (service.spec.ports ?? []).map(({ nodePort }) => nodePort);
    const ports = (service.spec.ports ?? []).map((port): ServicePort => {
      if (port.nodePort) return port;
      const same = old.spec.ports?.find((it) =>
        it.port === port.port && it.protocol === port.protocol
      );
      const isFree = same?.nodePort !== undefined && !taken.includes(same.nodePort);
      return isFree ? { ...port, nodePort: same.nodePort! } : port;
    });
    kept = withSpec(kept, { ports });
  }
  const { healthCheckNodePort = old.spec.healthCheckNodePort } = service.spec;
  const isChecked = needsHealthCheck(old) && needsHealthCheck(service);
  return isChecked ? withSpec(kept, { healthCheckNodePort }) : kept;
}

/** What was left as it was, and means nothing to the new type. */
function dropOfOldType(service: Service, old: Service): Service {
  let rest = service;
  const drop = (...keys: readonly (keyof ServiceSpec)[]) => {
    for (const key of keys) {
      if (isEqual(rest.spec[key], old.spec[key])) rest = withSpec(rest, { [key]: undefined });
    }
  };
  if (needsClusterIP(old) && !needsClusterIP(service)) {
    drop("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy");
  }
  if (needsNodePort(old) && !needsNodePort(service) && hasSameNodePorts(service, old)) {
    const ports = (service.spec.ports ?? []).map(({ nodePort: _, ...port }) => port);
    rest = withSpec(rest, { ports });
  }
  if (needsHealthCheck(old) && !needsHealthCheck(service)) drop("healthCheckNodePort");
  if (isExternallyAccessible(old) && !isExternallyAccessible(service)) {
    drop("externalTrafficPolicy");
  }
  if (old.spec.type === "LoadBalancer" && service.spec.type !== "LoadBalancer") {
    drop("allocateLoadBalancerNodePorts", "loadBalancerClass");
  }
  return rest;
}

function hasSameNodePorts(service: Service, old: Service): boolean {
  const known = new Set((old.spec.ports ?? []).map(({ nodePort }) => nodePort));
  return (service.spec.ports ?? []).every(({ nodePort }) => !nodePort || known.has(nodePort));
}

/** A service with some of its spec changed; what is undefined is not there. */
function withSpec(
  service: Service,
  change: { readonly [K in keyof ServiceSpec]?: ServiceSpec[K] | undefined },
): Service {
  const all = Object.entries({ ...service.spec, ...change });
  const spec = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  return { ...service, spec };
}

/** Endpoints with everything that they leave open; a second time changes nothing. */
export function defaultEndpoints(endpoints: Endpoints): Endpoints {
  const { subsets } = endpoints;
  if (subsets === undefined) return endpoints;
  return {
    ...endpoints,
    subsets: subsets.map(({ ports, ...subset }) => ({
      ...subset,
      ...(ports && { ports: ports.map((it) => ({ ...it, protocol: it.protocol || "TCP" })) }),
    })),
  };
}

/** An EndpointSlice with everything that it leaves open; a second time changes nothing. */
export function defaultEndpointSlice(slice: EndpointSlice): EndpointSlice {
  const { ports } = slice;
  if (ports === undefined) return slice;
  return {
    ...slice,
    ports: ports.map((it) => ({ ...it, name: it.name ?? "", protocol: it.protocol || "TCP" })),
  };
}
