/** The reader of standard output: whether it is still there. */
import { systemClock } from "../../base/clock.ts";

/** Most runs are shorter than this, and have nothing of a watch. */
const PATIENCE_MS = 500;

/**
 * Resolves when standard output has no reader any more, where that is a pipe: with true then, with
 * false when the signal has ended the watch. A write would show it too, but the time of the next
 * one is unknown.
 */
export async function watchOutputReader(signal: AbortSignal): Promise<boolean> {
  if (!Deno.readLinkSync("/proc/self/fd/1").startsWith("pipe:")) return false;
  const clock = systemClock();
  await clock.sleepUntil(clock.now() + PATIENCE_MS, signal).catch(() => {}); // Only the signal ends it early.
  if (signal.aborted) return false;
  const { readiness } = await import("../../runtime/streams/readiness.ts");
  const watch = readiness.add(1);
  signal.addEventListener("abort", () => watch.remove(), { once: true });
  // Nothing ever comes out of its writing end.
  await watch.wait("read");
  return !signal.aborted;
}
