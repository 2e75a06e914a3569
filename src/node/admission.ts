/** Whether a node takes a pod at all; pure. */
import type { NodeRejection } from "../api/scheduling/node_admission.ts";
import type { Pod } from "../api/types/pod.ts";

/**
 * Why a node does not take a pod: it is Failed before anything of it has been made (R-EVENT-16).
 */
export interface Rejection {
  readonly reason:
    | "SysctlForbidden"
    | "PodOSSelectorNodeLabelDoesNotMatch"
    | "PodOSNotSupported"
    | NodeRejection["reason"];
  readonly message: string;
}

/** Kernel parameters that one pod may set without another noticing. */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

/** What this node runs. */
const NODE_OS = "linux";

/**
 * Looks at what only a node can refuse, in the kubelet's order; the first refusal counts
 * (R-ADMIT-1). What a scheduler looks at too (room, affinity, taints, ports) comes after it, where
 * a Pod asks for any of it.
 *
 * Rule: Kubernetes, pkg/kubelet/sysctl/allowlist.go, Admit; pkg/kubelet/lifecycle/predicate.go.
 *
 * @returns undefined if the pod is taken.
 */
export function admitPod({ metadata, spec }: Pod): Rejection | undefined {
  const sysctls = spec.securityContext?.sysctls ?? [];
  const unsafe = sysctls.map(({ name }) => toDots(name)).find((name) => !SAFE_SYSCTLS.has(name));
  if (unsafe !== undefined) {
    const message = `forbidden sysctl: ${JSON.stringify(unsafe)} not allowlisted`;
    return { reason: "SysctlForbidden", message };
  }
  const label = metadata.labels?.["kubernetes.io/os"];
  if (label !== undefined && label !== NODE_OS) {
    return {
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  }
  if (spec.os !== undefined && spec.os.name !== NODE_OS) {
    const message = "Failed to admit pod as the OS field doesn't match node OS";
    return { reason: "PodOSNotSupported", message };
  }
  return undefined;
}

/** `net/ipv4/a.b` is `net.ipv4.a/b`: slashes and dots change places where a slash comes first. */
function toDots(name: string): string {
  const first = name.search(/[./]/);
  if (first === -1 || name[first] === ".") return name;
  return name.replaceAll(/[./]/g, (char) => char === "." ? "/" : ".");
}
