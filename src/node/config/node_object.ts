/**
 * A node as an object, for clients that look at it, and its signs of life; pure.
 *
 * Rule: Kubernetes, pkg/kubelet/nodestatus/setters.go, pkg/kubelet/kubelet_node_status.go and
 * pkg/kubelet/util/nodelease.go; component-helpers, apimachinery/lease/controller.go.
 */
import type { Lease, Node, NodeCondition, NodeSystemInfo } from "../../api/types/cluster.ts";
import { formatMicros, formatSecond } from "../../base/go_text.ts";
import type { NodeFacts } from "./pod_sources.ts";

/** The conditions that are pressures of a kubelet, with what it says when there is none. */
const CALM: readonly (readonly [type: string, reason: string, message: string])[] = [
  ["MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
];

const READY = "Ready";

/** Where the leases of nodes are. */
export const LEASE_NAMESPACE = "kube-node-lease";

/** How long a node counts as alive that has not renewed its lease. */
const LEASE_SECONDS = 40;

/**
 * The lease of a node, renewed.
 *
 * @param present as it is; what others have changed of it stays. @default there is none
 * @param nowMs the wall clock.
 */
export function renewLease(node: Node, present: Lease | undefined, nowMs: number): Lease {
  const { apiVersion, kind, metadata: { name, uid = "" } } = node;
  const lease: Lease = present ?? {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      namespace: LEASE_NAMESPACE,
      name,
      ownerReferences: [{ apiVersion, kind, name, uid }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS },
  };
  return { ...lease, spec: { ...lease.spec, renewTime: formatMicros(nowMs) } };
}

/**
 * A node whose kubelet has just looked at it, and found it as it was.
 *
 * @param nowMs the wall clock.
 */
export function withHeartbeat(node: Node, nowMs: number): Node {
  const isOwn = (type: string) => type === READY || CALM.some(([calm]) => type === calm);
  const conditions = node.status?.conditions?.map((it) =>
    isOwn(it.type) ? { ...it, lastHeartbeatTime: formatSecond(nowMs) } : it
  );
  return { ...node, status: { ...node.status, ...(conditions && { conditions }) } };
}

/**
 * The object of a node that is ready.
 *
 * @param nowMs the wall clock.
 */
export function generateNode(
  { name, hostIP, labels, taints, allocatable }: NodeFacts,
  nodeInfo: NodeSystemInfo,
  nowMs: number,
): Node {
  const now = formatSecond(nowMs);
  const condition = (
    type: string,
    status: NodeCondition["status"],
    reason: string,
    message: string,
  ): NodeCondition => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  });
  const resources = { ...allocatable };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { ...(taints.length > 0 && { taints }) },
    status: {
      addresses: [{ type: "InternalIP", address: hostIP }, { type: "Hostname", address: name }],
      capacity: resources,
      allocatable: resources,
      conditions: [
        ...CALM.map(([type, reason, message]) => condition(type, "False", reason, message)),
        condition(READY, "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      nodeInfo,
    },
  };
}
