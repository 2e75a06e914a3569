/** Carries out what was decided for one pod, and reports the outcome as events. */
import { findContainer } from "../api/pod_containers.ts";
import type {
  Container,
  FileKeySelector,
  LifecycleHandler,
  LinuxContainerUser,
  Pod,
} from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type {
  CancelStart,
  CreateSandbox,
  PodOperation,
  RunHook,
  RunProbe,
  StartContainer,
  StopSandbox,
} from "../lifecycle/record/action.ts";
import type { HookFinished, PodEvent } from "../lifecycle/record/event.ts";
import { findProbe } from "../lifecycle/decide/probe.ts";
import type { LifecycleSettings } from "../lifecycle/record/record.ts";
import type { ContainerUser } from "../runtime/config.ts";
import {
  type HandlerRequest,
  type HandlerResult,
  type Runtime,
  RuntimeError,
  VolumesError,
} from "../runtime/runtime.ts";
import { ConfigError } from "./config/config_error.ts";
import {
  type ContainerDefaults,
  generateContainerConfig,
  resolveCommand,
} from "./config/container_config.ts";
import {
  describeHookFailure,
  formatHookFailure,
  generateHookHandler,
  generateProbeHandler,
  type HandlerConfig,
} from "./config/handler_config.ts";
import { type EnvFile, envFileKey, type EnvFiles, findFileKeys } from "./config/env_file.ts";
import { isMounted } from "./config/environment.ts";
import type { PodSources } from "./config/pod_sources.ts";
import { generateSandboxConfig } from "./config/sandbox_config.ts";
import type { Semaphore } from "./semaphore.ts";
import { generateVolumeConfigs, generateVolumeOwnership } from "./config/volume_config.ts";

/** What the pods of a node share in order to be run. */
export interface ExecutorOptions {
  /** The machine. */
  readonly runtime: Runtime;
  /** When it happened. */
  readonly clock: Clock;
  /** The node's own numbers. */
  readonly settings: LifecycleSettings;
  /** Bounds how many pods are on their way to their first container. */
  readonly starts: Semaphore;
  /** What every container is given. */
  readonly defaults: ContainerDefaults;
  /** The objects that a pod may name. */
  readonly sourcesOf: (pod: Pod) => PodSources;
  /** Notes that a claim of a pod has its volume. */
  readonly bindClaim: (namespace: string, name: string) => void;
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

/** So often is a probe tried that could not be run (R-PROBE-9). */
const PROBE_TRIES = 3;

/** `Differs:` the kubelet reads env files of any size; no program can be started with so long a value. */
const MAX_ENV_FILE_BYTES = 1024 * 1024;

/** The least wall time for an answer, however fast lifecycle time runs: processes run in real time. */
const ANSWER_FLOOR_MS = 1000;

/** The hands of one pod worker. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #listener: ExecutorListener;
  /** Addresses of the sandboxes it made, for the containers in them. */
  readonly #podIPs = new Map<string, string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiting = new AbortController();
  /** Gives up the hooks and probes under way, by container and purpose. */
  readonly #questions = new Map<string, AbortController>();
  /** Cancels the starts under way, by container. */
  readonly #starts = new Map<string, AbortController>();
  /** Gives back this pod's place among those that are starting. */
  #leave: (() => void) | undefined;

