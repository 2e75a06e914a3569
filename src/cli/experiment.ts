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
import { runChild } from "./child/child_run.ts";
import { print, printError } from "./output/print.ts";
import { exitStatus } from "./run/exit_status.ts";

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
  const { code, events } = await runCells(cells, options);
  const byPod = Map.groupBy(events, ({ pod }) => pod);
  const unseen = cells.filter((cell) => !byPod.has(`default/${podNameOf(cell)}`));
  if (unseen.length > 0) {
    await printError(
      `podling: experiment: ${unseen.length} of ${cells.length} Pods did not start ` +
        `(the run ended with exit status ${code})`,
    );
    return exitStatus.undecided;
  }
  const outcomes = cells.map((cell) =>
    computeOutcome(cell, byPod.get(`default/${podNameOf(cell)}`)!, options.for)
  );
  await print(formatExperiment(outcomes, options));
  return exitStatus.success;
}

/** Runs all cells by a run of this program, as anyone would, and reads its events. */
async function runCells(
  cells: readonly Cell[],
  options: ExperimentOptions,
): Promise<{ readonly code: number; readonly events: readonly LogEvent[] }> {
  const lifetimeMs = options.for / (options.simulate ? 1 : options.speed);
  const workMs = lifetimeMs / 2;
  const limit = `${Math.ceil(lifetimeMs + (options.simulate ? 1 : cells.length) * START_MS)}ms`;
  const items = cells.map((cell) => makePod(cell, workMs / 1000));
  const watch = new StartWatch(cells.length, lifetimeMs);
  const { code, events } = await runChild({
    words: [
      ...options.simulate ? ["simulate", ...scriptWords(cells, workMs)] : [
        ...["run", "--speed", String(options.speed), "--isolation", options.isolation],
      ],
      ...["--quiet", "--timeout", limit],
    ],
    manifest: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
    stderr: "inherit",
    onEvents: (news, end) => options.simulate || watch.look(news, end),
  });
  watch.stop();
  return { code, events: events.filter((it): it is LogEvent => "pod" in it) };
}

/** Ends a run when every Pod has had its lifetime. */
class StartWatch {
  #seen = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly pods: number, private readonly lifetimeMs: number) {}

  /** Looks at what has come since: the first starts of the containers under test. */
  look(events: readonly RunEvent[], end: () => void): void {
    if (this.#timer !== undefined) return;
    this.#seen += events.filter(isFirstStart).length;
    if (this.#seen >= this.pods) this.#timer = setTimeout(end, this.lifetimeMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
