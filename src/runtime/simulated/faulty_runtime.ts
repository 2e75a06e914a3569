/**
 * A {@link Runtime} around another one, with faults on purpose (`--inject`) on the lifecycle clock.
 */
import type { Clock, Millis } from "../../base/clock.ts";
import type { ContainerConfig, PodResizeConfig, PodSandboxConfig } from "../config.ts";
import type { ContainerAttachment, ExecEnd, PodConnection } from "../joined_streams.ts";
import type {
  ContainerStart,
  HandlerRequest,
  HandlerResult,
  PodSandbox,
  PodStats,
  Runtime,
  RuntimeEvent,
  RuntimeInventory,
  RuntimeListener,
  VolumeFileContent,
  VolumeFileRequest,
} from "../runtime.ts";
import type { FrontRefusal, ServiceTable } from "../service_table.ts";

/** What goes wrong, and with which container. */
export type Fault =
  & {
    /** `CONTAINER` or `POD/CONTAINER`. */
    readonly container: string;
  }
  & FaultKind;

/** What goes wrong. */
export type FaultKind =
  /** Killed at that moment, or as soon after it as it runs, once; reported with this exit code. */
  | { readonly type: "exit"; readonly exitCode: number; readonly at: Millis }
  /** The same, and reported as an OOM kill. */
  | { readonly type: "oom"; readonly at: Millis }
  /** Stop signals do not reach it; SIGKILL does. */
  | { readonly type: "hangOnTerm" }
  /**
   * Its probes are not asked and count as failed, from a moment up to another, which may be
   * infinite.
   */
  | { readonly type: "probeFail"; readonly from: Millis; readonly to: Millis };

/** What makes a faulty runtime. */
export interface FaultyRuntimeOptions {
  /** Where moments come from. */
  readonly clock: Clock;
  /** In the order in which they apply where several fall due. */
  readonly faults: readonly Fault[];
  /** Makes the runtime underneath, which reports to the listener that it is given. */
  readonly createRuntime: (listener: RuntimeListener) => Runtime;
  /** Called with what is done to a container, in words. */
  readonly onFault: (text: string) => void;
}

/** Puts faults between a node and its runtime. */
export function createFaultyRuntime(
  options: FaultyRuntimeOptions,
  listener: RuntimeListener,
): Runtime {
  return new FaultyRuntime(options, listener);
}

interface FaultyContainer {
  readonly podUid: string;
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Its run has ended: its pending faults apply to the next one. */
  readonly end: AbortController;
  /** Set when it has been killed by a fault. */
  struck?: KillingFault;
}

type KillingFault = Extract<Fault, { readonly at: Millis }>;

class FaultyRuntime implements Runtime {
  readonly #options: FaultyRuntimeOptions;
  readonly #runtime: Runtime;
  /** By sandbox id. */
  readonly #podNames = new Map<string, string>();
  readonly #containers = new Map<string, FaultyContainer>();
  /** Which faults a container of a pod has had, over all its runs. */
  readonly #had = new Map<string, Set<Fault>>();

