/** Plays a plan on a virtual clock, with scripted containers, within this process. */
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import { type Clock, type Millis, VirtualClock } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { loadControllers, loadScheduling, loadServiceProxy } from "../../cluster.ts";
import type { NodeFacts } from "../../node/config/pod_sources.ts";
import type { PodSandboxConfig } from "../../runtime/config.ts";
import { SimulatedRuntime } from "../../runtime/simulated/simulated_runtime.ts";
import type { SimulationScript } from "../../runtime/simulated/simulation_script.ts";
import type { CrashBackoff } from "../../scenario/crash_backoff.ts";
import { PodNames } from "../../scenario/pod_names.ts";
import type { OptionValues } from "../arguments/option_table.ts";
import type { simulateOptions } from "../arguments/options.ts";
import { nodeLabels, withNodeOptions } from "../machine/node_facts.ts";
import { everyObject, type Plan } from "../manifest/plan.ts";
import { standardStream } from "../output/run_writers.ts";
import { PodRun } from "../run/pod_run.ts";
import type { RunPlace } from "./machine_run.ts";

/** Lifecycle time after which a life without an end is ended. */
const HORIZON_MS = 3_600_000;

/** What a restart takes at least, as real ones do. */
const RESTART_MS = 100;

/**
 * How long the start of a further run takes at least: where next to no back-off holds up a restart,
 * time would stand still in a loop of runs that take none.
 */
export function leastRestartMs({ baseMs }: CrashBackoff): Millis {
  return baseMs < RESTART_MS ? RESTART_MS : 0;
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

/** The events of a simulation, and its place. */
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
  /** Ends it at once when it is aborted. */
  readonly signal?: AbortSignal;
  /** Gives where it is reported, and observers. @default the standard streams */
  readonly openPlace?: (clock: Clock) => RunPlace;
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
  { directory, createScript, newNameEnding, speed = 1, signal, openPlace = standardPlace }: Play,
): Promise<number> {
  const clock = new VirtualClock();
  const { timeout = HORIZON_MS } = options;
  const startControllers = await loadControllers(everyObject(plan));
  const node = withNodeOptions(SIMULATED_NODE, options);
  let uids = 0;
  const pods = new Map<string, Pod>();
  const findPod = ({ podUid }: PodSandboxConfig) => pods.get(podUid)!;
  const place = openPlace(clock);
  const { names = new PodNames() } = place;
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
    ...place,
    directory,
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
    onPodAdded: (pod, owners) => {
      pods.set(pod.metadata.uid!, pod);
      place.onPodAdded?.(pod, owners);
    },
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
  signal?.addEventListener("abort", () => run.endNow(), { once: true });
  while (!over) {
    // What is left when no sleep is pending has to be written.
    if (!await clock.runUntil(() => over, nextStop(clock))) await run.caughtUp();
    if (clock.nextWake === undefined) break;
  }
  return await status;
}

function standardPlace(): RunPlace {
  return { stdout: standardStream(Deno.stdout), stderr: standardStream(Deno.stderr) };
}

async function describeMany(objects: readonly KubernetesObject[]) {
  const { describeManyPods, SIMULATED_BOUND } = await import("../manifest/many_pods.ts");
  return describeManyPods(objects, SIMULATED_BOUND);
}

/** Nothing is executed. */
export function anyImage(image: string): readonly string[] {
  return [image];
}

/** Readers are looked after once in a while, not at each step. */
function nextStop(clock: VirtualClock): number {
  return (clock.nextWake ?? clock.now()) + READERS_MS;
}

const READERS_MS = 60_000;
