/** Runs of Jobs in this process, on a virtual clock: when and how they end. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import type { Job } from "../../../src/api/types/batch.ts";
import { UsageError } from "../../../src/base/usage_error.ts";
import type { ContainerScript } from "../../../src/runtime/simulated/simulation_script.ts";
import { type Later, runInMemory } from "../../support/run_in_memory.ts";

const template = (spec: object = {}) => ({
  spec: {
    restartPolicy: "Never",
    containers: [{ name: "c", image: "i", command: ["c"] }],
    ...spec,
  },
});
const job = (spec: object = {}, name = "j") => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: { template: template(), ...spec },
});
const cronJob = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "clock" },
  spec: { schedule: "* * * * *", jobTemplate: { spec: { template: template() } } },
};
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { restartPolicy: "Never", containers: [{ name: "p", image: "i", command: ["p"] }] },
};
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "i", command: ["web"] }] },
    },
  },
};
const list = (...items: object[]) => ({ apiVersion: "v1", kind: "List", items });
const after = (exitAfterMs: number, exitCode = 0): ContainerScript => ({
  exitAfterMs,
  exit: { exitCode },
});

const run = (
  manifest: object,
  scripts: Readonly<Record<string, ContainerScript>>,
  words: readonly string[] = [],
  later?: Later,
) =>
  runInMemory({
    files: { "m.json": manifest },
    words: ["m.json", ...words],
    scripts,
    ...(later && { later }),
  });

const onFailure = template({ restartPolicy: "OnFailure" });

/** Manifest, container, options, exit status and the moment of the end in seconds. */
const rows: readonly [string, object, ContainerScript, string[], number, number][] = [
  ["one that is complete", job(), after(3000), [], 0, 3],
  ["a failed one gives its last Pod's code", job({ backoffLimit: 1 }), after(1000, 7), [], 7, 12],
  [
    "restarts in place too",
    job({ backoffLimit: 1, template: onFailure }),
    after(1000, 7),
    [],
    7,
    1,
  ],
  ["a deadline that ends a Pod", job({ activeDeadlineSeconds: 5 }), {}, [], 1, 5],
  ["one that goes at its end", job({ ttlSecondsAfterFinished: 0 }), after(1000), [], 0, 1],
  [
    "one that fails and goes",
    job({ backoffLimit: 0, ttlSecondsAfterFinished: 0 }),
    after(1000, 5),
    [],
    5,
    1,
  ],
  ["--until Complete", job(), after(2000), ["--until", "Complete"], 0, 2],
  [
    "--until Complete, and it fails",
    job({ backoffLimit: 0 }),
    after(1000, 4),
    ["--until", "Complete"],
    4,
    1,
  ],
  [
    "--until Complete, and it fails beside what has no end",
    list(job({ backoffLimit: 0 }), deployment, { ...pod, metadata: { name: "c" } }),
    after(1000, 7),
    ["--until", "Complete"],
    7,
    1,
  ],
  ["a CronJob's first Job", cronJob, after(2000), ["--until", "Complete"], 0, 62],
  ["a CronJob lasts until it is stopped", cronJob, after(2000, 3), ["--timeout", "90s"], 124, 90],
];

for (const [name, manifest, c, words, status, seconds] of rows) {
  Deno.test(`a run of a Job ends: ${name}`, async () => {
    const ended = await run(manifest, { c }, words);
    deepEqual([ended.status, ended.at / 1000], [status, seconds], ended.stderr);
  });
}

Deno.test("a run of a Job and a Pod ends when both have, with the code of what failed last", async () => {
  const ended = await run(list(job({ backoffLimit: 0 }), pod), {
    c: after(4000, 5),
    p: after(2000, 6),
  });
  deepEqual([ended.status, ended.at / 1000], [5, 4]);
  equal((ended.objects[0] as Job).status?.failed, 1);
});

Deno.test("a Job that is complete does not hide a Pod that failed", async () => {
  equal((await run(list(job(), pod), { c: after(4000), p: after(2000, 6) })).status, 6);
});

Deno.test("a Pod that has ended is reported although a run that is cut short deletes its Job", async () => {
  const words = ["--timeout", "5s"];
  const ended = await run(list(job(), pod), { c: after(1000, 3), p: after(60_000) }, words);
  equal(ended.status, 124);
  deepEqual(ended.pods.map(([, phase]) => phase), ["Failed", "Failed"]);
});

Deno.test("a suspended Job is not waited for, and the run says so", async () => {
  const ended = await run(job({ suspend: true }), {});
  equal(ended.status, 125);
  match(ended.stderr, /Job "j" is suspended, and nothing here resumes it/);
});

Deno.test("a Job that wants no Pods is not waited for, and the run says so", async () => {
  const ended = await run(job({ parallelism: 0 }), {});
  equal(ended.status, 125);
  match(ended.stderr, /Job "j" has parallelism 0, and nothing raises it/);
});

Deno.test("a Job of another controller is left to it, and the run says so", async () => {
  const ended = await run(job({ managedBy: "example.com/queue" }), {});
  equal(ended.status, 125);
  match(ended.stderr, /Job "j" is left to example\.com\/queue, which does not run here/);
});

Deno.test("a Job whose Pod can never start ends the run, which says why", async () => {
  const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "none", key: "k" } } }];
  const containers = [{ name: "c", image: "i", command: ["c"], env }];
  const ended = await run(job({ template: template({ containers }) }), {});
  equal(ended.status, 125);
  match(ended.stderr, /Pod "j-\w+" can never start: .*configmap "none" not found/);
});

Deno.test("a Job that is deleted meanwhile counts no more", async () => {
  const ended = await run(
    list(job(), pod),
    { p: after(9000) },
    [],
    async (_run, { client }, clock) => {
      await clock.sleepUntil(3000);
      await client.delete("Job", "default", "j", { propagation: "background" });
    },
  );
  deepEqual([ended.status, ended.pods], [0, [["p", "Succeeded"]]]);
});

Deno.test("--until of what no object here has is a mistake", async () => {
  await rejects(
    run(pod, {}, ["--until", "Complete"]),
    new UsageError(
      "--until Complete: there is no Job here; use --until Succeeded",
    ),
  );
  await rejects(
    run(job(), {}, ["--until", "Available"]),
    new UsageError(
      "--until Available: no object here keeps Pods; use --until Ready",
    ),
  );
});
