/**
 * Plays a pod against the pure core: the steps of a worker on a clock that jumps, with a scripted
 * machine.
 */
import type {
  Container,
  ContainerStatus,
  Pod,
  PodSpec,
  PodStatus,
} from "../../src/api/types/pod.ts";
import type { Millis } from "../../src/base/clock.ts";
import { computePodActions } from "../../src/lifecycle/decide/compute.ts";
import type { Stuck } from "../../src/lifecycle/decide/stuck.ts";
import type { PodAction } from "../../src/lifecycle/record/action.ts";
import type { PodEvent } from "../../src/lifecycle/record/event.ts";
import {
  defaultSettings,
  type LifecycleSettings,
  type PodRecord,
} from "../../src/lifecycle/record/record.ts";
import {
  type PodEffect,
  type PodNews,
  type PodState,
  startPod,
  stepPod,
} from "../../src/lifecycle/step.ts";
import type { K8sEvent } from "../../src/lifecycle/trace/kubernetes_event.ts";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import { formatContainerState } from "../../src/report/trace_line.ts";
import { type Process, World, type WorldOptions } from "./world.ts";

export type { Answer, Run, Script } from "./world.ts";

/** How the machine behaves, and what its node knows. */
export interface MachineOptions extends WorldOptions {
  readonly settings?: Partial<LifecycleSettings>;
  readonly status?: PodStatus;
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

/** Plays one pod. */
export class Machine {
  now: Millis;
  done = false;
  wakeAt: Millis | undefined;
  stuck: Stuck | undefined;
  /** Every event in its order. */
  readonly history: PodEvent[] = [];
  /** `TIME WORD NAME…` for what was begun, in its order. */
  readonly operations: string[] = [];
  readonly log: LogEvent[] = [];
  readonly events: K8sEvent[] = [];
  /** Each status published. */
  readonly statuses: { readonly at: Millis; readonly status: PodStatus }[] = [];
  readonly #world: World;
  readonly #options: MachineOptions;
  #object: Pod;
  #state: PodState;
  /** The record of the last fact. */
  #seen: PodRecord | undefined;
  /** What the worker has not been notified of yet. */
  #news: PodNews[] = [{ type: "timePassed" }];

  constructor(pod: Pod, options: MachineOptions = {}) {
    this.#options = options;
    this.#world = new World(options);
    this.now = options.at ?? 0;
    this.#object = options.status === undefined ? pod : { ...pod, status: options.status };
    const { state, effects } = startPod(this.#object, {
      at: this.now,
      settings: { ...defaultSettings, ...options.settings },
      hostIP: "10.0.0.1",
    });
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    this.#step();
  }

  /** The pod's object. */
  get pod(): Pod {
    return this.#object;
  }

  /** Another object, which the worker sees with its next step. */
  set pod(pod: Pod) {
    this.#object = pod;
    this.#news.push({ type: "podChanged", pod });
  }

  get record(): PodRecord {
    return this.#state.record;
  }

  /** The containers that run. */
  get alive(): Map<string, Process> {
    return this.#world.alive;
  }

  /** Lets time pass up to a moment; whatever falls due on the way happens. */
  runTo(at: Millis): this {
    for (let steps = 0;; steps++) {
      if (steps > 100_000) throw new Error(`the pod does not come to rest before ${at}`);
      const next = this.#world.nextAt;
      const wake = this.wakeAt ?? Infinity;
      if (Math.min(next, wake) > at) break;
      this.now = Math.max(this.now, Math.min(next, wake));
      this.#news.push(next <= wake ? this.#world.take() : { type: "timePassed" });
      this.#step();
    }
    this.now = Math.max(this.now, at);
    return this;
  }

