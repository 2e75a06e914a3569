/** `experiment`: the outcome of Pods by exit code, restart policy and role of a container. */
import { UsageError } from "../base/usage_error.ts";
import type { LogEvent } from "../lifecycle/trace/log_event.ts";
import { parseEventFile } from "../report/event_file.ts";
import {
  type Cell,
  computeOutcome,
  listCells,
  makePod,
  podNameOf,
  scriptWords,
} from "../report/experiment/experiment.ts";
import { formatExperiment } from "../report/experiment/experiment_table.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { experimentOptions, type OptionValues } from "./arguments/options.ts";
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
  const common = ["-o", "ndjson", "--quiet", "--timeout", limit, "-"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", ...isBundle ? ["--no-config", "--no-lock"] : []],
      Deno.mainModule,
      ...options.simulate ? ["simulate", ...scriptWords(cells, workMs)] : [
        ...["run", "--speed", String(options.speed), "--isolation", options.isolation],
      ],
      ...common,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const items = cells.map((cell) => makePod(cell, workMs / 1000));
  const manifest = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const writing = new Blob([manifest]).stream().pipeTo(child.stdin);
  // It may refuse the options before it reads; its own message says so.
  writing.catch(() => {});
  const watch = new StartWatch(cells.length, lifetimeMs, () => child.kill("SIGTERM"));
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (!options.simulate) watch.look(text);
  }
  const { code } = await child.status;
  watch.stop();
  return { code, events: parseEventFile(text).filter((it): it is LogEvent => "pod" in it) };
}

/** A bundle is one module. */
const isBundle = import.meta.url === Deno.mainModule;

/** Ends a run when every Pod has had its lifetime. */
class StartWatch {
  #seen = 0;
  #from = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly pods: number,
    private readonly lifetimeMs: number,
    private readonly end: () => void,
  ) {}

  /** Looks at what has come since: the first starts of the containers under test. */
  look(text: string): void {
    if (this.#timer !== undefined) return;
    const upTo = text.lastIndexOf("\n") + 1;
    const started = text.slice(this.#from, upTo)
      .match(/"type":"container.started".*"container":"exits-\d+".*"restartCount":0/g);
    this.#from = upTo;
    this.#seen += started?.length ?? 0;
    if (this.#seen >= this.pods) this.#timer = setTimeout(this.end, this.lifetimeMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
