/** Gives every Pod that may run the one node, when that can have it; says why it has to wait. */
import type { NodePods } from "../api/scheduling/node_pods.ts";
import type { Scheduling, Unschedulable } from "../api/scheduling/scheduling.ts";
import { claimsOfPod } from "../api/claim_protection.ts";
import { isSchedulable } from "../api/pod_scheduling.ts";
import type { PersistentVolumeClaim } from "../api/types/core.ts";
import type { Pod, PodCondition } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf, stackOf } from "../base/error_text.ts";
import { formatSecond } from "../base/go_text.ts";
import type { Logger } from "../base/log.ts";
import { awaitLastRequests, waitForRetry } from "../base/retry.ts";
import type { ObjectClient, WatchEvent } from "../store/client.ts";
import { isRefusal } from "../store/status_error.ts";
import { isTerminal } from "./pod_state.ts";

/** What makes a {@link Scheduler}. */
export interface SchedulerOptions {
  /** Where the Pods are. */
  readonly client: Pick<ObjectClient, "get" | "watch" | "bind" | "updateStatus">;
  /** When a write that failed is repeated. */
  readonly clock: Clock;
  /** Gets every Pod that it can have. */
  readonly nodeName: string;
  /** What decides that. @default it can have every Pod */
  readonly scheduling?: Scheduling | undefined;
  /** Gets each Pod as it was bound. */
  readonly onBound: (pod: Pod) => void;
  /** Gets each Pod that has to wait, when it is first known and when the reason changes. */
  readonly onUnschedulable: (pod: Pod, message: string) => void;
  /** Called after each attempt that came to nothing. */
  readonly onAttempt: () => void;
  /** For writes that fail. */
  readonly log: Logger;
}

/** A Pod without a node. */
interface Waiting {
  /** As it was seen last. */
  pod: Pod;
  /** It is looked at next. */
  isQueued: boolean;
  /** What the last look came to. */
  refusal?: Unschedulable;
  /** The condition that says so is written. */
  isPublished: boolean;
}

