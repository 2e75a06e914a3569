/** Pods of a node's own files in a whole cluster, on a simulated machine. */
import {
  deepStrictEqual as deepEqual,
  notStrictEqual as notEqual,
  ok,
  strictEqual as equal,
} from "node:assert/strict";
import { KINDS } from "../../src/api/kinds/kinds.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { toStaticPod } from "../../src/api/scheduling/static_pod.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Pod, PodSpec } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { Controller } from "../../src/controllers/controller.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { StaticPods } from "../../src/node/static_pods.ts";
import type { ContainerScript } from "../../src/runtime/simulated/simulation_script.ts";
import { exits, podOf, scriptOf, startSimulation } from "../support/simulation.ts";

await loadRules(KINDS.map(({ kind }) => kind));

const staticPod = (uid: string, spec: Partial<PodSpec> = {}, name = "web"): Pod =>
  toStaticPod(podOf(name, ["c"], spec), { nodeName: "node-1", uid, seen: "" });

/** A cluster with Pods of files. */
class World {
  readonly simulation;
  readonly pods;
  readonly log: string[] = [];

  constructor(
    wanted: readonly Pod[],
    { runs = {}, ...options }: Parameters<typeof startSimulation>[0] & {
      readonly runs?: Readonly<Record<string, readonly ContainerScript[]>>;
    } = {},
  ) {
    this.simulation = startSimulation({ startControllers, script: scriptOf(runs), ...options });
    const { cluster, clock } = this.simulation;
    this.pods = new StaticPods({
      client: cluster.client,
      host: cluster.staticPods,
      nodeName: "node-1",
    });
    const node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1" },
      spec: {},
    } as const;
    if (cluster.client.get("Node", "", "node-1") === undefined) cluster.registry.create(node);
    this.pods.want(wanted);
    const log = lineLogger((line) => this.log.push(line));
    new Controller({ reconciler: this.pods, clock, log }).start();
  }

  get client() {
    return this.simulation.cluster.client;
  }

  advance(ms: number): Promise<void> {
    return this.simulation.clock.advance(ms);
  }

  /** The object of the Pod. */
  get mirror(): Pod | undefined {
    return this.client.get("Pod", "default", "web-node-1");
  }

  /** `MOMENT NAME N` of each start of a container, and `stop` of each signal. */
  get operations(): string[] {
    return this.simulation.calls.flatMap(({ at, verb, podUid, signal }) =>
      verb === "startContainer"
        ? [`${at} start ${podUid}`]
        : signal !== undefined
        ? [`${at} ${signal} ${podUid}`]
        : []
    );
  }

  /** Another cluster with the objects of this one. */
  reboot(wanted: readonly Pod[]): World {
    const { cluster, clock } = this.simulation;
    const objects = KINDS.flatMap(({ kind }): KubernetesObject[] => cluster.registry.list(kind));
    return new World(wanted, {
      kept: {
        version: cluster.registry.list("Pod").length + 1000,
        objects: structuredClone(objects),
      },
      clock: new VirtualClock(clock.wallTime(clock.now())),
    });
  }
}

const phaseOf = (pod: Pod | undefined) => pod?.status?.phase;

Deno.test("a file that is there runs, and its object shows how it does", async () => {
  const world = new World([staticPod("a")]);
  await world.advance(1000);
  deepEqual(world.operations, ["0 start a"]);
  equal(phaseOf(world.mirror), "Running");
  equal(world.mirror?.metadata.annotations?.["kubernetes.io/config.mirror"], "a");
  equal(world.mirror?.metadata.ownerReferences?.[0]?.kind, "Node");
  deepEqual(world.log, []);
});

Deno.test("deleting its object ends nothing: another one comes, with the same status", async () => {
  const world = new World([staticPod("a")]);
  await world.advance(1000);
  const first = world.mirror!;
  for (const options of [{}, { graceSeconds: 0 }]) {
    await world.client.delete("Pod", "default", "web-node-1", options);
    await world.advance(1000);
    notEqual(world.mirror!.metadata.uid, first.metadata.uid);
    deepEqual(world.mirror!.status, first.status);
  }
  deepEqual(world.operations, ["0 start a"]);
  deepEqual(world.log, []);
});

