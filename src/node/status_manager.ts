/** Writes a pod's status when it has changed. */
import type { Pod, PodStatus } from "../api/types/pod.ts";
import type { ObjectClient } from "../store/client.ts";

/** The way of a node's pod statuses to whoever keeps the objects. */
export class StatusManager {
  readonly #client: Pick<ObjectClient, "updatePodStatus">;

  /** Hands the statuses to this client. */
  constructor(client: Pick<ObjectClient, "updatePodStatus">) {
    this.#client = client;
  }

  /**
   * Writes a status, unless it is the one that was published last.
   *
   * @returns the pod with it, also when the object is gone and only the node still knows the pod;
   * undefined if nothing was written.
   */
  publish(pod: Pod, published: PodStatus, status: PodStatus): Pod | undefined {
    if (status === published) return undefined;
    return this.#client.updatePodStatus(pod, status) ?? { ...pod, status };
  }
}
