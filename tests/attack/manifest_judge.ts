/**
 * A worker that takes hostile manifests through all that reads them without a machine: decoding,
 * validation, warnings, the table of fields and, for valid ones, a simulated life. It answers each
 * seed with a verdict; one that hangs it never answers.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { givenFields } from "../../src/cli/validate.ts";
import {
  checkDocuments,
  findWarnings,
  formatManifestErrors,
} from "../../src/cli/manifest/manifests.ts";
import { findInPods, KINDS } from "../../src/api/kinds/kinds.ts";
import { findPortClashes } from "../../src/cli/manifest/host_ports.ts";
import { findRefusedFields } from "../../src/cli/manifest/isolation_check.ts";
import { formatEvent } from "../../src/cli/output/event_log.ts";
import { formatObjects } from "../../src/cli/output/status_file.ts";
// Named here so that nothing is left to load when the first verdict is waited for.
import "../../src/api/validate/batch_rules.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { parseManifest } from "../../src/api/manifest/manifest.ts";
import { Random } from "../support/random.ts";
import { fateOf, randomRun, randomSandbox } from "../support/random_pod.ts";
import { startSimulation } from "../support/simulation.ts";
import { makeHostileManifest, type Origin } from "./hostile_manifest.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";

/** The verdict on a seed's manifest. */
export interface Verdict {
  readonly seed: number;
  readonly origin: Origin;
  readonly valid: boolean;
  /** Time that the thread has computed. */
  readonly cpuMs: number;
  /** What must not be: an exception, a changed prototype, a Pod whose worker failed. */
  readonly fault?: string;
}

/**
 * How much lifecycle time a valid manifest gets before its Pods are deleted, and then for their
 * end.
 */
const LIFE_MS = 600_000;

await loadRules(KINDS.map(({ kind }) => kind));

const examples = new URL("../../examples/", import.meta.url);
const texts = [...Deno.readDirSync(examples)].filter(({ isFile }) => isFile)
  .map(({ name }) => name).sort()
  .map((name) => Deno.readTextFileSync(new URL(name, examples)));

const PROTOTYPES = [Object, Array, Function, String, Number, Map, Promise].map((it) =>
  it.prototype
);
const describePrototypes = () => PROTOTYPES.map((it) => Object.getOwnPropertyDescriptors(it));
const prototypes = describePrototypes();

async function judge(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  const startedAt = readCpuMs();
  const { origin, bytes } = makeHostileManifest(random, texts);
  let valid = false;
  let fault: string | undefined;
  try {
    valid = await read(bytes, seed);
    deepEqual(describePrototypes(), prototypes, "a prototype has changed");
  } catch (error) {
    const text = new TextDecoder().decode(bytes).slice(0, 3000);
    fault = `${error instanceof Error ? error.stack : error}\n${JSON.stringify(text)}`;
  }
  const cpuMs = readCpuMs() - startedAt;
  return { seed, origin, valid, cpuMs, ...(fault !== undefined && { fault }) };
}

/** @returns whether it is valid. */
async function read(bytes: Uint8Array, seed: number): Promise<boolean> {
  const file = "pod.yaml";
  const manifest = parseManifest(bytes, { file });
  const documents = manifest.documents.map((it) => ({ ...it, folder: "/" }));
  const objects = documents.map(({ object }) => object);
  const errors = [
    ...manifest.errors.map((it) => ({ ...it, file })),
    ...checkDocuments(documents),
    ...documents.flatMap((it) =>
      findInPods(it.object, findPortClashes).map((error) => ({ ...it.locate(error), file }))
    ),
  ];
  for (const line of [...formatManifestErrors(errors), ...findWarnings(documents)]) {
    equal(/\p{Cc}/u.test(line), false, `a control character in ${JSON.stringify(line)}`);
  }
  // The table of what each field gets also answers for objects that are refused.
  for (const object of objects) givenFields(object);
  if (errors.length > 0 || objects.length === 0) return false;
  for (const object of objects) {
    if (object.kind === "Pod") findRefusedFields(object, WEAK);
  }
  await live(objects, seed);
  return true;
}

/** A run that has least. */
const WEAK = {
  level: "process",
  network: "host",
  user: { uid: 1000, gid: 1000 },
  users: "caller",
  privileged: false,
  limits: { cpu: false, memory: false, pids: false },
} as const;

async function live(objects: readonly KubernetesObject[], seed: number): Promise<void> {
  const { cluster, clock, log, logEvents } = startSimulation({
    resolveImage: (image) => [image],
    script: {
      container: ({ name, restartCount }) => randomRun(fateOf(seed, name, restartCount)),
      sandbox: ({ attempt }) => randomSandbox(fateOf(seed, "sandbox", attempt)),
    },
  });
  const isOver = () => cluster.pods().every(({ state }) => state !== "active");
  cluster.submit(objects);
  await clock.runUntil(isOver, LIFE_MS);
  for (const { pod: { metadata } } of cluster.pods()) {
    cluster.deletePod(metadata.namespace!, metadata.name);
  }
  await clock.runUntil(isOver, 2 * LIFE_MS);
  const wallZeroMs = Date.UTC(2026, 0, 1);
  for (const event of logEvents) formatEvent(event, wallZeroMs + event.at);
  formatObjects(cluster.pods().map(({ pod }) => pod));
  deepEqual(log.filter((line) => /worker failed|internal/i.test(line)), []);
}

/** What this thread has computed; the other tests of the process do not count. */
function readCpuMs(): number {
  const stat = Deno.readTextFileSync("/proc/thread-self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 10; // USER_HZ is 100 on every machine that Deno runs on.
}

/** Of the worker's global scope, what a module may name. */
const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<readonly number[]>) => void;
  postMessage(verdict: Verdict): void;
};

scope.onmessage = async ({ data }) => {
  for (const seed of data) scope.postMessage(await judge(seed));
};
