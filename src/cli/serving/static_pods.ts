/** Has a node run the Pods of its own files. */
import type { Pod } from "../../api/types/pod.ts";
import type { Cluster } from "../../cluster.ts";
import { Controller } from "../../controllers/controller.ts";
import { StaticPods } from "../../node/static_pods.ts";
import type { ManifestFolderOptions } from "./manifest_folder.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";

/** What static Pods are run with. */
export interface StaticPodsOptions {
  /** Where they are; undefined: there are none. */
  readonly folder: Omit<ManifestFolderOptions, "clock"> | undefined;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Begins with the Pods that the files hold now; objects of others, which an earlier server left,
 * are removed.
 *
 * @returns what ends it: files are not followed any more, and what runs goes on.
 */
export async function startStaticPods(
  cluster: Cluster,
  { folder, nodeName, clock, log }: StaticPodsOptions,
): Promise<() => void> {
  const pods = new StaticPods({ client: cluster.client, host: cluster.staticPods, nodeName });
  const controller = new Controller({ reconciler: pods, clock, log });
  const over = new AbortController();
  if (folder !== undefined) {
    // With it the reader of YAML is loaded.
    const { ManifestFolder } = await import("./manifest_folder.ts");
    const manifests = new ManifestFolder({ ...folder, clock });
    const want = (wanted: readonly Pod[]) => pods.want(wanted);
    want(await manifests.read());
    manifests.follow(want, over.signal).catch((error) => {
      log.error("Cannot follow manifests", { folder: folder.name, error: String(error) });
    });
  }
  controller.start();
  return () => {
    over.abort();
    void controller.stop();
  };
}
