/**
 * What makes sandboxes, containers, volumes and handlers: plain data, resolved and expanded, for
 * any runtime.
 */
import type { PodQOSClass, Protocol } from "../api/types/pod.ts";

/** How far the containers of a pod are separated from the host: `--isolation`. */
export type IsolationLevel = "sandbox" | "process";

/** Whose network pods have: the machine's, one of their own, or none: `--network`. */
export type NetworkKind = "host" | "pod" | "none";

/** The domain of a cluster's names, by default. */
export const CLUSTER_DOMAIN = "cluster.local";

/** What makes a sandbox: the pause process and what it holds. */
export interface PodSandboxConfig {
  /** `metadata.uid` of the pod. */
  readonly podUid: string;
  /** `metadata.namespace` of the pod. */
  readonly namespace: string;
  /** `metadata.name` of the pod. */
  readonly podName: string;
  /** 0 for the first sandbox of a pod, then one more for each replacement (R-SANDBOX-1). */
  readonly attempt: number;
  /** The kernel's host name inside (R-HOST-1); ignored with `hostNetwork`. */
  readonly hostname: string;
  /** The content of `/etc/hosts` for a given pod IP (R-HOST-2 to R-HOST-4). */
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  /** Domain of the FQDN, from `subdomain` (R-HOST-1); the host name may end with it already. */
  readonly domain?: string;
  /** Keeps the machine's network, host name and hosts file. */
  readonly hostNetwork: boolean;
  /** Keeps the machine's IPC objects and its `/dev/shm`. */
  readonly hostIPC: boolean;
  /**
   * Containers run in the pause process's PID namespace, see each other, and pause reaps their
   * orphans.
   */
  readonly shareProcessNamespace: boolean;
  /** The contents of `/etc/resolv.conf`. */
  readonly dns: DnsConfig;
  /**
   * Ports of the machine that lead into the pod; with `hostNetwork` its own, which have to be free.
   */
  readonly hostPorts: readonly HostPort[];
  /** Kernel parameters of the pod's own namespaces, with dots between the words of a name. */
  readonly sysctls: readonly (readonly [name: string, value: string])[];
  /** What all of the pod together may use. */
  readonly resources: ResourceConfig;
  /** All that its containers write outside of volumes that are not its own; undefined: no limit. */
  readonly ephemeralStorageLimitBytes?: number;
  /** Who is killed first where memory runs short (R-QOS-1). */
  readonly qosClass: PodQOSClass;
}

/** How names are resolved in a pod. */
export interface DnsConfig {
  /**
   * `Node`: the machine's own resolver, to which the rest is added. `Cluster`: that of the Services
   * instead, in a run that has some. `None`: the rest is all there is.
   */
  readonly policy: "Cluster" | "Node" | "None";
  /** Addresses. */
  readonly nameservers: readonly string[];
  /** Domains in which a short name is looked up. */
  readonly searches: readonly string[];
  /** `ndots` and the like; those without a value are flags. */
  readonly options: readonly { readonly name: string; readonly value?: string }[];
}

/** A port of the machine that leads to one of the pod's. */
export interface HostPort {
  /** The machine's address; `0.0.0.0` for all of them. */
  readonly hostIP: string;
  /** 1 to 65535. */
  readonly hostPort: number;
  /** 1 to 65535; with `hostNetwork` the same. */
  readonly containerPort: number;
  /** Its protocol. */
  readonly protocol: Protocol;
}

/** Numbers for the kernel, as the kubelet computes them. */
export interface ResourceConfig {
  /** Weight against others, 2 to 262144: 1024 for each core asked for, 2 for none. */
  readonly cpuShares: number;
  /** Microseconds of CPU time in each 100 ms, at least 1000; undefined: no limit. */
  readonly cpuQuotaUs?: number;
  /** Undefined: no limit. */
  readonly memoryLimitBytes?: number;
  /** Processes and threads; undefined: no limit. */
  readonly pidsLimit?: number;
  /** For `/proc/PID/oom_score_adj`: -1000 to 1000, the higher the sooner it is killed. */
  readonly oomScoreAdj: number;
}

/** Other amounts for a pod that runs. */
export interface PodResizeConfig {
  /** Of the pod as a whole. */
  readonly resources: ResourceConfig;
  /** Those that get others, and are not restarted for it. */
  readonly containers: readonly {
    readonly containerId: string;
    readonly resources: ResourceConfig;
  }[];
}

/** What a machine can limit, for the user that asks. */
export interface ResourceSupport {
  /** CPU time, by weight and by quota. */
  readonly cpu: boolean;
  /** Memory. */
  readonly memory: boolean;
  /** The number of processes. */
  readonly pids: boolean;
  /** Why something cannot be limited: one line, no full stop. */
  readonly reason?: string;
}

/** Who the processes of a container are. */
export interface ContainerUser {
  /** As the container numbers it. */
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  /** Supplementary groups, sorted, without `gid`. */
  readonly groups: readonly number[];
}

/** What the processes of a container may do. */
export interface SecurityConfig {
  /** Who they are at their start. */
  readonly user: ContainerUser;
  /** What they may ever have (the bounding set), sorted, without `CAP_`: `NET_BIND_SERVICE`, … */
  readonly capabilities: readonly string[];
  /** Nothing of `/proc`, `/sys` and `/dev` is masked or read-only. */
  readonly privileged: boolean;
  /** Setuid programs and file capabilities give them nothing. */
  readonly noNewPrivileges: boolean;
  /** `Unmasked`: all of `/proc` is there. */
  readonly procMount: "Default" | "Unmasked";
}

