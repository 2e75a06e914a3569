/**
 * A node as an object, for clients that look at it; pure.
 *
 * Rule: Kubernetes, pkg/kubelet/nodestatus/setters.go and pkg/kubelet/kubelet_node_status.go.
 */
import type { Node, NodeCondition, NodeSystemInfo } from "../../api/types/cluster.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { NodeFacts } from "./pod_sources.ts";

/** The conditions that are pressures of a kubelet, with what it says when there is none. */
const CALM: readonly (readonly [type: string, reason: string, message: string])[] = [
  ["MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
];

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
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      nodeInfo,
    },
  };
}
