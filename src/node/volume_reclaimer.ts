/** Removes the volumes of claims that are gone. */
import { CLAIM_PROTECTION } from "../api/claim_protection.ts";
import type { PersistentVolumeClaim } from "../api/types/core.ts";
import { messageOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ObjectClient, WatchEvent } from "../store/client.ts";

/** What makes a {@link VolumeReclaimer}. */
export interface VolumeReclaimerOptions {
  readonly client: Pick<ObjectClient, "watch" | "list">;
  readonly runtime: Pick<Runtime, "removeVolume">;
  /** For volumes that cannot be removed. */
  readonly log: Logger;
}

/** What a provisioner does whose volumes have the reclaim policy Delete (R-VOL-10). */
export class VolumeReclaimer {
  readonly #options: VolumeReclaimerOptions;
  readonly #underWay = new Set<Promise<void>>();
  #unwatch: (() => void) | undefined;

  /** Watches nothing yet. */
  constructor(options: VolumeReclaimerOptions) {
    this.#options = options;
  }

  /** Begins. */
  start(): void {
    this.#unwatch = this.#options.client.watch(
      "PersistentVolumeClaim",
      (event) => this.#onClaim(event),
    );
  }

  /**
   * Ends it, when no Pod is left: then nothing protects a claim any more that is being deleted.
   * Resolves when no removal is under way; nothing happens a second time.
   */
  async stop(): Promise<void> {
    if (this.#unwatch === undefined) return;
    this.#unwatch();
    this.#unwatch = undefined;
    for (const claim of this.#options.client.list("PersistentVolumeClaim")) {
      const { deletionTimestamp, finalizers = [] } = claim.metadata;
      const isProtected = finalizers.every((it) => it === CLAIM_PROTECTION);
      if (deletionTimestamp !== undefined && isProtected) this.#remove(claim);
    }
    await Promise.all(this.#underWay);
  }

  #onClaim({ type, object: claim }: WatchEvent<PersistentVolumeClaim>): void {
    if (type === "DELETED") this.#remove(claim);
  }

  #remove(claim: PersistentVolumeClaim): void {
    // One that was never bound has no volume.
    if (claim.status?.phase !== "Bound") return;
    const { runtime, log } = this.#options;
    const { namespace = "", name } = claim.metadata;
    const work: Promise<void> = runtime.removeVolume(namespace, name)
      .catch((error) =>
        log.warn("Cannot remove the volume of a claim", {
          claim: `${namespace}/${name}`,
          error: messageOf(error),
        })
      )
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }
}
