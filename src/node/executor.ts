/** Carries out what was decided for one pod, and reports the outcome as events. */
import type { Pod } from "../api/types/pod.ts";
import { orAborted } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import type { CreateSandbox, PodOperation, StopSandbox } from "../lifecycle/record/action.ts";
import type { PodEvent } from "../lifecycle/record/event.ts";
import type { LifecycleSettings } from "../lifecycle/record/record.ts";
import type { VolumeConfig } from "../runtime/config.ts";
import { type Runtime, VolumesError } from "../runtime/runtime.ts";
import type { ContainerDefaults } from "./config/container_config.ts";
import { findTokenReferences, findVolumeReferences } from "./config/pod_references.ts";
import { generateSandboxConfig } from "./config/sandbox_config.ts";
import { generateVolumeConfigs, generateVolumeOwnership } from "./config/volume_config.ts";
import { ContainerStarts } from "./container_start.ts";
import { HandlerOperations } from "./handler_operations.ts";
import { nameOf, refusal } from "./refusal.ts";
import { admitResize, type ResizeAdmission, resizePod } from "./resize_operations.ts";
import type { Semaphore } from "./semaphore.ts";
import { orConfigError, type SourceReader } from "./sources/source_reader.ts";
import type { VolumeRefresher } from "./sources/volume_refresher.ts";

/** Made once: an abort without a reason makes an exception with a stack for each pod. */
const ENDING = new DOMException("The pod is ending", "AbortError");

/** What the pods of a node share in order to be run. */
export interface ExecutorOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly settings: LifecycleSettings;
  /** Bounds how many pods are on their way to their first container. */
  readonly starts: Semaphore;
  /** What every container is given. */
  readonly defaults: ContainerDefaults;
  /** Reads the objects that a pod refers to. */
  readonly sourcesOf: SourceReader;
  /** Keeps what volumes hold up to date. @default they hold what was there at the start */
  readonly volumes?: Pick<VolumeRefresher, "add" | "remove" | "forget"> | undefined;
  /** Notes that a claim of a pod has its volume. */
  readonly bindClaim: (namespace: string, name: string) => Promise<void>;
  /** Whether there is room for other amounts of a pod. @default there is for any */
  readonly admitResize?: ResizeAdmission | undefined;
  /** For what goes wrong and changes nothing. */
  readonly log: Logger;
}

/** Where the outcomes go. */
export interface ExecutorListener {
  /** An operation has come to this. */
  onOutcome(event: PodEvent): void;
  /** An operation has failed as none may: our own fault. */
  onFault(error: unknown): void;
}

