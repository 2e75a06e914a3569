/** What the sandboxes and containers of one run have in common. */
import { inBackground } from "../../base/abort.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { RunCgroup } from "../cgroup/cgroup.ts";
import { type ElfMachine, isKnownProgram, readElfMachine } from "../machine/executable.ts";
import type { Machine } from "../machine/machine.ts";
import { hasIgnoredSignals, readOpenFilesLimit } from "../machine/process.ts";
import { coveredFolders } from "../machine/state_dir.ts";
import { hostAddress } from "../machine/host_address.ts";
import { openHostNetwork } from "../network/host_network.ts";
import type { PodNetwork } from "../network/pod_network.ts";
import type { ContainerConfig, IsolationLevel, PodSandboxConfig } from "../config.ts";
import type { WindowSize } from "../joined_streams.ts";
import type { RuntimeListener } from "../runtime.ts";
import { defaultLogLimits, type LogLimits } from "../streams/log_file.ts";
import { podLogDirectory } from "../streams/logs.ts";
import type { ViewPlace } from "../view/view_base.ts";
import { ViewsOfRun } from "../view/views_of_run.ts";
import { DiskWatch } from "../disk/disk_usage.ts";
import { FolderRemoval, type ViewRemains } from "../disk/folder_removal.ts";
import type { Services } from "../service/services.ts";
import type { RunScope } from "./run_scope.ts";
import type { RuntimePlan } from "./runtime_plan.ts";

/** What a run on this machine is given beside its plan. */
export interface LinuxRuntimeOptions {
  /** How much is kept of a container's log. @default the kubelet's */
  readonly logLimits?: LogLimits;
  readonly clock: Clock;
  /** The size of a new terminal; undefined: it has none until it is given one. @default none */
  readonly terminalSize?: () => WindowSize | undefined;
  /**
   * Called when a sandbox could not be made: what was remembered of this machine may be untrue.
   */
  readonly onNoSandbox?: () => void;
  /** One of the Services leads to what this program serves on the machine. @default none does */
  readonly servesApi?: boolean;
}

/** Marks are distinguished by this many digits within a run. */
const MARKS_PER_RUN = 1_000_000;

/**
 * Marks of what is run in containers begin here: above those of all containers, as a hard limit is
 * never below the soft one.
 */
const EXEC_MARKS = 2_000_000_000 * MARKS_PER_RUN;

/** The machine, the plan and the services of one run. */
export class RunContext {
  /** What was decided. */
  readonly plan: RuntimePlan;
  /** Folders and janitor. */
  readonly scope: RunScope;
  /** Where all is reported. */
  readonly listener: RuntimeListener;
  /** What this machine has. */
  readonly machine: Machine;
  /** The level in use. */
  readonly level: IsolationLevel;
  readonly clock: Clock;
  /** As {@link LinuxRuntimeOptions.onNoSandbox}. */
  readonly onNoSandbox: () => void;
  /** How much is kept of a container's log. */
  readonly logLimits: LogLimits;
  /** The network of pods without `hostNetwork`. */
  readonly network: PodNetwork;
  /** What makes Services reachable; undefined in a run without any. */
  readonly services: Services | undefined;
  /** The network of pods with `hostNetwork`. */
  readonly hostNetwork: PodNetwork = openHostNetwork("machine");
  /** One address of this machine. */
  readonly hostIP: string = hostAddress();
  /** The soft limit of open files that containers get. */
  readonly openFiles: number = readOpenFilesLimit();
  /** This program was started with signals ignored, which containers do not inherit. */
  readonly ignoresSignals: boolean = hasIgnoredSignals();
  /** The cgroup of all pods. */
  readonly cgroups: RunCgroup;
  /** What the views of all containers have in common. */
  readonly views: ViewsOfRun;
  /** Evicts pods that use too much of a disk. */
  readonly disk: DiskWatch;
  /** The size of a new terminal, if there is one. */
  readonly terminalSize: () => WindowSize | undefined;
  /** Removes the folders of containers and pods. */
  readonly removal: FolderRemoval;
  /** Folders that no volume shows: podling's own, with those of other runs, and the logs. */
  readonly covered: readonly string[];
  readonly #elf = readElfMachine();
  #marks = 0;

