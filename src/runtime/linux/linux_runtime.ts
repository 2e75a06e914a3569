/**
 * Runtime on this machine: pods as real processes.
 */
import { joinSignals } from "../../base/abort.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { CONTAINER_EXITED, formatEnded } from "../handler_text.ts";
import { hostAddress } from "../machine/host_address.ts";
import { Attachment } from "../streams/attach.ts";
import { type ContainerCgroup, type PodCgroup, RunCgroup } from "../cgroup/cgroup.ts";
import { type RunningContainer, startContainerProcess } from "../launch/container.ts";
import { type ContainerView, credentialScope, makeContainerView } from "../view/container_view.ts";
import type { PodFolders, ViewBase } from "../view/view_base.ts";
import { makeFrame, type ViewFrame } from "../view/view_frame.ts";
import { findOwnUser, formatCredentials } from "../launch/credentials.ts";
import { DiskWatch, findContainerLimit, findPodLimit, findVolumeLimits } from "./disk_usage.ts";
import { surveyFolder } from "./folder_survey.ts";
import type { ExecResult } from "../probe/handlers.ts";
import { type LaunchPlan, makeNonce } from "../launch/launch.ts";
import type { Machine } from "../machine/machine.ts";
import { openRunScope, type RunScope } from "./run_scope.ts";
import { defaultLogLimits, type LogLimits } from "../streams/log_file.ts";
import { podLogDirectory } from "../streams/logs.ts";
import { type ChainTarget, execChain, launchChain } from "../launch/namespace_chain.ts";
import { openHostNetwork } from "../network/host_network.ts";
import type { PodNetwork } from "../network/pod_network.ts";
import { coveredFolders } from "../machine/state_dir.ts";
import { makePodFolders, OWN_WORKDIR } from "./pod_folders.ts";
import type { RuntimePlan } from "./runtime_plan.ts";
import {
  closeInheritedDescriptors,
  hasIgnoredSignals,
  isEnding,
  type ProcessIdentity,
  readInnerPid,
  readOpenFilesLimit,
  signalProcess,
} from "../machine/process.ts";
import { joinOwnSessionKeyring } from "../machine/keyring.ts";
import { isWithin } from "../machine/mount_table.ts";
import { type ElfMachine, isKnownProgram, readElfMachine } from "../machine/executable.ts";
import { ViewsOfRun } from "../view/views_of_run.ts";
import { runProgram } from "../machine/subprocess.ts";
import {
  asRefusal,
  type AttachedUser,
  type ContainerConfig,
  type ContainerStart,
  type HandlerRequest,
  type HandlerResult,
  type IsolationLevel,
  type PodSandbox,
  type PodSandboxConfig,
  type Runtime,
  RuntimeError,
  type RuntimeListener,
  type VolumeConfig,
  type VolumeFileContent,
  type VolumeFileRequest,
  type VolumeOwnership,
} from "../runtime.ts";
import { type Pause, startPause } from "./sandbox.ts";
import { readTerminationMessage } from "../view/termination_log.ts";
import { computeIdMaps, holdUserNamespace } from "../launch/user_namespace.ts";
import { forbidDevices, isMountedInMemory, prepareVolumes } from "../view/volumes.ts";

/** What a run on this machine is given beside its plan. */
export interface LinuxRuntimeOptions {
  /** How much is kept of a container's log. @default the kubelet's */
  readonly logLimits?: LogLimits;
  /** Lifecycle time. */
  readonly clock: Clock;
  /** The user that is attached to the containers. @default none */
  readonly user?: AttachedUser | undefined;
}

/** Runtime on this machine, for one run. */
export interface LinuxRuntime extends Runtime {
  /** With `keep`: the directory that is left behind. */
  readonly keptDirectory?: string;
  /** What containers wrote and nobody has any more. */
  readonly discarded: DiscardedFiles;
  /** Has everything of the run removed, and waits for it. May be repeated. */
  close(): Promise<void>;
}

/** Regular files that were removed with a container or a pod: outside volumes, `/tmp`, `/run` and `/dev`. */
export interface DiscardedFiles {
  /** In the working directories that the pods had for themselves. */
  readonly inWorkdir: number;
  /** Elsewhere, in the containers' views. */
  readonly elsewhere: number;
  /** There may have been more. */
  readonly isCut: boolean;
}

