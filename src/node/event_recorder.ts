/** Keeps the Kubernetes Events of a cluster's objects, repeated ones counted. */
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Millis } from "../base/clock.ts";
import type { K8sEvent } from "../lifecycle/trace/kubernetes_event.ts";

/** One Event as it is kept: a repetition only counts (R-EVENT-20). */
export interface RecordedEvent extends Omit<K8sEvent, "at"> {
  /** The kind of the object that it is about. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** How often it was recorded. */
  readonly count: number;
  /** Lifecycle moment at which it was recorded first. */
  readonly firstAt: Millis;
  /** Lifecycle moment at which it was recorded last. */
  readonly lastAt: Millis;
}

/** How many are kept; the one recorded longest ago goes first. */
const BOUND = 1000;

/** The Events of one cluster, in memory. */
export class EventRecorder {
  /** In the order in which they were recorded last. */
  readonly #events = new Map<string, RecordedEvent>();
  readonly #onEvent: ((event: RecordedEvent) => void) | undefined;

  /** Empty; `onEvent` is called with each Event as it is after it was recorded. */
  constructor(onEvent?: (event: RecordedEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Records an Event about an object. */
  record(object: Pick<KubernetesObject, "kind" | "metadata">, { at, ...event }: K8sEvent): void {
    const { kind, metadata: { namespace = "", name, uid = "" } } = object;
    const key = JSON.stringify([uid, event.fieldPath, event.type, event.reason, event.message]);
    const before = this.#events.get(key);
    const recorded: RecordedEvent = {
      ...event,
      kind,
      namespace,
      name,
      uid,
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
