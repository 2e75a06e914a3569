/** How a node that serves ends: its Pods as `kubectl delete` would end them, its objects stay. */
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
  await cluster.shutDown();
}
