/** The whole cluster wiring on a virtual clock and a scripted runtime. */
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Container, Pod, PodSpec, PodStatus } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { createScheduling } from "../../src/api/scheduling/scheduling.ts";
import { type Cluster, type ClusterOptions, startCluster } from "../../src/cluster.ts";
import { defaultSettings, type LifecycleSettings } from "../../src/lifecycle/record/record.ts";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import type { ObjectLogEvent } from "../../src/lifecycle/trace/object_event.ts";
import type { NodeFacts } from "../../src/node/config/pod_sources.ts";
import type { PodProgress } from "../../src/node/pod_worker.ts";
import { createFaultyRuntime, type Fault } from "../../src/runtime/simulated/faulty_runtime.ts";
import type { Runtime, RuntimeListener } from "../../src/runtime/runtime.ts";
import {
  type RuntimeCall,
  SimulatedRuntime,
} from "../../src/runtime/simulated/simulated_runtime.ts";
import type {
  ContainerScript,
  SimulationScript,
} from "../../src/runtime/simulated/simulation_script.ts";
import { nodeFactsOf } from "./node_facts.ts";

/** A running simulation, and all that was seen of it. */
export interface Simulation {
  readonly clock: VirtualClock;
  readonly cluster: Cluster;
  readonly runtime: SimulatedRuntime;
  /** What the node asked of the machine. */
  readonly calls: RuntimeCall[];
  readonly logEvents: LogEvent[];
  /** Lines about objects that manage Pods. */
  readonly objectEvents: ObjectLogEvent[];
  /** Lines of the program's own log. */
  readonly log: string[];
  /** Every status that was published, by pod name. */
  readonly statuses: Map<string, { readonly at: number; readonly status: PodStatus }[]>;
}

/** What a simulation may differ in. */
export interface SimulationOptions {
  readonly script?: SimulationScript;
  /** What a cluster before it has kept. @default nothing */
  readonly kept?: NonNullable<ClusterOptions["kept"]>;
  /** @default one that begins in 2026 */
  readonly clock?: VirtualClock;
  readonly settings?: Partial<LifecycleSettings>;
  /** @default 4 */
  readonly startsAtOnce?: number;
  /** Stands between node and scripted runtime. */
  readonly wrap?: (runtime: Runtime, listener: RuntimeListener) => Runtime;
  /** @default 2 CPUs and 4 Gi */
  readonly node?: NodeFacts;
  /** @default no image is known */
  readonly resolveImage?: ClusterOptions["resolveImage"];
  /** Faults between them. */
  readonly faults?: readonly Fault[];
  /** @default none */
  readonly startControllers?: ClusterOptions["startControllers"];
  readonly admitPod?: NonNullable<ClusterOptions["admitPod"]>;
  readonly onPodEvent?: NonNullable<ClusterOptions["onPodEvent"]>;
  readonly onPodAdded?: NonNullable<ClusterOptions["onPodAdded"]>;
  readonly onOutput?: (text: string) => Promise<void>;
}

/** Starts an empty cluster at lifecycle time 0. */
export function startSimulation(options: SimulationOptions = {}): Simulation {
  const { script = {}, settings = {}, startsAtOnce = 4, wrap = (runtime) => runtime } = options;
  const { faults = [] } = options;
  const clock = options.clock ?? new VirtualClock();
  const calls: RuntimeCall[] = [];
  const logEvents: LogEvent[] = [];
  const objectEvents: ObjectLogEvent[] = [];
  const log: string[] = [];
  const statuses: Simulation["statuses"] = new Map();
  let simulated: SimulatedRuntime | undefined;
  let uids = 0;
  const node = options.node ?? nodeFactsOf("node-1");
  const cluster = startCluster({
    clock,
    settings: { ...defaultSettings, wallZeroMs: clock.wallTime(0), ...settings },
    createRuntime: (listener) => {
      const createRuntime = (listener: RuntimeListener) => {
        simulated = new SimulatedRuntime({
          clock,
          script,
          listener,
          onCall: (call) => calls.push(call),
        });
        return wrap(simulated, listener);
      };
      if (faults.length === 0) return createRuntime(listener);
      return createFaultyRuntime({ clock, faults, createRuntime, onFault: () => {} }, listener);
    },
    resolveImage: options.resolveImage ?? (() => undefined),
    home: "/root",
    // Those of the cluster before are taken.
    newUid: () => `uid-${++uids}${options.kept ? `-${options.kept.version}` : ""}`,
    node,
    scheduling: createScheduling(node),
    startsAtOnce,
    onLogEvent: (event) => logEvents.push(event),
    onObjectEvent: (event) => objectEvents.push(event),
    startControllers: options.startControllers,
    ...(options.kept && { kept: options.kept }),
    ...(options.admitPod && { admitPod: options.admitPod }),
    onOutput: async ({ chunk }) => await options.onOutput?.(new TextDecoder().decode(chunk)),
    onWarning: (line) => log.push(line),
    ...(options.onPodEvent && { onPodEvent: options.onPodEvent }),
    ...(options.onPodAdded && { onPodAdded: options.onPodAdded }),
    onPodChange: ({ pod }) => {
      const seen = statuses.get(pod.metadata.name) ?? [];
      if (seen.at(-1)?.status !== pod.status) seen.push({ at: clock.now(), status: pod.status! });
      statuses.set(pod.metadata.name, seen);
    },
    log: lineLogger((line) => log.push(line)),
  });
  const seen = { calls, logEvents, objectEvents, log, statuses };
  return { clock, cluster, runtime: simulated!, ...seen };
}

/** A pod of these containers; a name alone is a container that runs `/bin/NAME`. */
export function podOf(
  name: string,
  containers: readonly (string | Container)[],
  spec: Partial<PodSpec> = {},
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { ...spec, containers: containers.map(containerOf) },
  };
}

/** A container that runs `/bin/NAME`. */
export function containerOf(container: string | Container): Container {
  if (typeof container !== "string") return { image: "none", ...container };
  return { name: container, image: "none", command: [`/bin/${container}`] };
}

/**
 * What each container does in its runs, the last entry for all that follow; `undefined` runs until
 * a signal.
 */
export function scriptOf(
  runs: Readonly<Record<string, readonly ContainerScript[]>>,
): SimulationScript {
  return {
    container: ({ name, restartCount }) => {
      const scripts = runs[name] ?? [];
      return scripts[restartCount] ?? scripts.at(-1) ?? {};
    },
  };
}

/** Ends by itself after `ms` with this code. */
export function exits(exitCode: number, ms = 1000): ContainerScript {
  return { exitAfterMs: ms, exit: { exitCode } };
}

/** Submits and moves time until every pod is done or stuck, at most to `limit`. */
export async function runToEnd(
  simulation: Simulation,
  objects: readonly KubernetesObject[],
  limit = 3_600_000,
): Promise<PodProgress[]> {
  simulation.cluster.submit(objects);
  await simulation.clock.runUntil(
    () => simulation.cluster.pods().every(({ state }) => state !== "active"),
    limit,
  );
  return simulation.cluster.pods();
}
