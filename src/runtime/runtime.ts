/**
 * What a node may ask of a machine, in the CRI's verbs: plain data in, ids out, exits as events.
 * Never a process handle, so that a node may one day find containers that it did not start.
 */
import type {
  AttachRequest,
  ContainerAttachment,
  ExecEnd,
  ExecRequest,
  PodConnection,
} from "./joined_streams.ts";
import type { Millis } from "../base/clock.ts";
import type {
  ContainerConfig,
  FilesVolume,
  Handler,
  PodResizeConfig,
  PodSandboxConfig,
  VolumeConfig,
  VolumeOwnership,
} from "./config.ts";
import type { FrontRefusal, ServiceTable } from "./service_table.ts";

/** A sandbox that is ready. */
export interface PodSandbox {
  /** Names the sandbox in later calls. */
  readonly sandboxId: string;
  /** The pause process, as the host numbers it. */
  readonly pid: number;
  readonly podIP: string;
  /** One address of the machine. */
  readonly hostIP: string;
  /** What is really enforced, in words: `sandbox: user, pid, ipc, uts, mount` or `process`. */
  readonly isolation: string;
}

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
  readonly path: string;
  /** All of it. */
  readonly data: Uint8Array;
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

/** One question to a container. */
export interface HandlerRequest {
  /**
   * Hooks take any HTTP response for success, and go from https to http where a server speaks only
   * that.
   */
  readonly purpose: HandlerPurpose;
  /** What is asked. */
  readonly handler: Handler;
  /** Wall milliseconds that the answer may take. @default as long as the container lives */
  readonly timeoutMs?: number;
}

/**
 * The outcome of a probe or hook: `warning` is a success with a message, `error` no answer at all
 * (R-PROBE-10).
 */
export type HandlerOutcome = "success" | "warning" | "failure" | "error";

/** The answer of a container. */
export interface HandlerResult {
  /** Its outcome. */
  readonly outcome: HandlerOutcome;
  /**
   * What was seen, in the kubelet's words; of a program its output, then its error output, at most
   * 10 KiB.
   */
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
    /**
     * Tail of the termination message file, at most 4096 bytes, decoded (R-MSG-1). Empty if none.
     */
    readonly terminationMessage: string;
    /**
     * Tail of the log: at most 80 lines and 2048 bytes (R-MSG-2); given when the message is empty
     * and the exit code is not 0.
     */
    readonly logTail: string;
  }
  | {
    readonly type: "sandboxExited";
    readonly sandboxId: string;
    readonly podUid: string;
    readonly attempt: number;
    readonly at: Millis;
  }
  /**
   * The pod uses more than it may of something that cannot be refused to it; its end is the node's
   * business.
   */
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

/** A sandbox whose pause process runs. */
export interface SandboxInfo extends Pick<PodSandbox, "sandboxId" | "podIP"> {
  /** `metadata.uid` of the pod. */
  readonly podUid: string;
  /** `metadata.namespace` of the pod. */
  readonly namespace: string;
  /** `metadata.name` of the pod. */
  readonly podName: string;
  /** 0 for the first sandbox of a pod. */
  readonly attempt: number;
}

/** A container that was created and has not been removed. */
export interface ContainerInfo {
  /** Names it in calls. */
  readonly containerId: string;
  /** `metadata.uid` of the pod. */
  readonly podUid: string;
  /** Container name, unique in the pod. */
  readonly name: string;
  /** Number of this run. */
  readonly restartCount: number;
  /** `created` until its program runs, and if that could not be executed. */
  readonly state: "created" | "running" | "exited";
}

/** What a runtime has at a moment, in the order in which it was created. */
export interface RuntimeInventory {
  /** Those that have not ended. */
  readonly sandboxes: readonly SandboxInfo[];
  /** Those that have not been removed, whether their sandbox has ended or not. */
  readonly containers: readonly ContainerInfo[];
}