/** What the id of a container begins with. */
const ID_PREFIX = "podling://";
/** Marks are told apart by this many digits within a run. */
const MARKS_PER_RUN = 1_000_000;

/** Marks of what is run in containers begin here. */
const EXEC_MARKS = 2_000_000_000 * MARKS_PER_RUN;

/**
 * Prepares this machine for a run: folders, the janitor, and a sweep of what earlier runs left.
 * @throws {RuntimeError} `Isolation`, `StateDirectory`
 */
export function createLinuxRuntime(
  plan: RuntimePlan,
  options: LinuxRuntimeOptions,
  listener: RuntimeListener,
): LinuxRuntime {
  const { machine } = plan.report;
  closeInheritedDescriptors();
  asRefusal("Isolation", joinOwnSessionKeyring);
  // A container starts with the usual mask, not with the caller's.
  Deno.umask(0o022);
  makeLogFolder(plan);
  const run = openRunScope(machine, plan.level, plan.keep ? "kept" : "runs");
  return new PodRuntime(plan, options, listener, run, openNetwork(plan, run, listener));
}

/**
 * Makes the folder of the logs before anything shows what it lies in.
 * @throws {RuntimeError} `Isolation` if containers could write in it.
 */
function makeLogFolder({ logDir, workdir }: RuntimePlan): void {
  if (logDir === undefined) return;
  asRefusal("Isolation", () => Deno.mkdirSync(logDir, { recursive: true }));
  if (workdir === undefined) return;
  if (!isWithin(Deno.realPathSync(workdir), Deno.realPathSync(logDir))) return;
  throw new RuntimeError(
    "Isolation",
    `Cannot write logs to ${logDir}: the containers' working directory ${workdir} lies in it; name another folder`,
  );
}

function openNetwork(
  { network, networks, report }: RuntimePlan,
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
  });
}

/** What is remembered of a pod. */
interface PodState extends PodFolders {
  readonly folder: string;
  readonly volumes: ReadonlyMap<string, string>;
}

interface SandboxState {
  readonly config: PodSandboxConfig;
  readonly cgroup: PodCgroup;
  readonly pause: Pause;
  /** Its network is the machine's. */
  readonly sharesNetwork: boolean;
  /** What it holds of the machine, the pause process included. */
  readonly held: AsyncDisposableStack;
  readonly pod: PodState;
  readonly containers: Set<string>;
  /** Of containers that are being started. */
  readonly starts: Set<Promise<ContainerStart>>;
  /** A place for its first container, made while the pause process started. */
  spare: ContainerPlace | undefined;
  /** Ends of containers that went down with it, told right after its own; undefined once that has been told. */
  lastEnds: (() => void)[] | undefined;
  stopping: boolean;
}

/** A place for a container. */
interface ContainerPlace {
  /** Letters and digits. */
  readonly id: string;
  /** Its own files on the node. */
  readonly folder: string;
  /** Its cgroup, if that is there already. */
  readonly cgroup?: ContainerCgroup;
  /** What its view is laid on, if that is there already. */
  readonly frame?: ViewFrame;
}

interface ContainerState extends ContainerPlace {
  readonly config: ContainerConfig;
  readonly sandbox: SandboxState;
  /** Once its program has started. */
  running?: RunningContainer;
  /** Its own files. */
  view?: Pick<ContainerView, "layers" | "made">;
  /** How it was launched, without what is mounted. */
  plan?: LaunchPlan;
  /** Gives up what still asks it. */
  readonly ended: AbortController;
}

class PodRuntime implements LinuxRuntime {
  readonly level: IsolationLevel;
  readonly keptDirectory?: string;
  discarded: DiscardedFiles = { inWorkdir: 0, elsewhere: 0, isCut: false };
  readonly #sandboxes = new Map<string, SandboxState>();
  readonly #containers = new Map<string, ContainerState>();
  readonly #volumes = new Map<string, ReadonlyMap<string, string>>();
  /** Pods for which something has been mounted where the node makes its sandboxes. */
  readonly #mountsAtNode = new Set<string>();
  readonly #machine: Machine;
  readonly #disk: DiskWatch;
  readonly #attachment: Attachment;
  readonly #janitorInput: WritableStreamDefaultWriter<Uint8Array>;
  readonly #cgroups: RunCgroup;
  readonly #elf = readElfMachine();
  readonly #openFiles = readOpenFilesLimit();
  readonly #ignoresSignals = hasIgnoredSignals();
  readonly #hostIP = hostAddress();
  /** Of pods with `hostNetwork`. */
  readonly #hostNetwork = openHostNetwork("machine");
  readonly #views: ViewsOfRun;
  /** Folders that no volume shows: podling's own, with those of other runs, and the logs. */
  readonly #covered: readonly string[];
  #marks = 0;
  #closed: Promise<void> | undefined;