  /** Idle. */
  constructor(options: ExecutorOptions, listener: ExecutorListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Begins an operation for the pod as it is now; its outcome comes through the listener. */
  begin(pod: Pod, operation: PodOperation): void {
    // Over before it is told, so that whoever hears of it finds it over.
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
   * To be called when all that follows from what is known has been begun: a pod that waits for nothing
   * but time or its containers holds no place.
   */
  yieldPlace(): void {
    if (this.#underWay.size === 0) this.#leavePlace();
  }

  /** The pod is ending: what has not yet begun for want of a place fails. */
  stopWaiting(): void {
    this.#waiting.abort();
  }

  /** Kills what runs and removes what is left, whatever is under way; nothing is begun after it. */
  async abandon(pod: Pod): Promise<void> {
    const { runtime, log } = this.#options;
    this.stopWaiting();
    this.#dropQuestions();
    for (const name of this.#starts.keys()) this.#cancelStart(name, "canceled");
    try {
      await this.#stopSandboxes();
      await Promise.all(this.#underWay);
      await this.#stopSandboxes(); // One may have been on its way.
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
        const outcome = await this.#startContainer(pod, operation);
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
        return await this.#runProbe(pod, operation);
      case "runHook":
        return await this.#runHook(pod, operation);
      case "cancelStart":
        return this.#cancelStart(operation.name, operation.cause);
      case "cancelHook":
        this.#questions.get(`${operation.containerId} postStart`)?.abort();
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
      case "removePod":
        return await this.#removePod(pod);
    }
  }

  /** Rule: R-START-5. */
  async #prepareVolumes(pod: Pod): Promise<PodEvent> {
    const { runtime, sourcesOf, bindClaim } = this.#options;
    try {
      if (!this.#hasPlace()) await this.#waitForPlace();
      const { configs, failures } = generateVolumeConfigs(sourcesOf(pod));
      const refused = await runtime
        .prepareVolumes(pod.metadata.uid!, configs, generateVolumeOwnership(pod))
        .then(() => new Map<string, string>(), failuresOf);
      for (const volume of configs) {
        if (volume.type === "persistent") bindClaim(volume.namespace, volume.claimName);
      }
      const messages = (pod.spec.volumes ?? []).flatMap(({ name }) =>
        failures.get(name) ?? refused.get(name) ?? []
      );
      return messages.length === 0
        ? { type: "volumesPrepared", at: this.#now() }
        : { type: "volumesFailed", at: this.#now(), reason: "FailedMount", messages };
    } catch (error) {
      const { reason, message } = refusal(error);
      return { type: "volumesFailed", at: this.#now(), reason, messages: [message] };
    }
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

  /** Rule: R-START-1: what fails, and at which step. */
  async #startContainer(pod: Pod, operation: StartContainer): Promise<PodEvent> {
    const { runtime, clock, defaults, sourcesOf, log } = this.#options;
    const { name, restartCount, sandboxId } = operation;
    const begunAt = clock.now();
    const container = findContainer(pod, name)!;
    const hasImage = defaults.resolveImage(container.image ?? "") !== undefined;
    let containerId: string | undefined;
    let user: LinuxContainerUser | undefined;
    const cancel = new AbortController();
    this.#starts.set(name, cancel);
    try {
      const envFiles = await this.#readEnvFiles(pod, container, cancel.signal);
      const config = generateContainerConfig(
        sourcesOf(pod),
        { container, restartCount, podIP: this.#podIPOf(sandboxId), envFiles },
        defaults,
      );
      user = describeUser(config.security.user);
      containerId = await runtime.createContainer(sandboxId, config);
      const createdAt = clock.now();
      const { pid, startedAt, startMs } = await runtime.startContainer(
        containerId,
        cancel.signal,
      );
      return {
        type: "containerStarted",
        at: startedAt,
        name,
        containerId,
        pid,
        user,
        hasImage,
        startMs: clock.wallTime(createdAt) - clock.wallTime(begunAt) + startMs,
      };
    } catch (error) {
      const { reason, message } = refusal(error);
      if (error instanceof ConfigError && error.cause !== undefined) {
        const cause = String(error.cause);
        log.warn("Cannot configure container", { pod: nameOf(pod), container: name, error: cause });
      }
      const at = this.#now();
      const failed = { type: "containerStartFailed", at, name, message, hasImage } as const;
      if (containerId !== undefined && reason === "StartError") {
        return { ...failed, step: "start", containerId, ...(user && { user }) };
      }
      const step = reason === "CreateContainerError" || reason === "RunContainerError"
        ? "create"
        : "config";
      return { ...failed, step, reason };
    } finally {
      this.#starts.delete(name);
    }
  }

  /** Reads what a container's variables come from, as it is now (R-ENV-7). */
  async #readEnvFiles(pod: Pod, container: Container, signal: AbortSignal): Promise<EnvFiles> {
    const files = new Map<string, EnvFile>();
    for (const reference of findFileKeys(container)) {
      const key = envFileKey(reference);
      if (files.has(key) || !isMounted(pod, reference.volumeName)) continue;
      files.set(key, await this.#readEnvFile(pod, reference, signal));
    }
    return files;
  }

  async #readEnvFile(
    pod: Pod,
    { volumeName, path }: FileKeySelector,
    signal: AbortSignal,
  ): Promise<EnvFile> {
    const file = { podUid: pod.metadata.uid!, volumeName, path, maxBytes: MAX_ENV_FILE_BYTES };
    try {
      const content = await this.#options.runtime.readVolumeFile(file, signal);
      if (content === undefined) return { type: "unknown" };
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content.data);
      return { type: "text", path: content.path, text };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RuntimeError)) throw error;
      return { type: "unreadable", why: error.message };
    }
  }

  /** Rule: R-START-1: what the kubelet shows of a request that its container runtime did not answer. */
  #cancelStart(name: string, cause: CancelStart["cause"]): undefined {
    const message = `context ${cause}: the container did not start in time`;
    this.#starts.get(name)?.abort(new RuntimeError("RunContainerError", message));
  }

  /** Rules: R-PROBE-9, R-PROBE-10. */
  async #runProbe(pod: Pod, operation: RunProbe): Promise<PodEvent> {
    const { name, containerId, sandboxId, probe: purpose } = operation;
    const container = findContainer(pod, name)!;
    const probe = findProbe(container, purpose)!;
    const owner = { container, podIP: this.#podIPOf(sandboxId) };
    const config = this.#located(container, generateProbeHandler(owner, probe));
    const { speed } = this.#options.settings;
    const timeoutMs = Math.max((probe.timeoutSeconds ?? 1) * 1000 / speed, ANSWER_FLOOR_MS);
    const { outcome, output, state } = await this.#ask(containerId, purpose, async (signal) => {
      let result = await this.#runHandler(containerId, { purpose, timeoutMs }, config, signal);
      for (let tries = 1; result.outcome === "error" && tries < PROBE_TRIES; tries++) {
        if (signal.aborted) break;
        result = await this.#runHandler(containerId, { purpose, timeoutMs }, config, signal);
      }
      return result;
    });
    const at = this.#now();
    return {
      type: "probeFinished",
      at,
      name,
      containerId,
      probe: purpose,
      outcome,
      output,
      ...(state && { state }),
    };
  }

  /** Rule: R-HOOK-2. */
  async #runHook(pod: Pod, { name, containerId, sandboxId, hook }: RunHook): Promise<PodEvent> {
    const container = findContainer(pod, name)!;
    const handler = container.lifecycle![hook]!;
    const result = await this.#ask(containerId, hook, (signal) => {
      if (handler.sleep !== undefined) return this.#sleep(handler.sleep.seconds, signal);
      const owner = { container, podIP: this.#podIPOf(sandboxId) };
      const config = this.#located(container, generateHookHandler(owner, handler));
      return this.#runHandler(containerId, { purpose: hook }, config, signal);
    });
    const finished = { type: "hookFinished", at: this.#now(), name, containerId, hook } as const;
    return { ...finished, ...describeHook(pod, name, handler, result) };
  }

  #located(container: Container, config: HandlerConfig): HandlerConfig {
    if (config.type !== "exec") return config;
    return { ...config, argv: resolveCommand(container, config.argv, this.#options.defaults) };
  }

  /** Rules: R-HOOK-1, R-HOOK-2. */
  async #sleep(seconds: number, signal: AbortSignal): Promise<HandlerResult> {
    const { clock } = this.#options;
    try {
      await clock.sleepUntil(clock.now() + seconds * 1000, signal);
      return { outcome: "success", output: "" };
    } catch (error) {
      if (!signal.aborted) throw error;
      return { outcome: "error", output: "context canceled" };
    }
  }

  async #runHandler(
    containerId: string,
    request: Omit<HandlerRequest, "handler">,
    config: HandlerConfig,
    signal: AbortSignal,
  ): Promise<HandlerResult> {
    if (config.type === "invalid") return { outcome: "error", output: config.message };
    const { runtime } = this.#options;
    return await runtime.runHandler(containerId, { ...request, handler: config }, signal);
  }

