/**
 * How far each Pod is that a node has or will get: from what is watched and from what its workers
 * report.
 */
import type { Pod } from "../api/types/pod.ts";
import type { WatchEvent } from "../store/client.ts";
import type { PodProgress } from "./pod_worker.ts";

/** What makes a {@link PodTracker}. */
export interface PodTrackerOptions {
  /** Pods of other nodes are not looked at. */
  readonly nodeName: string;
  /** Gets each Pod once, when it is first seen and before anything is reported of it. */
  readonly onAdded: (pod: Pod) => void;
  /** Gets a Pod each time something about it has changed. */
  readonly onChange: (progress: PodProgress) => void;
  /**
   * Why no node can have the Pod of a uid unless something changes; undefined: one may get it.
   * @default undefined
   */
  readonly whyUnschedulable?: (uid: string) => string | undefined;
  /** Whether a scheduler counts the Pod of a uid among those of the node. @default it does not */
  readonly takesRoom?: (uid: string) => boolean;
  /** Gets each Pod that does not stay, when nothing is reported of it any more. */
  readonly onGone?: (pod: Pod) => void;
}

/**
 * The Pods of a node and those without a node, in the order in which they appeared. A Pod stays
 * until its object is gone and nothing of it is left on the machine, and longer where it is to be
 * kept.
 */
export class PodTracker {
  readonly #options: PodTrackerOptions;
  readonly #progress = new Map<string, PodProgress>();
  /** The Pods of each object that controls some, by its uid and theirs. */
  readonly #owned = new Map<string, Map<string, PodProgress>>();
  /** Uids of Pods without a node. */
  readonly #unbound = new Set<string>();
  /** Uids of Pods that have ended, and whose room is not free yet. */
  readonly #leaving = new Set<string>();
  /** Uids of Pods that stay. */
  readonly #kept = new Set<string>();
  /** Uids of Pods whose object is gone while the node still works on them. */
  readonly #deleted = new Set<string>();

  /** Knows of no Pod. */
  constructor(options: PodTrackerOptions) {
    this.#options = options;
  }

