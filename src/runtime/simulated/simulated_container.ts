/** One container of a simulation: it prints, answers and ends as its script says. */
import { joinSignals } from "../../base/abort.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import { signalNumber } from "../../base/signals.ts";
import type { ContainerConfig } from "../config.ts";
import { formatEnded, formatTimeout } from "../handler_text.ts";
import type { HandlerRequest, HandlerResult, RuntimeListener } from "../runtime.ts";
import { PendingWork } from "./pending_work.ts";
import type { ContainerScript, ScriptedExit } from "./simulation_script.ts";

/** A program writes nothing before its start is known. */
const OUTPUT_DELAY_MS = 1;

/** What makes a {@link SimulatedContainer}. */
export interface SimulatedContainerInit {
  readonly id: string;
  /** The sandbox that it is in. */
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  /** What it does. */
  readonly script: ContainerScript;
}

/** What all containers of a simulation share. */
export interface SimulatedStage {
  /** All delays are counted on it. */
  readonly clock: Clock;
  /** Where output and ends are reported. */
  readonly listener: RuntimeListener;
  /** Lifecycle milliseconds per wall millisecond, in which questions are timed. @default 1 */
  readonly speed?: number;
}

/** A container on a script. */
export class SimulatedContainer implements SimulatedContainerInit {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly script: ContainerScript;
  readonly #stage: SimulatedStage;
  readonly #pending: PendingWork;
  #state: "created" | "running" | "exited" = "created";
  /** Resolves when its output has been taken; absent before it has begun. */
  #printed: Promise<void> | undefined;

  /** Has not run yet. */
  constructor({ id, sandboxId, config, script }: SimulatedContainerInit, stage: SimulatedStage) {
    this.id = id;
    this.sandboxId = sandboxId;
    this.config = config;
    this.script = script;
    this.#stage = stage;
    this.#pending = new PendingWork(stage.clock);
  }

  /** How far it is. */
  get state(): "created" | "running" | "exited" {
    return this.#state;
  }

  /** Runs from now on; its output and its end follow as the script says. */
  run(): void {
    const { output, exitAfterMs, exit = {} } = this.script;
    this.#state = "running";
    if (output !== undefined) this.#pending.after(OUTPUT_DELAY_MS, () => void this.#print());
    if (exitAfterMs !== undefined) this.#pending.after(exitAfterMs, () => void this.exit(exit));
  }

  /** SIGKILL ends it at once; the script defines the effect of other signals. */
  signal(signal: string): void {
    const { onStopSignal = "exit" } = this.script;
    if (this.#state !== "running") return;
    if (signal === "SIGKILL" || onStopSignal === "exit") void this.exit({ signal });
    else if (onStopSignal !== "ignore") {
      const { afterMs, exit } = onStopSignal;
      this.#pending.after(afterMs, () => void this.exit(exit));
    }
  }

  /**
   * What the script answers, when it does; no answer if the container ends or the signal is aborted
   * before.
   */
  async answer(request: HandlerRequest, signal: AbortSignal): Promise<HandlerResult> {
    const { clock, speed = 1 } = this.#stage;
    const { handler, timeoutMs = Infinity } = request;
    const { afterMs = 0, outcome = "success", output = "", ...rest } =
      this.script.handler?.(request, clock.now()) ?? {};
    const waitMs = Math.min(afterMs, timeoutMs * speed);
    if (waitMs > 0) {
      using over = joinSignals([signal, this.#pending.signal]);
      try {
        await clock.sleepUntil(clock.now() + waitMs, over.signal);
      } catch {
        return { outcome: "error", output: formatEnded(handler) };
      }
    }
    return afterMs > timeoutMs * speed
      ? { outcome: "failure", output: formatTimeout(handler, timeoutMs) }
      : { outcome, output, ...rest };
  }

  /**
   * Ends it, if it runs. The end is seen after all output.
   *
   * @returns when it has been reported, if that takes a while.
   */
  exit(exit: ScriptedExit): Promise<void> | undefined {
    if (this.#state !== "running") return undefined;
    this.#state = "exited";
    this.#pending.cancel();
    const finishedAt = this.#stage.clock.now();
    const report = () => this.#reportExit(exit, finishedAt);
    if (this.script.output !== undefined) return this.#print().then(report);
    return void report();
  }

  /** All of its output, once. */
  #print(): Promise<void> {
    const { podUid, name } = this.config;
    this.#printed ??= (async () => {
      for (const { stream, text } of this.script.output ?? []) {
        const chunk = utf8.encode(text + "\n");
        await this.#stage.listener.onOutput({ podUid, name, stream, chunk });
      }
    })();
    return this.#printed;
  }

  #reportExit(exit: ScriptedExit, finishedAt: Millis): void {
    const { signal, exitCode = 0, oomKilled = false, terminationMessage = "" } = exit;
    this.#stage.listener.onEvent({
      type: "containerExited",
      containerId: this.id,
      podUid: this.config.podUid,
      name: this.config.name,
      exitCode: signal === undefined ? exitCode : 128 + (signalNumber(signal) ?? 0),
      ...(signal === undefined ? {} : { signal }),
      oomKilled,
      finishedAt,
      terminationMessage,
      logTail: "",
    });
  }
}

const utf8 = new TextEncoder();