/** What processes use, as the kubelet's summary has it. */
export interface ResourceUsage {
  /** CPU time since the start, in nanoseconds. */
  readonly cpuUsageNs: number;
  /** All memory, with the kernel's copies of files. */
  readonly memoryUsageBytes: number;
  /** Memory without copies of files that are not in use. */
  readonly workingSetBytes: number;
  /** Memory that is not a copy of a file. */
  readonly rssBytes: number;
  /** Processes and threads. */
  readonly pids: number;
}

/** What a container uses that runs. */
export interface ContainerStats extends Omit<ContainerInfo, "state"> {
  /** At the moment of its pod's. */
  readonly usage: ResourceUsage;
}

/** What a pod uses that has a sandbox. */
export interface PodStats extends Pick<SandboxInfo, "podUid" | "namespace" | "podName"> {
  /** When this was read: milliseconds since 1970. */
  readonly time: number;
  /** Of all that runs in it. */
  readonly usage: ResourceUsage;
  /** Those that run, in the order in which they were created. */
  readonly containers: readonly ContainerStats[];
}

/** What of a log is read, as the options of `kubectl logs` have it. */
export interface LogOptions {
  /** Goes on until the run has ended, through rotations. */
  readonly follow?: boolean;
  /** So many lines of the end, 0 for none; what comes while it is followed is read in any case. */
  readonly tailLines?: number;
  /** Leaves lines out that are older: milliseconds since 1970. */
  readonly sinceTime?: number;
  /** Ends after so many bytes, in the middle of a line if need be. */
  readonly limitBytes?: number;
  /** Reads the log of the run before the newest. */
  readonly previous?: boolean;
  /** Begins each line with the time at which it was written. */
  readonly timestamps?: boolean;
}

