/**
 * Runtime on this machine: pods as real processes.
 */
import { settled, systemClock } from "../../base/clock.ts";
import { AheadContainer, CANNOT_DISCARD } from "./ahead_container.ts";
import { withholdInheritance } from "../machine/inheritance.ts";
import { isWithin } from "../machine/mount_table.ts";
import type {
  ContainerConfig,
  FilesVolume,
  PodResizeConfig,
  PodSandboxConfig,
  VolumeConfig,
  VolumeOwnership,
} from "../config.ts";
import type {
  AttachRequest,
  ContainerAttachment,
  ExecEnd,
  ExecRequest,
  PodConnection,
} from "../joined_streams.ts";
import {
  asRefusal,
  type ContainerStart,
  type HandlerRequest,
  type HandlerResult,
  type LogOptions,
  type PodSandbox,
  type PodStats,
  type Runtime,
  RuntimeError,
  type RuntimeInventory,
  type RuntimeListener,
  type VolumeFileContent,
  type VolumeFileRequest,
} from "../runtime.ts";
import type { FrontRefusal, ServiceTable } from "../service_table.ts";
import { formatEnded } from "../handler_text.ts";
import type { DiscardedFiles } from "../disk/folder_removal.ts";
import { LinuxContainer } from "./linux_container.ts";
import { LinuxSandbox } from "./linux_sandbox.ts";
import { type LinuxRuntimeOptions, RunContext } from "./run_context.ts";
import { RunScope } from "./run_scope.ts";
import { LogFolders } from "./log_folders.ts";
import { PodVolumes } from "./pod_volumes.ts";
import type { RuntimePlan } from "./runtime_plan.ts";

/** Runtime on this machine, for one run. */
export interface LinuxRuntime extends Runtime {
  /** With `keep`: the directory that is left behind. */
  readonly keptDirectory: string | undefined;
  /** What containers wrote and was removed with them. */
  readonly discarded: DiscardedFiles;
  /** Removes the logs that earlier runs kept, but for those of these Pods. */
  keepLogs(podUids: ReadonlySet<string>): Promise<void>;
  /** Has everything of the run removed, and waits for it. May be repeated. */
  close(): Promise<void>;
}

/**
 * Prepares this machine for a run: folders, the janitor, and a sweep of what earlier runs left.
 * @throws {RuntimeError} `Isolation`, `StateDirectory`
 */
