/** `experiment`: the outcome of Pods by exit code, restart policy and role of a container. */
import { UsageError } from "../base/usage_error.ts";
import type { LogEvent, RunEvent } from "../lifecycle/trace/log_event.ts";
import {
  type Cell,
  computeOutcome,
  isFirstStart,
  listCells,
  makePod,
  podNameOf,
  scriptWords,
} from "../report/experiment/experiment.ts";
import { formatExperiment } from "../report/experiment/experiment_table.ts";
import { parseOptions } from "./arguments/arguments.ts";
import type { OptionValues } from "./arguments/option_table.ts";
import { experimentOptions } from "./arguments/report_options.ts";
import { emptyScript } from "../scenario/script.ts";
import { type EndingRun, type EndingSignal, watchSignals } from "./machine/signals.ts";
import { formatManifestErrors } from "./manifest/manifests.ts";
import { print, printError } from "./output/print.ts";
import { lookAtMachine } from "./play/machine_run.ts";
import { type RecordedRun, recordRun, recordSimulation } from "./play/recorded_run.ts";
import { endingSignals, exitStatus } from "./run/exit_status.ts";

type ExperimentOptions = OptionValues<typeof experimentOptions>;

/** So many Pods start and end side by side. */
const MOST_CELLS = 256;
/** How long the start of a Pod may take, in ms of the machine. */
const START_MS = 2000;

/**
 * Runs every combination as a Pod of its own, all in one run, and prints their outcomes.
 *
 * @param words what stands after the command.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function experiment(words: readonly string[]): Promise<number> {
  const { values: options, operands } = parseOptions(experimentOptions, words);
  if (operands.length > 0) throw new UsageError(`experiment takes no operand, got ${operands[0]}`);
  const cells = listCells(options.as, options.policy, options.exit);
  if (cells.length > MOST_CELLS) {
    throw new UsageError(`${cells.length} combinations are more than ${MOST_CELLS}: give fewer`);
  }
  const watch = new StartWatch(cells.length, options.for / options.speed);
  const over = new AbortController();
  watchSignals(watch, { over: over.signal, ignored: [] });
  const run = await runCells(cells, options, watch);
  over.abort();
  watch.stop();
  if (watch.signal !== undefined) return endingSignals[watch.signal];
  const lines = [...formatManifestErrors(run.errors), ...run.diagnostics];
  if (lines.length > 0) await printError(lines.join("\n"));
  const events = run.events.filter((it): it is LogEvent => "pod" in it);
  const byPod = Map.groupBy(events, ({ pod }) => pod);
  const unseen = cells.filter((cell) => !byPod.has(`default/${podNameOf(cell)}`));
  if (unseen.length > 0) {
    await printError(
      `podling: experiment: ${unseen.length} of ${cells.length} Pods did not start ` +
        `(the run ended with exit status ${run.exitStatus})`,
    );
    return exitStatus.undecided;
  }
  const outcomes = cells.map((cell) =>
    computeOutcome(cell, byPod.get(`default/${podNameOf(cell)}`)!, options.for)
  );
  await print(formatExperiment(outcomes, options));
  return exitStatus.success;
}

/** Runs all cells by one run, within this process. */
async function runCells(
  cells: readonly Cell[],
  { simulate, speed, isolation, for: lifetime }: ExperimentOptions,
  watch: StartWatch,
): Promise<RecordedRun> {
  const lifetimeMs = lifetime / (simulate ? 1 : speed);
  const workMs = lifetimeMs / 2;
  const limitMs = lifetimeMs + (simulate ? 1 : cells.length) * START_MS;
  const items = cells.map((cell) => makePod(cell, workMs / 1000));
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const directory = Deno.cwd();
  const timeout = ["--timeout", `${Math.ceil(limitMs)}ms`];
  const request = {
    manifests: [{ file: "experiment", text, folder: directory }],
    directory,
    end: watch.end,
    kill: watch.kill,
  };
  if (simulate) {
    const words = [...timeout, ...scriptWords(cells, workMs)];
    return await recordSimulation({ ...request, words, script: emptyScript });
  }
  return await recordRun({
    ...request,
    words: [...timeout, "--speed", String(speed), "--isolation", isolation],
    openPlace: () => ({ onRunEvent: (event) => watch.look(event) }),
  }, lookAtMachine());
}

/** Ends a run when every Pod has had its lifetime, or by a signal. */
class StartWatch implements EndingRun {
  readonly #end = new AbortController();
  readonly #kill = new AbortController();
  #seen = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #signal: EndingSignal | undefined;

  constructor(private readonly pods: number, private readonly lifetimeMs: number) {}

  /** Ends the run gracefully. */
  get end(): AbortSignal {
    return this.#end.signal;
  }

  /** Ends it at once. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  /** The first signal that has come. */
  get signal(): EndingSignal | undefined {
    return this.#signal;
  }

  /** Looks at the next event: whether it is the first start of a container under test. */
  look(event: RunEvent): void {
    if (!isFirstStart(event)) return;
    this.#seen++;
    if (this.#seen === this.pods) {
      this.#timer = setTimeout(() => this.#end.abort(), this.lifetimeMs);
    }
  }

  endGracefully(signal: EndingSignal): void {
    this.#signal ??= signal;
    this.#end.abort();
  }

  endNow(): void {
    this.#kill.abort();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
