/** Writes the statuses of a node's Pods: one write at a time for each Pod, the last status wins. */
import { ranUid } from "../api/scheduling/static_pod.ts";
import type { Pod } from "../api/types/pod.ts";
import type { Clock, Millis } from "../base/clock.ts";
import { messageOf, stackOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import { awaitLastRequests, waitForRetry } from "../base/retry.ts";
import { isSameOfNode, withForeignConditions } from "../lifecycle/status/conditions.ts";
import { isTerminalPhase } from "../lifecycle/status/phase.ts";
import type { ObjectClient } from "../store/client.ts";
import { isRefusal } from "../store/status_error.ts";

/** What makes a {@link StatusManager}. */
export interface StatusManagerOptions {
  /** Where the Pods' objects are. */
  readonly client: Pick<ObjectClient, "get" | "updateStatus" | "delete">;
  /** When a write that failed is repeated. */
  readonly clock: Clock;
  /** For writes that fail. */
  readonly log: Logger;
}

/** When a status is looked at that another one has written: the kubelet does so as often. */
const SYNC_MS: Millis = 10_000;

/** One Pod with something unwritten. */
interface Entry {
  /** With the status published last. */
  pod: Pod;
  /** The status is not the one that was written last. */
  isUnwritten: boolean;
  /** Nothing is left of the Pod: its object goes when its last status is written. */
  isOver: boolean;
}

/**
 * The way of a node's Pod statuses to the store. There is one entry for each Pod that
 * something is still to be written of, however often it is published meanwhile.
 *
 * Rule: Kubernetes, pkg/kubelet/status/status_manager.go, syncPod.
 */
export class StatusManager {
  readonly #options: StatusManagerOptions;
  /** By uid. */
  readonly #entries = new Map<string, Entry>();
  readonly #underWay = new Set<Promise<void>>();
  /** Uids of those whose statuses are to be looked at. */
  readonly #doubtful = new Set<string>();
  readonly #stopped = new AbortController();

  /** Has nothing to write. */
  constructor(options: StatusManagerOptions) {
    this.#options = options;
  }

  /** How many Pods something is still to be written of. */
  get length(): number {
    return this.#entries.size;
  }

  /**
   * Writes a Pod's status: now, or after the write under way, unless there is a later one by
   * then.
   */
  publish(pod: Pod): void {
    if (this.#stopped.signal.aborted) return;
    const entry = this.#entries.get(pod.metadata.uid!);
    if (entry === undefined) this.#add({ pod, isUnwritten: true, isOver: false });
    else Object.assign(entry, { pod, isUnwritten: true });
  }

  /**
   * Writes a Pod's status again, at the next look, where another client has written another one. A
   * phase that is final stays.
   *
   * Rule: Kubernetes, pkg/kubelet/status/status_manager.go, needsReconcile.
   *
   * @param stored the Pod's object as it was seen.
   * @param read returns the Pod with its own status.
   */
  restore(stored: Pod, read: () => Pod): void {
    const uid = ranUid(stored);
    // What is being written is seen next.
    if (this.#entries.has(uid) || this.#doubtful.has(uid) || isRestored(stored, read())) return;
    const { clock } = this.#options;
    this.#doubtful.add(uid);
    clock.sleepUntil(clock.now() + SYNC_MS, this.#stopped.signal).then(() => {
      this.#doubtful.delete(uid);
      const pod = read();
      const present = this.#read(pod);
      if (present !== undefined && !isRestored(present, pod)) this.publish(pod);
    }, () => {}); // The only failure is our own abort.
  }

  /** Deletes the object of a Pod of which nothing is left, after its last status (R-DELETE-5). */
  remove(pod: Pod): void {
    if (this.#stopped.signal.aborted) return;
    const entry = this.#entries.get(pod.metadata.uid!);
    if (entry === undefined) this.#add({ pod, isUnwritten: false, isOver: true });
    else entry.isOver = true;
  }

  /**
   * Resolves when everything is written; what failed before is attempted once more, and then left.
   * A store that does not answer is waited for as {@link awaitLastRequests} has it. What is
   * published from now on is not written. May be repeated.
   */
  async stop(): Promise<void> {
    this.#stopped.abort();
    if (this.#underWay.size === 0) return;
    const written = Promise.all(this.#underWay);
    const pods = this.#underWay.size;
    await awaitLastRequests(written, this.#options, "Cannot write the last pod statuses", { pods });
  }

  #add(entry: Entry): void {
    const uid = entry.pod.metadata.uid!;
    this.#entries.set(uid, entry);
    const work: Promise<void> = this.#writeAll(uid, entry)
      .catch((error) => this.#reportFault(entry, error))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Writes until nothing is left to be written, or the object is gone. */
  async #writeAll(uid: string, entry: Entry): Promise<void> {
    const { clock } = this.#options;
    try {
      for (let failures = 0; entry.isUnwritten || entry.isOver;) {
        const present = this.#read(entry.pod);
        if (present === undefined) return;
        try {
          await this.#writeNext(present, entry);
          failures = 0;
        } catch (error) {
          if (isRefusal(error, "NotFound")) return;
          if (isRefusal(error, "Conflict") && this.#hasChanged(present)) continue;
          if (failures++ === 0) this.#report(entry, error);
          if (this.#stopped.signal.aborted) return;
          await waitForRetry(clock, failures, this.#stopped.signal);
        }
      }
    } finally {
      // At once: what is published from now on is another entry.
      this.#entries.delete(uid);
    }
  }

  async #writeNext(present: Pod, entry: Entry): Promise<void> {
    const { client } = this.#options;
    if (!entry.isUnwritten) {
      const { namespace, name, uid } = present.metadata;
      await client.delete("Pod", namespace!, name, { graceSeconds: 0, uid: uid! });
      entry.isOver = false;
      return;
    }
    entry.isUnwritten = false;
    try {
      // Others may have written their conditions since (R-COND-1).
      const status = withForeignConditions(entry.pod.status!, present.status);
      await client.updateStatus({ ...present, status });
    } catch (error) {
      entry.isUnwritten = true;
      throw error;
    }
  }

  /**
   * The Pod's object as the client has seen it, or what stands for the Pod of a file; undefined if
   * it is gone, or another Pod has its name.
   */
  #read({ metadata: { namespace, name, uid } }: Pod): Pod | undefined {
    const present = this.#options.client.get("Pod", namespace!, name);
    return present !== undefined && ranUid(present) === uid ? present : undefined;
  }

  /**
   * Whether the client has seen another version meanwhile; else there is no use in asking again
   * at once.
   */
  #hasChanged(pod: Pod): boolean {
    return this.#read(pod)?.metadata.resourceVersion !== pod.metadata.resourceVersion;
  }

  /** Our own fault: this Pod's status is not written any more, those of the others are. */
  #reportFault({ pod: { metadata: { namespace, name } } }: Entry, error: unknown): void {
    this.#options.log.error("Pod status writer failed", {
      pod: `${namespace}/${name}`,
      error: stackOf(error),
    });
  }

  /** A conflict is not a fault: what the client has seen is old, and will be replaced. */
  #report({ pod, isUnwritten }: Entry, error: unknown): void {
    if (isRefusal(error, "Conflict")) return;
    const { namespace, name } = pod.metadata;
    this.#options.log.warn(isUnwritten ? "Cannot write pod status" : "Cannot delete pod", {
      pod: `${namespace}/${name}`,
      error: messageOf(error),
    });
  }
}

/** Whether a Pod's object has the status that its node has made, or one that is final. */
function isRestored(stored: Pod, { status = {} }: Pod): boolean {
  return isSameOfNode(status, stored.status) || isTerminalPhase(stored.status?.phase);
}
