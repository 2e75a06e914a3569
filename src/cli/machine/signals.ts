/** The signals that end a run or a server. */
import { readIgnoredSignals } from "../../runtime/machine/process_stat.ts";
import { endingSignals } from "../run/exit_status.ts";
import { watchLaunchers } from "../terminal/launchers.ts";

/**
 * Signals closer together than this count as one: `deno task` repeats what the terminal has already
 * sent.
 */
const SIGNAL_SPACING_MS = 1000;

/** A signal that ends. */
export type EndingSignal = keyof typeof endingSignals;

/** What signals end. */
export interface EndingRun {
  /** May be called again while it ends. */
  endGracefully(signal: EndingSignal): void;
  endNow(): void;
}

/**
 * The first signal ends the Pods gracefully, one that comes a while after it at once.
 * @param options.ignored signals that end nothing, and are listened to all the same: without a
 * listener they end Deno.
 */
export function watchSignals(
  run: EndingRun,
  { over, ignored }: { readonly over: AbortSignal; readonly ignored: readonly string[] },
): void {
  let firstSignalAt: number | undefined;
  const onSignal = (signal: keyof typeof endingSignals) => {
    const now = performance.now();
    firstSignalAt ??= now;
    if (now - firstSignalAt >= SIGNAL_SPACING_MS) run.endNow();
    else run.endGracefully(signal);
  };
  for (const signal of Object.keys(endingSignals) as (keyof typeof endingSignals)[]) {
    Deno.addSignalListener(signal, () => ignored.includes(signal) || onSignal(signal));
  }
  void watchLaunchers(over).then((gone) => gone && onSignal("SIGHUP"));
}

/**
 * Whether we were started by nohup: then the run has to outlive the terminal. Only to be seen at
 * the beginning: Deno takes all signals that end a program once it listens to one. SIGHUP is the
 * lowest bit of the mask.
 */
export function isHangupIgnored(): boolean {
  return (readIgnoredSignals() & 1n) !== 0n;
}
