/**
 * `/etc/hosts` as the kubelet writes it. Pure.
 */
import type { PodSandboxConfig } from "../config.ts";

/**
 * Renders the file for a pod (R-HOST-2, R-HOST-3), or, with `hostNetwork`, the node's own with a
 * header and the pod's aliases (R-HOST-4).
 */
export function formatHostsFile(config: PodSandboxConfig, podIP: string, nodeFile: string): string {
  const lines = config.hostNetwork
    ? [
      "# Kubernetes-managed hosts file (host network).",
      ...nodeFile === "" ? [] : [nodeFile.replace(/\n$/, "")],
    ]
    : [
      "# Kubernetes-managed hosts file.",
      "127.0.0.1\tlocalhost",
      "::1\tlocalhost ip6-localhost ip6-loopback",
      "fe00::0\tip6-localnet",
      "fe00::0\tip6-mcastprefix",
      "fe00::1\tip6-allnodes",
      "fe00::2\tip6-allrouters",
      [podIP, ...podNames(config)].join("\t"),
    ];
  if (config.hostAliases.length > 0) {
    lines.push("", "# Entries added by HostAliases.");
    for (const { ip, hostnames } of config.hostAliases) lines.push([ip, ...hostnames].join("\t"));
  }
  return lines.join("\n") + "\n";
}

/** The full name, if there is one, then the short one. */
function podNames({ hostname, domain }: PodSandboxConfig): readonly string[] {
  if (domain === undefined) return [hostname];
  const short = hostname.endsWith(`.${domain}`) ? hostname.slice(0, -domain.length - 1) : hostname;
  return [`${short}.${domain}`, short];
}
