/** One pod worker for every pod bound to this node. */
import type { NodePods } from "../api/scheduling/node_pods.ts";
import { withKeptAmounts } from "../api/amounts/amounts.ts";
import { isMirror, ranUid } from "../api/scheduling/static_pod.ts";
import type { Scheduling } from "../api/scheduling/scheduling.ts";
import { computePodQOS } from "../api/types/qos.ts";
import type { Pod } from "../api/types/pod.ts";
import type { PodEvent } from "../lifecycle/record/event.ts";
import { isTerminalPhase } from "../lifecycle/status/phase.ts";
import type { RuntimeEvent } from "../runtime/runtime.ts";
import type { ObjectClient, WatchEvent } from "../store/client.ts";
import { admitPod, type Rejection } from "./admission.ts";
import type { StaticPodHost } from "./static_pods.ts";
import { type PodProgress, PodWorker, type PodWorkerOptions } from "./pod_worker.ts";

/** What makes a {@link Kubelet}. */
export interface KubeletOptions extends PodWorkerOptions {
  /** Where its pods come from. */
  readonly client: ObjectClient;
  /** Pods with this `spec.nodeName` are its own. */
  readonly nodeName: string;
  /** What decides whether there is room for a pod. @default there is for every one */
  readonly scheduling?: Scheduling | undefined;
}

/**
 * What the containers of a pod get that uses more than it may, whatever the pod sets (R-TERM-2).
 */
const EVICTION_GRACE_SECONDS = 1;

/** Watches the pods of its node and works on each. */
export class Kubelet implements StaticPodHost {
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #running = new Set<Promise<void>>();
  /** The work on pods of files, by uid. */
  readonly #static = new Map<string, Promise<void>>();
  /** Those that take room. */
  readonly #pods: NodePods | undefined;
  /** The uids of those that wait for room for other amounts, longest first. */
  readonly #deferred = new Set<string>();
  #unwatch: (() => void) | undefined;

  constructor(options: KubeletOptions) {
    this.#options = { ...options, admitResize: (pod) => this.#admitResize(pod) };
    this.#pods = options.scheduling?.createNodePods();
  }

  /** Begins to work on its pods, those that come later included. */
  start(): void {
    this.#unwatch = this.#options.client.watch("Pod", (event) => this.#onPod(event));
  }

  /** News from the machine. What concerns no pod of ours has been answered already. */
  onRuntimeEvent(event: RuntimeEvent): void {
    this.#workers.get(event.podUid)?.notify(toPodEvent(event));
  }

