/**
 * What a node may ask of a machine, in the CRI's verbs: plain data in, ids out, exits as events.
 * Never a process handle, so that a node may one day find containers that it did not start.
 */
import type { PodQOSClass, Protocol } from "../api/types/pod.ts";
import type { Millis } from "../base/clock.ts";

/** How far the containers of a pod are separated from the host: `--isolation`. */
export type IsolationLevel = "sandbox" | "process";

/** Whose network pods have: the machine's, one of their own, or none: `--network`. */
export type NetworkKind = "host" | "pod" | "none";

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
  /** Containers run in the pause process's PID namespace, see each other, and pause reaps their orphans. */
  readonly shareProcessNamespace: boolean;
  /** What `/etc/resolv.conf` says. */
  readonly dns: DnsConfig;
  /** Ports of the machine that lead into the pod; with `hostNetwork` its own, which have to be free. */
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
  /** `Node`: the machine's own resolver, to which the rest is added. `None`: the rest is all there is. */
  readonly policy: "Node" | "None";
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
  /** What is spoken on it. */
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

/** A sandbox that is ready. */
export interface PodSandbox {
  /** Names the sandbox in later calls. */
  readonly sandboxId: string;
  /** The pause process, as the host numbers it. */
  readonly pid: number;
  /** The pod's own address. */
  readonly podIP: string;
  /** One address of the machine. */
  readonly hostIP: string;
  /** What is really enforced, in words: `sandbox: user, pid, ipc, uts, mount` or `process`. */
  readonly isolation: string;
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

/** A volume whose objects have been looked up already; a directory or file on the node once prepared. */
export type VolumeConfig =
  | {
    readonly name: string;
    readonly type: "emptyDir";
    /** `Memory`: a memory file system. */
    readonly medium: "" | "Memory";
    /** In memory the size of the file system; on disk the pod is evicted that goes over it (R-VOL-2). */
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
  /** configMap, secret, downwardAPI, projected: memory-backed, read-only, swapped atomically (R-VOL-4). */
  | {
    readonly name: string;
    readonly type: "files";
    readonly files: readonly VolumeFile[];
    /** Permission bits of its root. @default 0o1777 */
    readonly rootMode?: number;
  }
  /** Storage of a cluster, which this machine cannot mount; a simulated one mounts anything. */
  | { readonly name: string; readonly type: "unsupported"; readonly kind: string };

/** A file of a volume that a node reads for itself. */
export interface VolumeFileRequest {
  /** `metadata.uid` of the pod. */
  readonly podUid: string;
  /** Which of the prepared volumes. */
  readonly volumeName: string;
  /** From the volume's root, with or without a leading slash. */
  readonly path: string;
  /** A longer file is refused. */
  readonly maxBytes: number;
}

/** What is in such a file. */
export interface VolumeFileContent {
  /** On the node. */
  readonly path: string;
  /** All of it. */
  readonly data: Uint8Array;
}

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
  /** It reads what a user who is attached to it writes; else, and where there is none, end of file. */
  readonly stdin: boolean;
  /** All runs but the first find standard input at its end. */
  readonly stdinOnce: boolean;
  /** Its standard streams are a terminal of its own; all that it writes there is its standard output. */
  readonly tty: boolean;
  /** What its processes may do. */
  readonly security: SecurityConfig;
  /** What its writable layer and its logs may take on the disk, in bytes; undefined: no limit of its own (R-VOL-8). */
  readonly ephemeralStorageLimitBytes?: number;
  /** What it may use. */
  readonly resources: ResourceConfig;
}

/** A started container: its program really runs (or has already run). */
export interface ContainerStart {
  /** The container's first process, as the host numbers it. */
  readonly pid: number;
  /** Clock time at which the launcher gave way to the program. */
  readonly startedAt: Millis;
  /** From the call to exec, in wall milliseconds. */
  readonly startMs: number;
}

/** What a handler is run for: a probe, or a hook of a container's life. */
export type HandlerPurpose = "startup" | "liveness" | "readiness" | "postStart" | "preStop";

/** What a probe or a hook asks: everything is resolved and expanded, ports are numbers, hosts are named. */
export type Handler = ExecHandler | HttpGetHandler | TcpSocketHandler | GrpcHandler;

/** Runs a program in the container, with its environment, directory and user; 0 is success. */
export interface ExecHandler {
  /** Which handler. */
  readonly type: "exec";
  /** Program and arguments; at least one. */
  readonly argv: readonly string[];
}

/** Sends a GET request from where the container's network is (R-PROBE-11, R-HOOK-2). */
export interface HttpGetHandler {
  /** Which handler. */
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
  /** Which handler. */
  readonly type: "tcpSocket";
  /** Name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Asks by the standard health protocol, without encryption (R-PROBE-14). */
export interface GrpcHandler {
  /** Which handler. */
  readonly type: "grpc";
  /** Name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Whose health is asked for; empty: the server's. */
  readonly service: string;
}

/** One question to a container. */
export interface HandlerRequest {
  /** Hooks take any HTTP response for success, and go from https to http where a server speaks only that. */
  readonly purpose: HandlerPurpose;
  /** What is asked. */
  readonly handler: Handler;
  /** Wall milliseconds that the answer may take. @default as long as the container lives */
  readonly timeoutMs?: number;
}

/**
 * What came of a question: `warning` is a success with something to say, `error` no answer at all (R-PROBE-10).
 */
export type HandlerOutcome = "success" | "warning" | "failure" | "error";

/** The answer of a container. */
export interface HandlerResult {
  /** What came of it. */
  readonly outcome: HandlerOutcome;
  /** What was seen, in the kubelet's words; of a program its output, then its error output, at most 10 KiB. */
  readonly output: string;
  /** Of an error: what the kubelet's event names beside it (R-EVENT-7). @default "unknown" */
  readonly state?: "failure";
  /** Of a program that ran to its end. */
  readonly exitCode?: number;
  /** What a program wrote to standard error. */
  readonly stderr?: string;
}

/** What happens without being asked for. */
export type RuntimeEvent =
  | {
    readonly type: "containerExited";
    readonly containerId: string;
    readonly podUid: string;
    readonly name: string;
    /** 0 to 255; 128 + n for signal n (R-EXIT-1). */
    readonly exitCode: number;
    /** `SIGKILL` and so on, when a signal ended it. */
    readonly signal?: string;
    readonly oomKilled: boolean;
    /** Clock time at which its first process was reaped. */
    readonly finishedAt: Millis;
    /** Tail of the termination message file, at most 4096 bytes, decoded (R-MSG-1). Empty if none. */
    readonly terminationMessage: string;
    /** Tail of the log: at most 80 lines and 2048 bytes (R-MSG-2); given when the message is empty and the exit code is not 0. */
    readonly logTail: string;
  }
  | {
    readonly type: "sandboxExited";
    readonly sandboxId: string;
    readonly podUid: string;
    readonly attempt: number;
    readonly at: Millis;
  }
  /** The pod uses more than it may of something that cannot be refused to it; its end is the node's business. */
  | {
    readonly type: "podEvicted";
    readonly podUid: string;
    readonly reason: "Evicted";
    readonly message: string;
    readonly at: Millis;
  };

/** One piece of a container's output. */
export interface ContainerOutput {
  /** `metadata.uid` of the pod. */
  readonly podUid: string;
  /** Container name. */
  readonly name: string;
  /** Which of the two it was written to. */
  readonly stream: "stdout" | "stderr";
  /** Bytes as the container wrote them; only valid until the returned promise resolves. */
  readonly chunk: Uint8Array;
}

/** Where a runtime reports. Handed in when it is made. */
export interface RuntimeListener {
  /** Exits, in the order they were seen; after all output of that container. */
  onEvent(event: RuntimeEvent): void;
  /** Output; nothing more is read from the stream until the promise resolves (back-pressure). */
  onOutput(output: ContainerOutput): Promise<void>;
  /** One line for the user about something that does not work as it should. */
  onWarning(line: string): void;
}

/** Rows and columns of characters. */
export interface WindowSize {
  /** From top to bottom. */
  readonly rows: number;
  /** From left to right. */
  readonly columns: number;
}

/** The terminal of a running container, for the user who is attached to it. */
export interface ContainerTerminal {
  /** What they type is typed there; otherwise they only look on. */
  readonly hearsUser: boolean;
  /** Changes its size, of which the container's programs are told. */
  resize(size: WindowSize): void;
}

/** Somebody who is attached to containers: what they write to standard input, and the window in which they see a terminal. */
export interface AttachedUser {
  /** Whether it is this container that reads what they write. */
  writesTo(podUid: string, container: string): boolean;
  /** The next of what they write; it stays so until it is taken. Undefined at the end, and from then on. */
  peek(): Promise<Uint8Array | undefined>;
  /** Takes that many bytes of those that were there to be seen. */
  take(count: number): void;
  /** The size of their window; undefined if they have none. */
  windowSize(): WindowSize | undefined;
  /** Shows them a terminal, until that is disposed. */
  show(terminal: ContainerTerminal): Disposable;
}

/** What the machine, or a script that plays one, does for a node. */
export interface Runtime {
  /**
   * Makes (or makes again, idempotent) the pod's directory and volumes; data already in an emptyDir stays.
   * @param ownership undefined: they belong to whoever makes them.
   * @throws {VolumesError} with each volume that cannot be made; the others are there.
   * @throws {RuntimeError} `FailedMount` where it is not the fault of one volume.
   */
  prepareVolumes(
    podUid: string,
    volumes: readonly VolumeConfig[],
    ownership?: VolumeOwnership,
  ): Promise<void>;
  /**
   * Reads a regular file of a prepared volume, as containers left it: links lead nowhere but within the volume, and what would
   * block is refused.
   * @param signal cancels it: nothing of it is left when this rejects.
   * @returns undefined where no program runs that could have written it.
   * @throws {RuntimeError} `ReadVolumeFile`
   */
  readVolumeFile(
    request: VolumeFileRequest,
    signal: AbortSignal,
  ): Promise<VolumeFileContent | undefined>;
  /**
   * Starts the pause process and what it holds.
   * @throws {RuntimeError} `FailedCreatePodSandBox`
   */
  runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox>;
  /** Kills whatever is left in the sandbox, pause included; may be repeated. */
  stopPodSandbox(sandboxId: string): Promise<void>;
  /**
   * Makes what the container needs (directories, log file), starts nothing.
   * @returns the container id, e.g. `podling://…`.
   * @throws {RuntimeError} `CreateContainerError`
   */
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  /**
   * Resolves when the program runs, before any of its output is handed on. A `containerExited` event follows in any case where it resolves, and in no other.
   * @param signal cancels it: whatever it waits for, nothing of it is left when this rejects.
   * @throws {RuntimeError} `StartError`: the program could not be executed (R-EXIT-2).
   * @throws the signal's reason when it is aborted before the program runs.
   */
  startContainer(containerId: string, signal?: AbortSignal): Promise<ContainerStart>;
  /**
   * Sends a signal (`SIGTERM`, `SIGRTMIN+3`, …) to the container's first process; SIGKILL ends the whole container.
   * No error if it has ended already.
   */
  signalContainer(containerId: string, signal: string): Promise<void>;
  /**
   * Asks a running container. It never fails: a container that is not there, or ends meanwhile, gives no answer
   * (`error`), and at the latest then nothing of the question is left.
   *
   * @param signal given up when it is aborted: a program that was run for it is killed with all that it started.
   */
  runHandler(
    containerId: string,
    request: HandlerRequest,
    signal: AbortSignal,
  ): Promise<HandlerResult>;
  /** Forgets the record of an ended container and removes its writable layer; its log stays. */
  removeContainer(containerId: string): Promise<void>;
  /** Removes what is left of the pod (volumes, working directory); after its sandboxes have been stopped. */
  removePod(podUid: string): Promise<void>;
}

/**
 * Does what the machine may refuse (no permission, no space, read-only, …): that is news about a pod.
 * @throws {RuntimeError} with the reason given, for an error of the operating system; others pass unchanged.
 */
export function asRefusal<T>(reason: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new RuntimeError(reason, error.message, { cause: error });
  }
}

/** The machine's refusal, with Kubernetes' reason word; news about a pod, not a fault of the node. */
export class RuntimeError extends Error {
  /**
   * Says what the machine could not do.
   * @param reason Kubernetes' word: `StartError`, `CreateContainerError`, `FailedMount`, …
   */
  constructor(readonly reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuntimeError";
  }
}

/** Volumes that could not be made; all that can be made has been. */
export class VolumesError extends RuntimeError {
  /**
   * Names them.
   * @param failures by volume name, why: a whole sentence, as the event has it (R-EVENT-13).
   */
  constructor(readonly failures: ReadonlyMap<string, string>) {
    super("FailedMount", [...failures.values()].join("; "));
    this.name = "VolumesError";
  }
}