  /** Every Pod, as it is now. */
  list(): PodProgress[] {
    const all = [...this.#progress.values()];
    // Mostly none: this is read after each change.
    return this.#unbound.size === 0 ? all : all.map((it) => this.#judge(it));
  }

  /** Whether a condition holds for every Pod; it is looked at up to the first that fails it. */
  every(condition: (progress: PodProgress) => boolean): boolean {
    return this.#progress.values().every((it) => condition(this.#judge(it)));
  }

  /** The Pods that the object of a uid controls, in the order in which they appeared. */
  ownedBy(owner: string): Pod[] {
    return Array.from(this.#owned.get(owner)?.values() ?? [], ({ pod }) => pod);
  }

  /** How far the Pod of this uid is; undefined if there is none, or no longer. */
  find(uid: string): PodProgress | undefined {
    const known = this.#progress.get(uid);
    return known && this.#judge(known);
  }

  /** The Pod of this uid stays, deleted or not. */
  keep(uid: string): void {
    this.#kept.add(uid);
  }

  /** Takes note of a Pod's object. */
  onPod({ type, object: pod }: WatchEvent<Pod>): void {
    const uid = pod.metadata.uid!;
    const { nodeName } = pod.spec;
    if (type === "DELETED") return this.#onDeleted(uid);
    if (nodeName && nodeName !== this.#options.nodeName) return this.#onBoundElsewhere(uid, pod);
    const known = this.#progress.get(uid);
    // Its worker knows better.
    if (known?.pod.spec.nodeName) return;
    const progress: PodProgress = nodeName ? { pod, state: "active" } : unboundProgress(pod);
    this.#set(uid, progress);
    if (known === undefined) this.#options.onAdded(pod);
    else if (!nodeName) this.#options.onChange(progress);
  }

  /** Takes note of what a worker reports. */
  onProgress(progress: PodProgress): void {
    const uid = progress.pod.metadata.uid!;
    if (this.#progress.has(uid)) this.#set(uid, progress);
    if (progress.state === "done") {
      this.#forgetFreed();
      this.#leaving.add(uid);
    }
    this.#options.onChange(progress);
    if (progress.state === "done" && this.#deleted.has(uid)) this.#forget(uid);
  }

  /** It was to get a node, and that is another one: for this node it is over. */
  #onBoundElsewhere(uid: string, pod: Pod): void {
    this.#deleted.delete(uid);
    this.#kept.delete(uid);
    if (!this.#delete(uid)) return;
    this.#options.onChange({ pod, state: "done" });
    this.#options.onGone?.(pod);
  }

  /** One that waits for a node is stuck when nothing that goes on will help it. */
  #judge(progress: PodProgress): PodProgress {
    const { pod, state } = progress;
    if (state !== "active" || pod.spec.nodeName) return progress;
    const because = this.#options.whyUnschedulable?.(pod.metadata.uid!);
    return because === undefined || this.#isRoomComing()
      ? progress
      : { pod, state: "stuck", stuck: { type: "idle", because } };
  }

  /** A scheduler learns of an end a moment later. */
  #isRoomComing(): boolean {
    this.#forgetFreed();
    return this.#leaving.size > 0;
  }

  /** Up to the first whose room is not free yet: those that ended before it are nearly all free. */
  #forgetFreed(): void {
    for (const uid of this.#leaving) {
      if (this.#options.takesRoom?.(uid)) return;
      this.#leaving.delete(uid);
    }
  }

  #onDeleted(uid: string): void {
    const known = this.#progress.get(uid);
    if (known === undefined) return;
    this.#deleted.add(uid);
    if (known.state === "done") this.#forget(uid);
    // No node has ever had it: it is gone (R-DELETE-1).
    else if (!known.pod.spec.nodeName) this.onProgress({ pod: known.pod, state: "done" });
  }

  #forget(uid: string): void {
    this.#deleted.delete(uid);
    const known = this.#progress.get(uid);
    if (known === undefined || this.#kept.has(uid)) return;
    this.#delete(uid);
    this.#options.onGone?.(known.pod);
  }

  /** A Pod may get another controller, or none. */
  #set(uid: string, progress: PodProgress): void {
    const before = this.#progress.get(uid);
    this.#progress.set(uid, progress);
    if (progress.pod.spec.nodeName) this.#unbound.delete(uid);
    else this.#unbound.add(uid);
    const owner = ownerOf(progress);
    if (before !== undefined && ownerOf(before) !== owner) this.#disown(uid, before);
    if (owner === undefined) return;
    const owned = this.#owned.get(owner) ?? new Map<string, PodProgress>();
    this.#owned.set(owner, owned.set(uid, progress));
  }

  #delete(uid: string): boolean {
    this.#disown(uid, this.#progress.get(uid));
    this.#unbound.delete(uid);
    return this.#progress.delete(uid);
  }

  #disown(uid: string, before: PodProgress | undefined): void {
    const owner = before && ownerOf(before);
    if (owner === undefined) return;
    const owned = this.#owned.get(owner)!;
    owned.delete(uid);
    if (owned.size === 0) this.#owned.delete(owner);
  }
}

/** Uid of the object that controls a Pod. */
function ownerOf({ pod: { metadata: { ownerReferences = [] } } }: PodProgress): string | undefined {
  return ownerReferences.find(({ controller }) => controller)?.uid;
}

/**
 * Gates hold a Pod back until they are removed (R-COND-8); without them it is about to be bound.
 */
function unboundProgress(pod: Pod): PodProgress {
  const gates = pod.spec.schedulingGates ?? [];
  if (gates.length === 0) return { pod, state: "active" };
  const names = gates.map(({ name }) => name).join(", ");
  const because =
    `its scheduling gates hold it back: ${names}; remove them from the manifest to run it`;
  return { pod, state: "stuck", stuck: { type: "idle", because } };
}