/** What the machine, or a script that plays one, does for a node. */
export interface Runtime {
  /**
   * Makes (or makes again, idempotent) the pod's directory and volumes; data already in an emptyDir
   * stays.
   * @param ownership undefined: they belong to the user of this program.
   * @throws {VolumesError} with each volume that cannot be made; the others are there.
   * @throws {RuntimeError} `FailedMount` where it is not the fault of one volume.
   */
  prepareVolumes(
    podUid: string,
    volumes: readonly VolumeConfig[],
    ownership?: VolumeOwnership,
  ): Promise<void>;
  /**
   * Swaps the files of prepared volumes for newer ones, all of a volume at once; containers see it.
   * Nothing happens where nothing of the pod has been prepared, or it is gone.
   * @param volumes of files, some of those of the pod.
   * @throws {VolumesError} with each that keeps its old files.
   * @throws {RuntimeError} `FailedMount`
   */
  updateVolumes(
    podUid: string,
    volumes: readonly FilesVolume[],
    ownership?: VolumeOwnership,
  ): Promise<void>;
  /**
   * Reads a regular file of a prepared volume, as containers left it: links lead nowhere but within
   * the volume, and what would block is refused.
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
   * Adds a container to the sandbox. Its directories and its log file are made when it is started.
   * @returns the container id, e.g. `podling://…`.
   * @throws {RuntimeError} `CreateContainerError`
   */
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  /**
   * A container that may be created next: what does not depend on its program can be made ahead.
   * Has no effect that can be seen, and promises nothing.
   */
  expectContainer(sandboxId: string, config: ContainerConfig): void;
  /**
   * Resolves when the program runs, before any of its output is handed on. A `containerExited`
   * event follows in any case where it resolves, and in no other.
   * @param signal cancels it: whatever it waits for, nothing of it is left when this rejects.
   * @throws {RuntimeError} `StartError`: the program could not be executed (R-EXIT-2).
   * @throws the signal's reason when it is aborted before the program runs.
   */
  startContainer(containerId: string, signal?: AbortSignal): Promise<ContainerStart>;
  /**
   * Gives a pod and containers of it that run other amounts.
   * @throws {RuntimeError} `ResizeError`; what was given before it stays.
   */
  resizePod(podUid: string, resize: PodResizeConfig): Promise<void>;
  /**
   * Sends a signal (`SIGTERM`, `SIGRTMIN+3`, …) to the container's first process; SIGKILL ends the
   * whole container. No error if it has ended already.
   */
  signalContainer(containerId: string, signal: string): Promise<void>;
  /**
   * Asks a running container. It never fails: a container that is not there, or ends meanwhile,
   * gives no answer (`error`), and at the latest then nothing of the question is left.
   *
   * @param signal cancelled when it is aborted: a program that was run for it is killed with all
   * that it started.
   */
  runHandler(
    containerId: string,
    request: HandlerRequest,
    signal: AbortSignal,
  ): Promise<HandlerResult>;
  /** Forgets the record of an ended container and removes its writable layer; its log stays. */
  removeContainer(containerId: string): Promise<void>;
  /** Lists what there is, as the CRI's ListPodSandbox and ListContainers do. */
  list(): Promise<RuntimeInventory>;
  /**
   * Reads the log of a container's newest run, whether it runs or has ended; standard output and
   * error in the order in which they were written, from the oldest file that rotations have left.
   * @param signal ends what is returned, without an error.
   * @throws {RuntimeError} `Logs`: the pod has no such container, or that no such run.
   */
  logs(
    podUid: string,
    container: string,
    options: LogOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Runs one more program in a container, as `kubectl exec` does: with its namespaces, user,
   * variables and working directory. Resolves when the program has ended, nothing holds its output
   * open, and all of that was taken.
   * @param signal cancels it: nothing of what the program started is left when this rejects.
   * @throws {RuntimeError} `NotFound`: no such container; `NotRunning`; `StartError`: the program
   * could not be executed.
   * @throws the signal's reason when it is aborted, and the error of a stream that fails: either
   * way the other end is gone.
   */
  exec(containerId: string, request: ExecRequest, signal: AbortSignal): Promise<ExecEnd>;
  /**
   * Joins streams with a container that runs, as `kubectl attach` does; any number at a time. A
   * stream that takes output slowly slows the container down. The attachment stands when this
   * resolves.
   * @param signal ends the attachment, without an error: outputs are aborted, the container runs
   * on.
   * @throws {RuntimeError} `NotFound`: no such container; `NotRunning`; `NotSupported`: it has no
   * standard input, that has ended, or it has no terminal.
   */
  attach(
    containerId: string,
    request: AttachRequest,
    signal: AbortSignal,
  ): Promise<ContainerAttachment>;
  /**
   * Connects to what listens on the loopback of a pod, as `kubectl port-forward` does.
   * @param port 1 to 65535.
   * @throws {RuntimeError} `PortForward`: the pod has no sandbox, or nothing listens there.
   */
  dial(podUid: string, port: number): Promise<PodConnection>;
  /**
   * Reads what pods and their containers use, as the CRI's ListPodSandboxStats does: CPU time,
   * memory and processes.
   * @param podUid only this pod; none is returned where it has no sandbox.
   * @throws {RuntimeError} `NotSupported`: nothing is used by a simulated container.
   */
  stats(podUid?: string): Promise<readonly PodStats[]>;
  /**
   * Makes Services reachable from pods, by address and by name, and from the machine by node ports:
   * these, in place of all before. In a run that is planned with Services no sandbox is ready
   * before the first of these calls.
   *
   * @returns what could not be opened: the next call attempts it again.
   * @throws {Error} no Service can be reached.
   */
  updateServices(table: ServiceTable): Promise<readonly FrontRefusal[]>;
  /**
   * Removes what is left of the pod (volumes, working directory), except its logs; after its
   * sandboxes have been stopped.
   */
  removePod(podUid: string): Promise<void>;
  /** Removes what is in the volume of a claim, whose name is free for another one at once. */
  removeVolume(namespace: string, claimName: string): Promise<void>;
  /**
   * Forgets the logs of a pod, and removes them unless they are where the user wants them; after
   * `removePod`, when the pod's object is gone.
   */
  removeLogs(podUid: string): Promise<void>;
}

/**
 * Does what the machine may refuse (no permission, no space, read-only, …): that is news about a
 * pod.
 * @throws {RuntimeError} with the reason given, for an error of the operating system; others pass
 * unchanged.
 */
export function asRefusal<T>(reason: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new RuntimeError(reason, error.message, { cause: error });
  }
}

/**
 * The machine's refusal, with Kubernetes' reason word; news about a pod, not a fault of the node.
 */
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
