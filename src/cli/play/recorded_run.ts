/**
 * A run within this process whose report is kept instead of printed: of real processes or on the
 * virtual clock.
 */
import type { ManifestError } from "../../api/manifest/manifest.ts";
import type { Clock } from "../../base/clock.ts";
import { concatBytes } from "../../base/bytes.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { parseEventFile } from "../../report/event_file.ts";
import { type Script, withOptions } from "../../scenario/script.ts";
import { createPlay } from "../../scenario/script_play.ts";
import type { SimulationScript } from "../../runtime/simulated/simulation_script.ts";
import { parseOptions } from "../arguments/arguments.ts";
import { runOptions, simulateOptions } from "../arguments/options.ts";
import { asUsageError } from "../machine/node_facts.ts";
import type { GivenManifest } from "../manifest/manifests.ts";
import { type Plan, type PlannedManifest, type PlanRequest, readPlan } from "../manifest/plan.ts";
import type { OutputTarget } from "../output/run_writers.ts";
import type { PodRun } from "../run/pod_run.ts";
import {
  hasProgram,
  imageResolver,
  type Machine,
  openMachineRun,
  type RunPlace,
} from "./machine_run.ts";
import { withApplies, withScriptedChanges } from "./scripted_changes.ts";
import { anyImage, leastRestartMs, playPlan } from "./simulated_run.ts";

/** More is not kept of what a run reports, in bytes: it is ended then. */
export const MOST_BYTES = 32 << 20;

/** What is run, and how. */
export interface RecordedRunRequest {
  /** Options and operands, as they stand after `run`, or after `simulate`. */
  readonly words: readonly string[];
  /** Manifests beside the operands. */
  readonly manifests?: readonly GivenManifest[];
  /** Where names of files start, absolute. */
  readonly directory: string;
  /** Manifests that are applied meanwhile, beside those that a script names. */
  readonly applies?: readonly PlannedManifest[];
  /** What a script applies and deletes; of a simulation also what containers do. */
  readonly script?: Script;
  /** Where the names of files in that start. @default `directory` */
  readonly scriptFolder?: string;
  /** Ends the Pods gracefully, as SIGTERM does. */
  readonly end?: AbortSignal;
  /** Ends them at once. */
  readonly kill?: AbortSignal;
  /** What takes the place of an object of the manifests. @default itself */
  readonly changeObject?: PlanRequest["changeObject"];
  /** Looks at the plan before anything starts; what it refuses is not run. */
  readonly checkPlan?: (plan: Plan) => readonly ManifestError[];
  /** Gives observers beside the report, and the user whose input containers read. */
  readonly openPlace?: (clock: Clock) => Partial<RunPlace>;
}

/** What a run has reported. */
export interface RecordedRun {
  /** As the program's would be. */
  readonly exitStatus: number;
  /** Every event of its log, lines of output too, in their order. */
  readonly events: readonly RunEvent[];
  /** The lines that it would have written to standard error. */
  readonly diagnostics: readonly string[];
  /** Why it has not begun; what else is reported is empty then. */
  readonly errors: readonly ManifestError[];
  /** It was ended since it reported more than is kept. */
  readonly isTooMuch: boolean;
}

/** Keeps what is written to it, up to a bound. */
class Record implements OutputTarget {
  readonly terminal = false;
  readonly colour = false;
  readonly #chunks: Uint8Array[] = [];
  readonly #onFull: () => void;
  #bytes = 0;

  constructor(onFull: () => void) {
    this.#onFull = onFull;
  }

