/** Gives every Pod that may run its node: there is one, so that nothing has to be chosen. */
import { isSchedulable } from "../api/pod_scheduling.ts";
import type { Pod } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import { waitForRetry } from "../base/retry.ts";
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
  /** Binds under way, by uid: at most one for each Pod. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #stopped = new AbortController();
  #unwatch: (() => void) | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Begins to bind, the Pods that are there included. */
  start(): void {
    this.#unwatch = this.#options.client.watch("Pod", (event) => this.#onPod(event));
  }

  /** Ends it; resolves when no bind is under way. May be repeated. */
  async stop(): Promise<void> {
    this.#unwatch?.();
    this.#stopped.abort();
    await Promise.all(this.#underWay.values());
  }

  #onPod({ type, object: pod }: WatchEvent<Pod>): void {
    const uid = pod.metadata.uid!;
    if (type === "DELETED" || !isSchedulable(pod) || this.#underWay.has(uid)) return;
    const work = this.#bind(pod).finally(() => this.#underWay.delete(uid));
    this.#underWay.set(uid, work);
  }

  /** Attempts it until the Pod is bound, held back, or gone. */
  async #bind(pod: Pod): Promise<void> {
    const { client, clock, nodeName, onBound } = this.#options;
    for (let failures = 0; !this.#stopped.signal.aborted;) {
      const present = client.get("Pod", pod.metadata.namespace!, pod.metadata.name);
      if (present?.metadata.uid !== pod.metadata.uid || !isSchedulable(present!)) return;
      try {
        return onBound(await client.bind(present!, nodeName));
      } catch (error) {
        if (isRefusal(error, "NotFound")) return;
        if (failures++ === 0) this.#report(pod, error);
        await waitForRetry(clock, failures, this.#stopped.signal);
      }
    }
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