Deno.test("a file that changes ends the old Pod with its grace, and then begins the new one", async () => {
  const slow = { onStopSignal: { afterMs: 5000, exit: { exitCode: 0 } } };
  const world = new World([staticPod("a")], { runs: { c: [slow] } });
  await world.advance(1000);
  world.pods.want([staticPod("b")]);
  await world.advance(1000);
  equal(world.mirror?.metadata.annotations?.["kubernetes.io/config.mirror"], "a");
  await world.advance(10_000);
  deepEqual(world.operations, ["0 start a", "1000 SIGTERM a", "6000 start b"]);
  equal(world.mirror?.metadata.annotations?.["kubernetes.io/config.mirror"], "b");
  equal(phaseOf(world.mirror), "Running");
});

Deno.test("a file that vanishes ends its Pod and then its object; one that comes back begins again", async () => {
  const world = new World([staticPod("a")]);
  await world.advance(1000);
  world.pods.want([]);
  await world.advance(1000);
  equal(world.mirror, undefined);
  world.pods.want([staticPod("a")]);
  await world.advance(1000);
  deepEqual(world.operations, ["0 start a", "1000 SIGTERM a", "2000 start a"]);
  equal(phaseOf(world.mirror), "Running");
  // Away and back again while it ends.
  world.pods.want([]);
  world.pods.want([staticPod("a")]);
  await world.advance(5000);
  equal(phaseOf(world.mirror), "Running");
});

Deno.test("a Pod that has ended stays until its file goes", async () => {
  const world = new World([staticPod("a", { restartPolicy: "Never" })], {
    runs: { c: [exits(3)] },
  });
  await world.advance(5000);
  equal(phaseOf(world.mirror), "Failed");
  await world.client.delete("Pod", "default", "web-node-1");
  await world.advance(1000);
  equal(phaseOf(world.mirror), "Failed");
  world.pods.want([]);
  await world.advance(1000);
  equal(world.mirror, undefined);
  deepEqual(world.operations, ["0 start a"]);
});

Deno.test("a name that another Pod has is waited for, and said", async () => {
  const world = new World([]);
  world.simulation.cluster.submit([podOf("web-node-1", ["c"])]);
  await world.advance(1000);
  world.pods.want([staticPod("a")]);
  await world.advance(1000);
  equal(world.operations.length, 1);
  deepEqual(world.log, [
    'warn: Cannot reconcile static Pod object=default/web-node-1 error="there is a Pod ' +
    'default/web-node-1 that is not of a file: delete it, or name the other one"',
  ]);
  world.simulation.cluster.deletePod("default", "web-node-1");
  await world.advance(600_000);
  ok(world.operations.at(-1)?.endsWith("start a"), world.operations.join());
});

Deno.test("a node that starts again goes on with its files, and removes objects of others", async () => {
  const first = new World([staticPod("a"), staticPod("o", {}, "old")]);
  await first.advance(1000);
  const second = first.reboot([staticPod("a")]);
  await second.advance(1000);
  deepEqual(second.operations, ["0 start a"]);
  equal(second.mirror?.metadata.uid, first.mirror?.metadata.uid);
  equal(second.mirror?.status?.containerStatuses?.[0]?.restartCount, 1);
  equal(second.client.get("Pod", "default", "old-node-1"), undefined);
  const third = second.reboot([staticPod("b")]);
  await third.advance(1000);
  deepEqual(third.operations, ["0 start b"]);
  equal(third.mirror?.status?.containerStatuses?.[0]?.restartCount, 0);
});

Deno.test("no controller takes the object of a file for its own", async () => {
  const world = new World([]);
  const labels = { app: "web" };
  const pod = staticPod("a");
  world.pods.want([{ ...pod, metadata: { ...pod.metadata, labels } }]);
  await world.advance(1000);
  world.simulation.cluster.submit([{
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "r", namespace: "default" },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod.spec },
    },
  }]);
  await world.advance(5000);
  equal(world.client.list("Pod").length, 2);
  equal(world.mirror?.metadata.ownerReferences?.length, 1);
});
