/** Asks the probes and runs the hooks of one pod's containers. */
import { findContainer } from "../api/pod_containers.ts";
import type { Container, LifecycleHandler, Pod } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import { findProbe } from "../lifecycle/decide/probe.ts";
import type { RunHook, RunProbe } from "../lifecycle/record/action.ts";
import type { HookFinished, PodEvent } from "../lifecycle/record/event.ts";
import type { LifecycleSettings } from "../lifecycle/record/record.ts";
import type { HandlerRequest, HandlerResult, Runtime } from "../runtime/runtime.ts";
import { type ContainerDefaults, resolveCommand } from "./config/container_config.ts";
import {
  describeHookFailure,
  formatHookFailure,
  generateHookHandler,
  generateProbeHandler,
  type HandlerConfig,
} from "./config/handler_config.ts";

/** What probes and hooks need. */
export interface HandlerOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly settings: LifecycleSettings;
  /** What every container is given. */
  readonly defaults: ContainerDefaults;
}

/** How often a probe that cannot be run is attempted (R-PROBE-9). */
const PROBE_TRIES = 3;

/**
 * The least wall time for an answer, however fast lifecycle time runs: processes run in real time.
 */
const ANSWER_FLOOR_MS = 1000;

/** The probes and hooks of one pod. */
export class HandlerOperations {
  readonly #options: HandlerOptions;
  readonly #podIPOf: (sandboxId: string) => string;
  /** Cancels those under way, by container and purpose. */
  readonly #questions = new Map<string, AbortController>();

  /**
   * Nothing is asked yet.
   *
   * @param podIPOf returns the address of a sandbox; empty if it is gone.
   */
  constructor(options: HandlerOptions, podIPOf: (sandboxId: string) => string) {
    this.#options = options;
    this.#podIPOf = podIPOf;
  }

  /** Asks a probe. Rules: R-PROBE-9, R-PROBE-10. */
  async runProbe(pod: Pod, operation: RunProbe): Promise<PodEvent> {
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
    const at = this.#options.clock.now();
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

  /** Runs a hook. Rule: R-HOOK-2. */
  async runHook(pod: Pod, { name, containerId, sandboxId, hook }: RunHook): Promise<PodEvent> {
    const container = findContainer(pod, name)!;
    const handler = container.lifecycle![hook]!;
    const result = await this.#ask(containerId, hook, (signal) => {
      if (handler.sleep !== undefined) return this.#sleep(handler.sleep.seconds, signal);
      const owner = { container, podIP: this.#podIPOf(sandboxId) };
      const config = this.#located(container, generateHookHandler(owner, handler));
      return this.#runHandler(containerId, { purpose: hook }, config, signal);
    });
    const finished = {
      type: "hookFinished",
      at: this.#options.clock.now(),
      name,
      containerId,
      hook,
    } as const;
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

  /** Asks so that {@link cancelAll} can cancel it while it is under way. */
  async #ask(
    containerId: string,
    purpose: HandlerRequest["purpose"],
    question: (signal: AbortSignal) => Promise<HandlerResult>,
  ): Promise<HandlerResult> {
    const key = `${containerId} ${purpose}`;
    const cancel = new AbortController();
    this.#questions.set(key, cancel);
    try {
      return await question(cancel.signal);
    } finally {
      this.#questions.delete(key);
    }
  }

  /** What is no longer waited for: the containers are gone. */
  cancelAll(): void {
    for (const cancel of this.#questions.values()) cancel.abort();
  }

  /** Cancels the postStart hook of a container, if it is under way. */
  cancelHook(containerId: string): void {
    this.#questions.get(`${containerId} postStart`)?.abort();
  }
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