  constructor(options: FaultyRuntimeOptions, listener: RuntimeListener) {
    this.#options = options;
    this.#runtime = options.createRuntime({
      onOutput: (output) => listener.onOutput(output),
      onEvent: (event) => listener.onEvent(this.#alter(event)),
      onWarning: (line) => listener.onWarning(line),
    });
  }

  async prepareVolumes(...request: Parameters<Runtime["prepareVolumes"]>): Promise<void> {
    await this.#runtime.prepareVolumes(...request);
  }

  async updateVolumes(...request: Parameters<Runtime["updateVolumes"]>): Promise<void> {
    await this.#runtime.updateVolumes(...request);
  }

  async readVolumeFile(
    request: VolumeFileRequest,
    signal: AbortSignal,
  ): Promise<VolumeFileContent | undefined> {
    return await this.#runtime.readVolumeFile(request, signal);
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox> {
    const sandbox = await this.#runtime.runPodSandbox(config);
    this.#podNames.set(sandbox.sandboxId, config.podName);
    return sandbox;
  }

  async stopPodSandbox(sandboxId: string): Promise<void> {
    await this.#runtime.stopPodSandbox(sandboxId);
    this.#podNames.delete(sandboxId);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const containerId = await this.#runtime.createContainer(sandboxId, config);
    const { podUid, name } = config;
    const names = [name, `${this.#podNames.get(sandboxId)}/${name}`];
    const faults = this.#options.faults.filter(({ container }) => names.includes(container));
    this.#containers.set(containerId, { podUid, name, faults, end: new AbortController() });
    return containerId;
  }

  expectContainer(sandboxId: string, config: ContainerConfig): void {
    this.#runtime.expectContainer(sandboxId, config);
  }

  async startContainer(containerId: string, signal?: AbortSignal): Promise<ContainerStart> {
    const start = await this.#runtime.startContainer(containerId, signal);
    const container = this.#containers.get(containerId);
    for (const fault of container?.faults ?? []) {
      if ("at" in fault) this.#strikeLater(containerId, container!, fault);
    }
    return start;
  }

  async resizePod(podUid: string, resize: PodResizeConfig): Promise<void> {
    await this.#runtime.resizePod(podUid, resize);
  }

  async signalContainer(containerId: string, signal: string): Promise<void> {
    const container = this.#containers.get(containerId);
    const hangs = container?.faults.some(({ type }) => type === "hangOnTerm") ?? false;
    if (!hangs || signal === "SIGKILL") {
      return await this.#runtime.signalContainer(containerId, signal);
    }
    this.#options.onFault(`${signal} does not reach container "${container!.name}"`);
  }

  async runHandler(
    containerId: string,
    request: HandlerRequest,
    signal: AbortSignal,
  ): Promise<HandlerResult> {
    const { purpose } = request;
    const now = this.#options.clock.now();
    const fails = purpose !== "postStart" && purpose !== "preStop" &&
      this.#containers.get(containerId)?.faults.some((fault) =>
        fault.type === "probeFail" && now >= fault.from && now < fault.to
      );
    if (!fails) return await this.#runtime.runHandler(containerId, request, signal);
    return { outcome: "failure", output: "failed on purpose" };
  }

  async removeContainer(containerId: string): Promise<void> {
    await this.#runtime.removeContainer(containerId);
    this.#containers.delete(containerId);
  }

  async list(): Promise<RuntimeInventory> {
    return await this.#runtime.list();
  }

  async logs(...request: Parameters<Runtime["logs"]>): Promise<AsyncIterable<Uint8Array>> {
    return await this.#runtime.logs(...request);
  }

  async exec(...request: Parameters<Runtime["exec"]>): Promise<ExecEnd> {
    return await this.#runtime.exec(...request);
  }

  async attach(...request: Parameters<Runtime["attach"]>): Promise<ContainerAttachment> {
    return await this.#runtime.attach(...request);
  }

  async dial(podUid: string, port: number): Promise<PodConnection> {
    return await this.#runtime.dial(podUid, port);
  }

  async stats(podUid?: string): Promise<readonly PodStats[]> {
    return await this.#runtime.stats(podUid);
  }

  async updateServices(table: ServiceTable): Promise<readonly FrontRefusal[]> {
    return await this.#runtime.updateServices(table);
  }

  async removeVolume(namespace: string, claimName: string): Promise<void> {
    await this.#runtime.removeVolume(namespace, claimName);
  }

  async removePod(podUid: string): Promise<void> {
    await this.#runtime.removePod(podUid);
    for (const [id, container] of this.#containers) {
      if (container.podUid === podUid) this.#containers.delete(id);
    }
  }

  async removeLogs(podUid: string): Promise<void> {
    await this.#runtime.removeLogs(podUid);
  }

  #strikeLater(containerId: string, container: FaultyContainer, fault: KillingFault): void {
    const { clock, onFault } = this.#options;
    const had = this.#hadBy(container);
    if (had.has(fault)) return;
    const strike = async () => {
      // Of several that are due, the others are for the next runs.
      if (container.struck !== undefined || container.end.signal.aborted) return;
      container.struck = fault;
      had.add(fault);
      const how = fault.type === "oom" ? "an OOM kill" : `exit code ${fault.exitCode}`;
      onFault(`container "${container.name}" is killed, to be reported with ${how}`);
      await this.#runtime.signalContainer(containerId, "SIGKILL");
    };
    clock.sleepUntil(fault.at, container.end.signal).then(strike, (error) => {
      if (!container.end.signal.aborted) throw error;
    });
  }

  #hadBy({ podUid, name }: FaultyContainer): Set<Fault> {
    const key = `${podUid}/${name}`;
    const had = this.#had.get(key) ?? new Set();
    this.#had.set(key, had);
    return had;
  }

  /** The event that the listener receives for an event. */
  #alter(event: RuntimeEvent): RuntimeEvent {
    if (event.type !== "containerExited") return event;
    const container = this.#containers.get(event.containerId);
    container?.end.abort();
    const { signal: _, ...exit } = event;
    switch (container?.struck?.type) {
      case undefined:
        return event;
      case "oom":
        return { ...event, oomKilled: true };
      case "exit": {
        const { exitCode } = container!.struck as Extract<Fault, { readonly type: "exit" }>;
        return exitCode === event.exitCode ? event : { ...exit, exitCode, oomKilled: false };
      }
    }
  }
}
