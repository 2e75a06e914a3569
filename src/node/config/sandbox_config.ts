/** A pod of a manifest to the sandbox that a runtime makes; pure. */
import type { Pod } from "../../api/types/pod.ts";
import { aggregateResources, computePodQOS } from "../../api/types/qos.ts";
import { NANO } from "../../api/types/quantity.ts";
import {
  CLUSTER_DOMAIN,
  type DnsConfig,
  type HostPort,
  type PodSandboxConfig,
} from "../../runtime/config.ts";
import { ConfigError } from "./config_error.ts";
import { generatePodResources } from "./resource_config.ts";

/** The longest host name of a pod. */
const MAX_HOSTNAME = 63;

/** The longest that the kernel takes. */
const MAX_FQDN = 64;

/**
 * What the runtime is asked to make.
 *
 * Rules: R-HOST-1 to R-HOST-4, R-SANDBOX-1, R-QOS-1.
 *
 * @param attempt 0 for the first sandbox of the pod.
 * @throws {ConfigError} `FailedCreatePodSandBox` when its full name is too long for a kernel.
 */
export function generateSandboxConfig(pod: Pod, attempt: number): PodSandboxConfig {
  const { metadata, spec } = pod;
  const domain = podDomain(pod);
  return {
    podUid: metadata.uid!,
    namespace: metadata.namespace!,
    podName: metadata.name,
    attempt,
    hostname: podHostname(pod),
    hostAliases: (spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
    ...(domain === undefined ? {} : { domain }),
    hostNetwork: spec.hostNetwork ?? false,
    hostIPC: spec.hostIPC ?? false,
    shareProcessNamespace: spec.shareProcessNamespace ?? false,
    dns: generateDnsConfig(pod),
    hostPorts: generateHostPorts(pod),
    // Written with slashes or with dots: a slash is the same as a dot between two words.
    sysctls: (spec.securityContext?.sysctls ?? []).map(({ name, value }) =>
      [name.replaceAll("/", "."), value] as const
    ),
    resources: generatePodResources(pod),
    ...generateStorageLimit(pod),
    qosClass: pod.status?.qosClass ?? computePodQOS(pod),
  };
}

/**
 * What its containers may write together, as far as they set limits.
 *
 * Rule: Kubernetes, pkg/kubelet/eviction/eviction_manager.go, podEphemeralStorageLimitEviction.
 */
function generateStorageLimit(
  { spec }: Pod,
): Pick<PodSandboxConfig, "ephemeralStorageLimitBytes"> {
  const nanos = aggregateResources(spec, "limits").get("ephemeral-storage") ?? 0n;
  return nanos === 0n ? {} : { ephemeralStorageLimitBytes: Number(nanos / NANO) };
}

/**
 * Rule: R-DNS-5. `Differs:` in a run without Services
 * there is no cluster's DNS server, and the node's is asked.
 */
function generateDnsConfig({ spec }: Pod): DnsConfig {
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {};
  return {
    policy: chooseDnsPolicy(spec),
    nameservers,
    searches,
    options: options.map(({ name = "", value }) =>
      value === undefined ? { name } : { name, value }
    ),
  };
}

function chooseDnsPolicy({ dnsPolicy, hostNetwork }: Pod["spec"]): DnsConfig["policy"] {
  if (dnsPolicy === "None") return "None";
  const asksCluster = dnsPolicy === "ClusterFirstWithHostNet" ||
    (dnsPolicy === "ClusterFirst" && hostNetwork !== true);
  return asksCluster ? "Cluster" : "Node";
}

/** Those of the containers that run together: mains and sidecars. */
function generateHostPorts({ spec }: Pod): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter((it) => it.restartPolicy === "Always");
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, containerPort, hostIP, protocol = "TCP" }) =>
      hostPort === 0 ? [] : [{ hostIP: hostIP || "0.0.0.0", hostPort, containerPort, protocol }]
    )
  );
}

/**
 * The host name that the pod's kernel shows: short, or with its domain if the pod asks for that
 * (R-HOST-1).
 */
export function podHostname(pod: Pod): string {
  const { metadata, spec } = pod;
  const name = spec.hostnameOverride || spec.hostname || metadata.name;
  const short = name.length <= MAX_HOSTNAME
    ? name
    : name.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, "");
  const domain = podDomain(pod);
  if (spec.setHostnameAsFQDN !== true || domain === undefined) return short;

  const full = `${short}.${domain}`;
  if (full.length <= MAX_FQDN) return full;
  throw new ConfigError(
    "FailedCreatePodSandBox",
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long ` +
      `(${MAX_FQDN} characters is the max, ${full.length} characters requested)`,
  );
}

function podDomain({ metadata, spec }: Pod): string | undefined {
  if (!spec.subdomain || spec.hostnameOverride) return undefined;
  return `${spec.subdomain}.${metadata.namespace}.svc.${CLUSTER_DOMAIN}`;
}
