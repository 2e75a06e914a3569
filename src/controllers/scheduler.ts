/** Gives every Pod that may run its node: there is one, so that nothing has to be chosen. */
import { isSchedulable } from "../api/pod_scheduling.ts";
import type { Pod } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf, stackOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import { awaitLastRequests, waitForRetry } from "../base/retry.ts";
import type { ObjectClient, WatchEvent } from "../store/client.ts";
import { isRefusal } from "../store/status_error.ts";

/** What makes a {@link Scheduler}. */
export interface SchedulerOptions {
  /** Where the Pods are. */
  readonly client: Pick<ObjectClient, "get" | "watch" | "bind">;
  /** When a bind that failed is repeated. */
  readonly clock: Clock;
  /** Gets every Pod. */
  readonly nodeName: string;
  /** Gets each Pod as it was bound. */
  readonly onBound: (pod: Pod) => void;
  /** For binds that fail. */
  readonly log: Logger;
}

/** Binds Pods as they appear; one with scheduling gates when they are gone (R-COND-8). */
export class Scheduler {
  readonly #options: SchedulerOptions;
  /** Uids of the Pods that are being bound. */
  readonly #binding = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #unwatch: (() => void) | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Begins to bind, the Pods that are there included. */
  start(): void {
    this.#unwatch = this.#options.client.watch("Pod", (event) => this.#onPod(event));
  }

  /**
   * Ends it; resolves when no bind is under way. A store that does not answer is waited for as
   * {@link awaitLastRequests} has it. May be repeated.
   */
  async stop(): Promise<void> {
    this.#unwatch?.();
    this.#stopped.abort();
    if (this.#underWay.size === 0) return;
    const bound = Promise.all(this.#underWay);
    const pods = this.#underWay.size;
    await awaitLastRequests(bound, this.#options, "Cannot await the last binds", { pods });
  }

  #onPod({ type, object: pod }: WatchEvent<Pod>): void {
    const uid = pod.metadata.uid!;
    if (type === "DELETED" || !isSchedulable(pod) || this.#binding.has(uid)) return;
    this.#binding.add(uid);
    const { onBound } = this.#options;
    const work: Promise<void> = this.#bind(pod)
      .then((bound) => bound && onBound(bound))
      .catch((error) => this.#reportFault(pod, error))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Attempts it until the Pod is bound; undefined if it is held back, or gone. */
  async #bind(pod: Pod): Promise<Pod | undefined> {
    const { client, clock, nodeName } = this.#options;
    try {
      for (let failures = 0; !this.#stopped.signal.aborted;) {
        const present = client.get("Pod", pod.metadata.namespace!, pod.metadata.name);
        if (present?.metadata.uid !== pod.metadata.uid || !isSchedulable(present!)) return;
        try {
          return await client.bind(present!, nodeName);
        } catch (error) {
          if (isRefusal(error, "NotFound")) return;
          if (failures++ === 0) this.#report(pod, error);
          await waitForRetry(clock, failures, this.#stopped.signal);
        }
      }
    } finally {
      // At once: a change that is seen from now on begins another bind.
      this.#binding.delete(pod.metadata.uid!);
    }
    return undefined;
  }

  /** Our own fault: this Pod is left as it is, the others are bound. */
  #reportFault({ metadata: { namespace, name } }: Pod, error: unknown): void {
    this.#options.log.error("Scheduler failed at a pod", {
      pod: `${namespace}/${name}`,
      error: stackOf(error),
    });
  }

  /** A conflict is not a fault: what the client has seen is old, and will be replaced. */
  #report({ metadata: { namespace, name } }: Pod, error: unknown): void {
    if (isRefusal(error, "Conflict")) return;
    this.#options.log.warn("Cannot bind pod", {
      pod: `${namespace}/${name}`,
      error: messageOf(error),
    });
  }
}