  constructor(
    private readonly plan: RuntimePlan,
    private readonly options: LinuxRuntimeOptions,
    private readonly listener: RuntimeListener,
    private readonly run: RunScope,
    private readonly network: PodNetwork,
  ) {
    const { report: isolation, logDir, level } = plan;
    this.level = level;
    this.#machine = isolation.machine;
    this.#cgroups = new RunCgroup(isolation.limits, run.folders);
    this.#covered = coveredFolders(run.folders, Deno.uid() ?? 0, logDir);
    this.#views = new ViewsOfRun(
      isolation.machine,
      isolation.limits,
      run.folders,
      plan.rootfs,
      this.#covered,
    );
    if (plan.keep) this.keptDirectory = run.folders.data;
    if (level === "sandbox") this.#recordHolder();
    this.#janitorInput = run.janitor.stdin.getWriter();
    this.#attachment = new Attachment({
      user: options.user,
      warn: (line) => listener.onWarning(line),
    });
    this.#disk = new DiskWatch({
      clock: options.clock,
      wallClock: systemClock(),
      enter: () => this.#machine.namespaces?.enter ?? [],
      onEvicted: (event) => listener.onEvent(event),
    });
  }

  async prepareVolumes(
    podUid: string,
    volumes: readonly VolumeConfig[],
    ownership?: VolumeOwnership,
  ): Promise<void> {
    const { data, memory, persistent } = this.run.folders;
    const folders = {
      disk: `${data}/pods/${podUid}/volumes`,
      memory: `${memory}/pods/${podUid}/volumes`,
      persistent,
    };
    const { tools, mounts, namespaces } = this.#machine;
    const hidden = this.#covered;
    const access = this.level === "sandbox" && namespaces !== undefined
      ? { enter: namespaces.enter, tools, mounts, makesDevices: namespaces.ids === "all" }
      : undefined;
    const site = { folders, hidden, ...access === undefined ? {} : { access } };
    // Where only one group exists, everything is its own already.
    const owner = namespaces?.ids === "self" ? undefined : ownership;
    if (volumes.some(isMountedInMemory)) this.#mountsAtNode.add(podUid);
    const prepared = await prepareVolumes(volumes, site, owner);
    const { workdir } = this.plan;
    const shown = volumes.flatMap(({ type, name }) =>
      type === "hostPath" ? [prepared.get(name)!] : []
    ).concat(workdir === undefined ? [] : Deno.realPathSync(workdir));
    if (access && await forbidDevices(shown, access)) this.#mountsAtNode.add(podUid);
    this.#volumes.set(podUid, prepared);
    this.#disk.add(podUid, findVolumeLimits(volumes, prepared));
  }

  async readVolumeFile(
    { podUid, volumeName, path, maxBytes }: VolumeFileRequest,
    signal: AbortSignal,
  ): Promise<VolumeFileContent> {
    // Only pods that name such a file pay for it.
    const { readVolumeFile } = await import("../view/volume_file.ts");
    const volume = this.#volumes.get(podUid)?.get(volumeName);
    if (volume === undefined) {
      throw new RuntimeError("ReadVolumeFile", `volume "${volumeName}" has not been prepared`);
    }
    const { tools, namespaces, mounts } = this.#machine;
    const access = this.level === "sandbox" && namespaces !== undefined
      ? { enter: namespaces.enter, tools, mounts }
      : undefined;
    return await readVolumeFile({ volume, path, maxBytes }, access, tools.sh, signal);
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox> {
    const network = config.hostNetwork ? this.#hostNetwork : this.network;
    const sharesNetwork = config.hostNetwork || this.plan.network === "host";
    await using holding = new AsyncDisposableStack();
    const { podIP, nameserver } = await network.reserve(config.podUid);
    holding.defer(() => network.release(podIP));
    const pod = asRefusal(
      "FailedCreatePodSandBox",
      () =>
        makePodFolders(config, { podIP, nameserver, sharesNetwork }, {
          folders: this.run.folders,
          level: this.level,
          privateRoot: this.#views.root !== undefined,
          workdir: this.plan.workdir,
        }, this.#volumes.get(config.podUid) ?? new Map()),
    );
    const cgroup = this.#cgroups.pod(config.podUid, config.resources);
    const starting = startPause(this.#machine, this.level, {
      hostname: config.hostNetwork ? undefined : config.hostname,
      ownNetwork: !sharesNetwork,
      sharesIPC: config.hostIPC,
      sharesMounts: this.#mountsAtNode.has(config.podUid),
      sysctls: config.sysctls,
      shm: config.hostIPC ? undefined : pod.shm,
    });
    // While it starts.
    const spare = this.#tryPlace(config.podUid, pod, cgroup);
    const pause = await starting;
    const { pid } = pause.process;
    const record = `${this.run.folders.state}/sandboxes/${pid}`;
    holding.defer(async () => void await removeFolder(record));
    holding.defer(() => pause.stop());
    const processes = [pause.process, ...pause.waiter === undefined ? [] : [pause.waiter]];
    const lines = processes.map(({ pid, startTime }) => `${pid} ${startTime}\n`);
    Deno.writeTextFileSync(record, lines.join(""));
    await network.attach(podIP, pid);
    holding.use(network.openHostPorts(podIP, config.hostPorts));
    const sandboxId = `podling://${config.podUid}/${config.attempt}`;
    const sandbox: SandboxState = {
      config,
      cgroup,
      pause,
      sharesNetwork,
      held: holding.move(),
      pod,
      containers: new Set(),
      starts: new Set(),
      spare,
      lastEnds: [],
      stopping: false,
    };
    this.#sandboxes.set(sandboxId, sandbox);
    this.#disk.add(config.podUid, findPodLimit(config, [pod.folder, this.#logFolder(config)]));
    pause.ended.then(() => this.#sandboxEnded(sandboxId, sandbox));
    return {
      sandboxId,
      pid,
      podIP,
      hostIP: this.#hostIP,
      isolation: this.#describeIsolation(sharesNetwork, config.hostIPC),
    };
  }

  async stopPodSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) return;
    sandbox.stopping = true;
    const ends = [...sandbox.containers].map((id) => this.#containers.get(id)?.running).map(
      (running) => {
        running?.signal("SIGKILL");
        return running?.ended;
      },
    );
    await sandbox.held.disposeAsync();
    await Promise.all(ends);
    this.#sandboxes.delete(sandboxId);
  }

  createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    return Promise.resolve().then(() => {
      const sandbox = this.#sandboxes.get(sandboxId);
      if (sandbox === undefined) {
        throw new RuntimeError("CreateContainerError", `sandbox ${sandboxId} is gone`);
      }
      const place = sandbox.spare ?? this.#newPlace(config.podUid);
      sandbox.spare = undefined;
      const containerId = ID_PREFIX + place.id;
      const ended = new AbortController();
      this.#containers.set(containerId, { ...place, config, sandbox, ended });
      sandbox.containers.add(containerId);
      return containerId;
    });
  }

  startContainer(containerId: string, signal?: AbortSignal): Promise<ContainerStart> {
    const container = this.#containers.get(containerId);
    if (container === undefined) {
      const message = `container ${containerId} is gone`;
      return Promise.reject(new RuntimeError("CreateContainerError", message));
    }
    const { starts } = container.sandbox;
    const start = this.#startContainer(containerId, container, signal);
    starts.add(start);
    return start.finally(() => starts.delete(start));
  }

  async #startContainer(
    containerId: string,
    container: ContainerState,
    signal: AbortSignal | undefined,
  ): Promise<ContainerStart> {
    const begun = performance.now();
    const { config, sandbox, folder, id } = container;
    if (config.workingDir?.startsWith("/") === false) {
      const what = `workingDir "${config.workingDir}" is not an absolute path`;
      throw new RuntimeError("StartError", what);
    }
    const sandboxed = this.level === "sandbox";
    const { lacking } = this.#machine;
    if (sandboxed && lacking.length > 0) {
      const what = `root has no ${lacking.join(" and ")} here, which every container needs; ` +
        "--isolation process does without";
      throw new RuntimeError("CreateContainerError", what);
    }
    const shared = sandbox.config.shareProcessNamespace;
    const nonce = makeNonce(crypto.randomUUID());
    const base = sandboxed ? asRefusal("CreateContainerError", () => this.#views.base) : undefined;
    using undo = new DisposableStack();
    const scope = credentialScope(this.#machine, sandbox.pod);
    const user = sandboxed ? findOwnUser(config.security, scope) : undefined;
    // What is mounted of it lasts as long as the container.
    await using users = user &&
      await holdUserNamespace(this.#machine, computeIdMaps(user, this.#machine.namespaces!));
    const terminal = config.tty ? await this.#attachment.openTerminal() : undefined;
    undo.defer(() => terminal?.close());
    const input = config.tty ? undefined : await this.#attachment.openInput(config);
    const cgroup = sandbox.cgroup.container(id, config.resources, container.cgroup);
    const { view, logFile } = asRefusal("CreateContainerError", () => {
      Deno.mkdirSync(folder, { recursive: true });
      const { uid } = config.security.user;
      // Whoever the container runs as may open it by its name, too.
      if (terminal && this.#machine.privileged) Deno.chownSync(terminal.path, uid, null);
      const frame = base && (container.frame ?? makeFrame(base, sandbox.pod, folder));
      const view = base &&
        makeContainerView(base, sandbox.pod, config, frame!, {
          cgroups: cgroup.views,
          ...terminal === undefined ? {} : { terminal: terminal.path },
          ...users === undefined ? {} : { users: users.pid },
        });
      this.#linkNonce(base, folder, nonce);
      if (sandboxed) Deno.symlinkSync(this.#machine.tools.unshare, `${folder}/${nonce}.unshare`);
      return { view, logFile: this.#logFile(sandbox.config, config) };
    });
    const { layers, made, message } = view ?? {};
    if (layers !== undefined && made !== undefined) container.view = { layers, made };
    const written = [...layers ?? [], `${this.#logFolder(sandbox.config)}/${config.name}`];
    this.#disk.add(config.podUid, findContainerLimit(config, written));
    const plan: LaunchPlan = {
      linkDirectory: folder,
      nonce,
      view: view?.launch,
      workingDir: config.workingDir ?? sandbox.pod.workdirPath,
      variables: config.env.map(([name]) => name),
      tools: this.#machine.tools,
      check: this.#elfCheck(config, config.argv),
      cgroups: cgroup.joinFiles,
      ownCgroups: sandboxed && cgroup.joinFiles.length > 0 && this.#machine.cgroupNamespaces,
      oomScoreAdj: config.resources.oomScoreAdj,
      watched: shared || user !== undefined,
      // With namespaces of its own the kernel ends all of it with its first process, and a cgroup tells what belongs to it.
      mark: sandboxed && (!shared || cgroup.folders.length > 0) ? undefined : this.#newMark(),
      openFiles: this.#openFiles,
      opensPipes: sandboxed && config.security.user.uid !== 0,
      resetSignals: this.#ignoresSignals,
    };
    container.plan = withoutMounts(plan);
    const target = this.#chainTarget(sandbox);
    const running = await startContainerProcess({
      config,
      plan,
      cgroup,
      tools: this.#machine.tools,
      chain: target === undefined ? [] : launchChain(
        target,
        this.#machine.tools,
        `${folder}/${nonce}.unshare`,
        shared ? "shared" : "own",
      ),
      ...terminal === undefined ? {} : { terminal },
      ...input === undefined ? {} : { input },
      ...signal === undefined ? {} : { signal },
      logFile,
      limits: this.options.logLimits ?? defaultLogLimits,
      clock: this.options.clock,
      onOutput: (output) => this.listener.onOutput(output),
      warn: (line) => this.listener.onWarning(line),
    }).catch(async (error) => {
      await cgroup.remove();
      // What went down with its pause process is told after it, as the end of a container is.
      if (isEnding(sandbox.pause.process)) await sandbox.pause.ended;
      throw error;
    });
    undo.move();
    container.running = running;
    const session = sandboxed ? undefined : this.#recordSession(running.process);
    if (terminal !== undefined) {
      this.#attachment.attach(terminal, config, container.ended.signal);
    }
    running.ended.then((end) => {
      if (session !== undefined) Deno.removeSync(session);
      container.ended.abort(new Error(`container "${containerId}" has ended`));
      // Without a view nothing has been mounted there.
      const terminationMessage = message === undefined
        ? ""
        : readTerminationMessage(message, config.terminationMessagePath);
      const { logTail, ...exit } = end;
      const oomKilled = cgroup.oomKills() > 0;
      void cgroup.remove();
      const tell = () =>
        this.listener.onEvent({
          type: "containerExited",
          containerId,
          podUid: config.podUid,
          name: config.name,
          ...exit,
          oomKilled,
          terminationMessage,
          logTail: terminationMessage === "" && exit.exitCode !== 0 ? logTail : "",
        });
      // Its end is seen before that of the pause process which caused it: whoever heard of it alone would start it
      // again in a sandbox that is no more.
      if (!sandbox.stopping && sandbox.lastEnds && isEnding(sandbox.pause.process)) {
        sandbox.lastEnds.push(tell);
      } else tell();
    });
    return {
      pid: running.process.pid,
      startedAt: running.startedAt,
      startMs: performance.now() - begun,
    };
  }

  signalContainer(containerId: string, signal: string): Promise<void> {
    return Promise.resolve(this.#containers.get(containerId)?.running?.signal(signal));
  }

  async runHandler(
    containerId: string,
    request: HandlerRequest,
    signal: AbortSignal,
  ): Promise<HandlerResult> {
    const container = this.#containers.get(containerId);
    const running = container?.running;
    const ended = { outcome: "error", output: formatEnded(request.handler) } as const;
    if (running === undefined) return ended;
    // Only pods with probes or hooks pay for it.
    const { runHandler } = await import("../probe/handlers.ts");
    using over = joinSignals([signal, container!.ended.signal]);
    const result = await runHandler(
      {
        exec: (argv, signal) => this.#exec(container!, running, argv, signal),
        connect: (host, port) => this.network.connect(host, port),
      },
      request,
      over.signal,
    );
    return result.outcome === "error" && container!.ended.signal.aborted ? ended : result;
  }

  async removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    this.#containers.delete(containerId);
    container.sandbox.containers.delete(containerId);
    if (!this.plan.keep) await this.#remove(container.folder, [container]);
  }

  async removePod(podUid: string): Promise<void> {
    this.#volumes.delete(podUid);
    this.#mountsAtNode.delete(podUid);
    await this.#disk.forget(podUid);
    const { data, memory } = this.run.folders;
    await this.#cgroups.find(podUid)?.remove();
    const left = [...this.#containers.values()].filter(({ config }) => config.podUid === podUid);
    const folders = [memory, data].map((root) => `${root}/pods/${podUid}`);
    for (const folder of this.plan.keep ? folders.slice(0, 1) : folders) {
      await this.#remove(folder, left);
    }
  }

  close(): Promise<void> {
    return this.#closed ??= (async () => {
      await this.#disk.close();
      await this.#attachment.close();
      await Promise.all([...this.#sandboxes.keys()].map((id) => this.stopPodSandbox(id)));
      await this.network.close();
      await this.#cgroups.close();
      await this.#closeJanitor();
      for (const lock of this.run.folders.locks) lock.close();
    })();
  }

  get #holderFile(): string {
    return `${this.run.folders.state}/sandboxes/node`;
  }

  /** Stopped, it would outlive us: the janitor sees to its end. */
  #recordHolder(): void {
    const holder = this.#machine.namespaces?.holder;
    if (holder === undefined) return;
    Deno.writeTextFileSync(this.#holderFile, `${holder.pid} ${holder.startTime}\n`);
  }

  /** Has all folders removed: by the janitor, or, if that has died, by another. */
  async #closeJanitor(): Promise<void> {
    const { janitor, replaceJanitor } = this.run;
    const holder = this.#machine.namespaces?.holder;
    // It ends with us, and not before.
    if (holder !== undefined) {
      signalProcess(holder, "SIGCONT");
      await removeFolder(this.#holderFile);
    }
    await this.#janitorInput.close().catch(() => {}); // It has gone.
    // A stopped one would not see the end of its input.
    continueChild(janitor);
    const { signal } = await janitor.status;
    if (signal !== null) await replaceJanitor().status;
  }

  async #sandboxEnded(sandboxId: string, sandbox: SandboxState): Promise<void> {
    if (sandbox.stopping) return this.#tellLastEnds(sandbox);
    // Without namespaces nothing but us ends what the pause process held together, and what is on its way into it.
    if (this.level === "process") await Promise.allSettled(sandbox.starts);
    const ends = [...sandbox.containers].map((id) => {
      const running = this.#containers.get(id)?.running;
      running?.signal("SIGKILL");
      return running?.ended;
    });
    await Promise.all([...ends, sandbox.held.disposeAsync()]);
    this.#sandboxes.delete(sandboxId);
    const { podUid, attempt } = sandbox.config;
    this.listener.onEvent({
      type: "sandboxExited",
      sandboxId,
      podUid,
      attempt,
      at: this.options.clock.now(),
    });
    this.#tellLastEnds(sandbox);
  }

  #tellLastEnds(sandbox: SandboxState): void {
    for (const tell of sandbox.lastEnds ?? []) tell();
    sandbox.lastEnds = undefined;
  }

  /** Tells the janitor of a container's session. */
  #recordSession({ pid, startTime }: ProcessIdentity): string {
    const path = `${this.run.folders.state}/sessions/${pid}`;
    Deno.writeTextFileSync(path, `${pid} ${startTime}\n`);
    return path;
  }

  #newMark(): number {
    return this.run.mark * MARKS_PER_RUN + this.#marks++ % MARKS_PER_RUN;
  }

  /** Runs one more program in a container. */
  async #exec(
    { config, plan, sandbox, folder }: ContainerState,
    { process, waiter }: RunningContainer,
    argv: readonly string[],
    signal: AbortSignal,
  ): Promise<ExecResult> {
    const { execInContainer } = await import("../launch/exec.ts");
    const nonce = makeNonce(crypto.randomUUID());
    const base = this.level === "sandbox" ? this.#views.base : undefined;
    const { mark: softMark, view, ...launched } = plan!;
    const scope = credentialScope(this.#machine, sandbox.pod);
    const running = readInnerPid(process);
    if (running === undefined) return { type: "refused", message: CONTAINER_EXITED };
    const target = this.#chainTarget(sandbox);
    const link = this.#linkNonce(base, folder, nonce);
    try {
      const result = await execInContainer({
        argv,
        values: config.env.map(([, value]) => value),
        plan: {
          ...launched,
          nonce,
          view: view && {
            ...view,
            credentials: formatCredentials(config.security, scope, running),
          },
          check: this.#elfCheck(config, argv),
          watched: true,
          // Above those of all containers: the hard limit is never below the soft one.
          mark: EXEC_MARKS + this.#newMark(),
          ...softMark === undefined ? {} : { softMark },
        },
        waiter,
        chain: target === undefined ? [] : execChain(target, this.#machine.tools, waiter.pid),
        tools: this.#machine.tools,
      }, signal);
      // Cut off by the container's end, which is heard of after it (R-PROBE-10).
      const isCutOff = result.type === "exited" && result.exitCode === 137 && isEnding(process);
      return isCutOff ? { type: "refused", message: CONTAINER_EXITED } : result;
    } finally {
      if (link !== undefined) Deno.removeSync(link);
    }
  }

  /** Gives `env` a name that nobody can guess, where it cannot be told one. */
  #linkNonce(base: ViewBase | undefined, folder: string, nonce: string): string | undefined {
    if (base?.tools.canName) return undefined;
    const link = base === undefined ? `${folder}/${nonce}` : `${base.skeleton}/tools/${nonce}`;
    Deno.symlinkSync(base === undefined ? this.#machine.tools.env : "env", link);
    return link;
  }

  /** What has to be checked of a program before it is executed; undefined if nothing. */
  #elfCheck(config: ContainerConfig, argv: readonly string[]): ElfMachine | undefined {
    const lookup = {
      name: argv[0] ?? "",
      searchPath: config.env.find(([name]) => name === "PATH")?.[1] ?? "",
      covered: this.level === "sandbox" ? this.#views.coveredPaths(config) : [],
    };
    return isKnownProgram(lookup, this.#elf) ? undefined : this.#elf;
  }

  /** Where programs are led to that are to be in a sandbox; undefined where there are no namespaces. */
  #chainTarget({ config, pause, sharesNetwork }: SandboxState): ChainTarget | undefined {
    const { namespaces } = this.#machine;
    if (this.level === "process" || namespaces === undefined) return undefined;
    const pausePid = pause.process.pid;
    return { namespaces, pausePid, sharesNetwork, sharesIPC: config.hostIPC };
  }

  /** A new place in the folder of a pod. */
  #newPlace(podUid: string): ContainerPlace {
    const id = crypto.randomUUID().replaceAll("-", "");
    const { data, memory } = this.run.folders;
    // Only a writable layer can grow; all else is small, short-lived, and faster to make in memory.
    const layered = this.level === "sandbox" && this.#machine.overlay === "disk";
    return { id, folder: `${layered ? data : memory}/pods/${podUid}/containers/${id}` };
  }

  /** A place that is ready; undefined if it cannot be had: whoever starts a container then finds out why. */
  #tryPlace(podUid: string, pod: PodState, pods: PodCgroup): ContainerPlace | undefined {
    const place = this.#newPlace(podUid);
    try {
      const cgroup = pods.reserve(place.id);
      if (this.level === "process") return { ...place, cgroup };
      return { ...place, cgroup, frame: makeFrame(this.#views.base, pod, place.folder) };
    } catch (error) {
      if (error instanceof RuntimeError) return undefined;
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  }

  /** The logs of all containers of a pod. */
  #logFolder(sandbox: PodSandboxConfig): string {
    const root = this.plan.logDir ?? `${this.run.folders.data}/logs`;
    return `${root}/${podLogDirectory(sandbox)}`;
  }

  #logFile(sandbox: PodSandboxConfig, { name, restartCount }: ContainerConfig): string {
    const folder = `${this.#logFolder(sandbox)}/${name}`;
    Deno.mkdirSync(folder, { recursive: true });
    return `${folder}/${restartCount}.log`;
  }

  #describeIsolation(sharesNetwork: boolean, sharesIPC: boolean): string {
    if (this.level === "process") return "process";
    const user = this.#machine.privileged ? "" : "user, ";
    const ipc = sharesIPC ? "" : "ipc, ";
    const network = sharesNetwork ? "" : ", network";
    const { root } = this.#views;
    const closed = root?.closed.length ? ` without most of ${root.closed.join(" and ")}` : "";
    const view = root === undefined ? "" : `, private root${closed}`;
    return `sandbox: ${user}pid, ${ipc}uts, mount${network}${view}`;
  }

  /**
   * Removes a folder of a pod or a container, whatever is in it; what cannot be removed is left to the janitor.
   * @param containers whose layers may be in it.
   */
  async #remove(folder: string, containers: readonly ContainerState[]): Promise<void> {
    const layers = containers.flatMap(({ view }) => view?.layers ?? []);
    const counted = [`${folder}/${OWN_WORKDIR}`, ...layers.filter((it) => isWithin(it, folder))];
    const made = new Set(containers.flatMap(({ view }) => [...view?.made ?? []]));
    const { files, isCut, isSimple } = surveyFolder(folder, counted, made);
    const { inWorkdir, elsewhere } = this.discarded;
    this.discarded = {
      inWorkdir: inWorkdir + files[0]!,
      elsewhere: files.slice(1).reduce((sum, count) => sum + count, elsewhere),
      isCut: this.discarded.isCut || isCut,
    };
    if (isSimple && await removeFolder(folder)) return;
    // A deep tree would end us: natively it is removed by recursion. And in a user namespace nothing is closed to its root.
    const { namespaces, tools } = this.#machine;
    const { pid } = namespaces?.holder ?? {};
    const enter = namespaces === undefined || namespaces.ids === "all"
      ? []
      : [tools.nsenter, "-t", String(pid), ...namespaces.joinUser, "--"];
    const rm = [tools.rm, "-rf", "--one-file-system", "--", folder];
    await runProgram([...enter, ...rm], "").catch(() => {}); // The janitor tries again.
  }
}

function continueChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGCONT");
  } catch (error) {
    // It has ended.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** What other programs need that are run in the container: its view stands by then. */
function withoutMounts(plan: LaunchPlan): LaunchPlan {
  const none = { steps: [], denied: [] };
  return { ...plan, view: plan.view && { ...plan.view, ...none } };
}

/** @returns false if something in it cannot be removed this way. */
async function removeFolder(folder: string): Promise<boolean> {
  try {
    await Deno.remove(folder, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
