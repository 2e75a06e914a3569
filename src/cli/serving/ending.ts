/** How a node that serves ends: its Pods as `kubectl delete` would end them. */
import type { Cluster } from "../../cluster.ts";
import { type EndingRun, watchSignals } from "../machine/signals.ts";

/**
 * Resolves when a signal has ended every Pod: the first one gracefully, one that comes later at
 * once.
 */
export async function waitForSignal(
  cluster: Cluster,
  { over, ignored }: { readonly over: AbortSignal; readonly ignored: readonly string[] },
): Promise<void> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const ending: EndingRun = {
    endGracefully: () => resolve(),
    endNow: () => cluster.kill(),
  };
  watchSignals(ending, { over, ignored });
  await asked;
  // First, so that nothing takes the place of what ends.
  cluster.deleteOwners();
  await cluster.waitFor(() => {
    const active = cluster.pods().filter(({ state }) => state !== "done");
    for (const { pod } of active) {
      const { namespace = "", name, deletionTimestamp } = pod.metadata;
      // A watcher does not write while it is being notified.
      if (deletionTimestamp === undefined) queueMicrotask(() => cluster.deletePod(namespace, name));
    }
    return active.length === 0;
  });
}
