/** Lets a claim that is being deleted go when no Pod uses it any more. */
import {
  CLAIM_PROTECTION,
  claimsOfPod,
  usesClaim,
  withoutProtection,
} from "../../api/claim_protection.ts";
import type { WatchEvent } from "../../store/client.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isRefusal } from "../../store/status_error.ts";
import type { Pass, Reconciler } from "../controller.ts";
import type { ControllerContext } from "./object_writer.ts";
import { traceWrite } from "./trace.ts";

/**
 * Removes the finalizer of claims (R-VOL-10); a key is `namespace/name`.
 *
 * Rule: Kubernetes, pkg/controller/volume/pvcprotection/pvc_protection_controller.go.
 */
export class ClaimProtection implements Reconciler {
  /** As it is named in errors. */
  readonly name = "PersistentVolumeClaim";
  readonly #context: ControllerContext;

  /** Watches nothing yet. */
  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** As {@link Reconciler.watch}. */
  watch(onKey: (key: string) => void): () => void {
    const { client } = this.#context;
    const watches = [
      client.watch("PersistentVolumeClaim", ({ type, object: { metadata } }) => {
        const isHeld = metadata.deletionTimestamp !== undefined &&
          metadata.finalizers?.includes(CLAIM_PROTECTION);
        if (type !== "DELETED" && isHeld) onKey(`${metadata.namespace}/${metadata.name}`);
      }),
      client.watch("Pod", (event) => this.#onPod(event, onKey)),
    ];
    return () => watches.forEach((unwatch) => unwatch());
  }

  /** As {@link Reconciler.reconcile}. */
  async reconcile(key: string): Promise<Pass> {
    const { client, clock, onObjectEvent } = this.#context;
    const [namespace = "", name = ""] = key.split("/");
    const claim = client.get("PersistentVolumeClaim", namespace, name);
    if (claim?.metadata.deletionTimestamp === undefined) return {};
    if (!claim.metadata.finalizers?.includes(CLAIM_PROTECTION)) return {};
    if (client.list("Pod").some((pod) => usesClaim(pod, claim))) return {};
    try {
      await client.update(withoutProtection(claim));
    } catch (error) {
      // It is gone, which is the goal.
      if (isRefusal(error, "NotFound")) return {};
      throw error;
    }
    const action = "removeFinalizer";
    const because = "it is being deleted, and no Pod uses it";
    onObjectEvent(traceWrite({
      controller: this.name,
      owner: claim,
      target: claim,
      verb: "update",
      action,
      because,
      rule: "R-VOL-10",
    }, clock.now()));
    return {};
  }

  /** Only the end of a Pod lets a claim go. */
  #onPod({ type, object: pod }: WatchEvent<Pod>, onKey: (key: string) => void): void {
    if (type !== "DELETED" && pod.metadata.deletionGracePeriodSeconds !== 0) return;
    for (const name of claimsOfPod(pod)) onKey(`${pod.metadata.namespace}/${name}`);
  }
}
