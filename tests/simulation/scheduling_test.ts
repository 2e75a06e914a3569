/** Pods that wait for a node, on the whole wiring and in whole runs. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Pod, PodSpec } from "../../src/api/types/pod.ts";
import { nodeFactsOf } from "../support/node_facts.ts";
import { runInMemory } from "../support/run_in_memory.ts";
import { exits, podOf, scriptOf, type Simulation, startSimulation } from "../support/simulation.ts";

const requesting = (cpu: string, spec: Partial<PodSpec> = {}, name = "web"): Pod =>
  podOf(name, [{ name, command: [`/bin/${name}`], resources: { requests: { cpu } } }], {
    restartPolicy: "Never",
    ...spec,
  });

const statesOf = ({ cluster }: Simulation) =>
  cluster.pods().map(({ pod, state }) => `${pod.metadata.name} ${state} ${pod.status?.phase}`);

const INSUFFICIENT = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, " +
  "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";

Deno.test("R-SCHED-1: a Pod that no node can have stays Pending, with its condition and Event", async () => {
  const simulation = startSimulation();
  const { clock, cluster, logEvents } = simulation;
  cluster.submit([podOf("web", ["a"], { nodeSelector: { disk: "ssd" } })]);
  await clock.advance(1000);
  const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node " +
    "affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 " +
    "Preemption is not helpful for scheduling.";
  const [progress] = cluster.pods();
  equal(progress!.state, "stuck");
  deepEqual(cluster.client.get("Pod", "default", "web")!.status, {
    phase: "Pending",
    qosClass: "BestEffort",
    conditions: [{
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      observedGeneration: 1,
      lastProbeTime: null,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    }],
  });
  deepEqual(
    cluster.events().map((
      { type, reason, message, component },
    ) => [type, reason, message, component]),
    [["Warning", "FailedScheduling", message, "default-scheduler"]],
  );
  deepEqual(
    logEvents.map((it) => it.type === "pod.condition" && [it.condition, it.status, it.because]),
    [["PodScheduled", "False", message]],
  );
  await cluster.stop();
});

Deno.test("R-SCHED-3: a Pod gets the node when the end of another one has made room", async () => {
  const script = scriptOf({ first: [exits(0, 2000)], second: [exits(0, 1000)] });
  const simulation = startSimulation({ script });
  const { clock, cluster } = simulation;
  cluster.submit([requesting("2", {}, "first"), requesting("500m", {}, "second")]);
  await clock.advance(1000);
  deepEqual(statesOf(simulation), ["first active Running", "second stuck Pending"]);
  const conditionOf = () => cluster.client.get("Pod", "default", "second")!.status!.conditions!;
  equal(conditionOf()[0]!.message, INSUFFICIENT);
  await clock.runUntil(() => cluster.pods().every(({ state }) => state !== "active"), 60_000);
  deepEqual(statesOf(simulation), ["first done Succeeded", "second done Succeeded"]);
  equal(clock.now() < 4000, true);
  equal(conditionOf().find(({ type }) => type === "PodScheduled")!.status, "True");
  await cluster.stop();
});

Deno.test("R-SCHED-3: no end of a Pod leaves another one stuck that can run", async () => {
  const simulation = startSimulation({ script: scriptOf({ web: [exits(0, 1000)] }) });
  const { clock, cluster } = simulation;
  const seen: string[] = [];
  const names = ["a", "b", "c", "d"];
  cluster.submit(names.map((name) => {
    const pod = requesting("1500m");
    return { ...pod, metadata: { ...pod.metadata, name } };
  }));
  // At each change: what a run looks at to find out whether it is over.
  const isOver = () => cluster.pods().every(({ state }) => state !== "active");
  void cluster.waitFor(() => {
    if (isOver()) seen.push(statesOf(simulation).join(", "));
    return false;
  });
  await clock.runUntilIdle();
  deepEqual([...new Set(seen)], [names.map((it) => `${it} done Succeeded`).join(", ")]);
  await cluster.stop();
});

Deno.test("R-SCHED-3: a Pod that another one waits for lets it go on", async () => {
  const simulation = startSimulation();
  const { clock, cluster } = simulation;
  const wanting = podOf("web", ["a"], {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{
          topologyKey: "kubernetes.io/hostname",
          labelSelector: { matchLabels: { app: "db" } },
        }],
      },
    },
  });
  cluster.submit([wanting]);
  await clock.advance(1000);
  deepEqual(statesOf(simulation), ["web stuck Pending"]);
  const db = podOf("db", ["a"]);
  cluster.submit([{ ...db, metadata: { ...db.metadata, labels: { app: "db" } } }]);
  await clock.advance(1000);
  deepEqual(statesOf(simulation), ["web active Running", "db active Running"]);
  await cluster.stop();
});

Deno.test("R-SCHED-1: of Pods that wait the one of the highest priority is first", async () => {
  const simulation = startSimulation();
  const { clock, cluster } = simulation;
  cluster.submit([
    requesting("1500m", { priority: 1 }, "low"),
    requesting("1500m", { priority: 10 }, "high"),
    requesting("1500m", { priority: 5 }, "mid"),
  ]);
  await clock.advance(1000);
  deepEqual(statesOf(simulation), [
    "low stuck Pending",
    "high active Running",
    "mid stuck Pending",
  ]);
  cluster.deletePod("default", "high", 1);
  await clock.advance(5000);
  deepEqual(statesOf(simulation), ["low stuck Pending", "high done Failed", "mid active Running"]);
  await cluster.stop();
});

Deno.test("R-SCHED-4: a Pod that names a node passes the scheduler by, and is rejected by the node", async () => {
  const simulation = startSimulation();
  const { clock, cluster } = simulation;
  cluster.submit([
    requesting("3", { nodeName: "elsewhere" }),
    podOf("db", ["a"], {
      nodeName: "elsewhere",
    }),
  ]);
  await clock.advance(1000);
  deepEqual(statesOf(simulation), ["web done Failed", "db active Running"]);
  const { reason, message } = cluster.client.get("Pod", "default", "web")!.status!;
  deepEqual([reason, message], [
    "OutOfcpu",
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 0, " +
    "capacity: 2000",
  ]);
  deepEqual(cluster.events().filter(({ reason }) => reason === "Scheduled"), []);
  await cluster.stop();
});

Deno.test("a run whose last Pod never gets a node says why and ends with 125", async () => {
  const { status, stderr, pods, at } = await runInMemory({
    files: {
      "pods.json": {
        apiVersion: "v1",
        kind: "List",
        items: [requesting("500m", {}, "first"), requesting("2", {}, "second")],
      },
    },
    words: ["pods.json"],
    scripts: { first: exits(0, 1000), second: exits(0, 1000) },
  });
  equal(status, 125);
  deepEqual(pods, [["first", "Succeeded"], ["second", "Pending"]]);
  equal(at, 1000);
  ok(
    stderr.includes(
      'Pod "second" can never go on: 0/1 nodes are available: 1 Insufficient cpu; ' +
        "the Pod needs 2 of cpu, and this node has 1\n",
    ),
    stderr,
  );
});

Deno.test("a Job whose Pod never gets a node ends its run", async () => {
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: {
      template: {
        spec: podOf("", ["a"], { restartPolicy: "Never", nodeSelector: { a: "b" } }).spec,
      },
    },
  };
  const { status, stderr } = await runInMemory({ files: { "job.json": job }, words: ["job.json"] });
  equal(status, 125);
  ok(stderr.includes("didn't match Pod's node affinity/selector; the labels of this node"), stderr);
});

Deno.test("--node-label and --node-taint make the node of the manifest", async () => {
  const files = {
    "pod.json": podOf("web", ["a"], { restartPolicy: "Never", nodeSelector: { disk: "ssd" } }),
  };
  const scripts = { a: exits(0, 1000) };
  const runWith = async (...options: string[]) =>
    (await runInMemory({ files, words: ["pod.json", ...options], scripts })).status;
  deepEqual(
    [
      await runWith(),
      await runWith("--node-label", "disk=ssd"),
      await runWith("--node-label", "disk=ssd", "--node-taint", "own:NoSchedule"),
      await runWith("--node-label", "disk=ssd", "--node-taint", "own:PreferNoSchedule"),
    ],
    [125, 0, 125, 0],
  );
});

Deno.test("R-SCHED-5: a Pod that finds no room has others ended, which know why, and gets it", async () => {
  const simulation = startSimulation();
  const { clock, cluster } = simulation;
  cluster.submit([
    requesting("1", { priority: 1, terminationGracePeriodSeconds: 2 }, "low"),
    requesting("1", { priority: 5 }, "mid"),
  ]);
  await clock.advance(1000);
  // It fits as well, and may not take the room that others are ended for.
  cluster.submit([requesting("1", { priority: 10 }, "high"), requesting("1", {}, "small")]);
  await clock.advance(1000);
  deepEqual(statesOf(simulation), [
    "low done Failed",
    "mid active Running",
    "high active Running",
    "small stuck Pending",
  ]);
  const high = cluster.pods()[2]!.pod;
  equal(cluster.client.get("Pod", "default", "high")!.status!.nominatedNodeName, undefined);
  const low = cluster.pods()[0]!.pod;
  const { reason, message } = low.status!.conditions!.find((it) => it.type === "DisruptionTarget")!;
  deepEqual([reason, message], [
    "PreemptionByScheduler",
    "default-scheduler: preempting to accommodate a higher priority pod",
  ]);
  deepEqual(
    cluster.events().filter(({ name, reason }) => name !== "small" && REPORTED.includes(reason))
      .map(({ name, message }) => `${name}: ${message}`),
    [
      "high: 0/1 nodes are available: 1 Insufficient cpu.",
      `low: Preempted by pod ${high.metadata.uid} on node node-1`,
    ],
  );
  await cluster.stop();
});

const REPORTED: readonly string[] = ["FailedScheduling", "Preempted"];

Deno.test("R-SCHED-3: thousands of Pods that wait cost no more than those that go", async () => {
  const simulation = startSimulation({
    script: scriptOf({ web: [exits(0, 1000)] }),
    node: nodeFactsOf("node-1", { allocatable: { pods: "20" } }),
  });
  const { clock, cluster } = simulation;
  const pod = requesting("1m");
  cluster.submit(Array.from({ length: 1000 }, (_, index) => ({
    ...pod,
    metadata: { ...pod.metadata, name: `p-${index}` },
  })));
  const begin = performance.now();
  await clock.runUntilIdle();
  equal(cluster.pods().every((it) => it.pod.status?.phase === "Succeeded"), true);
  // Without a shared answer it is a minute and more.
  ok(performance.now() - begin < 30_000);
  await cluster.stop();
});
