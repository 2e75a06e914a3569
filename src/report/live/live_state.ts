/** How a run stands, from its events: what a live view shows; pure. */
import type { Millis } from "../../base/clock.ts";
import type { ContainerRole, LogEvent, RunEvent } from "../../lifecycle/trace/log_event.ts";

/** A container as a live view shows it. */
export interface LiveContainer {
  readonly name: string;
  readonly role: ContainerRole;
  /** `Running`, `Completed`, `CrashLoopBackOff`. */
  readonly state: string;
  readonly restarts: number;
  /** Of its last run that has ended. */
  readonly exitCode?: number;
  /** Lifecycle time of its next start, where it waits for that. */
  readonly nextAt?: Millis;
}

/** A Pod. */
export interface LivePod {
  /** `namespace/name`. */
  readonly name: string;
  readonly phase: string;
  readonly isReady: boolean;
  readonly containers: readonly LiveContainer[];
}

/** An object that manages Pods, in its own words: `2 of 3 Pods available`. */
export interface LiveObject {
  /** `KIND namespace/name`. */
  readonly name: string;
  readonly change: string;
}

interface PodEntry {
  readonly name: string;
  phase: string;
  isReady: boolean;
  readonly containers: Map<string, LiveContainer>;
}

/** Folds events; a Pod that has ended and is not the user's own is forgotten when it is deleted. */
export class LiveState {
  readonly #pods = new Map<string, PodEntry>();
  readonly #objects = new Map<string, string>();

  /** Takes the next event; whether anything that is shown has changed. */
  add(event: RunEvent): boolean {
    if ("pod" in event) return this.#addPodEvent(event);
    switch (event.type) {
      case "object.created":
      case "object.updated":
        if (event.object.startsWith("Pod ")) return false;
        this.#objects.set(event.object, "change" in event ? event.change ?? "" : "");
        return true;
      case "object.deleted": {
        const [kind, name] = event.object.split(" ");
        if (kind !== "Pod") return this.#objects.delete(event.object);
        const gone = [...this.#pods].filter(([, pod]) => pod.name === name);
        for (const [uid] of gone) this.#pods.delete(uid);
        return gone.length > 0;
      }
      default:
        return false;
    }
  }

  /** The Pods, in the order of their first events. */
  get pods(): readonly LivePod[] {
    return [...this.#pods.values()].map((pod) => ({
      ...pod,
      containers: [...pod.containers.values()],
    }));
  }

  /** The objects that say something of themselves. */
  get objects(): readonly LiveObject[] {
    return [...this.#objects].flatMap(([name, change]) => change === "" ? [] : [{ name, change }]);
  }

  #addPodEvent(event: LogEvent): boolean {
    if (event.type === "log" || event.type === "field.ignored") return false;
    const pod = this.#pods.get(event.uid) ??
      { name: event.pod, phase: "Pending", isReady: false, containers: new Map() };
    this.#pods.set(event.uid, pod);
    switch (event.type) {
      case "pod.phase":
        pod.phase = event.to;
        return true;
      case "pod.condition":
        if (event.condition !== "Ready") return false;
        pod.isReady = event.status === "True";
        return true;
      case "container.started":
      case "container.exited":
      case "container.waiting": {
        const known = pod.containers.get(event.container);
        pod.containers.set(event.container, { ...known, ...readContainer(event, known) });
        return true;
      }
      default:
        return false;
    }
  }
}

type ContainerChange = Extract<
  LogEvent,
  { readonly type: "container.started" | "container.exited" | "container.waiting" }
>;

function readContainer(event: ContainerChange, known: LiveContainer | undefined): LiveContainer {
  const { container: name, role, restartCount: restarts } = event;
  const ended = known?.exitCode === undefined ? {} : { exitCode: known.exitCode };
  switch (event.type) {
    case "container.started":
      return { name, role, restarts, state: "Running", ...ended };
    case "container.exited":
      return { name, role, restarts, state: event.reason, exitCode: event.exitCode };
    case "container.waiting": {
      const next = event.delayMs === undefined ? {} : { nextAt: event.at + event.delayMs };
      return { name, role, restarts, state: event.reason, ...ended, ...next };
    }
  }
}
