/** A scripted machine and a clock that jumps: plays a pod against the pure core. */
import type { ProbeType } from "../../src/api/pod_containers.ts";
import type { HookType } from "../../src/lifecycle/record/vocabulary.ts";
import type {
  Container,
  ContainerStatus,
  Pod,
  PodSpec,
  PodStatus,
} from "../../src/api/types/pod.ts";
import type { Millis } from "../../src/base/clock.ts";
import type { PodAction } from "../../src/lifecycle/record/action.ts";
import { computePodActions } from "../../src/lifecycle/decide/compute.ts";
import type { Stuck } from "../../src/lifecycle/decide/stuck.ts";
import type { ContainerStartFailed, PodEvent } from "../../src/lifecycle/record/event.ts";
import {
  applyPodEvent,
  createPodRecord,
  defaultSettings,
  type LifecycleSettings,
  type PodRecord,
} from "../../src/lifecycle/record/record.ts";
import { generatePodStatus } from "../../src/lifecycle/status/status.ts";
import { generateK8sEvents, type K8sEvent } from "../../src/lifecycle/trace/kubernetes_event.ts";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import { tracePodEvent } from "../../src/lifecycle/trace/trace.ts";

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

/** The runs of each container in turn; the last one is repeated. @default runs until it is stopped */
export type Script = Readonly<Record<string, readonly Run[]>>;

/** How the machine behaves. */
export interface MachineOptions {
  readonly script?: Script;
  readonly settings?: Partial<LifecycleSettings>;
  readonly status?: PodStatus;
  /** How long an operation takes. @default 0 */
  readonly latency?: () => Millis;
  /** Fails the first so many tries. */
  readonly volumesFail?: number;
  readonly sandboxFails?: number;
  readonly at?: Millis;
  /** Looks at every event as it is applied. */
  readonly onEvent?: (event: PodEvent, before: PodRecord, after: PodRecord) => void;
}

/** A pod of named containers. */
export function pod(spec: Partial<PodSpec>, metadata: Partial<Pod["metadata"]> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default", uid: "u1", ...metadata },
    spec: { containers: [container("app")], ...spec },
  };
}

/** A container by name. */
export function container(name: string, rest: Partial<Container> = {}): Container {
  return { name, image: "busybox", ...rest };
}

/** A sidecar by name. */
export function sidecar(name: string, rest: Partial<Container> = {}): Container {
  return container(name, { restartPolicy: "Always", ...rest });
}

/** Everything runs as root, and the machine has every image. */
const made = { user: { uid: 0, gid: 0, supplementalGroups: [0] }, hasImage: true };

interface Process {
  readonly name: string;
  readonly containerId: string;
  readonly run: Run;
}

/** Plays one pod. */
export class Machine {
  now: Millis;
  record: PodRecord;
  done = false;
  wakeAt: Millis | undefined;
  /** Every event in its order. */
  readonly history: PodEvent[] = [];
  /** `TIME WORD NAME…` for what was begun, in its order. */
  readonly operations: string[] = [];
  readonly log: LogEvent[] = [];
  readonly events: K8sEvent[] = [];
  /** Each status published. */
  readonly statuses: { readonly at: Millis; readonly status: PodStatus }[] = [];
  readonly alive = new Map<string, Process>();
  readonly #queue: { readonly at: Millis; readonly seq: number; readonly event: PodEvent }[] = [];
  /** Probes and hooks that have not been answered. */
  readonly #questions = new Set<Question>();
  /** Starts that end only when they are cancelled. */
  readonly #hanging = new Set<string>();
  readonly #runs = new Map<string, number>();
  readonly #options: MachineOptions;
  #seq = 0;
  #volumesFail: number;
  #sandboxFails: number;

  constructor(public pod: Pod, options: MachineOptions = {}) {
    this.#options = options;
    this.now = options.at ?? 0;
    this.#volumesFail = options.volumesFail ?? 0;
    this.#sandboxFails = options.sandboxFails ?? 0;
    this.record = createPodRecord({
      at: this.now,
      settings: { ...defaultSettings, ...options.settings },
      ...(options.status && { status: options.status }),
    });
    this.#look();
  }

