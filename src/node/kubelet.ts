/** One pod worker for every pod bound to this node. */
import type { NodePods } from "../api/scheduling/node_pods.ts";
import type { Scheduling } from "../api/scheduling/scheduling.ts";
import type { Pod } from "../api/types/pod.ts";
import type { PodEvent } from "../lifecycle/record/event.ts";
import { isTerminalPhase } from "../lifecycle/status/phase.ts";
import type { RuntimeEvent } from "../runtime/runtime.ts";
import type { ObjectClient, WatchEvent } from "../store/client.ts";
import { admitPod, type Rejection } from "./admission.ts";
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
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #running = new Set<Promise<void>>();
  /** Those that take room. */
  readonly #pods: NodePods | undefined;
  #unwatch: (() => void) | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
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

  /**
   * Ends every pod as its deletion would, with its own grace, while its object stays as it is: a
   * later node process finds the pods as after a reboot. Takes no more pods, and resolves when
   * nothing of them is left.
   */
  async shutDown(): Promise<void> {
    this.#unwatch?.();
    for (const worker of this.#workers.values()) {
      const { terminationGracePeriodSeconds = 30 } = worker.progress.pod.spec;
      this.#endOrphan(worker, terminationGracePeriodSeconds);
    }
    await Promise.all(this.#running);
  }

  #endOrphan(worker: PodWorker, graceSeconds: number): void {
    const at = this.#options.clock.now();
    worker.notify({ type: "deletionRequested", at, graceSeconds });
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
    const uid = pod.metadata.uid!;
    const worker = this.#workers.get(uid);
    if (type === "DELETED" || isTerminalPhase(pod.status?.phase)) this.#pods?.remove(uid);
    if (worker === undefined) {
      if (type !== "DELETED") this.#begin(pod);
    } else if (worker.progress.state === "done") {
      if (type === "DELETED") this.#forget(uid);
      // Deleted when its object did not yet say that it is over.
      else if (pod.metadata.deletionTimestamp !== undefined) this.#options.statuses.remove(pod);
    } else if (type === "DELETED") {
      // A grace of 0 takes the object away at once; its processes get what the pod last had
      // (R-DELETE-2, R-FOLK-12).
      const graceSeconds = pod.metadata.deletionGracePeriodSeconds ??
        pod.spec.terminationGracePeriodSeconds ?? 30;
      this.#endOrphan(worker, graceSeconds);
    } else {
      worker.update(pod);
    }
  }

  /** Nothing of the pod is left, and its object is gone. */
  #forget(uid: string): void {
    const { runtime, log } = this.#options;
    this.#workers.delete(uid);
    runtime.removeLogs(uid)
      .catch((error) => log.error("Cannot remove logs", { pod: uid, error: String(error) }));
  }

  #begin(pod: Pod): void {
    // One that is over takes no room, and is only cleaned up after.
    const isOver = isTerminalPhase(pod.status?.phase);
    const rejection = isOver ? undefined : admitPod(pod) ?? this.#findRejection(pod);
    if (!isOver && rejection === undefined) this.#pods?.add(pod);
    const worker = new PodWorker(pod, this.#options, rejection);
    this.#workers.set(pod.metadata.uid!, worker);
    const run: Promise<void> = worker.run()
      .then(() => this.#release(worker.progress))
      .catch((error) => this.#options.log.error("Cannot end pod worker", { error: String(error) }))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
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
    const present = client.get("Pod", namespace!, name);
    if (present?.metadata.uid !== uid) this.#forget(uid!);
    else if (state === "done" && present?.metadata.deletionTimestamp !== undefined) {
      statuses.remove(pod);
    }
  }
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
