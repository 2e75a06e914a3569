/** Taints that end Pods, on the whole wiring: at once, after their time, or not after all. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import type { Taint } from "../../src/api/types/cluster.ts";
import type { Toleration } from "../../src/api/types/pod.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { podOf, type Simulation, startSimulation } from "../support/simulation.ts";

await loadRules(["Node", "Deployment"]);

const EVICTED = "Marking for deletion Pod";
const KEPT = "Cancelling deletion of Pod";

const taintOf = (key: string, effect = "NoExecute"): Taint => ({ key, effect });
const toleranceOf = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: "Exists",
  effect: "NoExecute",
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});

/** Gives the node these taints. */
async function taint({ cluster: { client } }: Simulation, taints: readonly Taint[]) {
  const node = client.get("Node", "", "node-1")!;
  await client.update({ ...node, spec: { ...node.spec, taints } });
}

/** A node with the Pod `web`, which has run for a second. */
async function start(tolerations: readonly Toleration[], nodeName = "node-1") {
  const simulation = startSimulation({ startControllers });
  const { clock, cluster } = simulation;
  await cluster.client.create({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: nodeName },
    spec: {},
  });
  cluster.submit([podOf("web", ["a"], { tolerations, terminationGracePeriodSeconds: 1 })]);
  await clock.advance(1000);
  const deleted: number[] = [];
  cluster.client.watch("Pod", ({ type, object: { metadata } }) => {
    if (metadata.name !== "web" || metadata.deletionTimestamp === undefined) return;
    if (type === "MODIFIED" && deleted.length === 0) deleted.push(clock.now());
  });
  const events = () =>
    cluster.events().filter(({ reason }) => reason === "TaintManagerEviction")
      .map(({ message, type, component }) => {
        deepEqual([type, component], ["Normal", "taint-eviction-controller"]);
        return message.replace(" default/web", "");
      });
  return { ...simulation, deleted, events };
}

/** The node gets the taints of each step at its second. */
const rows: readonly {
  readonly about: string;
  readonly tolerations?: readonly Toleration[];
  readonly steps: readonly (readonly [second: number, taints: readonly Taint[]])[];
  /** Undefined: it stays. */
  readonly deletedAt?: number;
  readonly events?: readonly string[];
}[] = [
  {
    about: "ends a Pod without a toleration at once",
    steps: [[5, [taintOf("a")]]],
    deletedAt: 5,
    events: [EVICTED],
  },
  {
    about: "leaves a Pod that tolerates it",
    tolerations: [toleranceOf("a")],
    steps: [[5, [taintOf("a")]]],
  },
  {
    about: "with another effect ends none",
    steps: [[5, [taintOf("a", "NoSchedule"), taintOf("b", "PreferNoSchedule")]]],
  },
  {
    about: "ends a Pod after tolerationSeconds",
    tolerations: [toleranceOf("a", 60)],
    steps: [[5, [taintOf("a")]]],
    deletedAt: 65,
    events: [EVICTED],
  },
  {
    about: "ends a Pod after the shortest of its times",
    tolerations: [toleranceOf("a", 60), toleranceOf("b", 20), toleranceOf("c")],
    steps: [[5, [taintOf("a"), taintOf("b"), taintOf("c")]]],
    deletedAt: 25,
    events: [EVICTED],
  },
  {
    about: "leaves its moment where others come to be tolerated",
    tolerations: [toleranceOf("a", 60), toleranceOf("b", 60)],
    steps: [[5, [taintOf("a")]], [30, [taintOf("a"), taintOf("b")]]],
    deletedAt: 65,
    events: [EVICTED],
  },
  {
    about: "ends a Pod at once when one comes that it does not tolerate",
    tolerations: [toleranceOf("a", 60)],
    steps: [[5, [taintOf("a")]], [30, [taintOf("a"), taintOf("b")]]],
    deletedAt: 30,
    events: [EVICTED],
  },
  {
    about: "ends no Pod when it is removed in time",
    tolerations: [toleranceOf("a", 60)],
    steps: [[5, [taintOf("a")]], [30, []]],
    events: [KEPT],
  },
  {
    about: "counts its time again when it comes again",
    tolerations: [toleranceOf("a", 60)],
    steps: [[5, [taintOf("a")]], [30, []], [40, [taintOf("a")]]],
    deletedAt: 100,
    events: [KEPT, EVICTED],
  },
  {
    about: "ends a Pod at once with tolerationSeconds of 0 or less",
    tolerations: [toleranceOf("a", -5)],
    steps: [[5, [taintOf("a")]]],
    deletedAt: 5,
    events: [EVICTED],
  },
];
for (const { about, tolerations = [], steps, deletedAt, events = [] } of rows) {
  Deno.test(`R-SCHED-6: a taint NoExecute ${about}`, async () => {
    const simulation = await start(tolerations);
    const { clock, cluster, deleted, log } = simulation;
    for (const [second, taints] of steps) {
      await clock.advanceTo(second * 1000);
      await taint(simulation, taints);
    }
    await clock.advanceTo(300_000);
    deepEqual(deleted, deletedAt === undefined ? [] : [deletedAt * 1000]);
    deepEqual(simulation.events(), events);
    const target = cluster.pods()[0]!.pod.status!.conditions!.find(({ type }) =>
      type === "DisruptionTarget"
    );
    deepEqual(
      target && [target.status, target.reason, target.message],
      deletedAt && [
        "True",
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
      ],
    );
    equal(cluster.client.get("Pod", "default", "web") === undefined, deletedAt !== undefined);
    const lines = simulation.objectEvents.filter((it) =>
      it.type === "controller.decision" && it.rule === "R-SCHED-6"
    );
    equal(lines.length, deletedAt === undefined ? 0 : 1);
    deepEqual(log, []);
    await cluster.stop();
  });
}

Deno.test("R-SCHED-6: a taint of another node ends no Pod", async () => {
  const { clock, cluster, deleted, ...rest } = await start([], "node-2");
  const node = cluster.client.get("Node", "", "node-2")!;
  await cluster.client.update({ ...node, spec: { taints: [taintOf("a")] } });
  await clock.advance(60_000);
  deepEqual([deleted, rest.events()], [[], []]);
  await cluster.stop();
});

Deno.test("R-SCHED-6: of the tolerations that a Pod has for a taint the first counts, whichever come later", async () => {
  const simulation = await start([toleranceOf("a", 60)]);
  const { clock, cluster: { client }, deleted } = simulation;
  await taint(simulation, [taintOf("a")]);
  await clock.advance(10_000);
  const pod = client.get("Pod", "default", "web")!;
  const tolerations = [...pod.spec.tolerations!, toleranceOf("a")];
  await client.update({ ...pod, spec: { ...pod.spec, tolerations } });
  // The first toleration that fits counts.
  await clock.advance(60_000);
  equal(deleted.length, 1);
  await simulation.cluster.stop();
});
