/**
 * Scenarios: a manifest, a script and what is expected of them, in one YAML file; see
 * `tests/scenarios/README.md`.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import { parseManifest } from "../../src/api/manifest/manifest.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { parseYaml } from "../../src/api/manifest/yaml.ts";
import type { Millis } from "../../src/base/clock.ts";
import { parseFault } from "../../src/cli/arguments/faults.ts";
import { formatManifestErrors } from "../../src/cli/manifest/manifests.ts";
import type { Script } from "../../src/scenario/script.ts";
import { parseScript } from "../../src/scenario/script_file.ts";
import { createPlay, findUnknownNames } from "../../src/scenario/script_play.ts";
import { formatDuration, parseDuration } from "../../src/base/duration.ts";
import { parseCrashBackoff } from "../../src/cli/arguments/values.ts";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import type { Fault } from "../../src/runtime/simulated/faulty_runtime.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../src/runtime/config.ts";
import type { SimulationScript } from "../../src/runtime/simulated/simulation_script.ts";
import { type Simulation, startSimulation } from "./simulation.ts";

/** A scenario as it was written. */
export interface Scenario {
  readonly about: string;
  readonly rules: readonly string[];
  readonly objects: readonly KubernetesObject[];
  readonly script: Script;
  /** Faults as they were typed. */
  readonly inject: readonly string[];
  readonly faults: readonly Fault[];
  readonly crashBackoff: string | undefined;
  /** Lifecycle moment at which the Pods are deleted. */
  readonly end: Millis;
  /** One line for each event. */
  readonly trace: readonly string[];
  /** Parts of the Pods' last statuses, in the order of the manifest. */
  readonly status: readonly unknown[];
  /** `TYPE REASON MESSAGE` of Kubernetes Events. */
  readonly events: readonly string[];
  /** Parts of what the machine was last asked to make, by name of Pod or container. */
  readonly machine: Readonly<Record<string, unknown>>;
}

const FIELDS = [
  ..."about rules script inject crashBackoff end trace status events machine".split(" "),
];

/** Where scenarios lie. */
export const SCENARIOS = new URL("../scenarios/", import.meta.url);

/** All scenarios that there are, by name. */
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
  const split = /^---$/m.exec(text.slice(text.indexOf("about:")));
  ok(split !== null, `${file}: there is no manifest after the scenario`);
  const at = text.indexOf("about:") + split.index;
  const [document] = parseYaml(text.slice(0, at));
  deepEqual(document!.errors, [], file);
  const given = document!.value as Readonly<Record<string, unknown>>;
  deepEqual(Object.keys(given).filter((name) => !FIELDS.includes(name)), [], `${file}: unknown`);
  const { about, rules, script = {}, inject = [], crashBackoff, end = "1h" } = given;
  const { trace, status = [], events = [], machine = {} } = given;
  const manifest = parseManifest(text.slice(at), { file });
  deepEqual(manifest.errors, [], file);
  const objects = manifest.documents.map(({ object }) => object);
  const pods = objects.filter((object) => object.kind === "Pod");
  const parsed = parseScript(JSON.stringify(script), `${file}, script`);
  const errors = [...parsed.errors, ...findUnknownNames(parsed.script, pods).map(parsed.locate)];
  deepEqual(formatManifestErrors(errors), []);
  return {
    about: about as string,
    rules: rules as string[],
    objects,
    script: parsed.script,
    inject: inject as string[],
    faults: (inject as string[]).map(parseFault),
    crashBackoff: crashBackoff as string | undefined,
    end: parseDuration(end as string),
    trace: (trace as string).trimEnd().split("\n"),
    status: Array.isArray(status) ? status : [status],
    events: events as string[],
    machine: machine as Readonly<Record<string, unknown>>,
  };
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
  const play = createPlay(scenario.script, pods);
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
  const { baseMs, maxMs } = parseCrashBackoff(scenario.crashBackoff ?? "10s,300s");
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

/** One event as a line of a trace, and the rule that stands behind it. */
export function formatTrace(event: LogEvent, severalPods: boolean): string {
  const pod = event.pod.slice(event.pod.indexOf("/") + 1);
  const container = "container" in event ? event.container : undefined;
  const who = severalPods ? [pod, container].filter(Boolean).join("/") : container;
  const words = [`at ${formatMoment(event.at)}`, event.type, who, ...wordsOf(event)];
  return words.filter((word) => word !== undefined && word !== "").join(" ");
}

function formatMoment(ms: Millis): string {
  return ms === 0 ? "0s" : formatDuration(ms);
}

function wordsOf(event: LogEvent): readonly (string | number | undefined)[] {
  switch (event.type) {
    case "pod.phase":
      return [event.from, event.to, event.reason];
    case "pod.condition":
      return [event.condition, event.status, event.reason];
    case "sandbox.started":
    case "sandbox.exited":
      return [event.attempt];
    case "container.started":
      return event.restartCount === 0 ? [] : ["restart", event.restartCount];
    case "container.exited":
      return [event.reason, event.exitCode, event.signal];
    case "container.waiting":
      return [
        event.reason,
        ...(event.delayMs === undefined ? [] : ["delay", formatMoment(event.delayMs)]),
      ];
    case "container.killing":
      return [event.signal, "grace", `${event.graceSeconds}s`];
    case "probe.result":
      return [event.probe, event.result, event.changed ? "changed" : ""];
    case "hook.started":
      return [event.hook];
    case "hook.finished":
      return [event.hook, event.result, event.exitCode];
    case "field.ignored":
      return [event.field];
    case "log":
      return [event.stream, event.line];
    case "pod.finished":
      return [event.phase, event.exitCode];
  }
}

/**
 * Kinds of events of which every one is in the trace: those of containers, hooks and phases, and
 * whatever the trace names.
 */
export function comparedKinds(trace: readonly string[]): ReadonlySet<string> {
  return new Set([
    ..."container.started container.exited container.waiting container.killing pod.phase".split(
      " ",
    ),
    ...trace.map((line) => line.split(" ")[2]!),
  ]);
}

/** What is not as it was expected. */
export function checkScenario(
  scenario: Scenario,
  { simulation, pods, asked }: ScenarioOutcome,
): void {
  const { logEvents, cluster, log, runtime } = simulation;
  const several = pods.length > 1;
  const kinds = comparedKinds(scenario.trace);
  const shown = logEvents.filter(({ type }) => kinds.has(type));
  const lines = shown.map((event, index) => {
    const line = formatTrace(event, several);
    const withRule = "rule" in event ? `${line} (${event.rule})` : line;
    return scenario.trace[index]?.endsWith(")") ? withRule : line;
  });
  deepEqual(lines, scenario.trace);
  for (const [index, part] of scenario.status.entries()) {
    checkPart(pods[index]!.status, part, "status");
  }
  const said = cluster.events().map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  for (const event of scenario.events) {
    ok(said.includes(event), `no ${event} among ${said.join("\n")}`);
  }
  for (const [name, part] of Object.entries(scenario.machine)) checkPart(asked[name], part, name);
  deepEqual(log, []);
  deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
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