/** A file that a configMap, secret, downwardAPI or projected volume holds. */
export interface VolumeFile {
  /** Relative, without `..`; may contain `/`. */
  readonly path: string;
  /** The content. */
  readonly data: Uint8Array;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
}

/**
 * A volume whose objects have been looked up already; a directory or file on the node once
 * prepared.
 */
export type VolumeConfig =
  | {
    readonly name: string;
    readonly type: "emptyDir";
    /** `Memory`: a memory file system. */
    readonly medium: "" | "Memory";
    /**
     * In memory the size of the file system; on disk the pod is evicted that goes over it
     * (R-VOL-2).
     */
    readonly sizeLimitBytes?: number;
  }
  | {
    readonly name: string;
    readonly type: "hostPath";
    /** Absolute: relative ones have been joined to the manifest's folder. */
    readonly path: string;
    /** `""`, `Directory`, `DirectoryOrCreate`, `File`, … (R-VOL-3). */
    readonly hostPathType: string;
  }
  /** A directory that outlives the pod (R-VOL-1). */
  | {
    readonly name: string;
    readonly type: "persistent";
    readonly namespace: string;
    readonly claimName: string;
  }
  /**
   * configMap, secret, downwardAPI, projected: memory-backed, read-only, swapped atomically
   * (R-VOL-4).
   */
  | {
    readonly name: string;
    readonly type: "files";
    readonly files: readonly VolumeFile[];
    /** Permission bits of its root. @default 0o1777 */
    readonly rootMode?: number;
  }
  /** Storage of a cluster, which this machine cannot mount; a simulated one mounts anything. */
  | { readonly name: string; readonly type: "unsupported"; readonly kind: string };

/** A volume of files that the node writes. */
export type FilesVolume = Extract<VolumeConfig, { readonly type: "files" }>;

/** To which group a pod's volumes belong (R-VOL-6). */
export interface VolumeOwnership {
  /** The group that may write them. */
  readonly fsGroup: number;
  /** `OnRootMismatch`: what is below is left alone where the volume's root already fits. */
  readonly changePolicy: "Always" | "OnRootMismatch";
}

/** One volume at one path of a container. */
export interface Mount {
  /** Which of the prepared volumes. */
  readonly volumeName: string;
  /** Absolute path in the container. */
  readonly mountPath: string;
  /** Writes are refused. */
  readonly readOnly: boolean;
  /** Writes to what is mounted below it are refused too. */
  readonly recursiveReadOnly: boolean;
  /** Path within the volume, relative; already expanded (R-VOL-5, R-ENV-8). */
  readonly subPath?: string;
}

/** What makes a container: everything is resolved and expanded, nothing refers to other objects. */
export interface ContainerConfig {
  /** `metadata.uid` of the pod. */
  readonly podUid: string;
  /** Container name, unique in the pod. */
  readonly name: string;
  /** Number of this run: the log file is `<name>/<restartCount>.log` (R-MODEL-4). */
  readonly restartCount: number;
  /** Program and arguments; at least one. */
  readonly argv: readonly string[];
  /** In order, no name twice; `PATH`, `HOME`, `HOSTNAME` included. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** Absolute; undefined: the pod's shared working directory. */
  readonly workingDir?: string;
  /** Where the volumes appear. */
  readonly mounts: readonly Mount[];
  /** Where the program may leave its termination message (R-MSG-1). */
  readonly terminationMessagePath: string;
  /** Writes outside the volumes are refused. */
  readonly readOnlyRootFilesystem: boolean;
  /**
   * It reads what a user who is attached to it writes; else, and where there is none, end of file.
   */
  readonly stdin: boolean;
  /** All runs but the first find standard input at its end. */
  readonly stdinOnce: boolean;
  /**
   * Its standard streams are a terminal of its own; all that it writes there is its standard
   * output.
   */
  readonly tty: boolean;
  /** What its processes may do. */
  readonly security: SecurityConfig;
  /**
   * What its writable layer and its logs may take on the disk, in bytes; undefined: no limit of its
   * own (R-VOL-8).
   */
  readonly ephemeralStorageLimitBytes?: number;
  /** What it may use. */
  readonly resources: ResourceConfig;
  /** The container of its pod in whose PID namespace it runs (R-EPHEMERAL-4). @default none */
  readonly targetContainer?: string;
}

/**
 * What a probe or a hook asks: everything is resolved and expanded, ports are numbers, hosts are
 * named.
 */
export type Handler = ExecHandler | HttpGetHandler | TcpSocketHandler | GrpcHandler;

/** Runs a program in the container, with its environment, directory and user; 0 is success. */
export interface ExecHandler {
  readonly type: "exec";
  /** Program and arguments; at least one. */
  readonly argv: readonly string[];
}

/** Sends a GET request from where the container's network is (R-PROBE-11, R-HOOK-2). */
export interface HttpGetHandler {
  readonly type: "httpGet";
  /** Certificates are not verified. */
  readonly scheme: "HTTP" | "HTTPS";
  /** Name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** As the manifest has it, with its query. */
  readonly path: string;
  /** In order; `Host` names the host that is asked for. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Opens a connection and closes it again. */
export interface TcpSocketHandler {
  readonly type: "tcpSocket";
  /** Name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Asks by the standard health protocol, without encryption (R-PROBE-14). */
export interface GrpcHandler {
  readonly type: "grpc";
  /** Name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Whose health is asked for; empty: the server's. */
  readonly service: string;
}
