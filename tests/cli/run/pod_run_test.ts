/**
 * A run in this process, on a virtual clock with a simulated runtime: Pods which appear after the
 * start.
 */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { Container, Pod, PodSpec } from "../../../src/api/types/pod.ts";
import { type Ended, type Later, runInMemory } from "../../support/run_in_memory.ts";
import type { ContainerScript } from "../../../src/runtime/simulated/simulation_script.ts";

/** Two containers, so that prefixes are printed. */
const first = pod("first", [container("web"), container("log")]);

function container(name: string): Container {
  return { name, image: "i", command: ["c"] };
}

function pod(name: string, containers: readonly Container[], spec: Partial<PodSpec> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { restartPolicy: "Never", containers, ...spec },
  };
}

/** Runs {@link first} and what is created later. */
const runPods = (
  scripts: Readonly<Record<string, ContainerScript>>,
  later: Later,
  words: readonly string[] = [],
): Promise<Ended> =>
  runInMemory({ files: { "pod.json": first }, words: ["pod.json", ...words], scripts, later });

const says = (text: string) => [{ stream: "stdout" as const, text }];
const after = (exitAfterMs: number, exitCode = 0) => ({ exitAfterMs, exit: { exitCode } });
const two = { "first/web": after(10_000), "first/log": after(10_000) };

/** Creates the Pod after two seconds. */
const create = (late: Pod): Later => async (_run, { client }, clock) => {
  await clock.sleepUntil(2000);
  await client.create(late);
};

Deno.test("a Pod that is created later: its lines, its exit, its place in the status file", async () => {
  const ended = await runPods({
    ...two,
    "first/web": { ...two["first/web"], output: says("one") },
    "later/job": { ...after(3000, 7), output: says("two") },
  }, create(pod("later", [container("job")])));
  equal(ended.stdout, "[web] one\n[later/job] two\n");
  match(ended.stderr, /^ +2\.000s {2}later\/job {2}Container job started$/m);
  match(ended.stderr, /^ +5\.000s {2}later\/job {2}Container job exited with code 7 after 3 s$/m);
  deepEqual(ended.pods, [["first", "Succeeded"], ["later", "Failed"]]);
  equal(ended.status, 7);
  equal(ended.at, 10_000);
  const finished = ended.events.filter(({ type }) => type === "pod.finished");
  deepEqual(finished.map(({ pod, phase }) => [pod, phase]), [
    ["default/first", "Succeeded"],
    ["default/later", "Failed"],
  ]);
  const logged = ended.events.filter(({ type }) => type === "log");
  deepEqual(logged.map(({ pod, line }) => [pod, line]), [
    ["default/first", "one"],
    ["default/later", "two"],
  ]);
});

Deno.test("the run waits for a Pod that is created later and ends last", async () => {
  const ended = await runPods(
    { ...two, "later/job": after(60_000) },
    create(pod("later", [container("job")])),
  );
  deepEqual([ended.status, ended.at], [0, 62_000]);
});

Deno.test("a Pod that another object controls neither keeps the run going nor decides its status", async () => {
  const owned = pod("owned", [container("job")]);
  const controller = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u" };
  const metadata = {
    ...owned.metadata,
    ownerReferences: [{ ...controller, controller: true }],
  };
  const ended = await runPods(
    { ...two, "owned/job": after(1000, 3) },
    create({ ...owned, metadata, spec: { ...owned.spec, restartPolicy: "Always" } }),
  );
  deepEqual([ended.status, ended.at], [0, 10_000]);
  deepEqual(ended.pods, [["first", "Succeeded"], ["owned", "Running"]]);
});

Deno.test("a signal ends a Pod that was created later, and the report includes it", async () => {
  const late = pod("later", [container("web")]);
  const ended = await runPods(two, async (run, { client }, clock) => {
    await clock.sleepUntil(2000);
    await client.create(late);
    await clock.sleepUntil(5000);
    run.endGracefully({ type: "signal", signal: "SIGTERM" });
  });
  deepEqual([ended.status, ended.at], [143, 5000]);
  match(ended.stderr, /Waiting at most 30 s for containers first\/log, first\/web, later\/web/);
  deepEqual(ended.pods.map(([name]) => name), ["first", "later"]);
  equal(ended.events.filter(({ type }) => type === "pod.finished").length, 2);
});

Deno.test("a Pod that appears while the run ends is ended as well", async () => {
  const late = pod("later", [container("web")], { terminationGracePeriodSeconds: 3 });
  const deaf = { onStopSignal: "ignore" } as const;
  const ended = await runPods({ "first/web": deaf, "later/web": deaf }, async (run, cluster) => {
    const { client } = cluster;
    await cluster.waitFor(() => cluster.pods().every((it) => it.pod.status?.phase === "Running"));
    run.endGracefully({ type: "signal", signal: "SIGINT" });
    await client.create(late);
  });
  deepEqual([ended.status, ended.at], [130, 30_000]);
  deepEqual(ended.pods.map(([name]) => name), ["first", "later"]);
});

Deno.test("--until waits for a Pod that was created later", async () => {
  const probe = { exec: { command: ["x"] }, initialDelaySeconds: 5 };
  const isReady = { ...container("web"), readinessProbe: probe };
  const ended = await runPods({}, async (_run, { client }) => {
    await client.create(pod("later", [isReady]));
  }, ["--until", "Ready"]);
  equal(ended.status, 0);
  ok(ended.at >= 5000, `reached at ${ended.at}`);
});

Deno.test("a Pod that was created later and can never start ends the run, and says why", async () => {
  const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "absent", key: "k" } } }];
  const ended = await runPods(two, create(pod("later", [{ ...container("web"), env }])));
  equal(ended.status, 125);
  match(ended.stderr, /Pod "later" can never start: container "web": CreateContainerConfigError/);
  equal(ended.at, 10_000);
});
