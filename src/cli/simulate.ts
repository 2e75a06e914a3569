/** `simulate MANIFEST…`: what `run` would do, on a virtual clock with scripted containers. */
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";
import { type Clock, VirtualClock } from "../base/clock.ts";
import { loadControllers, loadScheduling, loadServiceProxy } from "../cluster.ts";
import type { PodSandboxConfig } from "../runtime/config.ts";
import { SimulatedRuntime } from "../runtime/simulated/simulated_runtime.ts";
import type { SimulationScript } from "../runtime/simulated/simulation_script.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { exitStatus } from "./run/exit_status.ts";
import { readUserDirectory } from "./terminal/launchers.ts";
import { describeFailure } from "./output/failure.ts";
import { formatManifestErrors } from "./manifest/manifests.ts";
import { type OptionValues, simulateOptions } from "./arguments/options.ts";
import { checkContainer } from "./manifest/overrides.ts";
import { parentPath, resolvePath } from "./manifest/paths.ts";
import {
  everyObject,
  type Plan,
  type PlannedDeletion,
  type PlanRequest,
  readApply,
  readPlan,
} from "./manifest/plan.ts";
import { nodeLabels, withNodeOptions } from "./machine/node_facts.ts";
import type { NodeFacts } from "../node/config/pod_sources.ts";
import { PodRun } from "./run/pod_run.ts";
import { standardStream } from "./output/run_writers.ts";
import { printError } from "./output/print.ts";
import { emptyScript, type Script, withOptions } from "../scenario/script.ts";
import { type ParsedScript, parseScript } from "../scenario/script_file.ts";
import { PodNames } from "../scenario/pod_names.ts";
import { createPlay, findUnknownNames } from "../scenario/script_play.ts";
import { UsageError } from "../base/usage_error.ts";
import { formatDuration } from "../base/duration.ts";

/** What a restart takes at least, as real ones do. */
const RESTART_MS = 100;

/** Lifecycle time after which a life without an end is ended. */
const HORIZON_MS = 3_600_000;

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
  const plan = await withScriptedChanges(given, request, parsed?.script ?? emptyScript);
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
  const { baseMs } = options["crash-backoff"];
  const script = withOptions(parsed?.script ?? emptyScript, options);
  return await playPlan(plan, options, {
    directory,
    // Where next to no back-off holds up a restart, time would stand still in a loop of runs that
    // take none.
    createScript: (_clock, findPod, names) =>
      createPlay(script, findPod, baseMs < RESTART_MS ? RESTART_MS : 0, names),
  });
}

/** A plan with what its script applies and deletes. */
async function withScriptedChanges(
  plan: Plan,
  request: PlanRequest & { readonly options: OptionValues<typeof simulateOptions> },
  script: Script,
): Promise<Plan> {
  const folder = parentPath(resolvePath(request.directory, request.options.script ?? "."));
  const applies = await Promise.all(
    (script.applies ?? []).map((it) => readApply(it, request, folder)),
  );
  const deletions = script.deletions.map(({ pod: name, ...it }): PlannedDeletion => ({
    type: "delete",
    kind: "Pod",
    name,
    ...it,
  }));
  return {
    ...plan,
    templates: [...plan.templates, ...applies.flatMap((it) => it.templates)],
    changes: [...plan.changes, ...applies.map(({ change }) => change), ...deletions],
    errors: [...plan.errors, ...applies.flatMap((it) => it.errors)],
    warnings: [...plan.warnings, ...applies.flatMap((it) => it.warnings)],
  };
}

/** Large enough for whatever a manifest may sensibly ask for; the same on every machine. */
const SIMULATED_NODE: NodeFacts = {
  name: "simulated",
  hostIP: "127.0.0.1",
  labels: nodeLabels("simulated", "amd64"),
  taints: [],
  allocatable: {
    "cpu": "256",
    "memory": "1Ti",
    "ephemeral-storage": "10Ti",
    "pods": "10000",
  },
};

