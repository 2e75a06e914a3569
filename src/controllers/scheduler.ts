/** Gives every Pod that may run the one node, when that can have it; says why it has to wait. */
import type { NodePods } from "../api/scheduling/node_pods.ts";
import { priorityOf } from "../api/scheduling/priority.ts";
import type { Scheduling, Unschedulable } from "../api/scheduling/scheduling.ts";
import { claimsOfPod } from "../api/claim_protection.ts";
import { isSchedulable } from "../api/pod_scheduling.ts";
import type { PersistentVolumeClaim } from "../api/types/core.ts";
import type { Pod } from "../api/types/pod.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf, stackOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import { awaitLastRequests, waitForRetry } from "../base/retry.ts";
import type { ObjectClient, WatchEvent } from "../store/client.ts";
import { isRefusal } from "../store/status_error.ts";
import {
  generatePreemptedEvent,
  generateScheduledEvent,
  generateUnschedulableEvent,
  type K8sEvent,
} from "../lifecycle/trace/kubernetes_event.ts";
import type { LogEvent } from "../lifecycle/trace/log_event.ts";
import { traceUnschedulable } from "../lifecycle/trace/trace_status.ts";
import { isTerminal } from "./pod_state.ts";
import { disrupt, PREEMPTION, withUnscheduled } from "./scheduling_writes.ts";

/** What makes a {@link Scheduler}. */
export interface SchedulerOptions {
  /** Where the Pods are. */
  readonly client: Pick<ObjectClient, "get" | "watch" | "bind" | "updateStatus" | "delete">;
  /** When a write that failed is repeated. */
  readonly clock: Clock;
  /** Gets every Pod that it can have. */
  readonly nodeName: string;
  /** What decides that. @default it can have every Pod */
  readonly scheduling?: Scheduling | undefined;
  /**
   * Gets the Kubernetes Events: of each Pod as it was bound, of one that has to wait when that is
   * first known and when the reason changes, and of one that goes to make room.
   */
  readonly onK8sEvent: (pod: Pod, event: K8sEvent) => void;
  /** Gets the lines of the event log about Pods that have to wait. */
  readonly onLogEvent: (event: LogEvent) => void;
  /** Called after each look at Pods that wait. */
  readonly onAttempt: () => void;
  /** For writes that fail. */
  readonly log: Logger;
}

/** A Pod without a node. */
interface Waiting {
  /** As it was seen last. */
  pod: Pod;
  /** Pods of one group are refused alike. */
  group: string;
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

