/**
 * The sandbox of a pod: its pause process, its network, its folders, and the ends of what runs in
 * it.
 */
import { messageOf } from "../../base/error_text.ts";
import type { PodCgroup } from "../cgroup/cgroup.ts";
import type { ChainTarget } from "../launch/namespace_chain.ts";
import { isEnding } from "../machine/process.ts";
import type { PodSandboxConfig } from "../config.ts";
import type { PodConnection } from "../joined_streams.ts";
import { asRefusal, RuntimeError, type SandboxInfo } from "../runtime.ts";
import type { PodFolders } from "../view/view_base.ts";
import { findPodLimit } from "../disk/disk_usage.ts";
import { removeTree } from "../disk/folder_removal.ts";
import { type Pause, startPause } from "./pause.ts";
import { makePodFolders } from "../disk/pod_folders.ts";
import type { ContainerPlace } from "./container_launch.ts";
import type { RunContext } from "./run_context.ts";
import type { RuntimePlan } from "./runtime_plan.ts";
import { ifAvailable, SparePlace } from "./spare_place.ts";

/** What a pod has on the node before it has a sandbox. */
export interface PodState {
  /** Its prepared volumes: where they are, by name. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Something has been mounted for it where the node makes its sandboxes. */
  readonly mountsAtNode: boolean;
}

/** A container, as its sandbox ends it. */
export interface SandboxMember {
  /** Kills all of it. @returns when that has been reported; undefined if nothing runs. */
  kill(): Promise<unknown> | undefined;
}

/** What a sandbox is made of. */
interface SandboxParts {
  readonly cgroup: PodCgroup;
  readonly pause: Pause;
  /** Its network is the machine's. */
  readonly sharesNetwork: boolean;
  /** What it holds of the machine, the pause process included. */
  readonly held: AsyncDisposableStack;
  readonly folders: PodFolders;
  readonly podIP: string;
  readonly spare: SparePlace;
}

/** A sandbox whose pause process runs, or has run. */
export class LinuxSandbox {
  /** Names it in later calls. */
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly cgroup: PodCgroup;
  /** What its containers have in common on the node. */
  readonly folders: PodFolders;
  readonly podIP: string;
  readonly #context: RunContext;
  readonly #parts: SandboxParts;
  readonly #members = new Set<SandboxMember>();
  /** Of containers that are being started. */
  readonly #starts = new Set<Promise<unknown>>();
  /**
   * Reports of ends of containers that went down with it, due right after its own; undefined once
   * that has been made.
   */
  #lastEnds: (() => void)[] | undefined = [];
  #isStopping = false;
  #isOpen = true;

  private constructor(context: RunContext, config: PodSandboxConfig, parts: SandboxParts) {
    this.id = `podling://${config.podUid}/${config.attempt}`;
    this.config = config;
    this.cgroup = parts.cgroup;
    this.folders = parts.folders;
    this.podIP = parts.podIP;
    this.#context = context;
    this.#parts = parts;
  }

  /**
   * Starts the pause process and joins it to its network.
   * @throws {RuntimeError} `FailedCreatePodSandBox`
   */
  static async start(
    context: RunContext,
    config: PodSandboxConfig,
    { volumes, mountsAtNode }: PodState,
  ): Promise<LinuxSandbox> {
    const { machine, level, plan, scope } = context;
    const network = config.hostNetwork ? context.hostNetwork : context.network;
    const sharesNetwork = config.hostNetwork || plan.network === "host";
    const clusterDns = findClusterDns(plan, config);
    await using holding = new AsyncDisposableStack();
    const { podIP, nameserver } = await network.reserve(config.podUid);
    holding.defer(() => network.release(podIP));
    const pod = asRefusal(
      "FailedCreatePodSandBox",
      () =>
        makePodFolders(config, { podIP, nameserver, sharesNetwork, clusterDns }, {
          folders: scope.folders,
          level,
          privateRoot: context.views.root !== undefined,
          workdir: plan.workdir,
        }, volumes),
    );
    const starting = startPause(machine, level, {
      hostname: config.hostNetwork ? undefined : config.hostname,
      ownNetwork: !sharesNetwork,
      sharesIPC: config.hostIPC,
      sharesMounts: mountsAtNode,
      sysctls: config.sysctls,
      shm: config.hostIPC ? undefined : pod.shm,
    });
    holding.defer(async () => {
      const pause = await starting.catch(() => undefined); // Its failure is that of the start.
      if (pause === undefined) return;
      await pause.stop();
      await removeTree(`${scope.folders.state}/sandboxes/${pause.process.pid}`);
    });
    // While it starts.
    const cgroup = context.cgroups.pod(config.podUid, config.resources);
    // What fails here fails again with the container.
    if (level === "sandbox") ifAvailable(() => context.views.base);
    const pause = await starting;
    const { process: { pid }, waiter } = pause;
    scope.record("sandboxes", pid, [pause.process, ...waiter === undefined ? [] : [waiter]]);
    const target = findTarget(context, config, { pid, sharesNetwork });
    const spare = holding.use(new SparePlace(context, { config, target, folders: pod, cgroup }));
    await network.attach(podIP, pid);
    // Its programs find at once what is there.
    await context.services?.start();
    holding.use(network.openHostPorts(podIP, config.hostPorts));
    const held = holding.move();
    const parts = { cgroup, pause, sharesNetwork, held, folders: pod, podIP, spare };
    context.disk.add(
      config.podUid,
      findPodLimit(config, [pod.folder, context.logFolder(config)]),
    );
    return new LinuxSandbox(context, config, parts);
  }

