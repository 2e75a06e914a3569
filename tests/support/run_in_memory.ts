/** A run in this process, on a virtual clock with a simulated runtime. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { parseOptions } from "../../src/cli/arguments/arguments.ts";
import { simulateOptions } from "../../src/cli/arguments/options.ts";
import { withNodeOptions } from "../../src/cli/machine/node_facts.ts";
import { everyObject, readPlan } from "../../src/cli/manifest/plan.ts";
import { PodRun } from "../../src/cli/run/pod_run.ts";
import { type Cluster, loadControllers, loadScheduling } from "../../src/cluster.ts";
import { SimulatedRuntime } from "../../src/runtime/simulated/simulated_runtime.ts";
import type { ContainerScript } from "../../src/runtime/simulated/simulation_script.ts";
import { nodeFactsOf } from "./node_facts.ts";

/** A run that has ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Names and phases of the Pods in the status file. */
  readonly pods: readonly (readonly [string, string | undefined])[];
  /** The other objects in it. */
  readonly objects: readonly KubernetesObject[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** Lifecycle time of the end. */
  readonly at: number;
}

/** What happens after the submission. */
export type Later = (run: PodRun, cluster: Cluster, clock: VirtualClock) => Promise<void>;

/** What is run. */
export interface RunInMemory {
  /** Manifests by the names of their files, as JSON. */
  readonly files: Readonly<Record<string, unknown>>;
  /** The names of those that are run, and options of `simulate`. */
  readonly words: readonly string[];
  /** What a container does, by `POD/CONTAINER` or `CONTAINER`. */
  readonly scripts?: Readonly<Record<string, ContainerScript>>;
  readonly later?: Later;
}

/** Runs manifests to their end. */
export async function runInMemory(
  { files, words, scripts = {}, later }: RunInMemory,
): Promise<Ended> {
  const folder = await Deno.makeTempDir({ prefix: "podling-run-" });
  const clock = new VirtualClock();
  const text = { stdout: "", stderr: "" };
  const target = (stream: "stdout" | "stderr") => ({
    terminal: false,
    colour: false,
    write: (bytes: Uint8Array) => {
      text[stream] += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  });
  let uids = 0;
  try {
    for (const [name, manifest] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(manifest));
    }
    const records = ["--status-file", "status.json", "--events-file", "events.ndjson"];
    const { values: options, operands } = parseOptions(simulateOptions, [...records, ...words]);
    const resolveImage = () => [];
    const plan = await readPlan(operands, { options, directory: folder, resolveImage });
    deepEqual(plan.errors, []);
    const facts = nodeFactsOf("node", { allocatable: { cpu: "1", memory: "1Gi" } });
    const node = withNodeOptions(facts, options);
    const run: PodRun = new PodRun(plan, options, {
      clock,
      speed: 1,
      timeoutClock: clock,
      createRuntime: (listener) =>
        new SimulatedRuntime({
          clock,
          listener,
          script: {
            container: ({ name }, { podName }) =>
              scripts[`${podName}/${name}`] ?? scripts[name] ?? {},
          },
        }),
      resolveImage,
      home: "/",
      newUid: () => `uid-${++uids}`,
      node,
      scheduling: await loadScheduling(everyObject(plan), node),
      startsAtOnce: Infinity,
      directory: folder,
      stdout: target("stdout"),
      stderr: target("stderr"),
      newEnding: () => 0,
      startControllers: await loadControllers(everyObject(plan)),
      mountsFolders: true,
      unsupportedFieldsOf: () => [],
      warnings: [],
      onSubmitted: (cluster) => void later?.(run, cluster, clock),
    });
    const status = run.finish();
    // What is left when nothing sleeps any more is written in real time.
    await clock.runUntilIdle(3_600_000);
    ok(clock.nextWake === undefined, `the run does not end: ${text.stderr}`);
    const exitStatus = await status;
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    const object = JSON.parse(await read("status.json"));
    const items: KubernetesObject[] = object.kind === "List" ? object.items : [object];
    const pods = items.filter((it) => it.kind === "Pod");
    return {
      status: exitStatus,
      ...text,
      pods: pods.map(({ metadata, status }) => [metadata.name, status?.phase]),
      objects: items.filter((it) => it.kind !== "Pod"),
      events: (await read("events.ndjson")).trimEnd().split("\n").map((it) => JSON.parse(it)),
      at: clock.now(),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