export function createLinuxRuntime(
  plan: RuntimePlan,
  options: LinuxRuntimeOptions,
  listener: RuntimeListener,
): LinuxRuntime {
  asRefusal("Isolation", withholdInheritance);
  // A container starts with the usual mask, not with the caller's.
  Deno.umask(0o022);
  makeLogFolder(plan);
  const scope = new RunScope(
    plan.report.machine,
    plan.level,
    plan.keep ? "kept" : "runs",
    plan.roots,
  );
  return new PodRuntime(new RunContext(plan, options, listener, scope));
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

/**
 * Opens the log of a container's newest run, or of the one before.
 * @throws {RuntimeError} `Logs` if there is none.
 */
async function openLog(
  { name, folder, started }: {
    readonly name: string;
    readonly folder: string | undefined;
    readonly started: readonly LinuxContainer[];
  },
  options: LogOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  // Only logs that are asked for load this.
  const { listRuns } = await import("../streams/log_files.ts");
  const { readLog } = await import("../streams/log_reader.ts");
  // A run that has just started has no file yet.
  const runs = folder === undefined ? [] : [
    ...new Set([...listRuns(folder), ...started.map(({ config }) => config.restartCount)]),
  ].toSorted((a, b) => a - b);
  const number = runs.at(options.previous ? -2 : -1);
  if (number === undefined) {
    const which = options.previous && runs.length > 0 ? "previous run of container" : "container";
    throw new RuntimeError("Logs", `Cannot read the log of ${which} "${name}": not found`);
  }
  const run = started.find(({ config }) => config.restartCount === number);
  return readLog({ path: `${folder}/${number}.log`, ended: run?.ended }, options, signal);
}

/** What pods use at this moment. */
async function readStats(
  sandboxes: readonly LinuxSandbox[],
  all: readonly LinuxContainer[],
  cgroups: Pick<RunContext["cgroups"], "find">,
): Promise<readonly PodStats[]> {
  // Only statistics that are asked for load this.
  const { readContainerUsage, readPodUsage } = await import("../cgroup/usage.ts");
  const stats: PodStats[] = [];
  for (const { info: { podUid, namespace, podName } } of sandboxes) {
    const time = performance.timeOrigin + performance.now();
    const containers = all.flatMap(({ config, info, usageSource }) => {
      if (config.podUid !== podUid || usageSource === undefined) return [];
      const { state: _state, ...named } = info;
      return { ...named, usage: readContainerUsage(usageSource) };
    });
    const folders = cgroups.find(podUid)?.folders.map(({ folder }) => folder) ?? [];
    const usage = readPodUsage(folders, containers.map((it) => it.usage));
    stats.push({ podUid, namespace, podName, time, usage, containers });
    // Where no cgroup counts, each container is a look at all processes: others have their turn.
    await settled();
  }
  return stats;
}

const wallClock = systemClock();

class PodRuntime implements LinuxRuntime {
  readonly #context: RunContext;
  readonly #sandboxes = new Map<string, LinuxSandbox>();
  readonly #containers = new Map<string, LinuxContainer>();
  readonly #volumes: PodVolumes;
  readonly #logFolders: LogFolders;
  /** Containers that are prepared before they are due, one for a sandbox. */
  readonly #ahead = new WeakMap<LinuxSandbox, AheadContainer>();
  #closed: Promise<void> | undefined;

  constructor(context: RunContext) {
    this.#context = context;
    this.#volumes = new PodVolumes(context);
    this.#logFolders = new LogFolders(context.plan.keptLogs);
  }

  get keptDirectory(): string | undefined {
    const { plan, scope } = this.#context;
    return plan.keep ? scope.folders.data : undefined;
  }

  get discarded(): DiscardedFiles {
    return this.#context.removal.discarded;
  }

  prepareVolumes(
    podUid: string,
    volumes: readonly VolumeConfig[],
    ownership?: VolumeOwnership,
  ): Promise<void> {
    return this.#volumes.prepare(podUid, volumes, ownership);
  }

  updateVolumes(
    podUid: string,
    volumes: readonly FilesVolume[],
    ownership?: VolumeOwnership,
  ): Promise<void> {
    return this.#volumes.update(podUid, volumes, ownership);
  }

  readVolumeFile(request: VolumeFileRequest, signal: AbortSignal): Promise<VolumeFileContent> {
    return this.#volumes.readFile(request, signal);
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox> {
    const { podUid } = config;
    const sandbox = await LinuxSandbox.start(
      this.#context,
      config,
      this.#volumes.of(podUid),
    ).catch((error) => {
      this.#context.onNoSandbox();
      throw error;
    });
    const { id: sandboxId, pid, podIP, isolation } = sandbox;
    this.#sandboxes.set(sandboxId, sandbox);
    this.#logFolders.set(podUid, this.#context.logFolder(config));
    void sandbox.watch(() => this.#onSandboxExited(sandbox));
    return { sandboxId, pid, podIP, hostIP: this.#context.hostIP, isolation };
  }

  #onSandboxExited({ id: sandboxId, config: { podUid, attempt } }: LinuxSandbox): void {
    const { listener, clock } = this.#context;
    this.#sandboxes.delete(sandboxId);
    listener.onEvent({ type: "sandboxExited", sandboxId, podUid, attempt, at: clock.now() });
  }

  async stopPodSandbox(sandboxId: string): Promise<void> {
    await this.#sandboxes.get(sandboxId)?.stop();
    this.#sandboxes.delete(sandboxId);
  }

  createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    return Promise.resolve().then(() => {
      const sandbox = this.#sandboxes.get(sandboxId);
      if (sandbox === undefined) {
        throw new RuntimeError("CreateContainerError", `sandbox ${sandboxId} is gone`);
      }
      const ahead = this.#ahead.get(sandbox);
      const claimed = ahead?.fits(config) ? ahead.claim() : undefined;
      const target = this.#findTarget(config);
      const container = new LinuxContainer(this.#context, sandbox, config, claimed, target);
      this.#containers.set(container.id, container);
      return container.id;
    });
  }

  /** @throws {RuntimeError} `CreateContainerConfigError`, as R-EPHEMERAL-4 words it. */
  #findTarget({ podUid, targetContainer: target }: ContainerConfig): LinuxContainer | undefined {
    if (target === undefined) return undefined;
    const found = [...this.#containers.values()].findLast(({ config }) =>
      config.podUid === podUid && config.name === target
    );
    if (found !== undefined) return found;
    throw new RuntimeError(
      "CreateContainerConfigError",
      `unable to find target container ${target}`,
    );
  }

  expectContainer(sandboxId: string, config: ContainerConfig): void {
    const what = `Cannot prepare container "${config.name}"`;
    this.#context.inBackground(this.#prepareAhead(sandboxId, config), what);
  }

  async #prepareAhead(sandboxId: string, config: ContainerConfig): Promise<void> {
    // Behind the start that is under way.
    await wallClock.sleepUntil(wallClock.now() + 1);
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) return;
    const known = this.#ahead.get(sandbox);
    if (known?.fits(config)) return;
    if (known !== undefined) this.#context.inBackground(known.discard(), CANNOT_DISCARD);
    const ahead = AheadContainer.prepare(this.#context, sandbox, config);
    if (ahead === undefined) this.#ahead.delete(sandbox);
    else this.#ahead.set(sandbox, ahead);
  }

  startContainer(containerId: string, signal?: AbortSignal): Promise<ContainerStart> {
    const container = this.#containers.get(containerId);
    if (container !== undefined) return container.sandbox.during(container.start(signal));
    const message = `container ${containerId} is gone`;
    return Promise.reject(new RuntimeError("CreateContainerError", message));
  }

  resizePod(podUid: string, { resources, containers }: PodResizeConfig): Promise<void> {
    return Promise.resolve().then(() => {
      const within = containers.flatMap(({ containerId, resources }) => {
        const container = this.#containers.get(containerId);
        const cgroup = container?.cgroup;
        return container && cgroup ? [{ name: container.config.name, cgroup, resources }] : [];
      });
      this.#context.cgroups.find(podUid)?.resize(resources, within);
    });
  }

  signalContainer(containerId: string, signal: string): Promise<void> {
    return Promise.resolve(this.#containers.get(containerId)?.signal(signal));
  }

  async runHandler(
    containerId: string,
    request: HandlerRequest,
    signal: AbortSignal,
  ): Promise<HandlerResult> {
    const container = this.#containers.get(containerId);
    if (container !== undefined) return await container.ask(request, signal);
    return { outcome: "error", output: formatEnded(request.handler) };
  }

  async removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    this.#containers.delete(containerId);
    await container?.remove();
  }

  list(): Promise<RuntimeInventory> {
    return Promise.resolve({
      sandboxes: [...this.#sandboxes.values()].map(({ info }) => info),
      containers: [...this.#containers.values()].map(({ info }) => info),
    });
  }

  async logs(
    podUid: string,
    name: string,
    options: LogOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const started = [...this.#containers.values()].filter(({ config, info }) =>
      config.podUid === podUid && config.name === name && info.state !== "created"
    );
    const root = this.#logFolders.of(podUid);
    const folder = root === undefined || name.includes("/") ? undefined : `${root}/${name}`;
    return await openLog({ name, folder, started }, options, signal);
  }

  async exec(containerId: string, request: ExecRequest, signal: AbortSignal): Promise<ExecEnd> {
    const container = this.#containers.get(containerId);
    if (container !== undefined) return await container.exec(request, signal);
    throw new RuntimeError("NotFound", `container not found ("${containerId}")`);
  }

  async attach(
    containerId: string,
    request: AttachRequest,
    signal: AbortSignal,
  ): Promise<ContainerAttachment> {
    const container = this.#containers.get(containerId);
    if (container !== undefined) return await container.attach(request, signal);
    throw new RuntimeError("NotFound", `container not found ("${containerId}")`);
  }

  async dial(podUid: string, port: number): Promise<PodConnection> {
    const sandbox = [...this.#sandboxes.values()].findLast((it) => it.config.podUid === podUid);
    if (sandbox !== undefined) return await sandbox.dial(port);
    throw new RuntimeError("PortForward", `Cannot connect to port ${port}: no sandbox of the pod`);
  }

  stats(podUid?: string): Promise<readonly PodStats[]> {
    const sandboxes = [...this.#sandboxes.values()].filter(({ config }) =>
      podUid === undefined || config.podUid === podUid
    );
    return readStats(sandboxes, [...this.#containers.values()], this.#context.cgroups);
  }

  updateServices(table: ServiceTable): Promise<readonly FrontRefusal[]> {
    const { services } = this.#context;
    if (services !== undefined) return services.update(table);
    return Promise.reject(
      new RuntimeError("NotSupported", "this run was planned without Services"),
    );
  }

  removeVolume(namespace: string, claimName: string): Promise<void> {
    return this.#volumes.remove(namespace, claimName);
  }

  async removePod(podUid: string): Promise<void> {
    const { disk, cgroups, scope, plan, removal } = this.#context;
    this.#volumes.forget(podUid);
    await disk.forget(podUid);
    const { data, memory } = scope.folders;
    await cgroups.find(podUid)?.remove();
    const views = [...this.#containers.values()].flatMap(({ config, view }) =>
      config.podUid === podUid ? view ?? [] : []
    );
    const roots = plan.keep ? [memory] : [memory, data];
    await Promise.all(roots.map((root) => removal.remove(`${root}/pods/${podUid}`, views)));
  }

  async removeLogs(podUid: string): Promise<void> {
    if (this.#context.plan.logDir === undefined) await this.#logFolders.remove(podUid);
  }

  async keepLogs(podUids: ReadonlySet<string>): Promise<void> {
    await this.#logFolders.keepOnly(podUids);
  }

  close(): Promise<void> {
    return this.#closed ??= (async () => {
      await this.#context.disk.close();
      await Promise.all([...this.#sandboxes.keys()].map((id) => this.stopPodSandbox(id)));
      await this.#context.close();
    })();
  }
}