  /** Nothing of a pod is there yet. */
  constructor(
    plan: RuntimePlan,
    { clock, logLimits = defaultLogLimits, terminalSize, onNoSandbox = () => {}, servesApi }:
      LinuxRuntimeOptions,
    listener: RuntimeListener,
    scope: RunScope,
  ) {
    const { level, report: { machine, limits } } = plan;
    const { folders } = scope;
    this.plan = plan;
    this.scope = scope;
    this.listener = listener;
    this.machine = machine;
    this.level = level;
    this.clock = clock;
    this.onNoSandbox = onNoSandbox;
    this.logLimits = logLimits;
    this.network = openNetwork(plan, scope, listener);
    this.services = plan.services?.open({
      plan: plan.services,
      network: this.network,
      setsid: machine.tools.setsid,
      ...servesApi && { machineSocket: `${folders.state}/machine` },
      warn: (line) => listener.onWarning(line),
    });
    this.cgroups = new RunCgroup(limits, folders);
    this.covered = coveredFolders(folders, Deno.uid() ?? 0, [plan.logDir, plan.hidden]);
    this.views = new ViewsOfRun(machine, limits, folders, plan.rootfs, this.covered);
    this.terminalSize = terminalSize ?? (() => undefined);
    this.removal = new FolderRemoval(machine);
    this.disk = new DiskWatch({
      clock,
      wallClock: systemClock(),
      enter: () => machine.namespaces?.enter ?? [],
      onEvicted: (event) => listener.onEvent(event),
    });
  }

  /** Marks the processes of a container. */
  newMark(): number {
    return this.scope.mark * MARKS_PER_RUN + this.#marks++ % MARKS_PER_RUN;
  }

  /** Marks the processes of a program that is run in a container. */
  newExecMark(): number {
    return EXEC_MARKS + this.newMark();
  }

  /** Gives `env` a name that no other program can guess, where it has no option for that. */
  linkNonce(folder: string, nonce: string): string | undefined {
    const base = this.level === "sandbox" ? this.views.base : undefined;
    if (base?.tools.canName) return undefined;
    const link = base === undefined ? `${folder}/${nonce}` : `${base.skeleton}/tools/${nonce}`;
    Deno.symlinkSync(base === undefined ? this.machine.tools.env : "env", link);
    return link;
  }

  /** What has to be checked of a program before it is executed; undefined if nothing. */
  elfCheck(config: ContainerConfig, argv: readonly string[]): ElfMachine | undefined {
    const lookup = {
      name: argv[0] ?? "",
      searchPath: config.env.find(([name]) => name === "PATH")?.[1] ?? "",
      covered: this.level === "sandbox" ? this.views.coveredPaths(config) : [],
    };
    return isKnownProgram(lookup, this.#elf) ? undefined : this.#elf;
  }

  /** A new container's id, in letters and digits, and its folders in those of the pod. */
  newPlace(podUid: string): ViewPlace & { readonly id: string } {
    const id = crypto.randomUUID().replaceAll("-", "");
    const { data, memory } = this.scope.folders;
    // Only what the container writes can grow; all else is small, short-lived, and faster to make
    // in memory.
    const isOnDisk = this.level === "sandbox" && this.machine.overlay === "disk";
    const within = `pods/${podUid}/containers/${id}`;
    return { id, folder: `${memory}/${within}`, writable: `${isOnDisk ? data : memory}/${within}` };
  }

  /** Removes the folders of a container. */
  async removePlace(
    { folder, writable }: ViewPlace,
    views: readonly ViewRemains[],
  ): Promise<void> {
    const folders = [...new Set([folder, writable])];
    await Promise.all(folders.map((it) => this.removal.remove(it, views)));
  }

  /** The folder of the logs of all containers of a pod. */
  logFolder(sandbox: PodSandboxConfig): string {
    const { logDir, keptLogs } = this.plan;
    const root = logDir ?? keptLogs ?? `${this.scope.folders.data}/logs`;
    return `${root}/${podLogDirectory(sandbox)}`;
  }

  /** Leaves work to itself: see {@link inBackground}. */
  inBackground(work: Promise<unknown>, what: string): void {
    inBackground(work, what, (line) => this.listener.onWarning(line));
  }

  /** Ends what works for all pods; the sandboxes have been stopped. */
  async close(): Promise<void> {
    await this.services?.close();
    await this.network.close();
    await this.cgroups.close();
    await this.scope.close();
  }
}

function openNetwork(
  { network, networks, report, services }: RuntimePlan,
  { folders }: RunScope,
  listener: RuntimeListener,
): PodNetwork {
  if (network === "host" || networks === undefined) return openHostNetwork("loopback");
  return networks.open(network, {
    support: networks.support,
    enter: report.machine.namespaces?.enter ?? [],
    stateFolder: folders.state,
    random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
    warn: (line) => listener.onWarning(line),
    serviceRange: services?.range,
  });
}