  /** Lets time pass up to a moment; whatever falls due on the way happens. */
  runTo(at: Millis): this {
    for (let steps = 0;; steps++) {
      if (steps > 100_000) throw new Error(`the pod does not come to rest before ${at}`);
      const next = this.#queue.reduce<Millis>((least, { at }) => Math.min(least, at), Infinity);
      const wake = this.wakeAt ?? Infinity;
      if (Math.min(next, wake) > at) break;
      if (next <= wake) {
        const index = this.#nextIndex();
        const { event } = this.#queue.splice(index, 1)[0]!;
        this.now = Math.max(this.now, next);
        this.#apply(event);
      } else this.now = Math.max(this.now, wake);
      this.#look();
    }
    this.now = Math.max(this.now, at);
    return this;
  }

  /** Runs until nothing more can happen, or a year has passed. */
  runToEnd(): this {
    while (!this.done && (this.#queue.length > 0 || this.wakeAt !== undefined)) {
      const next = this.#queue.reduce<Millis>((least, { at }) => Math.min(least, at), Infinity);
      const at = Math.min(next, this.wakeAt ?? Infinity);
      if (at > 365 * 86_400_000) break;
      this.runTo(at);
    }
    return this;
  }

  /** An event from outside, now. */
  send(event: PodEvent): this {
    this.#apply(event);
    this.#look();
    return this.runTo(this.now);
  }

  delete(graceSeconds: number): this {
    this.pod = {
      ...this.pod,
      metadata: {
        ...this.pod.metadata,
        deletionTimestamp: "2026-01-01T00:00:00Z",
        deletionGracePeriodSeconds: graceSeconds,
      },
    };
    return this.send({ type: "deletionRequested", at: this.now, graceSeconds });
  }

  /** Fails the next so many tries to make a sandbox. */
  failSandboxes(count: number): void {
    this.#sandboxFails = count;
  }

  /** The pause process dies; so does everything else, unless told otherwise. */
  killPause(survivors: readonly string[] = []): this {
    const { sandbox } = this.record;
    if (!("sandboxId" in sandbox)) throw new Error("no sandbox");
    // As runtimes report it: what went down with it comes after it, and before anything is decided.
    this.#apply({ type: "sandboxExited", at: this.now, sandboxId: sandbox.sandboxId });
    for (const process of [...this.alive.values()]) {
      if (!survivors.includes(process.name)) this.exit(process, { code: 137, signal: "SIGKILL" });
    }
    this.#look();
    return this.runTo(this.now);
  }

  /** Ends a process now. */
  exit(process: Process, { code, signal }: { code: number; signal?: string }): void {
    if (!this.alive.delete(process.containerId)) return;
    const { name, containerId, run } = process;
    for (let index = this.#queue.length - 1; index >= 0; index--) {
      const { event } = this.#queue[index]!;
      if (event.type === "containerExited" && event.containerId === containerId) {
        this.#queue.splice(index, 1);
      }
    }
    this.#apply({
      type: "containerExited",
      at: this.now,
      name,
      containerId,
      exitCode: code,
      ...(signal !== undefined && { signal }),
      oomKilled: run.oom ?? false,
      terminationMessage: run.message ?? "",
      logTail: "",
    });
  }

  process(name: string): Process {
    const found = [...this.alive.values()].find((process) => process.name === name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  }

  /** Why nothing more can become of it, if so. */
  get stuck(): Stuck | undefined {
    return computePodActions(this.pod, this.record, this.now).stuck;
  }

  get status(): PodStatus {
    return this.record.published;
  }

  /** The status of one container. */
  container(name: string): ContainerStatus {
    const { initContainerStatuses = [], containerStatuses = [] } = this.status;
    const found = [...initContainerStatuses, ...containerStatuses].find((one) => one.name === name);
    if (found === undefined) throw new Error(`no status of ${name}`);
    return found;
  }

  /** `Running`, `Terminated Error 1`, `Waiting CrashLoopBackOff`. */
  state(name: string): string {
    return formatState(this.container(name));
  }

  condition(type: string): string {
    const found = this.status.conditions?.find((condition) => condition.type === type);
    return [found?.status, found?.reason, found?.message].filter((part) => part !== undefined)
      .join(" ");
  }

  /** The phases published, each once in a row. */
  get phases(): string[] {
    const phases: string[] = [];
    for (const { status } of this.statuses) {
      if (phases.at(-1) !== status.phase) phases.push(status.phase!);
    }
    return phases;
  }

  /** The states that a container was seen in, each once in a row. */
  states(name: string): string[] {
    const states: string[] = [];
    for (const { status } of this.statuses) {
      const one = [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []]
        .find((status) => status.name === name);
      const state = one && formatState(one);
      if (state !== undefined && states.at(-1) !== state) states.push(state);
    }
    return states;
  }

  #nextIndex(): number {
    let best = 0;
    for (let index = 1; index < this.#queue.length; index++) {
      const [a, b] = [this.#queue[index]!, this.#queue[best]!];
      if (a.at < b.at || (a.at === b.at && a.seq < b.seq)) best = index;
    }
    return best;
  }

  #later(event: PodEvent): void {
    this.#queue.push({ at: event.at, seq: this.#seq++, event });
  }

  #apply(event: PodEvent): void {
    if (isQuestion(event)) this.#questions.delete(event);
    if (event.type === "containerExited") {
      this.alive.delete(event.containerId);
      this.#endQuestions(event.containerId);
    }
    const before = this.record;
    this.record = applyPodEvent(before, event);
    this.history.push(event);
    this.#options.onEvent?.(event, before, this.record);
    this.log.push(...tracePodEvent(this.pod, before, event, this.record));
    this.events.push(...generateK8sEvents(this.pod, before, event));
    if (event.type !== "statusPublished") this.#publish();
  }

  #publish(): void {
    const status = generatePodStatus(this.pod, this.record, this.now);
    if (status === this.record.published) return;
    this.statuses.push({ at: this.now, status });
    this.#apply({ type: "statusPublished", at: this.now, status });
  }

  #look(): void {
    this.#publish();
    const { actions, wakeAt, done } = computePodActions(this.pod, this.record, this.now);
    for (const action of actions) {
      this.#apply({ type: "actionBegun", at: this.now, action });
      this.#begin(action);
    }
    this.wakeAt = wakeAt;
    this.done = done;
    const again = computePodActions(this.pod, this.record, this.now);
    if (again.actions.length > 0) throw new Error(`begun twice: ${JSON.stringify(again.actions)}`);
    if (again.wakeAt !== wakeAt) throw new Error(`wakes at ${again.wakeAt}, not at ${wakeAt}`);
    const before = wakeAt === undefined ? this.now + 86_400_000 : (this.now + wakeAt) / 2;
    const meanwhile = computePodActions(this.pod, this.record, before);
    if (meanwhile.actions.length > 0) {
      throw new Error(`acts at ${before}, before ${wakeAt}: ${JSON.stringify(meanwhile.actions)}`);
    }
  }

  #begin(action: PodAction): void {
    const at = this.now + (this.#options.latency?.() ?? 0);
    const note = (...words: (string | number)[]) =>
      this.operations.push([this.now / 1000, ...words].join(" "));
    switch (action.type) {
      case "terminatePod":
        note("terminate", action.cause);
        return;
      case "beginSync":
      case "stopContainer":
      case "backOffContainer":
        return;
      case "prepareVolumes":
        if (this.#volumesFail-- > 0) {
          const messages = ['configmap "c" not found', 'secret "s" not found'];
          return this.#later({ type: "volumesFailed", at, reason: "FailedMount", messages });
        }
        return this.#later({ type: "volumesPrepared", at });
      case "createSandbox": {
        note("sandbox", action.attempt);
        const { attempt } = action;
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
          podIP: "127.0.0.2",
          hostIP: "10.0.0.1",
          isolation: "process",
        });
      }
      case "stopSandbox":
        note("stopSandbox");
        for (const process of [...this.alive.values()]) {
          this.exit(process, { code: 137, signal: "SIGKILL" });
        }
        return this.#later({ type: "sandboxStopped", at, sandboxId: action.sandboxId });
      case "startContainer":
        return this.#start(action.name, action.restartCount, at);
      case "signalContainer":
        note(action.signal, action.name);
        return this.#signal(action.containerId, action.signal);
      case "runProbe": {
        const { name, containerId, probe } = action;
        note("probe", name, probe);
        const { outcome = "success", output = "", afterMs = 0 } =
          this.#runOf(containerId)?.probe?.(probe, this.now) ?? {};
        return this.#answerLater(
          { type: "probeFinished", at, name, containerId, probe, outcome, output },
          afterMs,
        );
      }
      case "runHook": {
        const { name, containerId, hook } = action;
        note("hook", name, hook);
        const { outcome = "success", output: message = "", exitCode, afterMs = 0 } =
          this.#runOf(containerId)?.hook?.(hook, this.now) ?? {};
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
        note("cancel", action.name, action.cause);
        if (this.#hanging.delete(action.name)) {
          const reason = { reason: "RunContainerError", message: "hangs" };
          this.#later({
            type: "containerStartFailed",
            at,
            name: action.name,
            step: "create",
            hasImage: true,
            ...reason,
          });
        }
        return;
      case "cancelHook":
        note("cancel", action.name);
        return this.#endQuestions(action.containerId);
      case "removeContainer":
        if (action.cause !== "superseded") note("remove", action.name);
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
    if (!this.alive.has(event.containerId)) return this.#endQuestions(event.containerId);
    if (afterMs !== "never") this.#later(answer);
  }

  /** A container's questions end with it, or when they are given up. */
  #endQuestions(containerId: string): void {
    for (const event of this.#questions) {
      if (event.containerId !== containerId) continue;
      this.#questions.delete(event);
      const planned = this.#queue.findIndex((item) => item.event === event);
      if (planned !== -1) this.#queue.splice(planned, 1);
      const ended = event.type === "probeFinished"
        ? { ...event, at: this.now, outcome: "error" as const, output: "ended" }
        : { ...event, at: this.now, outcome: "failure" as const, message: "ended" };
      this.#later(ended);
    }
  }

  #start(name: string, restartCount: number, at: Millis): void {
    this.operations.push(`${this.now / 1000} start ${name} ${restartCount}`);
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

  #signal(containerId: string, signal: string): void {
    const process = this.alive.get(containerId);
    if (process === undefined) return;
    const { name, run } = process;
    if (signal === "SIGKILL") {
      return this.#exitLater(name, containerId, run, this.now, 137, "SIGKILL");
    }
    const answer = run.onSigterm ?? { code: 143 };
    if (answer === "ignore") return;
    const { code, afterMs = 0 } = answer;
    const how = run.onSigterm === undefined ? "SIGTERM" : undefined;
    this.#exitLater(name, containerId, run, this.now + afterMs, code, how);
  }

  #exitLater(
    name: string,
    containerId: string,
    run: Run,
    at: Millis,
    exitCode: number,
    signal?: string,
  ): void {
    const planned = this.#queue.findIndex(({ event }) =>
      event.type === "containerExited" && event.containerId === containerId
    );
    if (planned !== -1) {
      if (this.#queue[planned]!.at <= at) return;
      this.#queue.splice(planned, 1);
    }
    this.#later({
      type: "containerExited",
      at,
      name,
      containerId,
      exitCode,
      ...(signal !== undefined && { signal }),
      oomKilled: run.oom ?? false,
      terminationMessage: run.message ?? "",
      logTail: "",
    });
  }
}

type Question = Extract<PodEvent, { readonly type: "probeFinished" | "hookFinished" }>;

function isQuestion(event: PodEvent): event is Question {
  return event.type === "probeFinished" || event.type === "hookFinished";
}

/** A container's state in a few words. */
export function formatState({ state }: ContainerStatus): string {
  if (state?.running !== undefined) return "Running";
  if (state?.terminated !== undefined) {
    return `Terminated ${state.terminated.reason} ${state.terminated.exitCode}`;
  }
  return `Waiting ${state?.waiting?.reason ?? ""}`.trim();
}
