/**
 * The machine behind the pure core's tests: a script of what its containers do, and the resulting
 * facts.
 *
 * It is not `SimulatedRuntime`, although that plays scripts too. These tests are about `stepPod`
 * alone: they need no executor, no configuration and no promise, so that the stack of a failure
 * leads from the test into the decision, and after each step the decision is asked again. And a
 * quarter of them (46 of 201) give the core what no script of a runtime can: containers that
 * outlive their sandbox, a sandbox without an address, an end in the middle of a step, facts that
 * come in between. In speed the two differ little (6.3 and 8.6 ms for a history of 27 events).
 * `tests/simulation/core_machine_test.ts` checks that they agree.
 */
import type { ProbeType } from "../../src/api/pod_containers.ts";
import type { Millis } from "../../src/base/clock.ts";
import type { PodOperation } from "../../src/lifecycle/record/action.ts";
import type { ContainerStartFailed, PodEvent } from "../../src/lifecycle/record/event.ts";
import type { HookType } from "../../src/lifecycle/record/vocabulary.ts";

/** One run of a scripted container. */
export interface Run {
  /** Ends by itself after this long; absent: runs until it is stopped. */
  readonly ms?: Millis;
  /** Its exit code when it ends by itself. @default 0 */
  readonly code?: number;
  readonly oom?: boolean;
  readonly message?: string;
  /** What SIGTERM does: the exit code after `afterMs`, or nothing. @default 143 at once */
  readonly onSigterm?: "ignore" | { readonly code: number; readonly afterMs?: Millis };
  /** The start fails instead. */
  readonly hangs?: true;
  readonly fails?: Pick<ContainerStartFailed, "step" | "message" | "reason">;
  /** What it answers to a probe at this moment. @default success at once */
  readonly probe?: (probe: ProbeType, at: Millis) => Answer;
  /** What its hooks come to. @default success at once */
  readonly hook?: (hook: HookType, at: Millis) => Answer;
}

/** What a probe or a hook comes to; `never` lasts as long as the container. */
export interface Answer {
  /** @default "success" */
  readonly outcome?: "success" | "warning" | "failure" | "error";
  readonly output?: string;
  readonly exitCode?: number;
  /** @default 0 */
  readonly afterMs?: Millis | "never";
}

/**
 * The runs of each container in turn; the last one is repeated. @default runs until it is stopped
 */
export type Script = Readonly<Record<string, readonly Run[]>>;

/** How the machine behaves. */
export interface WorldOptions {
  readonly script?: Script;
  /** How long an operation takes. @default 0 */
  readonly latency?: () => Millis;
  /** Fails the first so many tries. */
  readonly volumesFail?: number;
  readonly sandboxFails?: number;
  /** Why there is no room for other amounts at this moment. @default there is */
  readonly whyNoRoom?: (at: Millis) => string | undefined;
  /** Why other amounts cannot be given at this moment. @default they can */
  readonly whyNotResized?: (at: Millis) => string | undefined;
  /** Of the first sandboxes; all others have 127.0.0.2. */
  readonly podIPs?: readonly string[];
}

/** Everything runs as root, and the machine has every image. */
const made = { user: { uid: 0, gid: 0, supplementalGroups: [0] }, hasImage: true };

/** A container that runs. */
export interface Process {
  readonly name: string;
  readonly containerId: string;
  readonly run: Run;
}

