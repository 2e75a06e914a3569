/**
 * The security contexts of a pod and a container to what the container's processes are and may do;
 * pure.
 */
import type { Capabilities, Container, Pod, SecurityContext } from "../../api/types/pod.ts";
import { formatPod } from "../../lifecycle/record/reasons.ts";
import type { ContainerUser, SecurityConfig } from "../../runtime/config.ts";
import { ConfigError } from "./config_error.ts";

/** What a container has that asks for nothing: what container runtimes give. */
const DEFAULT_CAPABILITIES = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** Those that Linux 6 knows, with the default ones all of them. */
const ALL_CAPABILITIES = [
  ...DEFAULT_CAPABILITIES,
  "AUDIT_CONTROL",
  "AUDIT_READ",
  "BLOCK_SUSPEND",
  "BPF",
  "CHECKPOINT_RESTORE",
  "DAC_READ_SEARCH",
  "IPC_LOCK",
  "IPC_OWNER",
  "LEASE",
  "LINUX_IMMUTABLE",
  "MAC_ADMIN",
  "MAC_OVERRIDE",
  "NET_ADMIN",
  "NET_BROADCAST",
  "PERFMON",
  "SYSLOG",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_MODULE",
  "SYS_NICE",
  "SYS_PACCT",
  "SYS_PTRACE",
  "SYS_RAWIO",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "WAKE_ALARM",
].sort();

/** The user of a container that names none: the one its image would name. */
export type ImageUser = Omit<ContainerUser, "groups">;

/**
 * What the processes of a container may do. The container's own setting takes precedence over its
 * pod's.
 *
 * Rule: Kubernetes, pkg/securitycontext/util.go, DetermineEffectiveSecurityContext. `Differs:`
 * there are no images, so that no group has members that the manifest does not name.
 *
 * @param imageUser the user of a container whose manifest names none.
 * @throws {ConfigError} `CreateContainerConfigError` for root where the manifest forbids it,
 * `CreateContainerError` for a capability that there is not.
 */
export function generateSecurityConfig(
  pod: Pod,
  container: Container,
  imageUser: ImageUser,
): SecurityConfig {
  const context = container.securityContext ?? {};
  const user = generateUser(pod, context, imageUser);
  checkNonRoot(pod, container, user);
  const privileged = context.privileged ?? false;
  const capabilities = privileged
    ? ALL_CAPABILITIES
    : computeCapabilities(context.capabilities ?? {});
  // A container with one of these can raise its privileges anyway.
  const canEscalate = privileged || capabilities.includes("SYS_ADMIN");
  return {
    user,
    capabilities,
    privileged,
    noNewPrivileges: context.allowPrivilegeEscalation === false && !canEscalate,
    procMount: context.procMount === "Unmasked" ? "Unmasked" : "Default",
  };
}

/** The pod's `fsGroup` is one of the groups of each of its processes (R-VOL-6). */
function generateUser(
  { spec }: Pod,
  context: SecurityContext,
  imageUser: ImageUser,
): ContainerUser {
  const pod = spec.securityContext ?? {};
  const uid = context.runAsUser ?? pod.runAsUser ?? imageUser.uid;
  // A user that an image does not know is in the root group.
  const gid = context.runAsGroup ?? pod.runAsGroup ?? (uid === imageUser.uid ? imageUser.gid : 0);
  const groups = new Set(pod.supplementalGroups);
  if (pod.fsGroup !== undefined) groups.add(pod.fsGroup);
  groups.delete(gid);
  return { uid, gid, groups: [...groups].sort((a, b) => a - b) };
}

/** Rule: Kubernetes, pkg/kubelet/kuberuntime/security_context_others.go, verifyRunAsNonRoot. */
function checkNonRoot(pod: Pod, container: Container, { uid }: ContainerUser): void {
  const contexts = [container.securityContext, pod.spec.securityContext];
  const [forbidden] = contexts.map((it) => it?.runAsNonRoot).filter((it) => it !== undefined);
  if (uid !== 0 || forbidden !== true) return;
  const isNamed = contexts.some((it) => it?.runAsUser !== undefined);
  const why = isNamed
    ? "container's runAsUser breaks non-root policy"
    : "container has runAsNonRoot and image will run as root";
  // The image that its author has in mind may well name a user; here only the manifest can.
  const remedy = isNamed ? "" : "; no image is read here: securityContext.runAsUser names the user";
  throw new ConfigError(
    "CreateContainerConfigError",
    `${why} (pod: "${formatPod(pod)}", container: ${container.name})${remedy}`,
  );
}

/**
 * `ALL` comes before single names, and what is added before what is dropped.
 *
 * Rule: containerd, pkg/cri/opts, WithCapabilities. `Differs:` a prefix `CAP_` is taken for what it
 * means.
 */
function computeCapabilities({ add = [], drop = [] }: Capabilities): readonly string[] {
  const [added, dropped] = [add.map(capabilityName), drop.map(capabilityName)];
  const start = dropped.includes("ALL")
    ? []
    : added.includes("ALL")
    ? ALL_CAPABILITIES
    : DEFAULT_CAPABILITIES;
  const kept = new Set([...start, ...added]);
  for (const name of ["ALL", ...dropped]) kept.delete(name);
  return [...kept].sort();
}

function capabilityName(word: string): string {
  const name = word.toUpperCase().replace(/^CAP_/, "");
  if (name === "ALL" || ALL_CAPABILITIES.includes(name)) return name;
  throw new ConfigError("CreateContainerError", `unknown capability "CAP_${name}"`);
}
