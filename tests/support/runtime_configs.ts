/** What a runtime is asked for in the plainest of cases. */
import type {
  ContainerConfig,
  PodSandboxConfig,
  ResourceConfig,
  SecurityConfig,
} from "../../src/runtime/config.ts";

/** Asks for nothing, and is limited by nothing. */
export const plainResources: ResourceConfig = { cpuShares: 2, oomScoreAdj: 1000 };

/** Root with the usual capabilities. */
export const plainSecurity: SecurityConfig = {
  user: { uid: 0, gid: 0, groups: [] },
  capabilities: [
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
  ],
  privileged: false,
  noNewPrivileges: false,
  procMount: "Default",
};

/** The first sandbox of pod `web`, with these differences. */
export function sandboxConfigOf(change: Partial<PodSandboxConfig> = {}): PodSandboxConfig {
  return {
    podUid: "u1",
    namespace: "default",
    podName: "web",
    attempt: 0,
    hostname: "web",
    hostAliases: [],
    hostNetwork: false,
    hostIPC: false,
    shareProcessNamespace: false,
    dns: { policy: "Node", nameservers: [], searches: [], options: [] },
    hostPorts: [],
    sysctls: [],
    resources: plainResources,
    qosClass: "BestEffort",
    ...change,
  };
}

/** The first run of container `a` of pod `web`, with these differences. */
export function containerConfigOf(change: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    podUid: "u1",
    name: "a",
    restartCount: 0,
    argv: ["/bin/a"],
    env: [],
    mounts: [],
    terminationMessagePath: "/dev/termination-log",
    readOnlyRootFilesystem: false,
    stdin: false,
    stdinOnce: false,
    tty: false,
    security: plainSecurity,
    resources: plainResources,
    ...change,
  };
}
