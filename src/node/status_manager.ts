/** Writes a pod's status when it has changed. */
import type { Pod } from "../api/types/pod.ts";
import type { ObjectClient } from "../store/client.ts";

/** Writes the pod statuses of a node to the object store. */
export class StatusManager {
  readonly #client: Pick<ObjectClient, "updatePodStatus">;

  /** Hands the statuses to this client. */
  constructor(client: Pick<ObjectClient, "updatePodStatus">) {
    this.#client = client;
  }

  /**
   * Writes a pod's status; nothing happens if the object is gone and only the node still knows the
   * pod.
   */
  publish(pod: Pod): void {
    this.#client.updatePodStatus(pod, pod.status!);
  }
}
