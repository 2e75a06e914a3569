/** Whether a node takes a pod at all; pure. */
import type { Pod } from "../api/types/pod.ts";

/** Why a node does not take a pod: it is Failed before anything of it has been made (R-EVENT-16). */
export interface Rejection {
  /** Kubernetes' word. */
  readonly reason: "SysctlForbidden";
  /** In the kubelet's words. */
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

/**
 * Looks at what only a node can refuse: kernel parameters that are not known to be the pod's own affair.
 *
 * Rule: Kubernetes, pkg/kubelet/sysctl/allowlist.go, Admit.
 *
 * @returns undefined if the pod is taken.
 */
export function admitPod({ spec }: Pod): Rejection | undefined {
  const sysctls = spec.securityContext?.sysctls ?? [];
  const unsafe = sysctls.map(({ name }) => name.replaceAll("/", "."))
    .find((name) => !SAFE_SYSCTLS.has(name));
  return unsafe === undefined ? undefined : {
    reason: "SysctlForbidden",
    message: `forbidden sysctl: ${JSON.stringify(unsafe)} not allowlisted`,
  };
}