/** The events of a simulation, and their options. */
export interface Play {
  /** Absolute: where files are written that are named without a folder. */
  readonly directory: string;
  /** What containers and sandboxes do, and what finds the Pods that they belong to. */
  readonly createScript: (
    clock: Clock,
    findPod: (sandbox: PodSandboxConfig) => Pod,
    names: PodNames,
  ) => SimulationScript;
  /** The ending of the next name that is to be generated. @default they are counted */
  readonly newNameEnding?: (base: string) => number;
  /**
   * As if it were run with that `--speed`: what keeps a floor of wall time takes longer in
   * lifecycle time. @default 1
   */
  readonly speed?: number;
}

/**
 * Plays a plan without errors to its end.
 *
 * @returns the exit status.
 * @throws {UsageError} a file that cannot be written.
 */
export async function playPlan(
  plan: Plan,
  options: OptionValues<typeof simulateOptions>,
  { directory, createScript, newNameEnding, speed = 1 }: Play,
): Promise<number> {
  const clock = new VirtualClock();
  const { timeout = HORIZON_MS } = options;
  const startControllers = await loadControllers(everyObject(plan));
  const node = withNodeOptions(SIMULATED_NODE, options);
  let uids = 0;
  const pods = new Map<string, Pod>();
  const findPod = ({ podUid }: PodSandboxConfig) => pods.get(podUid)!;
  const names = new PodNames();
  const run = new PodRun(plan, { ...options, timeout }, {
    clock,
    speed,
    timeoutClock: clock,
    createRuntime: (listener) =>
      new SimulatedRuntime({ clock, script: createScript(clock, findPod, names), listener, speed }),
    resolveImage: anyImage,
    home: "/",
    newUid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, "0")}`,
    node,
    scheduling: await loadScheduling(everyObject(plan), node),
    startsAtOnce: Infinity,
    directory,
    stdout: standardStream(Deno.stdout),
    stderr: standardStream(Deno.stderr),
    newEnding: () => 0,
    ...(newNameEnding && { newNameEnding }),
    startControllers,
    startServiceProxy: await loadServiceProxy(everyObject(plan)),
    mountsFolders: true,
    unsupportedFieldsOf: () => [],
    warnings: [
      ...plan.warnings,
      ...startControllers === undefined ? [] : await describeMany(everyObject(plan)),
    ],
    names,
    onPodAdded: (pod) => void pods.set(pod.metadata.uid!, pod),
    onPodGone: (pod) => void pods.delete(pod.metadata.uid!),
    closingLines: () =>
      options.timeout === undefined && clock.now() >= HORIZON_MS
        ? [
          `Pods still running after ${formatDuration(HORIZON_MS)} of simulated time; ` +
          "change the limit with --timeout",
        ]
        : [],
  });
  let over = false;
  const status = run.finish().finally(() => over = true);
  while (!over) {
    // What is left when no sleep is pending has to be written.
    if (!await clock.runUntil(() => over, nextStop(clock))) await run.caughtUp();
    if (clock.nextWake === undefined) break;
  }
  return await status;
}

async function describeMany(objects: readonly KubernetesObject[]) {
  const { describeManyPods, SIMULATED_BOUND } = await import("./manifest/many_pods.ts");
  return describeManyPods(objects, SIMULATED_BOUND);
}

/** Nothing is executed. */
function anyImage(image: string): readonly string[] {
  return [image];
}

/** Readers are looked after once in a while, not at each step. */
function nextStop(clock: VirtualClock): number {
  return (clock.nextWake ?? clock.now()) + READERS_MS;
}

const READERS_MS = 60_000;

/** @throws {UsageError} */
function readScript(file: string | undefined, directory: string): ParsedScript | undefined {
  if (file === undefined) return undefined;
  try {
    return parseScript(Deno.readTextFileSync(resolvePath(directory, file)), file);
  } catch (error) {
    throw new UsageError(`--script: ${file} cannot be read: ${describeFailure(error)}`);
  }
}
