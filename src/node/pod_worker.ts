/** Event, record, actions: the loop of one pod. */
import type { Pod, PodStatus } from "../api/types/pod.ts";
import { messageOf, stackOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import { Inbox } from "../base/queue.ts";
import type { Stuck } from "../lifecycle/decide/stuck.ts";
import type { PodEvent } from "../lifecycle/record/event.ts";
import type { PodRecord } from "../lifecycle/record/record.ts";
import {
  type PodEffect,
  type PodNews,
  type PodState,
  startPod,
  stepPod,
} from "../lifecycle/step.ts";
import { withForeignConditions } from "../lifecycle/status/conditions.ts";
import type { LogEvent } from "../lifecycle/trace/log_event.ts";
import type { Rejection } from "./admission.ts";
import type { EventRecorder } from "./event_recorder.ts";
import { Executor, type ExecutorOptions } from "./executor.ts";
import type { StatusManager } from "./status_manager.ts";

/** How far a pod is. */
export interface PodProgress {
  /** As it is now, or as it was last where it has been deleted. */
  readonly pod: Pod;
  /**
   * `stuck`: it makes no progress unless something outside changes; `done`: it has
   * ended, and nothing of it is left on the machine.
   */
  readonly state: "active" | "stuck" | "done";
  /** Why it is stuck. */
  readonly stuck?: Stuck;
}

/** What the pod workers of a node share. */
export interface PodWorkerOptions extends ExecutorOptions {
  /** The node's address. */
  readonly hostIP: string;
  /** Where statuses go. */
  readonly statuses: StatusManager;
  /** Where Kubernetes Events go. */
  readonly events: EventRecorder;
  /** Gets every decision as it is made. */
  readonly onLogEvent: (event: LogEvent) => void;
  /**
   * Gets every fact of a pod and the record that it made, in order; for those who fold them again.
   */
  readonly onPodEvent?: ((pod: Pod, event: PodEvent, record: PodRecord) => void) | undefined;
  /** Called whenever something about the pod has changed. */
  readonly onProgress: (progress: PodProgress) => void;
  /** For our own faults. */
  readonly log: Logger;
}

/**
 * How many facts may wait for a worker. A pod makes a few at a time; more means that they are not
 * read.
 */
const INBOX_BOUND = 10_000;

/** The worker of one pod: strictly serial, independent of all others (R-WORKER-1). */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  readonly #inbox: Inbox<PodNews>;
  readonly #executor: Executor;
  /** As last received. */
  #object: Pod;
  /** What the worker knows: what it has read so far, with the status published last. */
  #state: PodState;
  /** The report before the first step, until it is made. */
  #beginning: readonly PodEffect[];
  #progress: PodProgress;

  /**
   * Nothing is done yet.
   * @param rejection why the node does not take the pod: nothing of it is made then.
   */
  constructor(pod: Pod, options: PodWorkerOptions, rejection?: Rejection) {
    const { clock, settings, hostIP } = options;
    this.#options = options;
    this.#object = pod;
    const { state, effects } = startPod(pod, { at: clock.now(), settings, hostIP });
    this.#state = state;
    this.#beginning = effects;
    this.#progress = { pod, state: "active" };
    this.#inbox = new Inbox({ clock, bound: INBOX_BOUND, onWake: () => ({ type: "timePassed" }) });
    this.#executor = new Executor(options, {
      onOutcome: (event) => this.#inbox.push(event),
      onFault: (error) => this.#inbox.fail(error),
    });
    // Nothing is looked at, and no status published, of a pod that is not taken.
    this.#inbox.push(
      rejection ? { type: "rejected", at: clock.now(), ...rejection } : { type: "timePassed" },
    );
  }

  /** How far the pod is. */
  get progress(): PodProgress {
    return this.#progress;
  }

  /** A fact about the pod that comes unasked. */
  notify(event: PodEvent): void {
    this.#inbox.push(event);
  }

  /**
   * The pod's object has changed. Of its status only foreign conditions are news, such as that of a
   * readiness gate (R-COND-1, R-COND-5).
   */
  update(pod: Pod): void {
    const seen = this.#object;
    this.#object = pod;
    const { labels, annotations, deletionTimestamp } = pod.metadata;
    if (
      pod.spec !== seen.spec || labels !== seen.metadata.labels ||
      annotations !== seen.metadata.annotations ||
      deletionTimestamp !== seen.metadata.deletionTimestamp || this.#hasForeignNews(pod)
    ) this.#inbox.push({ type: "podChanged", pod });
  }

  #hasForeignNews({ status }: Pod): boolean {
    const { published } = this.#state.record;
    return withForeignConditions(published, status) !== published;
  }

  /** Works until the pod is done, or until it is stopped. A fault of ours ends this pod alone. */
  async run(): Promise<void> {
    try {
      await this.#loop();
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** Kills what runs, removes what is left and ends the worker, without a word about it. */
  async stop(): Promise<void> {
    this.#inbox.close();
    if (this.#progress.state !== "done") await this.#executor.abandon(this.#state.pod);
  }

  async #loop(): Promise<void> {
    const beginning = this.#beginning;
    this.#beginning = [];
    for (const effect of beginning) this.#carryOut(effect);
    for await (const first of this.#inbox) {
      const news = [first];
      for (let next; (next = this.#inbox.poll()) !== undefined;) news.push(next);
      const { state, effects, wakeAt, done, stuck } = stepPod(this.#state, news, this.#now());
      this.#state = state;
      for (const effect of effects) this.#carryOut(effect);
      if (state.record.ending !== undefined) this.#executor.stopWaiting();
      this.#executor.yieldPlace();
      this.#report(done, stuck);
      if (done) return this.#inbox.close();
      this.#inbox.wakeAt(wakeAt);
    }
  }

  #carryOut(effect: PodEffect): void {
    const { events, statuses, onLogEvent, onPodEvent } = this.#options;
    const { pod } = effect;
    switch (effect.type) {
      case "recorded":
        onPodEvent?.(pod, effect.event, effect.record);
        for (const line of effect.logEvents) onLogEvent(line);
        for (const k8sEvent of effect.k8sEvents) events.record(pod, k8sEvent);
        return;
      case "publish":
        statuses.publish(pod);
        return this.#reportProgress({ ...this.#progress, pod: this.#seen(pod) });
      case "begin":
        return this.#executor.begin(pod, effect.operation);
    }
  }

  /**
   * A Pod of the worker's with the metadata of its object as it was seen last: other writers add to
   * it.
   */
  #seen(pod: Pod): Pod {
    return { ...pod, metadata: this.#object.metadata };
  }

  #report(done: boolean, stuck?: Stuck): void {
    const state = done ? "done" : stuck === undefined ? "active" : "stuck";
    const { pod } = this.#state;
    const { pod: shown, state: shownState } = this.#progress;
    const isShown = shown.spec === pod.spec && shown.status === pod.status &&
      shown.metadata === this.#object.metadata;
    if (isShown && shownState === state) return;
    this.#reportProgress({ pod: this.#seen(pod), state, ...(stuck && { stuck }) });
  }

  #reportProgress(progress: PodProgress): void {
    this.#progress = progress;
    this.#options.onProgress(progress);
  }

  /** Our own fault: the pod is Failed, nothing of it stays, and the record shows what led to it. */
  async #fail(error: unknown): Promise<void> {
    const { log, statuses } = this.#options;
    const { pod, record } = this.#state;
    this.#inbox.close();
    log.error("Pod worker failed", {
      pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
      error: stackOf(error),
      record: formatRecord(record),
    });
    await this.#executor.abandon(pod);
    const message = `The node failed at this pod: ${messageOf(error)}`;
    const status: PodStatus = {
      ...record.published,
      phase: "Failed",
      reason: "NodeFault",
      message,
    };
    this.#state = { ...this.#state, pod: { ...pod, status } };
    statuses.publish(this.#state.pod);
    this.#report(true);
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

function formatRecord(record: PodRecord): string {
  return JSON.stringify(
    record,
    (_key, value) => value instanceof Map ? Object.fromEntries(value) : value,
  );
}
