/**
 * A {@link Runtime} on a script: exits, delays and faults on whatever clock it is given; no process
 * is started.
 */
import type { Millis } from "../../base/clock.ts";
import type { ContainerConfig, PodSandboxConfig, VolumeConfig } from "../config.ts";
import { formatEnded } from "../handler_text.ts";
import {
  type ContainerStart,
  type HandlerPurpose,
  type HandlerRequest,
  type HandlerResult,
  type PodSandbox,
  type Runtime,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeInventory,
  type VolumeFileRequest,
} from "../runtime.ts";
import { PendingWork } from "./pending_work.ts";
import { RuntimeWithoutPrograms } from "./without_programs.ts";
import { SimulatedContainer, type SimulatedStage } from "./simulated_container.ts";
import type { SimulationScript } from "./simulation_script.ts";

/** What was asked of it, in order; for tests. */
export type RuntimeCall = {
  readonly at: Millis;
  readonly verb: keyof Runtime;
  readonly podUid: string;
  /** The container's name, where the call is about one. */
  readonly container?: string;
  /** The signal, where the call sends one. */
  readonly signal?: string;
  /** What a question is asked for, where the call is one. */
  readonly purpose?: HandlerPurpose;
};

interface Sandbox {
  readonly config: PodSandboxConfig;
  readonly podIP: string;
  readonly id: string;
  readonly pending: PendingWork;
}

/** What makes a {@link SimulatedRuntime}. */
export interface SimulatedRuntimeOptions extends SimulatedStage {
  /** What happens. */
  readonly script: SimulationScript;
  /** The machine's address. @default "127.0.0.1" */
  readonly hostIP?: string;
  /** Called with each call before it is carried out. */
  readonly onCall?: (call: RuntimeCall) => void;
}

/**
 * Plays a script. Ids, process ids and addresses come from counters: the same play gives the same
 * numbers.
 */
export class SimulatedRuntime extends RuntimeWithoutPrograms implements Runtime {
  readonly #options: SimulatedRuntimeOptions;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, SimulatedContainer>();
  /** By uid of the pod: of thousands of pods each ends without a look at the others. */
  readonly #containersOf = new Map<string, Set<SimulatedContainer>>();
  #lastPid = 1000;
  #lastAddress = 0;

  /** An empty stage. */
  constructor(options: SimulatedRuntimeOptions) {
    super();
    this.#options = options;
  }

  /** How many containers run and how many sandboxes stand. */
  get alive(): { readonly containers: number; readonly sandboxes: number } {
    const containers = [...this.#containers.values()].filter((it) => it.state === "running");
    return { containers: containers.length, sandboxes: this.#sandboxes.size };
  }

  /** Fails if set by the script; nothing else is to be done. */
  // deno-lint-ignore require-await -- what it throws is to be a rejection
  async prepareVolumes(podUid: string, volumes: readonly VolumeConfig[]): Promise<void> {
    this.#called({ verb: "prepareVolumes", podUid });
    const error = this.#options.script.volumeError?.(podUid, volumes);
    if (error !== undefined) throw new RuntimeError("FailedMount", error);
  }

  /** Nothing: no program reads them. */
  // deno-lint-ignore require-await
  async updateVolumes(podUid: string): Promise<void> {
    this.#called({ verb: "updateVolumes", podUid });
  }

  /** Nothing: what programs would have written is not known. */
  // deno-lint-ignore require-await
  async readVolumeFile({ podUid }: VolumeFileRequest): Promise<undefined> {
    this.#called({ verb: "readVolumeFile", podUid });
  }

  /** A sandbox after its delay. */
  async runPodSandbox(config: PodSandboxConfig): Promise<PodSandbox> {
    const { clock, script, hostIP = "127.0.0.1" } = this.#options;
    const { podUid, attempt } = config;
    this.#called({ verb: "runPodSandbox", podUid });
    const play = script.sandbox?.(config) ?? {};
    if (play.startMs) await clock.sleepUntil(clock.now() + play.startMs);
    if (play.error !== undefined) throw new RuntimeError("FailedCreatePodSandBox", play.error);

    const id = `simulated://${podUid}/${attempt}`;
    const podIP = config.hostNetwork ? hostIP : this.#nextAddress();
    const sandbox: Sandbox = { config, id, podIP, pending: new PendingWork(clock) };
    this.#sandboxes.set(id, sandbox);
    if (play.exitAfterMs !== undefined) {
      sandbox.pending.after(play.exitAfterMs, () => this.#sandboxDies(sandbox));
    }
    if (play.eviction !== undefined) {
      const { afterMs, message } = play.eviction;
      sandbox.pending.after(afterMs, () => {
        this.#report({ type: "podEvicted", podUid, reason: "Evicted", message, at: clock.now() });
      });
    }
    return { sandboxId: id, pid: ++this.#lastPid, podIP, hostIP, isolation: "simulated" };
  }

  /** Ends what is in it with SIGKILL, then itself. */
  // deno-lint-ignore require-await
  async stopPodSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) return;
    this.#called({ verb: "stopPodSandbox", podUid: sandbox.config.podUid });
    this.#endSandbox(sandbox);
  }

  /** Nothing is made ahead here. */
  expectContainer(): void {}

  /** A container that has not run yet. */
  // deno-lint-ignore require-await
  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const { podUid, name, restartCount } = config;
    this.#called({ verb: "createContainer", podUid, container: name });
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) {
      throw new RuntimeError("CreateContainerError", `sandbox "${sandboxId}" is not ready`);
    }
    const target = config.targetContainer;
    const others = this.#containersOf.get(podUid) ?? [];
    if (target !== undefined && ![...others].some((it) => it.config.name === target)) {
      const message = `unable to find target container ${target}`;
      throw new RuntimeError("CreateContainerConfigError", message);
    }
    const script = this.#options.script.container?.(config, sandbox.config) ?? {};
    if (script.createError !== undefined) {
      throw new RuntimeError("CreateContainerError", script.createError);
    }
    const id = `${sandbox.id}/${name}/${restartCount}`;
    const init = { id, sandboxId, config, script };
    const container = new SimulatedContainer(init, this.#options);
    this.#containers.set(id, container);
    const beside = this.#containersOf.get(podUid) ?? new Set();
    this.#containersOf.set(podUid, beside.add(container));
    return id;
  }

  /** Runs it after its delay; its end is then on its way. */
  async startContainer(containerId: string, signal?: AbortSignal): Promise<ContainerStart> {
    const { clock } = this.#options;
    const container = this.#containers.get(containerId);
    if (container === undefined) {
      throw new RuntimeError("StartError", `container "${containerId}" is not there`);
    }
    const { config: { podUid, name }, script, sandboxId } = container;
    this.#called({ verb: "startContainer", podUid, container: name });
    if (script.startMs) {
      await clock.sleepUntil(clock.now() + script.startMs, signal).catch((error) => {
        signal?.throwIfAborted();
        throw error;
      });
    }
    if (script.startError !== undefined) throw new RuntimeError("StartError", script.startError);
    if (!this.#sandboxes.has(sandboxId)) {
      throw new RuntimeError("StartError", `sandbox "${sandboxId}" is not ready`);
    }
    container.run();
    return { pid: ++this.#lastPid, startedAt: clock.now(), startMs: script.startMs ?? 0 };
  }

  /** Amounts have no effect here. */
  // deno-lint-ignore require-await
  async resizePod(podUid: string): Promise<void> {
    this.#called({ verb: "resizePod", podUid });
  }

  /** SIGKILL ends it at once; the script defines the effect of other signals. */
  // deno-lint-ignore require-await
  async signalContainer(containerId: string, signal: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    const { podUid, name } = container.config;
    this.#called({ verb: "signalContainer", podUid, container: name, signal });
    container.signal(signal);
  }

  /** What the script answers, when it does; a container that ends meanwhile gives no answer. */
  runHandler(
    containerId: string,
    request: HandlerRequest,
    signal: AbortSignal,
  ): Promise<HandlerResult> {
    const container = this.#containers.get(containerId);
    if (container?.state !== "running") {
      return Promise.resolve({ outcome: "error", output: formatEnded(request.handler) });
    }
    const { podUid, name } = container.config;
    this.#called({ verb: "runHandler", podUid, container: name, purpose: request.purpose });
    return container.answer(request, signal);
  }

  /** Forgets it. */
  // deno-lint-ignore require-await
  async removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container === undefined) return;
    const { podUid, name } = container.config;
    this.#called({ verb: "removeContainer", podUid, container: name });
    this.#containers.delete(containerId);
    const beside = this.#containersOf.get(podUid);
    beside?.delete(container);
    if (beside?.size === 0) this.#containersOf.delete(podUid);
  }

