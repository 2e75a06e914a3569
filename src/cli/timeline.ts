/** `timeline EVENTS`: draws the run of an events file. */
import { EventFileError, parseEventFile } from "../report/event_file.ts";
import { UsageError } from "../base/usage_error.ts";
import { drawText } from "../report/timeline/text_drawing.ts";
import { computeTimeline, type Timeline } from "../report/timeline/timeline.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { timelineOptions } from "./arguments/report_options.ts";
import { describeFailure } from "./output/failure.ts";
import { resolvePath } from "./manifest/paths.ts";
import { print } from "./output/print.ts";
import { paintLine } from "./terminal/painted_line.ts";
import { formatTimeline } from "./output/timeline_form.ts";
import { exitStatus } from "./run/exit_status.ts";
import { readUserDirectory } from "./terminal/launchers.ts";

/** Of a drawing that goes to a file or a pipe. */
const WIDTH_WITHOUT_TERMINAL = 100;

/**
 * Draws a run, and prints it.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function timeline(words: readonly string[], project: string): Promise<number> {
  const { operands: [file, ...more], values } = parseOptions(timelineOptions, words);
  if (file === undefined || more.length > 0) {
    throw new UsageError("timeline needs one events file, as run --events-file writes it, or -");
  }
  const run = readTimeline(await readText(file, readUserDirectory(project)), file);
  await print((await format(run, values.output, file)).trimEnd());
  return exitStatus.success;
}

async function format(
  run: Timeline,
  output: "text" | "svg" | "html",
  file: string,
): Promise<string> {
  if (output !== "text") return await formatTimeline(run, output, file);
  const isTerminal = Deno.stdout.isTerminal();
  const width = isTerminal ? Deno.consoleSize().columns : WIDTH_WITHOUT_TERMINAL;
  const hasColour = isTerminal && !Deno.noColor;
  return drawText(run, width)
    .map((line) => paintLine(line, hasColour))
    .join("\n");
}

/**
 * The run of an event log.
 * @throws {UsageError} for what is not an events file, or has nothing to draw.
 */
export function readTimeline(text: string, file: string): Timeline {
  try {
    const run = computeTimeline(parseEventFile(text));
    if (run.groups.length > 0) return run;
  } catch (error) {
    if (!(error instanceof EventFileError)) throw error;
    throw new UsageError(`${file}:${error.line}: ${error.message}`);
  }
  throw new UsageError(`${file}: there is nothing to draw: no events of a Pod or of an object`);
}

async function readText(file: string, directory: string): Promise<string> {
  try {
    if (file === "-") return await new Response(Deno.stdin.readable).text();
    return await Deno.readTextFile(resolvePath(directory, file));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${describeFailure(error)}`);
  }
}