  /** Keeps what gives a question up for as long as it is under way. */
  async #ask(
    containerId: string,
    purpose: HandlerRequest["purpose"],
    question: (signal: AbortSignal) => Promise<HandlerResult>,
  ): Promise<HandlerResult> {
    const key = `${containerId} ${purpose}`;
    const giveUp = new AbortController();
    this.#questions.set(key, giveUp);
    try {
      return await question(giveUp.signal);
    } finally {
      this.#questions.delete(key);
    }
  }

  /** What nobody waits for any more: the containers are gone. */
  #dropQuestions(): void {
    for (const giveUp of this.#questions.values()) giveUp.abort();
  }

  #podIPOf(sandboxId: string): string {
    return this.#podIPs.get(sandboxId) ?? "";
  }

  async #removePod(pod: Pod): Promise<PodEvent> {
    this.#dropQuestions();
    try {
      await this.#options.runtime.removePod(pod.metadata.uid!);
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

/** What the machine or the manifest refused, as news about the pod; anything else is thrown on. */
function refusal(error: unknown): { readonly reason: string; readonly message: string } {
  if (error instanceof RuntimeError || error instanceof ConfigError) return error;
  if (error instanceof DOMException && error.name === "AbortError") {
    return { reason: "Canceled", message: "the pod is ending" };
  }
  throw error;
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

/** Container runtimes count the primary group among the supplementary ones (R-STATUS-11). */
function describeUser({ uid, gid, groups }: ContainerUser): LinuxContainerUser {
  return { uid, gid, supplementalGroups: [gid, ...groups].sort((a, b) => a - b) };
}

/** What a hook's answer means: that it could not be run is a failure too. */
function describeHook(
  pod: Pod,
  container: string,
  handler: LifecycleHandler,
  result: HandlerResult,
): Pick<HookFinished, "outcome" | "message" | "output" | "exitCode"> {
  const { outcome, output, exitCode } = result;
  const code = exitCode === undefined ? {} : { exitCode };
  switch (outcome) {
    case "success":
      return { outcome, message: "", ...code };
    case "warning":
      return { outcome, message: output, ...code };
    case "failure":
    case "error": {
      const message = formatHookFailure(pod, container, handler, result);
      const output = describeHookFailure(handler, result);
      return { outcome: "failure", message, output, ...code };
    }
  }
}

function nameOf({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
