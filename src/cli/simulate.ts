/** `simulate MANIFEST…`: what `run` would do, on a virtual clock with scripted containers. */
import { UsageError } from "../base/usage_error.ts";
import { emptyScript, withOptions } from "../scenario/script.ts";
import { type ParsedScript, parseScript } from "../scenario/script_file.ts";
import { createPlay, findUnknownNames } from "../scenario/script_play.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { simulateOptions } from "./arguments/options.ts";
import { formatManifestErrors } from "./manifest/manifests.ts";
import { checkContainer } from "./manifest/overrides.ts";
import { parentPath, resolvePath } from "./manifest/paths.ts";
import { readPlan } from "./manifest/plan.ts";
import { describeFailure } from "./output/failure.ts";
import { printError } from "./output/print.ts";
import { withScriptedChanges } from "./play/scripted_changes.ts";
import { anyImage, leastRestartMs, playPlan } from "./play/simulated_run.ts";
import { exitStatus } from "./run/exit_status.ts";
import { readUserDirectory } from "./terminal/launchers.ts";

/**
 * Plays the manifests' Pods. The same words give the same events to the byte: time begins at a
 * fixed date, and ids, addresses and the endings of names are counted.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the exit status that `run` would have.
 * @throws {UsageError}
 */
export async function simulate(words: readonly string[], project: string): Promise<number> {
  const { values: options, operands } = parseOptions(simulateOptions, words);
  const directory = readUserDirectory(project);
  let named = 0;
  const newEnding = () => named++;
  const request = { options, directory, resolveImage: anyImage, isSimulated: true, newEnding };
  const given = await readPlan([...options.filename, ...operands], request);
  const parsed = readScript(options.script, directory);
  const folder = parentPath(resolvePath(directory, options.script ?? "."));
  const plan = await withScriptedChanges(given, request, parsed?.script ?? emptyScript, folder);
  const errors = [...plan.errors, ...parsed?.errors ?? []];
  if (errors.length === 0 && parsed !== undefined) {
    errors.push(...findUnknownNames(parsed.script, plan.templates).map(parsed.locate));
  }
  if (errors.length > 0) {
    await printError(formatManifestErrors(errors).join("\n"));
    return exitStatus.undecided;
  }
  for (const name of ["exit", "after", "probe"] as const) {
    for (const { container } of options[name]) {
      if (container !== undefined) checkContainer(name, container, plan.templates);
    }
  }
  const script = withOptions(parsed?.script ?? emptyScript, options);
  return await playPlan(plan, options, {
    directory,
    createScript: (_clock, findPod, names) =>
      createPlay(script, findPod, leastRestartMs(options["crash-backoff"]), names),
  });
}

/** @throws {UsageError} */
function readScript(file: string | undefined, directory: string): ParsedScript | undefined {
  if (file === undefined) return undefined;
  try {
    return parseScript(Deno.readTextFileSync(resolvePath(directory, file)), file);
  } catch (error) {
    throw new UsageError(`--script: ${file} cannot be read: ${describeFailure(error)}`);
  }
}
