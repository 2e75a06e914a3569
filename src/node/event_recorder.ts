/** Keeps the Kubernetes Events of a node's pods, repeated ones counted. */
import type { Pod } from "../api/types/pod.ts";
import type { Millis } from "../base/clock.ts";
import type { K8sEvent } from "../lifecycle/trace/kubernetes_event.ts";

/** One Event as it is kept: a repetition only counts (R-EVENT-20). */
export interface RecordedEvent extends Omit<K8sEvent, "at"> {
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
  /** How often it was recorded. */
  readonly count: number;
  /** Lifecycle moment at which it was recorded first. */
  readonly firstAt: Millis;
  /** Lifecycle moment at which it was recorded last. */
  readonly lastAt: Millis;
}

/** How many are kept; the one recorded longest ago goes first. */
const BOUND = 1000;

/** The Events of one node, in memory. */
export class EventRecorder {
  /** In the order in which they were recorded last. */
  readonly #events = new Map<string, RecordedEvent>();
  readonly #onEvent: ((event: RecordedEvent) => void) | undefined;

  /** Empty; `onEvent` is called with each Event as it is after it was recorded. */
  constructor(onEvent?: (event: RecordedEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Records an Event of a pod. */
  record(pod: Pod, { at, ...event }: K8sEvent): void {
    const { namespace = "", name, uid = "" } = pod.metadata;
    const key = JSON.stringify([uid, event.fieldPath, event.type, event.reason, event.message]);
    const before = this.#events.get(key);
    const recorded: RecordedEvent = {
      ...event,
      namespace,
      podName: name,
      podUid: uid,
      count: (before?.count ?? 0) + 1,
      firstAt: before?.firstAt ?? at,
      lastAt: at,
    };
    this.#events.delete(key);
    this.#events.set(key, recorded);
    if (this.#events.size > BOUND) this.#events.delete(this.#events.keys().next().value!);
    this.#onEvent?.(recorded);
  }

  /** What is kept, in the order in which it was recorded last. */
  list(): RecordedEvent[] {
    return [...this.#events.values()];
  }
}
