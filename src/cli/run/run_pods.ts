/** The Pods that a run reports of. */
import type { Pod } from "../../api/types/pod.ts";
import type { PodProgress } from "../../node/pod_worker.ts";

/**
 * The Pods of the node as they are, and those that the run itself has deleted as they were last.
 */
export class RunPods {
  readonly #readNode: () => readonly PodProgress[];
  readonly #deleted = new Map<string, PodProgress>();

  /**
   * Has deleted none.
   * @param readNode returns the Pods of the node.
   */
  constructor(readNode: () => readonly PodProgress[]) {
    this.#readNode = readNode;
  }

  /** Takes note that the run deletes a Pod: its report includes it when the object is gone. */
  noteDeletion(progress: PodProgress): void {
    const uid = progress.pod.metadata.uid!;
    if (!this.#deleted.has(uid)) this.#deleted.set(uid, progress);
  }

  /** Takes note of a change of a Pod. */
  noteChange(progress: PodProgress): void {
    const uid = progress.pod.metadata.uid!;
    if (this.#deleted.has(uid)) this.#deleted.set(uid, progress);
  }

  /** In the order of their creation; what is gone comes last. */
  list(): PodProgress[] {
    const present = this.#readNode();
    const uids = new Set(present.map(({ pod }) => pod.metadata.uid));
    const gone = [...this.#deleted.values()].filter(({ pod }) => !uids.has(pod.metadata.uid));
    return [...present, ...gone];
  }
}

/** Whether a Pod ends and counts by itself: the object that controls it decides for any other. */
export function isIndependent({ metadata }: Pod): boolean {
  return !metadata.ownerReferences?.some(({ controller }) => controller);
}