  get isFull(): boolean {
    return this.#bytes > MOST_BYTES;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (!this.isFull) {
      this.#bytes += bytes.length;
      this.#chunks.push(bytes.slice());
      if (this.isFull) this.#onFull();
    }
    return Promise.resolve(bytes.length);
  }

  /** Whole lines. */
  lines(): string[] {
    const text = new TextDecoder().decode(concatBytes(this.#chunks));
    return text.split("\n").filter((line) => line !== "");
  }
}

/** What is common to both kinds of runs. */
class Recording {
  readonly #full = new AbortController();
  readonly #request: RecordedRunRequest;
  readonly stdout = new Record(() => this.#full.abort());
  readonly stderr = new Record(() => this.#full.abort());
  /** Ends the run at once. */
  readonly kill: AbortSignal;

  constructor(request: RecordedRunRequest) {
    this.#request = request;
    this.kill = request.kill === undefined
      ? this.#full.signal
      : AbortSignal.any([request.kill, this.#full.signal]);
  }

  get words(): readonly string[] {
    return ["--output=ndjson", "--quiet", ...this.#request.words];
  }

  placeFor(clock: Clock): RunPlace {
    return { ...this.#request.openPlace?.(clock), stdout: this.stdout, stderr: this.stderr };
  }

  /** With what the request adds to it: the changes of its script, and the caller's own errors. */
  async complete(given: Plan, planRequest: PlanRequest): Promise<Plan> {
    const { script, applies = [], directory, scriptFolder = directory, checkPlan } = this.#request;
    const scripted = script === undefined
      ? given
      : await withScriptedChanges(given, planRequest, script, scriptFolder);
    const plan = applies.length === 0
      ? scripted
      : await withApplies(scripted, planRequest, applies, directory);
    if (plan.errors.length > 0 || checkPlan === undefined) return plan;
    return { ...plan, errors: checkPlan(plan) };
  }

  refuse(errors: readonly ManifestError[]): RecordedRun {
    return { exitStatus: 125, events: [], diagnostics: [], errors, isTooMuch: false };
  }

  finish(exitStatus: number): RecordedRun {
    return {
      exitStatus,
      events: parseEventFile(this.stdout.lines().join("\n")),
      diagnostics: this.stderr.lines(),
      errors: [],
      isTooMuch: this.stdout.isFull || this.stderr.isFull,
    };
  }
}

/**
 * Runs manifests with real processes.
 *
 * @param machine the same for all runs of this process.
 * @throws {UsageError} options that cannot be meant, or what this machine cannot do at all.
 */
export async function recordRun(
  request: RecordedRunRequest,
  machine: Machine,
): Promise<RecordedRun> {
  const recording = new Recording(request);
  const { values: options, operands } = parseOptions(runOptions, recording.words);
  const { directory, manifests = [], end } = request;
  const planRequest: PlanRequest = {
    options,
    directory,
    resolveImage: imageResolver(options),
    hasProgram,
    ...request.changeObject && { changeObject: request.changeObject },
  };
  const given = await readPlan([...manifests, ...options.filename, ...operands], planRequest);
  const plan = await recording.complete(given, planRequest);
  if (plan.errors.length > 0) return recording.refuse(plan.errors);
  const openPlace = (clock: Clock) => Promise.resolve(recording.placeFor(clock));
  const opened = await openMachineRun(plan, { options, machine, directory, openPlace });
  if (!("run" in opened)) return recording.refuse(opened);
  endBySignals(opened.run, end, recording.kill);
  try {
    return recording.finish(await opened.run.finish());
  } catch (error) {
    throw asUsageError(error);
  } finally {
    await opened.close();
  }
}

/**
 * Plays manifests on the virtual clock.
 *
 * @param observe gets the script that is played, and returns the one to play in its place.
 * @throws {UsageError} options that cannot be meant.
 */
export async function recordSimulation(
  request: RecordedRunRequest & { readonly script: Script },
  observe: (script: SimulationScript) => SimulationScript = (it) => it,
): Promise<RecordedRun> {
  const recording = new Recording(request);
  const { values: options, operands } = parseOptions(simulateOptions, recording.words);
  const { directory, manifests = [], script } = request;
  let named = 0;
  const newEnding = () => named++;
  const planRequest = { options, directory, resolveImage: anyImage, isSimulated: true, newEnding };
  const given = await readPlan([...manifests, ...options.filename, ...operands], planRequest);
  const plan = await recording.complete(given, planRequest);
  if (plan.errors.length > 0) return recording.refuse(plan.errors);
  const restartMs = leastRestartMs(options["crash-backoff"]);
  const played = withOptions(script, options);
  return recording.finish(
    await playPlan(plan, options, {
      directory,
      openPlace: (clock) => recording.placeFor(clock),
      signal: recording.kill,
      createScript: (_clock, findPod, names) =>
        observe(createPlay(played, findPod, restartMs, names)),
    }),
  );
}

function endBySignals(run: PodRun, end: AbortSignal | undefined, kill: AbortSignal): void {
  const on = (signal: AbortSignal | undefined, act: () => void) => {
    if (signal?.aborted) act();
    else signal?.addEventListener("abort", act, { once: true });
  };
  on(end, () => run.endGracefully({ type: "signal", signal: "SIGTERM" }));
  on(kill, () => run.endNow());
}
