/** Scenarios are read, played on a virtual clock, and compared with what they expect. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { formatManifestErrors } from "../../src/cli/manifest/manifests.ts";
import { formatContainerState, formatTraceLine } from "../../src/report/trace_line.ts";
import {
  findComparedKinds,
  parseScenario,
  type Scenario,
} from "../../src/scenario/scenario_file.ts";
import type { Script } from "../../src/scenario/script.ts";
import { createPlay } from "../../src/scenario/script_play.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../src/runtime/config.ts";
import type { SimulationScript } from "../../src/runtime/simulated/simulation_script.ts";
import { type Simulation, startSimulation } from "./simulation.ts";

/** The folder of the scenarios. */
export const SCENARIOS = new URL("../scenarios/", import.meta.url);

/** All scenarios, by name. */
export function readScenarios() {
  const files = [...Deno.readDirSync(SCENARIOS)].map(({ name }) => name)
    .filter((name) => name.endsWith(".yaml")).sort();
  return files.map((file) => {
    const text = Deno.readTextFileSync(new URL(file, SCENARIOS));
    return { file, text, scenario: readScenario(text, file) };
  });
}

/** Reads a scenario; what is wrong with it is thrown. */
export function readScenario(text: string, file: string): Scenario {
  const { scenario, errors } = parseScenario(text, file);
  deepEqual(formatManifestErrors(errors), []);
  return scenario;
}

/** The outcome of a scenario. */
export interface ScenarioOutcome {
  readonly simulation: Simulation;
  readonly pods: readonly Pod[];
  /** What the machine was last asked to make, by name of Pod or container. */
  readonly asked: Readonly<Record<string, PodSandboxConfig | ContainerConfig>>;
}

/** Plays a scenario to its end. */
export async function playScenario(scenario: Scenario): Promise<ScenarioOutcome> {
  const pods = scenario.objects.filter((object) => object.kind === "Pod");
  const asked: Record<string, PodSandboxConfig | ContainerConfig> = {};
  const findPod = ({ podName, namespace }: PodSandboxConfig) =>
    pods.find(({ metadata }) =>
      metadata.name === podName && (metadata.namespace || "default") === namespace
    )!;
  const play = createPlay(scenario.script, findPod);
  const script: SimulationScript = {
    ...play,
    container: (config, pod) => {
      asked[config.name] = config;
      return play.container!(config, pod);
    },
    sandbox: (config) => {
      asked[config.podName] = config;
      return play.sandbox!(config);
    },
  };
  const { baseMs, maxMs } = scenario.crashBackoff;
  const simulation = startSimulation({
    script,
    faults: scenario.faults,
    // Nothing is executed, so that any image will do.
    resolveImage: (image) => [image],
    settings: { backoff: { baseMs, maxMs, resetMs: 2 * maxMs } },
  });
  const { cluster, clock } = simulation;
  cluster.submit(scenario.objects);
  const deletions = [
    ...scenario.script.deletions,
    ...pods.map(({ metadata }) => ({ at: scenario.end, pod: metadata.name })),
  ].toSorted((a, b) => a.at - b.at);
  const isOver = () => cluster.pods().every(({ state }) => state === "done");
  for (const { at, pod: name, graceSeconds } of deletions as Script["deletions"]) {
    if (await clock.runUntil(isOver, at)) break;
    await clock.advanceTo(at);
    const namespace = pods.find(({ metadata }) => metadata.name === name)!.metadata.namespace;
    cluster.deletePod(namespace || "default", name, graceSeconds);
  }
  await clock.runUntilIdle(scenario.end + 3_600_000);
  return { simulation, pods: cluster.pods().map(({ pod }) => pod), asked };
}

/** What is not as it was expected. */
export function checkScenario(
  scenario: Scenario,
  { simulation, pods, asked }: ScenarioOutcome,
): void {
  const { trace, status, statusAt, states, events, machine } = scenario.expected;
  const { logEvents, cluster, log, runtime } = simulation;
  const several = pods.length > 1;
  const kinds = findComparedKinds(trace);
  const shown = logEvents.filter(({ type }) => kinds.has(type));
  const lines = shown.map((event, index) => {
    const line = formatTraceLine(event, several);
    const withRule = "rule" in event ? `${line} (${event.rule})` : line;
    return trace[index]?.endsWith(")") ? withRule : line;
  });
  deepEqual(lines, trace);
  for (const [index, part] of status.entries()) {
    checkPart(pods[index]!.status, part, "status");
  }
  for (const { at, status: parts } of statusAt) {
    for (const [index, part] of parts.entries()) {
      const published = simulation.statuses.get(pods[index]!.metadata.name) ?? [];
      checkPart(published.findLast((it) => it.at <= at)?.status, part, `status at ${at} ms`);
    }
  }
  for (const [name, expected] of states) {
    deepEqual(listStates(simulation, pods, name), expected, `states of ${name}`);
  }
  const said = cluster.events().map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  for (const event of events) {
    ok(said.includes(event), `no ${event} among ${said.join("\n")}`);
  }
  for (const [name, part] of machine) checkPart(asked[name], part, name);
  deepEqual(log, []);
  deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
}

/** The states that a container was published in, each once in a row. */
function listStates({ statuses }: Simulation, pods: readonly Pod[], name: string): string[] {
  const [pod, container] = pods.length > 1
    ? name.split("/") as [string, string]
    : [pods[0]!.metadata.name, name];
  const states: string[] = [];
  for (const { status } of statuses.get(pod) ?? []) {
    const found = [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []]
      .find((it) => it.name === container);
    const state = found && formatContainerState(found);
    if (state !== undefined && states.at(-1) !== state) states.push(state);
  }
  return states;
}

/** Every field that is given has to be so; lists have as many items. */
function checkPart(whole: unknown, part: unknown, path: string): void {
  if (typeof part !== "object" || part === null) return deepEqual(whole, part, path);
  ok(typeof whole === "object" && whole !== null, `${path}: ${JSON.stringify(whole)}`);
  if (Array.isArray(part)) deepEqual((whole as unknown[]).length, part.length, path);
  for (const [key, value] of Object.entries(part)) {
    checkPart((whole as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}
