/** `check FILE…`: tests of manifests in the scenario format. */
import { UsageError } from "../base/usage_error.ts";
import { parseOptions } from "./arguments/arguments.ts";
import type { OptionValues } from "./arguments/option_table.ts";
import { checkOptions } from "./arguments/report_options.ts";
import { type CheckedFile, checkFile, STDIN } from "./check/check_file.ts";
import type { CheckSettings } from "./check/scenario_run.ts";
import type { FileResult } from "./check/failure.ts";
import { junitReport, tapReport } from "./check/machine_reports.ts";
import type { ReportForm } from "./check/report.ts";
import { githubReport, textReport } from "./check/text_report.ts";
import { watchSignals } from "./machine/signals.ts";
import { describeFailure } from "./output/failure.ts";
import { isPipe, NOT_A_FILE } from "./manifest/manifests.ts";
import { joinPath, resolvePath } from "./manifest/paths.ts";
import { writeText } from "./output/print.ts";
import { lookAtMachine } from "./play/machine_run.ts";
import { endingSignals, exitStatus } from "./run/exit_status.ts";
import { readUserDirectory } from "./terminal/launchers.ts";

type CheckOptions = OptionValues<typeof checkOptions>;

/** Of a drawing that goes to a file or a pipe; the lines before it are indented by 4. */
const WIDTH_WITHOUT_TERMINAL = 96;

/**
 * Runs scenario files side by side, and reports of them in their order.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status: 1 if an expectation does not hold, 125 if a file cannot be
 * run or nothing was compared.
 * @throws {UsageError}
 */
export async function check(words: readonly string[], project: string): Promise<number> {
  const { values: options, operands } = parseOptions(checkOptions, words);
  if (options.schema) {
    const { scenarioSchema } = await import("../scenario/schema.ts");
    await writeText(`${JSON.stringify(scenarioSchema, undefined, 2)}\n`);
    return exitStatus.success;
  }
  if (operands.length === 0) {
    throw new UsageError("No scenario file given; docs/scenario.md has the format");
  }
  const piped = operands.filter((it) => it === STDIN).length;
  if (piped > 1) throw new UsageError("Standard input can be read only once");
  if (options.update && piped > 0) throw new UsageError("--update: standard input is not a file");
  if (options.update && options.output !== "text") {
    throw new UsageError(`--update shows a difference: it needs -o text, not ${options.output}`);
  }
  const directory = readUserDirectory(project);
  const files = operands.flatMap((it) => listFiles(it, directory));
  const kill = new AbortController();
  const over = new AbortController();
  let signal: keyof typeof endingSignals | undefined;
  const end = (name: keyof typeof endingSignals) => {
    signal ??= name;
    kill.abort();
  };
  // What does not end soon is left to those that clean up after a program that is gone.
  const endNow = () => Deno.exit(endingSignals[signal ?? "SIGTERM"]);
  watchSignals({ endGracefully: end, endNow }, { over: over.signal, ignored: [] });
  const results = await checkAll(files, options, {
    directory,
    machine: options.simulate ? undefined : lookAtMachine(),
    speed: options.speed,
    isolation: options.isolation,
    toleranceMs: options.tolerance,
    timeoutMs: options.timeout,
    width: readDrawingWidth(),
    kill: kill.signal,
  });
  over.abort();
  if (signal !== undefined) return endingSignals[signal];
  return computeStatus(results);
}

function computeStatus(results: readonly FileResult[]): number {
  const has = (outcome: FileResult["outcome"]) => results.some((it) => it.outcome === outcome);
  if (has("refused")) return exitStatus.undecided;
  if (has("failed")) return exitStatus.failure;
  // A check of nothing is not a success.
  return has("passed") ? exitStatus.success : exitStatus.undecided;
}

/** Checks files, so many at once, and prints each when those before it have been printed. */
async function checkAll(
  files: readonly string[],
  options: CheckOptions,
  settings: CheckSettings,
): Promise<FileResult[]> {
  const begin = performance.now();
  const report = reportOf(options.output);
  await writeText(report.begin(files.length));
  const jobs = options.jobs ?? navigator.hardwareConcurrency;
  const checked: Promise<CheckedFile>[] = [];
  const results: FileResult[] = [];
  for (const [index, file] of files.entries()) {
    // The file that begins `jobs` before it has to be over.
    const before = checked[index - jobs];
    checked.push((before ?? Promise.resolve()).then(() => checkFile(file, settings)));
    // One that fails by a fault of ours is reported where it is awaited.
    checked.at(-1)!.catch(() => {});
  }
  for (const [index, it] of checked.entries()) {
    const file: CheckedFile & { readonly written?: string } = await it;
    const { result, written } = options.update ? await update(file) : file;
    results.push(result);
    await writeText(report.file(result, index));
    if (written !== undefined) await writeScenario(result.file, written, settings);
  }
  await writeText(report.end(results, performance.now() - begin));
  return results;
}

function reportOf(output: CheckOptions["output"]): ReportForm {
  switch (output) {
    case "text":
      return textReport(Deno.stdout.isTerminal() && !Deno.noColor);
    case "tap":
      return tapReport;
    case "junit":
      return junitReport;
    case "github":
      return githubReport;
  }
}

/** What happened as the new expectation; what has to be mended by hand stays failed. */
async function update(
  { result, text }: CheckedFile,
): Promise<{ readonly result: FileResult; readonly written?: string }> {
  if (result.outcome !== "failed" || text === undefined) return { result };
  const { updateScenario } = await import("./check/update.ts");
  const { text: written, changes } = updateScenario(text, result);
  if (written === text) return { result };
  const failures = result.failures.filter((it) => it.update === undefined);
  const outcome = failures.length > 0 ? "failed" : "passed";
  return { result: { ...result, outcome, failures, changes }, written };
}

/** @throws {UsageError} a file that cannot be written. */
async function writeScenario(file: string, text: string, { directory }: CheckSettings) {
  try {
    await Deno.writeTextFile(resolvePath(directory, file), text);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${describeFailure(error)}`);
  }
}

/** A file, or the scenario files of a folder. */
function listFiles(operand: string, directory: string): string[] {
  if (operand === STDIN) return [STDIN];
  let isFolder = false;
  const path = resolvePath(directory, operand);
  try {
    isFolder = Deno.statSync(path).isDirectory;
  } catch {
    // What cannot be read is reported as the file that it is taken for.
  }
  if (!isFolder) return [operand];
  const names = [...Deno.readDirSync(path)].map(({ name }) => name)
    .filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0) throw new UsageError(`${operand} has no *.yaml or *.yml`);
  const pipe = names.find((name) => isPipe(joinPath(path, name)));
  if (pipe !== undefined) {
    throw new UsageError(`${joinPath(operand, pipe)} cannot be read: ${NOT_A_FILE}`);
  }
  return names.map((name) => joinPath(operand, name));
}

/** As wide as the terminal; the lines before a drawing are indented by 4. */
function readDrawingWidth(): number {
  if (!Deno.stdout.isTerminal()) return WIDTH_WITHOUT_TERMINAL;
  const { columns } = Deno.consoleSize();
  return columns > 0 ? columns - 4 : WIDTH_WITHOUT_TERMINAL;
}
