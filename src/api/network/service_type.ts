/** What a Service is by its type, and what it therefore needs; pure. */
import type { Service } from "../types/network.ts";

/** The cluster IP of a Service whose name leads to its Pods themselves. */
export const HEADLESS = "None";

/**
 * Whether a Service has no address of its own: its name leads to its Pods.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, isHeadlessService.
 */
export function isHeadless({ spec: { clusterIPs = [] } }: Service): boolean {
  return clusterIPs.length === 1 && clusterIPs[0] === HEADLESS;
}

/** Whether a Service has addresses, or says that it has none. */
export function needsClusterIP({ spec: { type } }: Service): boolean {
  return type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer";
}

/** Whether its ports are open on the node. */
export function needsNodePort({ spec }: Service): boolean {
  return spec.type === "NodePort" ||
    (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
}

/** Whether a balancer asks the node if an endpoint of the Service is on it. */
export function needsHealthCheck({ spec }: Service): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

/** Whether it is reached from outside of the cluster. */
export function isExternallyAccessible({ spec }: Service): boolean {
  return spec.type === "LoadBalancer" || spec.type === "NodePort" ||
    (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
}
