/**
 * Starts the containers of one pod: from the Pod to a configuration, then to a program that runs.
 */
import { findContainer } from "../api/pod_containers.ts";
import type { Container, FileKeySelector, LinuxContainerUser, Pod } from "../api/types/pod.ts";
import { orAborted } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import type { CancelStart, StartContainer } from "../lifecycle/record/action.ts";
import type { PodEvent } from "../lifecycle/record/event.ts";
import type { ContainerUser } from "../runtime/config.ts";
import { type Runtime, RuntimeError } from "../runtime/runtime.ts";
import { ConfigError } from "./config/config_error.ts";
import { type ContainerDefaults, generateContainerConfig } from "./config/container_config.ts";
import { type EnvFile, envFileKey, type EnvFiles, findFileKeys } from "./config/env_file.ts";
import { isMounted } from "./config/environment.ts";
import { findNextContainer } from "./config/next_container.ts";
import { findContainerReferences, withoutReferences } from "./config/pod_references.ts";
import type { PodSources } from "./config/pod_sources.ts";
import { nameOf, refusal } from "./refusal.ts";
import { orConfigError, type SourceReader } from "./sources/source_reader.ts";

/** What the start of a container needs. */
export interface StartOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** What every container is given. */
  readonly defaults: ContainerDefaults;
  /** Reads the objects that a pod refers to. */
  readonly sourcesOf: SourceReader;
  /** For what goes wrong and changes nothing. */
  readonly log: Logger;
}

/**
 * `Differs:` the kubelet reads env files of any size; no program can be started with so long a
 * value.
 */
const MAX_ENV_FILE_BYTES = 1024 * 1024;

/** The starts of one pod's containers. */
export class ContainerStarts {
  readonly #options: StartOptions;
  readonly #podIPOf: (sandboxId: string) => string;
  /** Cancels those under way, by container. */
  readonly #starts = new Map<string, AbortController>();

  /**
   * Nothing is started yet.
   *
   * @param podIPOf returns the address of a sandbox; empty if it is gone.
   */
  constructor(options: StartOptions, podIPOf: (sandboxId: string) => string) {
    this.#options = options;
    this.#podIPOf = podIPOf;
  }

  /** Configures, creates and starts a container. Rule: R-START-1: what fails, and at which step. */
  async start(pod: Pod, operation: StartContainer): Promise<PodEvent> {
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
      const objects = findContainerReferences(container);
      const reading = orAborted(sourcesOf(pod, { objects }), cancel.signal);
      const sources = await orConfigError(reading, "CreateContainerConfigError");
      const config = generateContainerConfig(
        sources,
        { container, restartCount, podIP: this.#podIPOf(sandboxId), envFiles },
        defaults,
      );
      user = describeUser(config.security.user);
      containerId = await runtime.createContainer(sandboxId, config);
      const createdAt = clock.now();
      const starting = runtime.startContainer(containerId, cancel.signal);
      this.#expectNext(sources, operation);
      const { pid, startedAt, startMs } = await starting;
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
        const cause = messageOf(error.cause);
        log.warn("Cannot configure container", { pod: nameOf(pod), container: name, error: cause });
      }
      const at = this.#options.clock.now();
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

  /**
   * What does not depend on the next container's program is made while this one starts and runs.
   */
  #expectNext(sources: PodSources, { name, sandboxId }: StartContainer): void {
    const next = findNextContainer(sources.pod, name);
    if (next === undefined) return;
    // What another container is made from has not been read; its start reads that.
    const container = next.name === name ? next : withoutReferences(next);
    const { runtime, defaults, log } = this.#options;
    // Only the start knows what the files hold by then; until it, the values of variables are open.
    const envFiles = new Map(
      findFileKeys(container).map((it) => [envFileKey(it), { type: "unknown" } as const]),
    );
    const start = { container, restartCount: 0, podIP: this.#podIPOf(sandboxId), envFiles };
    try {
      runtime.expectContainer(sandboxId, generateContainerConfig(sources, start, defaults));
    } catch (error) {
      // Its start reports what is wrong then.
      if (error instanceof ConfigError) return;
      log.error("Cannot prepare the next container", {
        pod: nameOf(sources.pod),
        container: container.name,
        error: messageOf(error),
      });
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

  /**
   * Cancels a start. Rule: R-START-1: what the kubelet shows of a request that its container
   * runtime did not answer.
   */
  cancel(name: string, cause: CancelStart["cause"]): void {
    const message = `context ${cause}: the container did not start in time`;
    this.#starts.get(name)?.abort(new RuntimeError("RunContainerError", message));
  }

  /** Cancels all that are under way. */
  cancelAll(): void {
    for (const name of this.#starts.keys()) this.cancel(name, "canceled");
  }
}

/** Container runtimes count the primary group among the supplementary ones (R-STATUS-11). */
function describeUser({ uid, gid, groups }: ContainerUser): LinuxContainerUser {
  return { uid, gid, supplementalGroups: [gid, ...groups].sort((a, b) => a - b) };
}