  /** Containers can be started in it: nothing has begun to end it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The pause process, as the host numbers it. */
  get pid(): number {
    return this.#parts.pause.process.pid;
  }

  /** As {@link Runtime.list} has it. */
  get info(): SandboxInfo {
    const { id: sandboxId, podIP, config: { podUid, namespace, podName, attempt } } = this;
    return { sandboxId, podIP, podUid, namespace, podName, attempt };
  }

  /**
   * Connects to a port of the pod, as {@link Runtime.dial} does.
   * @throws {RuntimeError} `PortForward`
   */
  async dial(port: number): Promise<PodConnection> {
    const network = this.config.hostNetwork ? this.#context.hostNetwork : this.#context.network;
    // Only ports that are asked for load this.
    const { openPodConnection } = await import("../streams/pod_connection.ts");
    try {
      return openPodConnection(await network.connectInside(this.pid, port));
    } catch (error) {
      throw new RuntimeError(
        "PortForward",
        `Cannot connect to port ${port} of pod "${this.config.podName}": ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** What is really enforced, in words. */
  get isolation(): string {
    const { level, machine, views: { root } } = this.#context;
    if (level === "process") return "process";
    const user = machine.privileged ? "" : "user, ";
    const ipc = this.config.hostIPC ? "" : "ipc, ";
    const network = this.#parts.sharesNetwork ? "" : ", network";
    const closed = root?.closed.length ? ` without most of ${root.closed.join(" and ")}` : "";
    const view = root === undefined ? "" : `, private root${closed}`;
    return `sandbox: ${user}pid, ${ipc}uts, mount${network}${view}`;
  }

  /** Where programs are led to that belong in it; undefined where there are no namespaces. */
  get chainTarget(): ChainTarget | undefined {
    const { sharesNetwork } = this.#parts;
    return findTarget(this.#context, this.config, { pid: this.pid, sharesNetwork });
  }

  /** A place for a container: the spare one for the first. */
  takePlace(): ContainerPlace {
    return this.#parts.spare.take() ?? this.#context.newPlace(this.config.podUid);
  }

  /** From now on it ends this container with itself. */
  add(member: SandboxMember): void {
    this.#members.add(member);
  }

  /** It has nothing to do with this container any more. */
  remove(member: SandboxMember): void {
    this.#members.delete(member);
  }

  /** Waits for a start before its own end is reported. */
  async during<T>(start: Promise<T>): Promise<T> {
    this.#starts.add(start);
    try {
      return await start;
    } finally {
      this.#starts.delete(start);
    }
  }

  /**
   * Waits for its end if that has begun: what went down with its pause process is reported after
   * it.
   */
  async endedIfEnding(): Promise<void> {
    const { pause } = this.#parts;
    if (isEnding(pause.process)) await pause.ended;
  }

  /**
   * Reports the end of a container. The container's exit is seen before that of the pause process,
   * its cause; it is held back, or the container would be restarted in a dead sandbox.
   */
  reportEnd(report: () => void): void {
    if (!this.#isStopping && this.#lastEnds && isEnding(this.#parts.pause.process)) {
      this.#lastEnds.push(report);
    } else report();
  }

  /**
   * Resolves when the pause process has ended by itself, with all that was in it, and `onExited`
   * has been called.
   */
  async watch(onExited: () => void): Promise<void> {
    await this.#parts.pause.ended;
    if (!this.#isStopping) {
      // Without namespaces nothing but us ends what the pause process held together, and what is on
      // its way into it.
      if (this.#context.level === "process") await Promise.allSettled(this.#starts);
      await Promise.all([...this.#killMembers(), this.#parts.held.disposeAsync()]);
      onExited();
    }
    for (const report of this.#lastEnds ?? []) report();
    this.#lastEnds = undefined;
  }

  /** Kills all that is in it, the pause process included. May be repeated. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const ends = this.#killMembers();
    await this.#parts.held.disposeAsync();
    await Promise.all(ends);
  }

  #killMembers(): readonly (Promise<unknown> | undefined)[] {
    this.#isOpen = false;
    return [...this.#members].map((member) => member.kill());
  }
}

/** Where a pod asks for names of Services; undefined where that is out of its reach. */
function findClusterDns(
  { services, network }: RuntimePlan,
  { hostNetwork }: PodSandboxConfig,
): string | undefined {
  if (services === undefined || services.namesRefusal !== undefined) return undefined;
  return hostNetwork && network !== "host" ? undefined : services.dnsAddress;
}

function findTarget(
  { level, machine: { namespaces } }: RunContext,
  { hostIPC }: PodSandboxConfig,
  { pid, sharesNetwork }: { readonly pid: number; readonly sharesNetwork: boolean },
): ChainTarget | undefined {
  if (level === "process" || namespaces === undefined) return undefined;
  return { namespaces, pausePid: pid, sharesNetwork, sharesIPC: hostIPC };
}
