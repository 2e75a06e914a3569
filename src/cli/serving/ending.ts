/** How a node that serves ends: its Pods as `kubectl delete` would end them, its objects stay. */
import type { Cluster } from "../../cluster.ts";
import { type EndingRun, watchSignals } from "../machine/signals.ts";
import { exitStatus } from "../run/exit_status.ts";
import type { UserShell } from "./user_shell.ts";

/** What a server ends by. */
export interface EndOptions {
  readonly over: AbortSignal;
  /** Signals that end nothing. */
  readonly ignored: readonly string[];
  /** Its end ends every Pod too. @default there is none */
  readonly shell?: UserShell | undefined;
  /** Is called before any Pod is ended. */
  readonly beforeEnd: () => void;
  /** Is called where Pods have to be ended first, with how many. */
  readonly onEnding: (pods: number) => void;
}

/**
 * Resolves when a signal has ended every Pod: the first one gracefully, one that comes later at
 * once.
 *
 * @returns the exit status: that of the shell, if that has ended it.
 */
export async function waitForEnd(
  cluster: Cluster,
  { over, ignored, shell, beforeEnd, onEnding }: EndOptions,
): Promise<number> {
  const { promise: asked, resolve } = Promise.withResolvers<number>();
  let isShellOver = false;
  const ending: EndingRun = {
    // The shell was the first to ask for it.
    endGracefully: () => isShellOver ? cluster.kill() : resolve(exitStatus.success),
    endNow: () => cluster.kill(),
  };
  watchSignals(ending, { over, ignored });
  void shell?.ended.then((code) => {
    isShellOver = true;
    resolve(code);
  });
  const status = await asked;
  shell?.hangUp();
  beforeEnd();
  const active = cluster.pods().filter(({ state }) => state !== "done").length;
  if (active > 0) onEnding(active);
  await cluster.shutDown();
  return status;
}