  /** What is on the stage. */
  list(): Promise<RuntimeInventory> {
    return Promise.resolve({
      sandboxes: [...this.#sandboxes.values()].map(({ id: sandboxId, podIP, config }) => {
        const { podUid, namespace, podName, attempt } = config;
        return { sandboxId, podIP, podUid, namespace, podName, attempt };
      }),
      containers: [...this.#containers.values()].map(({ id: containerId, config, state }) => {
        const { podUid, name, restartCount } = config;
        return { containerId, podUid, name, restartCount, state };
      }),
    });
  }

  /** Forgets what is left of the pod. */
  // deno-lint-ignore require-await
  async removePod(podUid: string): Promise<void> {
    this.#called({ verb: "removePod", podUid });
    for (const { id } of this.#containersOf.get(podUid) ?? []) this.#containers.delete(id);
    this.#containersOf.delete(podUid);
  }

  #called(call: Omit<RuntimeCall, "at">): void {
    this.#options.onCall?.({ at: this.#options.clock.now(), ...call });
  }

  /** Its pause process dies: everything in it ends with it, and is reported after it. */
  #sandboxDies(sandbox: Sandbox): void {
    if (!this.#forget(sandbox)) return;
    this.#reportSandboxExit(sandbox);
    this.#endContainers(sandbox);
  }

  /** Everything in it ends first. */
  #endSandbox(sandbox: Sandbox): void {
    if (!this.#forget(sandbox)) return;
    const ends = this.#endContainers(sandbox);
    if (ends.length === 0) this.#reportSandboxExit(sandbox);
    else void Promise.all(ends).then(() => this.#reportSandboxExit(sandbox));
  }

  /** @returns false if it had been forgotten before. */
  #forget(sandbox: Sandbox): boolean {
    sandbox.pending.cancel();
    return this.#sandboxes.delete(sandbox.id);
  }

  /** @returns those ends that take a while. */
  #endContainers(sandbox: Sandbox): Promise<void>[] {
    return [...this.#containersOf.get(sandbox.config.podUid) ?? []]
      .filter((container) => container.sandboxId === sandbox.id)
      .map((container) => container.exit({ signal: "SIGKILL" }))
      .filter((end) => end !== undefined);
  }

  #reportSandboxExit({ id, config: { podUid, attempt } }: Sandbox): void {
    const at = this.#options.clock.now();
    this.#report({ type: "sandboxExited", sandboxId: id, podUid, attempt, at });
  }

  #report(event: RuntimeEvent): void {
    this.#options.listener.onEvent(event);
  }

  #nextAddress(): string {
    const number = ++this.#lastAddress;
    return `127.${64 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}`;
  }
}