/** Takes operations, and has the facts that they lead to ready at their moments. */
export class World {
  readonly alive = new Map<string, Process>();
  readonly #queue: { readonly at: Millis; readonly event: PodEvent }[] = [];
  /** Probes and hooks that have not been answered. */
  readonly #questions = new Set<Question>();
  /** Starts that end only when they are cancelled. */
  readonly #hanging = new Set<string>();
  readonly #runs = new Map<string, number>();
  readonly #options: WorldOptions;
  #volumesFail: number;
  #sandboxFails: number;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#volumesFail = options.volumesFail ?? 0;
    this.#sandboxFails = options.sandboxFails ?? 0;
  }

  /** When the next fact falls due; Infinity: never. */
  get nextAt(): Millis {
    return this.#queue[0]?.at ?? Infinity;
  }

  /** The fact that falls due next. */
  take(): PodEvent {
    return this.#queue.shift()!.event;
  }

  /** Fails the next so many tries to make a sandbox. */
  failSandboxes(count: number): void {
    this.#sandboxFails = count;
  }

  /**
   * What the worker is about to be notified of has happened: a container that has ended answers no
   * more.
   */
  notice(event: PodEvent): void {
    if (isQuestion(event)) this.#questions.delete(event);
    if (event.type !== "containerExited") return;
    this.alive.delete(event.containerId);
    this.#endQuestions(event.containerId, event.at);
  }

  /** Ends a process at a moment, and gives the fact in place of what was planned. */
  exit({ name, containerId, run }: Process, at: Millis, code: number, signal?: string): PodEvent {
    this.alive.delete(containerId);
    const planned = this.#planned(containerId);
    if (planned !== -1) this.#queue.splice(planned, 1);
    return exited(name, containerId, run, at, code, signal);
  }

  /** Behind what is due at the same moment already. */
  #later(event: PodEvent): void {
    const index = this.#queue.findLastIndex(({ at }) => at <= event.at);
    this.#queue.splice(index + 1, 0, { at: event.at, event });
  }

  /** Begins an operation now. */
  begin(operation: PodOperation, now: Millis): void {
    const at = now + (this.#options.latency?.() ?? 0);
    switch (operation.type) {
      case "prepareVolumes":
        if (this.#volumesFail-- > 0) {
          const messages = ['configmap "c" not found', 'secret "s" not found'];
          return this.#later({ type: "volumesFailed", at, reason: "FailedMount", messages });
        }
        return this.#later({ type: "volumesPrepared", at });
      case "createSandbox": {
        const { attempt } = operation;
        if (this.#sandboxFails-- > 0) {
          const reason = "FailedCreatePodSandBox";
          return this.#later({ type: "sandboxFailed", at, attempt, reason, message: "no pause" });
        }
        return this.#later({
          type: "sandboxStarted",
          at,
          sandboxId: `s${attempt}`,
          attempt,
          pid: 100 + attempt,
          podIP: this.#options.podIPs?.[attempt] ?? "127.0.0.2",
          hostIP: "10.0.0.1",
          isolation: "process",
        });
      }
      case "admitResize": {
        const { desired, generation } = operation;
        const refusal = this.#options.whyNoRoom?.(now);
        return this.#later(
          refusal === undefined ? { type: "resizeAdmitted", at, desired, generation } : {
            type: "resizeRefused",
            at,
            reason: "Deferred",
            cause: "OutOfcpu",
            message: refusal,
            desired,
            generation,
          },
        );
      }
      case "resizePod": {
        const { containers } = operation;
        const message = this.#options.whyNotResized?.(now);
        return this.#later(
          message === undefined
            ? { type: "podResized", at, containers }
            : { type: "resizeFailed", at, message },
        );
      }
      case "stopSandbox":
        for (const { name, containerId, run } of this.alive.values()) {
          this.#exitLater(name, containerId, run, now, 137, "SIGKILL");
        }
        return this.#later({ type: "sandboxStopped", at, sandboxId: operation.sandboxId });
      case "startContainer":
        return this.#start(operation.name, operation.restartCount, at);
      case "signalContainer":
        return this.#signal(operation.containerId, operation.signal, now);
      case "runProbe": {
        const { name, containerId, probe } = operation;
        const { outcome = "success", output = "", afterMs = 0 } =
          this.#runOf(containerId)?.probe?.(probe, now) ?? {};
        return this.#answerLater(
          { type: "probeFinished", at, name, containerId, probe, outcome, output },
          afterMs,
        );
      }
      case "runHook": {
        const { name, containerId, hook } = operation;
        const { outcome = "success", output: message = "", exitCode, afterMs = 0 } =
          this.#runOf(containerId)?.hook?.(hook, now) ?? {};
        if (outcome === "error") throw new Error("a hook fails or it does not");
        const output = outcome === "failure" ? { output: message } : {};
        const code = exitCode === undefined ? {} : { exitCode };
        return this.#answerLater(
          {
            type: "hookFinished",
            at,
            name,
            containerId,
            hook,
            outcome,
            message,
            ...output,
            ...code,
          },
          afterMs,
        );
      }
      case "cancelStart":
        if (this.#hanging.delete(operation.name)) {
          const reason = { reason: "RunContainerError", message: "hangs" };
          this.#later({
            type: "containerStartFailed",
            at,
            name: operation.name,
            step: "create",
            hasImage: true,
            ...reason,
          });
        }
        return;
      case "cancelHook":
        return this.#endQuestions(operation.containerId, now);
      case "removeContainer":
        return;
      case "removePod":
        return this.#later({ type: "podRemoved", at });
    }
  }

  #runOf(containerId: string): Run | undefined {
    return this.alive.get(containerId)?.run;
  }

  #answerLater(event: Question, afterMs: Millis | "never"): void {
    const answer = afterMs === "never" ? event : { ...event, at: event.at + afterMs };
    this.#questions.add(answer);
    // A container that is gone gives no answer.
    if (!this.alive.has(event.containerId)) return this.#endQuestions(event.containerId, event.at);
    if (afterMs !== "never") this.#later(answer);
  }

  /** A container's questions end with it, or when they are cancelled. */
  #endQuestions(containerId: string, now: Millis): void {
    for (const event of this.#questions) {
      if (event.containerId !== containerId) continue;
      this.#questions.delete(event);
      const planned = this.#queue.findIndex((item) => item.event === event);
      if (planned !== -1) this.#queue.splice(planned, 1);
      const ended = event.type === "probeFinished"
        ? { ...event, at: now, outcome: "error" as const, output: "ended" }
        : { ...event, at: now, outcome: "failure" as const, message: "ended" };
      this.#later(ended);
    }
  }

  #start(name: string, restartCount: number, at: Millis): void {
    const runs = this.#options.script?.[name] ?? [{}];
    const count = this.#runs.get(name) ?? 0;
    this.#runs.set(name, count + 1);
    const run = runs[Math.min(count, runs.length - 1)] ?? {};
    if (run.fails !== undefined) {
      return this.#later({ type: "containerStartFailed", at, name, hasImage: true, ...run.fails });
    }
    if (run.hangs) return void this.#hanging.add(name);
    const containerId = `podling://${name}-${restartCount}`;
    if ([...this.alive.values()].some((process) => process.name === name)) {
      throw new Error(`two of ${name}`);
    }
    this.alive.set(containerId, { name, containerId, run });
    this.#later({
      type: "containerStarted",
      at,
      name,
      containerId,
      pid: 1000,
      ...made,
      startMs: 1,
    });
    if (run.ms !== undefined) this.#exitLater(name, containerId, run, at + run.ms, run.code ?? 0);
  }

  #signal(containerId: string, signal: string, now: Millis): void {
    const process = this.alive.get(containerId);
    if (process === undefined) return;
    const { name, run } = process;
    if (signal === "SIGKILL") {
      return this.#exitLater(name, containerId, run, now, 137, "SIGKILL");
    }
    const answer = run.onSigterm ?? { code: 143 };
    if (answer === "ignore") return;
    const { code, afterMs = 0 } = answer;
    const how = run.onSigterm === undefined ? "SIGTERM" : undefined;
    this.#exitLater(name, containerId, run, now + afterMs, code, how);
  }

  #exitLater(
    name: string,
    containerId: string,
    run: Run,
    at: Millis,
    exitCode: number,
    signal?: string,
  ): void {
    const planned = this.#planned(containerId);
    if (planned !== -1) {
      if (this.#queue[planned]!.at <= at) return;
      this.#queue.splice(planned, 1);
    }
    this.#later(exited(name, containerId, run, at, exitCode, signal));
  }

  /** Where the end of a container stands among what falls due, if it does. */
  #planned(containerId: string): number {
    return this.#queue.findIndex(({ event }) =>
      event.type === "containerExited" && event.containerId === containerId
    );
  }
}

function exited(
  name: string,
  containerId: string,
  run: Run,
  at: Millis,
  exitCode: number,
  signal: string | undefined,
): PodEvent {
  return {
    type: "containerExited",
    at,
    name,
    containerId,
    exitCode,
    ...(signal !== undefined && { signal }),
    oomKilled: run.oom ?? false,
    terminationMessage: run.message ?? "",
    logTail: "",
  };
}

type Question = Extract<PodEvent, { readonly type: "probeFinished" | "hookFinished" }>;

function isQuestion(event: PodEvent): event is Question {
  return event.type === "probeFinished" || event.type === "hookFinished";
}