  /**
   * Ends every pod at once, as the lifecycle sees it: killed, reported and removed like any other
   * pod that ends.
   */
  kill(): void {
    const at = this.#options.clock.now();
    for (const worker of this.#workers.values()) worker.notify({ type: "killRequested", at });
  }

  /** As {@link StaticPodHost.startStatic}. */
  startStatic(pod: Pod): void {
    this.#static.set(pod.metadata.uid!, this.#begin(pod));
  }

  /** As {@link StaticPodHost.endStatic}. */
  async endStatic(uid: string): Promise<void> {
    const worker = this.#workers.get(uid);
    if (worker?.progress.state !== "done") this.#endGracefully(worker);
    await this.#static.get(uid);
    this.#static.delete(uid);
    this.#forget(uid);
  }

  /** As {@link StaticPodHost.findStatic}. */
  findStatic(uid: string): PodProgress | undefined {
    return this.#workers.get(uid)?.progress;
  }

  /**
   * Ends every pod as its deletion would, with its own grace, while its object stays as it is: a
   * later node process finds the pods as after a reboot. Takes no more pods, and resolves when
   * nothing of them is left.
   */
  async shutDown(): Promise<void> {
    this.#unwatch?.();
    for (const worker of this.#workers.values()) this.#endGracefully(worker);
    await Promise.all(this.#running);
  }

  /** As a deletion would, that no object shows. */
  #endGracefully(worker: PodWorker | undefined, seconds?: number): void {
    const at = this.#options.clock.now();
    const graceSeconds = seconds ??
      worker?.progress.pod.spec.terminationGracePeriodSeconds ?? 30;
    worker?.notify({ type: "deletionRequested", at, graceSeconds });
  }

  /**
   * Kills and removes every pod without a report; resolves when nothing of them is left. May be
   * repeated.
   */
  async stop(): Promise<void> {
    this.#unwatch?.();
    await Promise.all(Array.from(this.#workers.values(), (worker) => worker.stop()));
    await Promise.all(this.#running);
  }

  #onPod({ type, object: pod }: WatchEvent<Pod>): void {
    if (pod.spec.nodeName !== this.#options.nodeName) return;
    const uid = ranUid(pod);
    const isOver = isTerminalPhase(pod.status?.phase);
    if (isOver || (type === "DELETED" && !isMirror(pod))) this.#leaveRoom(uid);
    const worker = this.#workers.get(uid);
    if (worker !== undefined && type !== "DELETED") {
      this.#options.statuses.restore(pod, () => worker.progress.pod);
    }
    // The pod of a file does not depend on its object.
    if (isMirror(pod)) return;
    if (worker === undefined) {
      if (type !== "DELETED") this.#begin(pod);
    } else if (worker.progress.state === "done") {
      if (type === "DELETED") this.#forget(uid);
      // Deleted when its object did not yet say that it is over.
      else if (pod.metadata.deletionTimestamp !== undefined) this.#options.statuses.remove(pod);
    } else if (type === "DELETED") {
      // A grace of 0 takes the object away at once; its processes get what the pod last had
      // (R-DELETE-2, R-FOLK-12).
      this.#endGracefully(worker, pod.metadata.deletionGracePeriodSeconds);
    } else {
      worker.update(pod);
    }
  }

  /** Nothing of the pod is left, and its object is gone. */
  #forget(uid: string): void {
    const { runtime, log } = this.#options;
    this.#workers.delete(uid);
    this.#leaveRoom(uid);
    runtime.removeLogs(uid)
      .catch((error) => log.error("Cannot remove logs", { pod: uid, error: String(error) }));
  }

  /** Resolves when its work is over. */
  #begin(pod: Pod): Promise<void> {
    const allocated = withKeptAmounts(pod);
    // One that is over takes no room, and is only cleaned up after.
    const isOver = isTerminalPhase(pod.status?.phase);
    const rejection = isOver ? undefined : admitPod(allocated) ?? this.#findRejection(allocated);
    if (!isOver && rejection === undefined) this.#pods?.add(allocated);
    const worker = new PodWorker(pod, this.#options, rejection);
    this.#workers.set(pod.metadata.uid!, worker);
    const run: Promise<void> = worker.run()
      .then(() => this.#release(worker.progress))
      .catch((error) => this.#options.log.error("Cannot end pod worker", { error: String(error) }))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
    return run;
  }

  /**
   * Takes a pod with other amounts if there is room beside the others (R-RESIZE-3). What one gives
   * back may be what others wait for (R-RESIZE-5).
   */
  #admitResize(pod: Pod): Rejection | undefined {
    const uid = pod.metadata.uid!;
    const present = this.#pods?.get(uid);
    // One that has ended takes no room.
    if (this.#pods === undefined || present === undefined) return undefined;
    this.#pods.remove(uid);
    const rejection = this.#options.scheduling?.findRejection(pod, this.#pods);
    this.#pods.add(rejection === undefined ? pod : present);
    if (rejection !== undefined) this.#deferred.add(uid);
    else {
      this.#deferred.delete(uid);
      this.#retryResizes();
    }
    return rejection;
  }

  #leaveRoom(uid: string): void {
    this.#deferred.delete(uid);
    if (this.#pods?.remove(uid)) this.#retryResizes();
  }

  /** Has those that wait ask again, in the order of their importance. */
  #retryResizes(): void {
    if (this.#deferred.size === 0) return;
    const at = this.#options.clock.now();
    const waiting = [...this.#deferred].flatMap((uid) => this.#workers.get(uid) ?? []);
    for (const worker of sortByImportance(waiting)) worker.notify({ type: "roomChanged", at });
  }

  /** What a scheduler has looked at before; one need not have seen the pod. */
  #findRejection(pod: Pod): Rejection | undefined {
    return this.#pods && this.#options.scheduling?.findRejection(pod, this.#pods);
  }

  /**
   * The object of a deleted pod goes when nothing of the pod is left (R-DELETE-5), and its worker
   * with it.
   */
  #release({ pod, state }: PodProgress): void {
    const { client, statuses } = this.#options;
    const { namespace, name, uid } = pod.metadata;
    // It is its file that ends it.
    if (this.#static.has(uid!)) return;
    const present = client.get("Pod", namespace!, name);
    if (present?.metadata.uid !== uid) this.#forget(uid!);
    else if (state === "done" && present?.metadata.deletionTimestamp !== undefined) {
      statuses.remove(pod);
    }
  }
}

/** By priority, then those that get all that they may use, then those that wait longest. */
function sortByImportance(workers: readonly PodWorker[]): readonly PodWorker[] {
  const rank = ({ progress: { pod } }: PodWorker) =>
    (pod.spec.priority ?? 0) + (computePodQOS(pod) === "Guaranteed" ? 0.5 : 0);
  return workers.toSorted((a, b) => rank(b) - rank(a));
}

/** The machine's news in the words of the lifecycle. */
function toPodEvent(event: RuntimeEvent): PodEvent {
  switch (event.type) {
    case "sandboxExited":
      return { type: "sandboxExited", at: event.at, sandboxId: event.sandboxId };
    case "podEvicted": {
      const { at, reason, message } = event;
      return { type: "evicted", at, reason, message, graceSeconds: EVICTION_GRACE_SECONDS };
    }
    case "containerExited": {
      const { podUid: _, finishedAt, ...exit } = event;
      return { ...exit, at: finishedAt };
    }
  }
}
