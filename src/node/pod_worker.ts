/** Event, record, actions: the loop of one pod. */
import type { Pod } from "../api/types/pod.ts";
import type { Logger } from "../base/log.ts";
import { Inbox } from "../base/queue.ts";
import type { PodAction } from "../lifecycle/record/action.ts";
import { computePodActions } from "../lifecycle/decide/compute.ts";
import type { Stuck } from "../lifecycle/decide/stuck.ts";
import type { PodEvent } from "../lifecycle/record/event.ts";
import { applyPodEvent, createPodRecord, type PodRecord } from "../lifecycle/record/record.ts";
import { generateK8sEvents } from "../lifecycle/trace/kubernetes_event.ts";
import { generatePodStatus } from "../lifecycle/status/status.ts";
import type { LogEvent } from "../lifecycle/trace/log_event.ts";
import { tracePodEvent } from "../lifecycle/trace/trace.ts";
import { admitPod } from "./admission.ts";
import type { EventRecorder } from "./event_recorder.ts";
import { Executor, type ExecutorOptions } from "./executor.ts";
import type { StatusManager } from "./status_manager.ts";

/** How far a pod is. */
export interface PodProgress {
  /** As it is now, or as it was last where it has been deleted. */
  readonly pod: Pod;
  /**
   * `stuck`: nothing more can become of it unless somebody changes something outside; `done`: it has
   * ended, and nothing of it is left on the machine.
   */
  readonly state: "active" | "stuck" | "done";
  /** Why it is stuck. */
  readonly stuck?: Stuck;
}

/** What the pod workers of a node share. */
export interface PodWorkerOptions extends ExecutorOptions {
  /** Where statuses go. */
  readonly statuses: StatusManager;
  /** Where Kubernetes Events go. */
  readonly events: EventRecorder;
  /** Gets every decision as it is made. */
  readonly onLogEvent: (event: LogEvent) => void;
  /** Gets every fact of a pod and the record that it made, in order; for those who fold them again. */
  readonly onPodEvent?: ((pod: Pod, event: PodEvent, record: PodRecord) => void) | undefined;
  /** Told whenever something about the pod has changed. */
  readonly onProgress: (progress: PodProgress) => void;
  /** For our own faults. */
  readonly log: Logger;
}

/** What a worker reads: facts, and that its pod's object or the time is another one. */
type News =
  | PodEvent
  | { readonly type: "podChanged"; readonly pod: Pod }
  | { readonly type: "timePassed" };

/** How many facts may wait for a worker. A pod makes a few at a time; more means that nobody reads them. */
const INBOX_BOUND = 10_000;