/** The hands of one pod worker. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #listener: ExecutorListener;
  /** Addresses of the sandboxes it made, for the containers in them. */
  readonly #podIPs = new Map<string, string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiting = new AbortController();
  readonly #starts: ContainerStarts;
  readonly #handlers: HandlerOperations;
  /** Gives back this pod's place among those that are starting. */
  #leave: (() => void) | undefined;

  constructor(options: ExecutorOptions, listener: ExecutorListener) {
    this.#options = options;
    this.#listener = listener;
    const podIPOf = (sandboxId: string) => this.#podIPs.get(sandboxId) ?? "";
    this.#starts = new ContainerStarts(options, podIPOf);
    this.#handlers = new HandlerOperations(options, podIPOf);
  }

  /** Begins an operation for the pod as it is now; its outcome comes through the listener. */
  begin(pod: Pod, operation: PodOperation): void {
    // Remove it before reporting, so that no listener sees it as running.
    const work: Promise<void> = this.#perform(pod, operation).then(
      (event) => {
        this.#underWay.delete(work);
        if (event !== undefined) this.#listener.onOutcome(event);
      },
      (error) => {
        this.#underWay.delete(work);
        this.#listener.onFault(error);
      },
    );
    this.#underWay.add(work);
  }

  /**
   * To be called when all that follows from what is known has been begun: a pod that waits for
   * nothing but time or its containers holds no place.
   */
  yieldPlace(): void {
    if (this.#underWay.size === 0) this.#leavePlace();
  }

  /**
   * The pod is ending: what has not yet begun for lack of a place fails, and so do volumes that
   * wait for the store.
   */
  stopWaiting(): void {
    this.#waiting.abort(ENDING);
  }

  /** Kills what runs and removes what is left, whatever is under way; nothing is begun after it. */
  async abandon(pod: Pod): Promise<void> {
    const { runtime, log, volumes } = this.#options;
    this.stopWaiting();
    this.#handlers.cancelAll();
    this.#starts.cancelAll();
    try {
      await this.#stopSandboxes();
      await Promise.all(this.#underWay);
      await this.#stopSandboxes(); // One may have been on its way.
      if (volumes !== undefined) await volumes.forget(pod.metadata.uid!);
      await runtime.removePod(pod.metadata.uid!);
    } catch (error) {
      log.error("Cannot remove pod", { pod: nameOf(pod), error: String(error) });
    }
    this.#leavePlace();
  }

  async #stopSandboxes(): Promise<void> {
    for (const sandboxId of [...this.#podIPs.keys()]) {
      await this.#options.runtime.stopPodSandbox(sandboxId);
      this.#podIPs.delete(sandboxId);
    }
  }

  async #perform(pod: Pod, operation: PodOperation): Promise<PodEvent | undefined> {
    const { runtime, log } = this.#options;
    switch (operation.type) {
      case "prepareVolumes":
        return await this.#prepareVolumes(pod);
      case "createSandbox":
        return await this.#createSandbox(pod, operation);
      case "stopSandbox":
        return await this.#stopSandbox(operation);
      case "startContainer": {
        const outcome = await this.#starts.start(pod, operation);
        this.#leavePlace();
        return outcome;
      }
      case "signalContainer":
        // Without effect the next step follows in time: SIGKILL, and then the end of the sandbox.
        return await orElse(
          runtime.signalContainer(operation.containerId, operation.signal),
          ({ message }) =>
            log.warn("Cannot signal container", {
              pod: nameOf(pod),
              container: operation.name,
              signal: operation.signal,
              error: message,
            }),
        );
      case "runProbe":
        return await this.#handlers.runProbe(pod, operation);
      case "runHook":
        return await this.#handlers.runHook(pod, operation);
      case "cancelStart":
        this.#starts.cancel(operation.name, operation.cause);
        return;
      case "cancelHook":
        this.#handlers.cancelHook(operation.containerId);
        return;
      case "removeContainer":
        // What is left of it goes with the pod.
        return await orElse(
          runtime.removeContainer(operation.containerId),
          ({ message }) =>
            log.warn("Cannot remove container", {
              pod: nameOf(pod),
              container: operation.name,
              error: message,
            }),
        );
      case "admitResize": {
        const admit = this.#options.admitResize ?? (() => undefined);
        return admitResize(pod, operation, { admit, at: this.#now() });
      }
      case "resizePod":
        return await resizePod(pod, operation, { ...this.#options, now: () => this.#now() });
      case "removePod":
        return await this.#removePod(pod);
    }
  }

  /** Rule: R-START-5. */
  async #prepareVolumes(pod: Pod): Promise<PodEvent> {
    const { runtime, sourcesOf, volumes } = this.#options;
    try {
      if (!this.#hasPlace()) await this.#waitForPlace();
      if (volumes !== undefined) await volumes.remove(pod.metadata.uid!);
      const references = { objects: findVolumeReferences(pod), tokens: findTokenReferences(pod) };
      const reading = orAborted(sourcesOf(pod, references), this.#waiting.signal);
      const sources = await orConfigError(reading, "FailedMount");
      const { configs, failures } = generateVolumeConfigs(sources);
      const refused = await runtime
        .prepareVolumes(pod.metadata.uid!, configs, generateVolumeOwnership(pod))
        .then(() => new Map<string, string>(), failuresOf);
      const unbound = await this.#bindClaims(configs);
      const messages = (pod.spec.volumes ?? []).flatMap(({ name }) =>
        failures.get(name) ?? refused.get(name) ?? unbound.get(name) ?? []
      );
      if (messages.length > 0) {
        return { type: "volumesFailed", at: this.#now(), reason: "FailedMount", messages };
      }
      volumes?.add(pod, configs);
      return { type: "volumesPrepared", at: this.#now() };
    } catch (error) {
      const { reason, message } = refusal(error);
      return { type: "volumesFailed", at: this.#now(), reason, messages: [message] };
    }
  }

  /** @returns why claims could not be bound, by volume. */
  async #bindClaims(volumes: readonly VolumeConfig[]): Promise<ReadonlyMap<string, string>> {
    const unbound = new Map<string, string>();
    for (const volume of volumes) {
      if (volume.type !== "persistent") continue;
      try {
        const binding = this.#options.bindClaim(volume.namespace, volume.claimName);
        await orAborted(binding, this.#waiting.signal);
      } catch (error) {
        this.#waiting.signal.throwIfAborted();
        const claim = `persistentvolumeclaim "${volume.claimName}"`;
        unbound.set(volume.name, `Cannot bind ${claim}: ${messageOf(error)}`);
      }
    }
    return unbound;
  }

  /** Rule: R-ACT-6, step 5. */
  async #createSandbox(pod: Pod, { attempt }: CreateSandbox): Promise<PodEvent> {
    try {
      if (!this.#hasPlace()) await this.#waitForPlace();
      const config = generateSandboxConfig(pod, attempt);
      const sandbox = await this.#options.runtime.runPodSandbox(config);
      this.#podIPs.set(sandbox.sandboxId, sandbox.podIP);
      return { type: "sandboxStarted", at: this.#now(), attempt, ...sandbox };
    } catch (error) {
      const { reason, message } = refusal(error);
      return { type: "sandboxFailed", at: this.#now(), attempt, reason, message };
    }
  }

  async #stopSandbox({ sandboxId }: StopSandbox): Promise<PodEvent> {
    try {
      await this.#options.runtime.stopPodSandbox(sandboxId);
      this.#podIPs.delete(sandboxId);
      return { type: "sandboxStopped", at: this.#now(), sandboxId };
    } catch (error) {
      const { message } = refusal(error);
      return { type: "sandboxStopFailed", at: this.#now(), sandboxId, message };
    }
  }

  async #removePod(pod: Pod): Promise<PodEvent> {
    this.#handlers.cancelAll();
    const { runtime, volumes } = this.#options;
    try {
      if (volumes !== undefined) await volumes.forget(pod.metadata.uid!);
      await runtime.removePod(pod.metadata.uid!);
      return { type: "podRemoved", at: this.#now() };
    } catch (error) {
      return { type: "podRemoveFailed", at: this.#now(), message: refusal(error).message };
    }
  }

  /** Takes a place if one is free: the first operation of a pod then begins without delay. */
  #hasPlace(): boolean {
    this.#leave ??= this.#options.starts.tryAcquire();
    return this.#leave !== undefined;
  }

  async #waitForPlace(): Promise<void> {
    this.#leave = await this.#options.starts.acquire(this.#waiting.signal);
  }

  #leavePlace(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

/** Which volumes could not be made; any other error is thrown on. */
function failuresOf(error: unknown): ReadonlyMap<string, string> {
  if (error instanceof VolumesError) return error.failures;
  throw error;
}

/** Hands a refusal on instead of failing with it. */
async function orElse(
  work: Promise<void>,
  onRefusal: (refusal: { readonly message: string }) => void,
): Promise<undefined> {
  try {
    await work;
  } catch (error) {
    onRefusal(refusal(error));
  }
}
