/** `run MANIFEST…`: Pods in the foreground until they are done. */
import type { ManifestError } from "../api/manifest/manifest.ts";
import type { Clock } from "../base/clock.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { runOptions } from "./arguments/options.ts";
import { asUsageError } from "./machine/node_facts.ts";
import { type EndingRun, isHangupIgnored, watchSignals } from "./machine/signals.ts";
import { formatManifestErrors } from "./manifest/manifests.ts";
import { type Plan, readPlan } from "./manifest/plan.ts";
import { watchOutputReader } from "./output/output_reader.ts";
import { printError } from "./output/print.ts";
import { standardStream } from "./output/run_writers.ts";
import {
  hasProgram,
  imageResolver,
  lookAtMachine,
  openMachineRun,
  type RunPlace,
} from "./play/machine_run.ts";
import { exitStatus } from "./run/exit_status.ts";
import type { PodRun } from "./run/pod_run.ts";
import { readUserDirectory } from "./terminal/launchers.ts";
import type { LiveView } from "./terminal/live_view.ts";
import { findInputReader, UserTerminal } from "./terminal/user_terminal.ts";

/**
 * Runs the manifests' Pods.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function run(words: readonly string[], project: string): Promise<number> {
  const { values: options, operands } = parseOptions(runOptions, words);
  const manifests = [...options.filename, ...operands];
  // Both change as soon as the runtime is there.
  const fileMode = 0o666 & ~Deno.umask();
  const ignored = isHangupIgnored() ? ["SIGHUP"] : [];
  // The machine is looked at while the manifests are read.
  const machine = lookAtMachine();
  const directory = readUserDirectory(project);
  const request = { options, directory, resolveImage: imageResolver(options), hasProgram };
  const plan = await readPlan(manifests, request);
  if (plan.errors.length > 0) return await refuse(plan.errors);
  const openPlace = async (clock: Clock): Promise<RunPlace> => {
    const view = options.watch ? await openView(plan, clock) : undefined;
    return {
      fileMode,
      createTerminal: (warn) => new UserTerminal({ isManifest: manifests.includes("-"), warn }),
      stdout: view?.stdout ?? standardStream(Deno.stdout),
      stderr: view?.stderr ?? standardStream(Deno.stderr),
      onRunEvent: (event) => view?.add(event),
      onOver: async () => await view?.close(),
    };
  };
  const opened = await openMachineRun(plan, { options, machine, directory, openPlace });
  if (!("run" in opened)) return await refuse(opened);
  try {
    return await finish(opened.run, ignored);
  } catch (error) {
    throw asUsageError(error);
  } finally {
    await opened.close();
  }
}

/** The view of `--watch`; undefined where there is no terminal, or a container has it. */
async function openView({ templates }: Plan, clock: Clock): Promise<LiveView | undefined> {
  const stderr = standardStream(Deno.stderr);
  const reader = findInputReader(templates);
  if (!stderr.terminal || (reader?.tty && Deno.stdin.isTerminal())) return undefined;
  const { LiveView } = await import("./terminal/live_view.ts");
  return new LiveView({ stdout: standardStream(Deno.stdout), stderr, clock });
}

/** Waits for the end of a run, which a signal or the end of its reader brings about earlier. */
async function finish(run: PodRun, ignored: readonly string[]): Promise<number> {
  const over = new AbortController();
  const ending: EndingRun = {
    endGracefully: (signal) => run.endGracefully({ type: "signal", signal }),
    endNow: () => run.endNow(),
  };
  watchSignals(ending, { over: over.signal, ignored });
  void watchOutputReader(over.signal).then((gone) =>
    gone && run.endGracefully({ type: "outputClosed" })
  );
  const status = await run.finish();
  over.abort();
  return status;
}

async function refuse(errors: readonly ManifestError[]): Promise<number> {
  await printError(formatManifestErrors(errors).join("\n"));
  return exitStatus.undecided;
}
