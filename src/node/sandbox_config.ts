/** A pod of a manifest to the sandbox that a runtime makes; pure. */
import type { Pod } from "../api/pod.ts";
import type { PodSandboxConfig } from "../runtime/runtime.ts";
import { ConfigError } from "./config_error.ts";

/** The domain under which a cluster's names live, where nobody says otherwise. */
const CLUSTER_DOMAIN = "cluster.local";

/** The longest host name of a pod. */
const MAX_HOSTNAME = 63;

/** The longest that the kernel takes. */
const MAX_FQDN = 64;

/**
 * What the runtime is asked to make.
 *
 * Rules: R-HOST-1 to R-HOST-4, R-SANDBOX-1.
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
    shareProcessNamespace: spec.shareProcessNamespace ?? false,
  };
}

/** The host name that the pod's kernel shows: short, or with its domain if the pod asks for that (R-HOST-1). */
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
