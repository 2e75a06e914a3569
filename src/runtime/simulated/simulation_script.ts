/** The behaviour of simulated containers and sandboxes: the script of a `SimulatedRuntime`. */
import type { Millis } from "../../base/clock.ts";
import type { ContainerConfig, PodSandboxConfig, VolumeConfig } from "../config.ts";
import type { HandlerRequest, HandlerResult } from "../runtime.ts";

/** How an ended container's first process came to its end. */
export interface ScriptedExit {
  /** Ignored where a signal is given. @default 0 */
  readonly exitCode?: number;
  /** What ended it; its code is then 128 and the signal's number (R-EXIT-1). */
  readonly signal?: string;
  /** An OOM kill hit it. @default false */
  readonly oomKilled?: boolean;
  /** What it leaves in its termination message file. @default "" */
  readonly terminationMessage?: string;
}

/** What a container answers to a probe or a hook. */
export interface ScriptedAnswer extends Partial<HandlerResult> {
  /** How long the answer takes. @default 0 */
  readonly afterMs?: Millis;
}

/** The behaviour of one run of one container. */
export interface ContainerScript {
  /** It ends by itself this long after its start. @default it runs until a signal ends it */
  readonly exitAfterMs?: Millis;
  /** How it ends by itself. @default exit code 0 */
  readonly exit?: ScriptedExit;
  /**
   * What a stop signal does: end it at once, nothing, or end it later and in its own way. @default
   * "exit"
   */
  readonly onStopSignal?: "exit" | "ignore" | {
    readonly afterMs: Millis;
    readonly exit: ScriptedExit;
  };
  /** How long its start takes. @default 0 */
  readonly startMs?: Millis;
  /** It cannot be made, and why. */
  readonly createError?: string;
  /** It cannot be started, and why. */
  readonly startError?: string;
  /** What it prints once it runs, each to be ended by a line feed. */
  readonly output?: readonly { readonly stream: "stdout" | "stderr"; readonly text: string }[];
  /**
   * What it answers to a probe or a hook that is asked at this moment, lifecycle time since the
   * clock began.
   *
   * @default success at once
   */
  handler?(request: HandlerRequest, at: Millis): ScriptedAnswer;
}

/** The behaviour of one sandbox. */
export interface SandboxScript {
  /** How long its start takes. @default 0 */
  readonly startMs?: Millis;
  /** It cannot be made, and why. */
  readonly error?: string;
  /** Its pause process dies this long after its start. @default it lives until it is stopped */
  readonly exitAfterMs?: Millis;
  /** The machine has had enough of its pod this long after its start, and why. */
  readonly eviction?: { readonly afterMs: Millis; readonly message: string };
}

/** The script: asked again for each run, so that it may depend on attempt and count. */
export interface SimulationScript {
  /** The behaviour of a container. @default it runs until a signal ends it */
  container?(config: ContainerConfig, pod: PodSandboxConfig): ContainerScript;
  /** The behaviour of a sandbox. @default it lives until it is stopped */
  sandbox?(config: PodSandboxConfig): SandboxScript;
  /** Why the volumes cannot be made; undefined if they can. */
  volumeError?(podUid: string, volumes: readonly VolumeConfig[]): string | undefined;
}
