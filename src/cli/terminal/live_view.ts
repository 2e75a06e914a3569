/** `run --watch`: how the containers stand, at the end of the terminal. */
import type { Clock } from "../../base/clock.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { formatLiveLines, type LiveLine } from "../../report/live/live_lines.ts";
import { LiveState } from "../../report/live/live_state.ts";
import type { OutputTarget } from "../output/run_writers.ts";
import { LiveRegion } from "./live_region.ts";
import { BEAT_MS, StopDetector } from "./stop_detector.ts";

const COLOURS: Readonly<Record<LiveLine["look"], number>> = {
  good: 32,
  bad: 31,
  wait: 33,
  plain: 0,
};

/** A live view of one run. */
export class LiveView {
  /** Standard output and standard error, with the view below what they write. */
  readonly stdout: OutputTarget;
  readonly stderr: OutputTarget;
  readonly #state = new LiveState();
  readonly #region: LiveRegion;
  readonly #onResize = () => this.#region.change();
  readonly #stops = new StopDetector(performance.now());
  readonly #beats = setInterval(() => this.#stops.beat(performance.now()), BEAT_MS);
  readonly #onContinue = () => {
    // The shell has written below it meanwhile.
    if (this.#stops.isContinued(performance.now())) this.#region.leave();
  };

  /**
   * Draws on standard error, which is a terminal, and listens to changes of that until it is
   * closed.
   */
  constructor(
    { stdout, stderr, clock }: {
      readonly stdout: OutputTarget;
      readonly stderr: OutputTarget;
      readonly clock: Clock;
    },
  ) {
    const format = ({ text, look }: LiveLine) =>
      stderr.colour && look !== "plain" ? `\x1b[${COLOURS[look]}m${text}\x1b[0m` : text;
    this.#region = new LiveRegion({
      target: stderr,
      columns: () => readSize().columns,
      lines: () => formatLiveLines(this.#state, clock.now(), readSize()).map(format),
      isTicking: () =>
        this.#state.pods.some((pod) => pod.containers.some(({ nextAt }) => nextAt !== undefined)),
    });
    this.stdout = stdout.terminal ? this.#region.share(stdout) : stdout;
    this.stderr = this.#region.share(stderr);
    Deno.addSignalListener("SIGWINCH", this.#onResize);
    Deno.addSignalListener("SIGCONT", this.#onContinue);
    Deno.unrefTimer(this.#beats);
  }

  /** Takes the next event. */
  add(event: RunEvent): void {
    if (this.#state.add(event)) this.#region.change();
  }

  /** Removes the view. */
  async close(): Promise<void> {
    Deno.removeSignalListener("SIGWINCH", this.#onResize);
    Deno.removeSignalListener("SIGCONT", this.#onContinue);
    clearInterval(this.#beats);
    await this.#region.close();
  }
}

/** Of the terminal; one that does not know its size has that of old. */
function readSize(): { readonly columns: number; readonly rows: number } {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || 80, rows: rows || 24 };
}