/** The worker of one pod: strictly serial, independent of all others (R-WORKER-1). */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  readonly #inbox: Inbox<News>;
  readonly #executor: Executor;
  /** As it was last heard of. */
  #object: Pod;
  /** As the worker sees it: what it has read so far, with the status published last. */
  #pod: Pod;
  #record: PodRecord;
  /** What the status last published was made from. */
  #shown: { readonly pod: Pod; readonly record: PodRecord } | undefined;
  /** The grace of the last request for deletion. */
  #graceSeconds: number | undefined;
  /** Ends of sandboxes and containers that have not been reported as started. */
  readonly #earlyExits = new Map<string, PodEvent>();
  #progress: PodProgress;

  /** Has not begun yet. */
  constructor(pod: Pod, options: PodWorkerOptions) {
    const { clock, settings, sourcesOf } = options;
    this.#options = options;
    this.#object = pod;
    this.#pod = pod;
    const { conditions: _, ...status } = pod.status ?? {};
    this.#record = createPodRecord({
      at: clock.now(),
      settings,
      hostIP: sourcesOf(pod).node.hostIP,
      status,
    });
    this.#progress = { pod, state: "active" };
    this.#inbox = new Inbox({ clock, bound: INBOX_BOUND, onWake: () => ({ type: "timePassed" }) });
    this.#executor = new Executor(options, {
      onOutcome: (event) => this.#inbox.push(event),
      onFault: (error) => this.#inbox.fail(error),
    });
    // Nothing is looked at, and no status published, of a pod that is not taken.
    const rejection = admitPod(pod);
    this.#inbox.push(
      rejection ? { type: "rejected", at: clock.now(), ...rejection } : { type: "timePassed" },
    );
  }

  /** How far the pod is. */
  get progress(): PodProgress {
    return this.#progress;
  }

  /** A fact about the pod that nobody asked for. */
  tell(event: PodEvent): void {
    this.#inbox.push(event);
  }

  /** The pod's object is another one now. What is only our own status come back is no news. */
  update(pod: Pod): void {
    const seen = this.#object;
    this.#object = pod;
    const { labels, annotations, deletionTimestamp } = pod.metadata;
    if (
      pod.spec !== seen.spec || labels !== seen.metadata.labels ||
      annotations !== seen.metadata.annotations ||
      deletionTimestamp !== seen.metadata.deletionTimestamp
    ) this.#inbox.push({ type: "podChanged", pod });
  }

  /** Works until the pod is done, or until it is stopped. A fault of ours ends this pod alone. */
  async run(): Promise<void> {
    try {
      await this.#loop();
    } catch (error) {
      await this.#giveUp(error);
    }
  }

  /** Kills what runs, removes what is left and ends the worker, without a word about it. */
  async stop(): Promise<void> {
    this.#inbox.close();
    if (this.#progress.state !== "done") await this.#executor.abandon(this.#pod);
  }

  async #loop(): Promise<void> {
    // That it is scheduled has been published for it (R-COND-2).
    const { status } = this.#pod;
    if (status?.conditions) this.#fold({ type: "statusPublished", at: this.#now(), status });
    for await (const first of this.#inbox) {
      this.#apply(first);
      // All that is known comes before any decision: a container that went down with its sandbox is
      // not to be started again in there.
      for (let news; (news = this.#inbox.poll()) !== undefined;) {
        this.#publish();
        this.#apply(news);
      }
      const now = this.#options.clock.now();
      // What is decided goes by what has been published of it (R-WORKER-3, R-RAC-1).
      this.#publish();
      const { actions, wakeAt, done, stuck } = computePodActions(this.#pod, this.#record, now);
      // The machine works while we write: nothing can come of it before this step is over.
      for (const action of actions) this.#begin(action);
      // What led to the actions is seen before them (R-WORKER-3), and what they come to after them.
      this.#publish();
      for (const action of actions) {
        // Every sync begins with a status (R-WORKER-3).
        if (action.type === "beginSync") this.#publish();
        this.#fold({ type: "actionBegun", at: now, action });
      }
      this.#publish();
      if (this.#record.ending !== undefined) this.#executor.stopWaiting();
      this.#executor.yieldPlace();
      this.#report(done, stuck);
      if (done) return this.#inbox.close();
      this.#inbox.wakeAt(wakeAt);
    }
  }

  #apply(news: News): void {
    switch (news.type) {
      case "timePassed":
        return;
      case "podChanged": {
        // Its status is ours to write, and may have been written since.
        this.#pod = { ...news.pod, status: this.#record.published };
        const graceSeconds = news.pod.metadata.deletionGracePeriodSeconds;
        if (graceSeconds === undefined || graceSeconds === this.#graceSeconds) return;
        this.#graceSeconds = graceSeconds;
        return this.#fold({ type: "deletionRequested", at: this.#now(), graceSeconds });
      }
      case "sandboxExited":
        // Heard of before its start: told after it, or it would be forgotten.
        if (this.#record.sandbox.type === "creating") this.#earlyExits.set(news.sandboxId, news);
        else this.#fold(news);
        return;
      case "sandboxStarted": {
        this.#fold(news);
        const exit = this.#earlyExits.get(news.sandboxId);
        if (exit !== undefined) this.#fold(exit);
        this.#earlyExits.delete(news.sandboxId);
        return;
      }
      case "containerExited": {
        const { starting, current } = this.#record.containers.get(news.name) ?? {};
        // Heard of before its start: held back until then, so that it is seen running once.
        const isEarly = starting !== undefined && current?.containerId !== news.containerId;
        if (isEarly) this.#earlyExits.set(news.containerId, news);
        else this.#fold(news);
        return;
      }
      case "containerStarted": {
        this.#fold(news);
        const exit = this.#earlyExits.get(news.containerId);
        if (exit === undefined) return;
        this.#earlyExits.delete(news.containerId);
        this.#publish();
        return this.#fold(exit);
      }
      default:
        return this.#fold(news);
    }
  }

  #begin(action: PodAction): void {
    switch (action.type) {
      case "terminatePod":
      case "beginSync":
      case "stopContainer":
      case "backOffContainer":
        return; // To be remembered and no more.
      default:
        this.#executor.begin(this.#pod, action);
    }
  }

  #publish(): void {
    const { statuses } = this.#options;
    // Time alone changes no status.
    if (this.#shown?.pod === this.#pod && this.#shown.record === this.#record) return;
    const status = generatePodStatus(this.#pod, this.#record, this.#now());
    const pod = statuses.publish(this.#pod, this.#record.published, status);
    if (pod !== undefined) {
      this.#pod = pod;
      this.#fold({ type: "statusPublished", at: this.#now(), status });
      this.#tellProgress({ ...this.#progress, pod });
    }
    this.#shown = { pod: this.#pod, record: this.#record };
  }

  /** Every change of the record goes through here, and is told of here. */
  #fold(event: PodEvent): void {
    const before = this.#record;
    const after = applyPodEvent(before, event);
    this.#record = after;
    const { events, onLogEvent, onPodEvent } = this.#options;
    onPodEvent?.(this.#pod, event, after);
    for (const line of tracePodEvent(this.#pod, before, event, after)) onLogEvent(line);
    for (const said of generateK8sEvents(this.#pod, before, event)) {
      events.record(this.#pod, said);
    }
  }

  #report(done: boolean, stuck?: Stuck): void {
    const state = done ? "done" : stuck === undefined ? "active" : "stuck";
    if (this.#progress.pod === this.#pod && this.#progress.state === state) return;
    this.#tellProgress({ pod: this.#pod, state, ...(stuck && { stuck }) });
  }

  #tellProgress(progress: PodProgress): void {
    this.#progress = progress;
    this.#options.onProgress(progress);
  }

  /** Our own fault: the pod is Failed, nothing of it stays, and the record says what led to it. */
  async #giveUp(error: unknown): Promise<void> {
    const { log, statuses } = this.#options;
    const { namespace, name } = this.#pod.metadata;
    this.#inbox.close();
    log.error("Pod worker failed", {
      pod: `${namespace}/${name}`,
      error: error instanceof Error ? error.stack : String(error),
      record: formatRecord(this.#record),
    });
    await this.#executor.abandon(this.#pod);
    const { published } = this.#record;
    const message = `The node failed at this pod: ${
      error instanceof Error ? error.message : error
    }`;
    const failed = { ...published, phase: "Failed", reason: "NodeFault", message } as const;
    this.#pod = statuses.publish(this.#pod, published, failed) ?? this.#pod;
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