/**
 * Binds Pods as they appear, those of higher priority first; one with scheduling gates when they
 * are gone (R-COND-8), one that the node cannot have when something has changed that may help
 * (R-SCHED-1, R-SCHED-3).
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  /** By uid, in the order in which they appeared. */
  readonly #waiting = new Map<string, Waiting>();
  /** What the node has or is about to get; undefined where that does not matter. */
  readonly #pods: NodePods | undefined;
  /** Uids of the Pods that are being bound. */
  readonly #binding = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #isLooking = false;
  #unwatch: (() => void) | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#pods = options.scheduling?.createNodePods();
  }

  /** Begins to bind, the Pods that are there included. */
  start(): void {
    const { client, scheduling } = this.#options;
    const watches = [
      client.watch("Pod", (event) => this.#onPod(event)),
      ...scheduling === undefined ? [] : [
        client.watch("PersistentVolumeClaim", ({ object }) => this.#onClaim(object)),
        // Its labels and taints may have changed, or it takes Pods again.
        client.watch("Node", () => this.#queueAll()),
      ],
    ];
    this.#unwatch = () => watches.forEach((unwatch) => unwatch());
  }

  /**
   * Ends it; resolves when no write is under way. A store that does not answer is waited for as
   * {@link awaitLastRequests} has it. May be repeated.
   */
  async stop(): Promise<void> {
    this.#unwatch?.();
    this.#stopped.abort();
    this.#waiting.clear();
    if (this.#underWay.size === 0) return;
    const bound = Promise.all(this.#underWay);
    const pods = this.#underWay.size;
    await awaitLastRequests(bound, this.#options, "Cannot await the last binds", { pods });
  }

  /** Why the Pod of this uid waits, for people; undefined: it does not, or will be looked at. */
  whyWaiting(uid: string): string | undefined {
    const waiting = this.#waiting.get(uid);
    return waiting === undefined || waiting.isQueued || !waiting.isPublished
      ? undefined
      : waiting.refusal?.explanation;
  }

  /** The uids of the Pods that take room on the node. */
  countedUids(): string[] {
    return Array.from(this.#pods?.list() ?? [], ({ metadata }) => metadata.uid!);
  }

  #onPod({ type, object: pod }: WatchEvent<Pod>): void {
    const uid = pod.metadata.uid!;
    const { nodeName } = pod.spec;
    const isOver = type === "DELETED" || isTerminal(pod);
    if (nodeName === this.#options.nodeName && !isOver) this.#noteOnNode(pod);
    else if ((nodeName || isOver) && this.#pods?.remove(uid)) this.#queueAll();
    if (type === "DELETED" || !isSchedulable(pod)) this.#waiting.delete(uid);
    else if (!this.#binding.has(uid)) this.#noteWaiting(pod);
  }

  #onClaim({ metadata: { namespace, name } }: PersistentVolumeClaim): void {
    this.#queueAll((pod) =>
      pod.metadata.namespace === namespace && claimsOfPod(pod).includes(name)
    );
  }

  /** A new one helps those that ask for others; of another one only what a filter looks at. */
  #noteOnNode(pod: Pod): void {
    const { uid = "", labels, deletionTimestamp } = pod.metadata;
    const known = this.#pods?.get(uid);
    this.#pods?.add(pod);
    if (known === undefined || !known.spec.nodeName) {
      this.#queueAll(({ spec }) => spec.affinity?.podAffinity !== undefined);
    } else if (
      known.spec !== pod.spec || known.metadata.labels !== labels ||
      known.metadata.deletionTimestamp !== deletionTimestamp
    ) this.#queueAll();
  }

  #noteWaiting(pod: Pod): void {
    const { uid = "", labels } = pod.metadata;
    const known = this.#waiting.get(uid);
    const isSame = known?.pod.spec === pod.spec && known?.pod.metadata.labels === labels;
    if (known === undefined) {
      this.#waiting.set(uid, { pod, isQueued: false, isPublished: false });
    } else known.pod = pod;
    if (!isSame) this.#queue(uid);
  }

  #queueAll(isHelped: (pod: Pod) => boolean = () => true): void {
    for (const [uid, { pod }] of this.#waiting) if (isHelped(pod)) this.#queue(uid);
  }

  #queue(uid: string): void {
    this.#waiting.get(uid)!.isQueued = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#look();
  }

  async #look(): Promise<void> {
    // All that appears at once is there when the first is chosen.
    await Promise.resolve();
    this.#isLooking = false;
    const priorityOf = ({ pod }: Waiting) => pod.spec.priority ?? 0;
    const queued = [...this.#waiting.values()].filter(({ isQueued }) => isQueued)
      .sort((a, b) => priorityOf(b) - priorityOf(a));
    for (const waiting of queued) {
      try {
        this.#schedule(waiting);
      } catch (error) {
        this.#reportFault(waiting.pod, error);
      }
    }
  }

  #schedule(waiting: Waiting): void {
    waiting.isQueued = false;
    const { pod } = waiting;
    const { client, scheduling, onUnschedulable, onAttempt } = this.#options;
    const { namespace = "" } = pod.metadata;
    const refusal = scheduling?.findUnschedulable(pod, {
      pods: this.#pods!,
      findClaim: (name) => client.get("PersistentVolumeClaim", namespace, name),
    });
    if (refusal === undefined) {
      this.#waiting.delete(pod.metadata.uid!);
      this.#binding.add(pod.metadata.uid!);
      this.#pods?.add(pod);
      return this.#begin(pod, () => this.#bind(pod));
    }
    const isNews = waiting.refusal?.message !== refusal.message;
    waiting.refusal = refusal;
    if (!isNews) return onAttempt();
    waiting.isPublished = false;
    onUnschedulable(pod, refusal.message);
    this.#begin(pod, () => this.#publish(waiting, refusal));
  }

  #begin(pod: Pod, write: () => Promise<void>): void {
    const work: Promise<void> = write()
      .catch((error) => this.#reportFault(pod, error))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #bind(pod: Pod): Promise<void> {
    const { client, nodeName, onBound } = this.#options;
    const uid = pod.metadata.uid!;
    await this.#write(pod, {
      failure: "Cannot bind pod",
      write: (present) => client.bind(present, nodeName),
      over: (bound) => {
        // A change that is seen from now on begins another bind.
        this.#binding.delete(uid);
        if (bound !== undefined) onBound(bound);
        else if (this.#pods?.remove(uid)) this.#queueAll();
      },
    });
  }

  async #publish(waiting: Waiting, refusal: Unschedulable): Promise<void> {
    const { client, clock, onAttempt } = this.#options;
    await this.#write(waiting.pod, {
      failure: "Cannot write pod status",
      write: (pod) => {
        if (waiting.refusal !== refusal) return Promise.resolve(pod);
        const time = formatSecond(clock.wallTime(clock.now()));
        return client.updateStatus(withCondition(pod, refusal.message, time));
      },
      over: () => {
        waiting.isPublished ||= waiting.refusal === refusal;
        onAttempt();
      },
    });
  }

  /** Attempts a write until it succeeds, or the Pod is held back, bound or gone. */
  async #write(pod: Pod, { failure, write, over }: {
    /** What is reported of one that fails. */
    readonly failure: string;
    readonly write: (present: Pod) => Promise<Pod>;
    /** Called at once when no attempt follows, with the Pod as it was written, if it was. */
    readonly over: (written: Pod | undefined) => void;
  }): Promise<void> {
    const { client, clock } = this.#options;
    const { namespace, name, uid } = pod.metadata;
    let written: Pod | undefined;
    try {
      for (let failures = 0; !this.#stopped.signal.aborted;) {
        const present = client.get("Pod", namespace!, name);
        if (present?.metadata.uid !== uid || !isSchedulable(present!)) return;
        try {
          written = await write(present!);
          return;
        } catch (error) {
          if (isRefusal(error, "NotFound")) return;
          if (failures++ === 0) this.#report(pod, failure, error);
          await waitForRetry(clock, failures, this.#stopped.signal);
        }
      }
    } finally {
      over(written);
    }
  }

  /** Our own fault: this Pod is left as it is, the others are bound. */
  #reportFault({ metadata: { namespace, name } }: Pod, error: unknown): void {
    this.#options.log.error("Scheduler failed at a pod", {
      pod: `${namespace}/${name}`,
      error: stackOf(error),
    });
  }

  /** A conflict is not a fault: what the client has seen is old, and will be replaced. */
  #report({ metadata: { namespace, name } }: Pod, failure: string, error: unknown): void {
    if (isRefusal(error, "Conflict")) return;
    this.#options.log.warn(failure, { pod: `${namespace}/${name}`, error: messageOf(error) });
  }
}

/** The Pod with the condition that it has no node, and why; the others stay. */
function withCondition(pod: Pod, message: string, time: string): Pod {
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === "PodScheduled");
  const { generation } = pod.metadata;
  const condition: PodCondition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    ...(generation !== undefined && { observedGeneration: generation }),
    lastProbeTime: null,
    lastTransitionTime: (before?.status === "False" ? before.lastTransitionTime : undefined) ??
      time,
  };
  const others = conditions.filter((it) => it !== before);
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