  /** Whether the Pod of this uid takes room on the node. */
  takesRoom(uid: string): boolean {
    return this.#pods?.get(uid) !== undefined;
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
    } else if (known.spec !== pod.spec || known.metadata.labels !== labels) this.#queueAll();
    else if (known.metadata.deletionTimestamp !== deletionTimestamp) {
      // Its room is not free yet.
      this.#queueAll(({ spec }) => spec.topologySpreadConstraints !== undefined);
    }
  }

  #noteWaiting(pod: Pod): void {
    const { uid = "", labels } = pod.metadata;
    const known = this.#waiting.get(uid);
    const isSame = known?.pod.spec === pod.spec && known?.pod.metadata.labels === labels;
    if (known === undefined) {
      this.#waiting.set(uid, { pod, isQueued: false, isPublished: false, group: groupOf(pod) });
    } else Object.assign(known, { pod }, !isSame && { group: groupOf(pod) });
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
    const queued = [...this.#waiting.values()].filter(({ isQueued }) => isQueued)
      .sort((a, b) => priorityOf(b.pod) - priorityOf(a.pod));
    const refusals = new Map<string, Unschedulable>();
    for (const waiting of queued) {
      try {
        this.#schedule(waiting, refusals);
      } catch (error) {
        reportFault(this.#options.log, waiting.pod, error);
      }
    }
    this.#options.onAttempt();
  }

  /** @param refusals of this look, during which the node only gets fuller. */
  #schedule(waiting: Waiting, refusals: Map<string, Unschedulable>): void {
    waiting.isQueued = false;
    const { pod } = waiting;
    const group = `${waiting.group} ${pod.status?.nominatedNodeName}`;
    const { clock, onK8sEvent, onLogEvent } = this.#options;
    const refusal = refusals.get(group) ?? this.#findRefusal(pod);
    if (refusal === undefined) {
      this.#waiting.delete(pod.metadata.uid!);
      this.#binding.add(pod.metadata.uid!);
      this.#pods?.add(pod);
      return this.#begin(pod, () => this.#bind(pod));
    }
    const isNews = waiting.refusal?.message !== refusal.message;
    waiting.refusal = refusal;
    if (refusal.victims.length === 0) refusals.set(group, refusal);
    if (isNews) {
      waiting.isPublished = false;
      onK8sEvent(pod, generateUnschedulableEvent(refusal.message, clock.now()));
      onLogEvent(traceUnschedulable(pod, refusal.message, clock.now()));
      this.#begin(pod, () => this.#publish(waiting, refusal));
    }
    for (const victim of refusal.victims) {
      if (victim.metadata.deletionTimestamp !== undefined) continue;
      this.#begin(victim, () => preemptFor(pod, victim, this.#options));
    }
  }

  /** The room that others are waited for is kept for a Pod that they go for (R-SCHED-5). */
  #findRefusal(pod: Pod): Unschedulable | undefined {
    const { client, scheduling } = this.#options;
    const pods = this.#pods;
    if (scheduling === undefined || pods === undefined) return undefined;
    const nominated = findNominated(pod, this.#waiting.values());
    for (const other of nominated) pods.add(other);
    try {
      const { namespace = "" } = pod.metadata;
      return scheduling.findUnschedulable(pod, {
        pods,
        findClaim: (name) => client.get("PersistentVolumeClaim", namespace, name),
      });
    } finally {
      for (const { metadata } of nominated) pods.remove(metadata.uid!);
    }
  }

  #begin(pod: Pod, write: () => Promise<void>): void {
    const work: Promise<void> = write()
      .catch((error) => reportFault(this.#options.log, pod, error))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #bind(pod: Pod): Promise<void> {
    const { client, clock, nodeName, onK8sEvent } = this.#options;
    const uid = pod.metadata.uid!;
    await this.#write(pod, {
      failure: "Cannot bind pod",
      write: (present) => client.bind(present, nodeName),
      over: (bound) => {
        // A change that is seen from now on begins another bind.
        this.#binding.delete(uid);
        if (bound !== undefined) onK8sEvent(bound, generateScheduledEvent(bound, clock.now()));
        else if (this.#pods?.remove(uid)) this.#queueAll();
      },
    });
  }

  async #publish(waiting: Waiting, refusal: Unschedulable): Promise<void> {
    const { client, clock, nodeName, onAttempt } = this.#options;
    const nominated = refusal.victims.length > 0 ? { nominatedNodeName: nodeName } : {};
    await this.#write(waiting.pod, {
      failure: "Cannot write pod status",
      write: (pod) => {
        if (waiting.refusal !== refusal) return Promise.resolve(pod);
        const status = { ...pod.status, ...nominated };
        return client.updateStatus(withUnscheduled({ ...pod, status }, refusal.message, clock));
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
    const { client, clock, log } = this.#options;
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
          if (failures++ === 0) report(log, pod, failure, error);
          await waitForRetry(clock, failures, this.#stopped.signal);
        }
      }
    } finally {
      over(written);
    }
  }
}

/** Ends a Pod whose room another one is to get. */
async function preemptFor(pod: Pod, victim: Pod, options: SchedulerOptions): Promise<void> {
  const { clock, nodeName, onK8sEvent, log } = options;
  try {
    if (!await disrupt(victim, PREEMPTION, options)) return;
  } catch (error) {
    // Where it has changed, the next look sees to it.
    return report(log, victim, "Cannot preempt pod", error);
  }
  onK8sEvent(victim, generatePreemptedEvent(pod.metadata.uid!, nodeName, clock.now()));
}

/** The Pods for which others are ended, and which are no less important than this one. */
function findNominated(pod: Pod, waiting: Iterable<Waiting>): Pod[] {
  return [...waiting].filter((it) =>
    it.pod !== pod && (it.refusal?.victims ?? []).length > 0 &&
    priorityOf(it.pod) >= priorityOf(pod)
  ).map((it) => it.pod);
}

/**
 * What Pods have in common that are refused alike. A new Pod on the node may be what one waits for
 * that asks for others: it is alone.
 */
function groupOf({ metadata: { uid = "", namespace, labels }, spec }: Pod): string {
  if (spec.affinity?.podAffinity !== undefined) return uid;
  return JSON.stringify([namespace, labels, spec]);
}

/** Our own fault: this Pod is left as it is, the others are bound. */
function reportFault(log: Logger, { metadata: { namespace, name } }: Pod, error: unknown): void {
  log.error("Scheduler failed at a pod", { pod: `${namespace}/${name}`, error: stackOf(error) });
}

/** A conflict is not a fault: what the client has seen is old, and will be replaced. */
function report(
  log: Logger,
  { metadata: { namespace, name } }: Pod,
  failure: string,
  error: unknown,
): void {
  if (isRefusal(error, "Conflict")) return;
  log.warn(failure, { pod: `${namespace}/${name}`, error: messageOf(error) });
}