  /** Runs until nothing more can happen, or a year has passed. */
  runToEnd(): this {
    while (!this.done) {
      const at = Math.min(this.#world.nextAt, this.wakeAt ?? Infinity);
      if (at > 365 * 86_400_000) break;
      this.runTo(at);
    }
    return this;
  }

  /** An event from outside, now. */
  send(event: PodEvent): this {
    this.#news.push(event);
    this.#step();
    return this.runTo(this.now);
  }

  delete(graceSeconds: number): this {
    const metadata = {
      ...this.pod.metadata,
      deletionTimestamp: "2026-01-01T00:00:00Z",
      deletionGracePeriodSeconds: graceSeconds,
    };
    this.pod = { ...this.pod, metadata };
    this.#step();
    return this.runTo(this.now);
  }

  /** Another object, which the worker sees at once. */
  change(pod: Pod): this {
    this.pod = pod;
    this.#step();
    return this.runTo(this.now);
  }

  /** Fails the next so many tries to make a sandbox. */
  failSandboxes(count: number): void {
    this.#world.failSandboxes(count);
  }

  /** The pause process dies; so does everything else, unless the script says otherwise. */
  killPause(survivors: readonly string[] = []): this {
    const { sandbox } = this.record;
    if (!("sandboxId" in sandbox)) throw new Error("no sandbox");
    // As runtimes report it: what went down with it comes after it, and before anything is decided.
    this.#news.push({ type: "sandboxExited", at: this.now, sandboxId: sandbox.sandboxId });
    for (const process of [...this.alive.values()]) {
      if (!survivors.includes(process.name)) this.exit(process, { code: 137, signal: "SIGKILL" });
    }
    this.#step();
    return this.runTo(this.now);
  }

  /** Ends a process now; the worker sees it with its next step. */
  exit(process: Process, { code, signal }: { code: number; signal?: string }): void {
    this.#news.push(this.#world.exit(process, this.now, code, signal));
  }

  process(name: string): Process {
    const found = [...this.alive.values()].find((process) => process.name === name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  }

  get status(): PodStatus {
    return this.record.published;
  }

  /** The status of one container. */
  container(name: string): ContainerStatus {
    const { initContainerStatuses = [], containerStatuses = [] } = this.status;
    const found = [
      ...initContainerStatuses,
      ...containerStatuses,
      ...this.status.ephemeralContainerStatuses ?? [],
    ].find((one) => one.name === name);
    if (found === undefined) throw new Error(`no status of ${name}`);
    return found;
  }

  /** `Running`, `Terminated Error 1`, `Waiting CrashLoopBackOff`. */
  state(name: string): string {
    return formatContainerState(this.container(name));
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
      const state = one && formatContainerState(one);
      if (state !== undefined && states.at(-1) !== state) states.push(state);
    }
    return states;
  }

  #step(): void {
    const news = this.#news.splice(0);
    for (const item of news) {
      if (item.type !== "podChanged" && item.type !== "timePassed") this.#world.notice(item);
    }
    const { state, effects, wakeAt, done, stuck } = stepPod(this.#state, news, this.now);
    for (const effect of effects) this.#carryOut(effect);
    this.#state = state;
    this.wakeAt = wakeAt;
    this.done = done;
    this.stuck = stuck;
    this.#checkRest();
  }

  #carryOut(effect: PodEffect): void {
    switch (effect.type) {
      case "recorded": {
        const { event, record, logEvents, k8sEvents } = effect;
        this.history.push(event);
        this.#options.onEvent?.(event, this.#seen ?? this.#state.record, record);
        this.#seen = record;
        this.log.push(...logEvents);
        this.events.push(...k8sEvents);
        if (event.type === "actionBegun") this.#note(event.action);
        return;
      }
      case "publish":
        return void this.statuses.push({ at: this.now, status: effect.pod.status! });
      case "begin":
        return this.#world.begin(effect.operation, this.now);
    }
  }

  /** Asking twice begins nothing, and the answer stays the same until `wakeAt`. */
  #checkRest(): void {
    const { pod, record } = this.#state;
    const { wakeAt } = this;
    const again = computePodActions(pod, record, this.now);
    if (again.actions.length > 0) throw new Error(`begun twice: ${JSON.stringify(again.actions)}`);
    if (again.wakeAt !== wakeAt) throw new Error(`wakes at ${again.wakeAt}, not at ${wakeAt}`);
    const before = wakeAt === undefined ? this.now + 86_400_000 : (this.now + wakeAt) / 2;
    const meanwhile = computePodActions(pod, record, before);
    if (meanwhile.actions.length > 0) {
      throw new Error(`acts at ${before}, before ${wakeAt}: ${JSON.stringify(meanwhile.actions)}`);
    }
  }

  #note(action: PodAction): void {
    const words = describeAction(action);
    if (words.length > 0) this.operations.push([this.now / 1000, ...words].join(" "));
  }
}

/** What a test sees of an action; nothing of those that only the record needs. */
function describeAction(action: PodAction): readonly (string | number)[] {
  switch (action.type) {
    case "terminatePod":
      return ["terminate", action.cause];
    case "createSandbox":
      return ["sandbox", action.attempt];
    case "stopSandbox":
      return ["stopSandbox"];
    case "startContainer":
      return ["start", action.name, action.restartCount];
    case "signalContainer":
      return [action.signal, action.name];
    case "runProbe":
      return ["probe", action.name, action.probe];
    case "runHook":
      return ["hook", action.name, action.hook];
    case "cancelStart":
      return ["cancel", action.name, action.cause];
    case "cancelHook":
      return ["cancel", action.name];
    case "removeContainer":
      return action.cause === "superseded" ? [] : ["remove", action.name];
    case "resizePod":
      return ["resize", ...action.containers.map(({ name }) => name)];
    case "admitResize":
    case "completeResize":
    case "beginSync":
    case "stopContainer":
    case "backOffContainer":
    case "prepareVolumes":
    case "removePod":
      return [];
  }
}
