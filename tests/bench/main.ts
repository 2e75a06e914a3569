/**
 * `deno task bench`: how fast and how small, each figure against a floor that is measured in the
 * same run.
 *
 * `--only NAME` runs one of the benchmarks, `--json` prints JSON, `--profile` prints where the time
 * of a run goes, `--peers` is `--only peers`. Benchmarks are not tests: the exit status is 0
 * whether the bounds hold or not.
 */
import { initStart, podNetwork, processStart, restart, sandboxStart } from "./container_start.ts";
import { deployments, heal, simulatedMemory } from "./deployments.ts";
import { type Benchmark, type Figure, holds, type Unit } from "./figure.ts";
import { flatCost, podEnd, viewStart } from "./isolation.ts";
import { helperMemory, idleControllers, runningContainers } from "./footprint.ts";
import { lifecycle } from "./lifecycle.ts";
import { ndjsonLogs, slowReader, textLogs } from "./log_throughput.ts";
import { processPods, sandboxPods } from "./many_pods.ts";
import { checkedFiles, experimentTable, liveView, timelinePage } from "./looking.ts";
import { peers } from "./peers.ts";
import { formatProfile, measureProfile, type ProfileTable } from "./profile.ts";
import { kubectlGet, serveDeployment, serveReady, watchExit } from "./serve.ts";
import { idleServer, manyObjects, manyWatches } from "./serve_load.ts";
import { bentTime, wholeProcess } from "./whole_process.ts";
import { writes } from "./writes.ts";

const BENCHMARKS: readonly Benchmark[] = [
  lifecycle,
  wholeProcess,
  peers,
  bentTime,
  processStart,
  sandboxStart,
  initStart,
  restart,
  viewStart,
  podEnd,
  flatCost,
  podNetwork,
  processPods,
  sandboxPods,
  deployments,
  heal,
  simulatedMemory,
  idleControllers,
  helperMemory,
  runningContainers,
  textLogs,
  ndjsonLogs,
  slowReader,
  writes,
  checkedFiles,
  experimentTable,
  timelinePage,
  liveView,
  serveReady,
  serveDeployment,
  kubectlGet,
  watchExit,
  manyObjects,
  manyWatches,
  idleServer,
];

const HEAD = ["what", "measured", "floor", "figure", "bound", "holds"];

async function main(args: readonly string[]): Promise<number> {
  const names = BENCHMARKS.map(({ name }) => name);
  const chosen: string[] = [];
  let json = false;
  let isProfile = false;
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--json") json = true;
    else if (args[at] === "--profile") isProfile = true;
    else if (args[at] === "--peers") chosen.push(peers.name);
    else if (args[at] === "--only" && names.includes(args[at + 1] ?? "")) chosen.push(args[++at]!);
    else {
      printError(
        `usage: deno task bench [--json] [--profile | --peers | --only NAME…]\nNAME: ${
          names.join(", ")
        }`,
      );
      return 125;
    }
  }
  if (isProfile) {
    const tables: ProfileTable[] = [];
    for await (const table of measureProfile()) {
      if (json) tables.push(table);
      else print(formatProfile(table));
    }
    if (json) print(JSON.stringify(tables, undefined, 2));
    return 0;
  }
  const figures: Figure[] = [];
  for (const benchmark of BENCHMARKS) {
    if (chosen.length > 0 && !chosen.includes(benchmark.name)) continue;
    printError(`${benchmark.name} …`);
    const measured = await benchmark.run();
    figures.push(...measured);
    // Each as it comes: all of them take a while.
    if (!json) print(formatTable(measured));
  }
  if (json) print(JSON.stringify(figures.map(toJson), undefined, 2));
  return 0;
}

function toJson(figure: Figure): unknown {
  return "skipped" in figure ? figure : { ...figure, holds: holds(figure) };
}

function formatTable(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(formatRow)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const align = (cell: string, column: number) =>
    column === 0
      ? cell.padEnd(widths[0]!)
      : column === HEAD.length - 1
      ? cell
      : cell.padStart(widths[column]!);
  return rows.map((row) => row.map(align).join("  ").trimEnd()).join("\n");
}

function formatRow(figure: Figure): readonly string[] {
  if ("skipped" in figure) {
    return [figure.what, "", "", "", "", `skipped: ${figure.skipped}`];
  }
  const { what, measured, floor, measuredUnit, value, unit, bound } = figure;
  return [
    what,
    formatAmount(measured, measuredUnit),
    floor === undefined ? "" : formatAmount(floor, measuredUnit),
    formatAmount(value, unit),
    bound === undefined
      ? ""
      : "atMost" in bound
      ? `≤ ${formatAmount(bound.atMost, unit)}`
      : `≥ ${formatAmount(bound.atLeast, unit)}`,
    bound === undefined ? "" : holds(figure) ? "yes" : "no",
  ];
}

function formatAmount(amount: number, unit: Unit): string {
  const digits = Math.abs(amount) >= 1000 || Number.isInteger(amount)
    ? 0
    : Math.abs(amount) >= 10
    ? 1
    : 2;
  return `${amount.toLocaleString("en", { maximumFractionDigits: digits })} ${unit}`;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function printError(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
