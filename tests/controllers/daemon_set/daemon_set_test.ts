/** What a DaemonSet's controller decides on the one node, step by step. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { DaemonSetSpec } from "../../../src/api/types/apps.ts";
import { daemonSetOf, SetWorld } from "../../support/sets.ts";
import { nodeFactsOf } from "../../support/node_facts.ts";
import { templateOf } from "../../support/workloads.ts";

const rolling = (maxUnavailable: number | string, maxSurge: number | string) =>
  ({ type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } }) as const;

function worldOf(spec: Partial<DaemonSetSpec> = {}) {
  return new SetWorld(daemonSetOf(spec));
}

/** A DaemonSet whose Pod is ready, and that Pod's name. */
function rolledOut(spec: Partial<DaemonSetSpec> = {}) {
  const world = worldOf(spec);
  world.rollOut();
  world.events.length = world.rules.length = 0;
  return { world, old: world.pods[0]!.metadata.name };
}

/** The only Pod that is not being deleted. */
const newest = (world: ReturnType<typeof worldOf>) =>
  world.pods.filter((it) => it.metadata.deletionTimestamp === undefined).at(-1)!.metadata.name;

Deno.test("computeDaemonSetChanges() R-DS-1 R-DS-7: a Pod, then the statuses", () => {
  const world = worldOf();
  world.step();
  const name = newest(world);
  deepEqual(world.events, [`SuccessfulCreate Created pod: ${name}`]);
  deepEqual(world.status, {
    currentNumberScheduled: 0,
    desiredNumberScheduled: 1,
    numberMisscheduled: 0,
    numberReady: 0,
    numberUnavailable: 1,
    observedGeneration: 1,
  });
  world.step();
  deepEqual(world.status, {
    currentNumberScheduled: 1,
    desiredNumberScheduled: 1,
    numberMisscheduled: 0,
    numberReady: 0,
    numberUnavailable: 1,
    observedGeneration: 1,
    updatedNumberScheduled: 1,
  });
  world.makeReady();
  world.step();
  deepEqual(world.status, {
    currentNumberScheduled: 1,
    desiredNumberScheduled: 1,
    numberAvailable: 1,
    numberMisscheduled: 0,
    numberReady: 1,
    observedGeneration: 1,
    updatedNumberScheduled: 1,
  });
  equal(world.step(), false);
});

Deno.test("computeDaemonSetChanges() R-DS-2: labels, affinity and tolerations of the Pod", () => {
  const template = templateOf();
  const own = { key: "own", operator: "Exists" } as const;
  const { world } = rolledOut({
    template: { ...template, spec: { ...template.spec, tolerations: [own], hostNetwork: true } },
  });
  const [{ metadata: { labels, generateName }, spec }] = world.pods as [typeof world.pods[0]];
  const hash = world.revisions[0]!.metadata.labels!["controller-revision-hash"]!;
  equal(generateName, "web-");
  deepEqual(labels, {
    app: "web",
    "controller-revision-hash": hash,
    "pod-template-generation": "1",
  });
  deepEqual(spec.affinity, {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{
          matchFields: [{ key: "metadata.name", operator: "In", values: ["node"] }],
        }],
      },
    },
  });
  deepEqual(spec.tolerations!.map(({ key, effect = "" }) => `${key} ${effect}`), [
    "own ",
    "node.kubernetes.io/not-ready NoExecute",
    "node.kubernetes.io/unreachable NoExecute",
    "node.kubernetes.io/disk-pressure NoSchedule",
    "node.kubernetes.io/memory-pressure NoSchedule",
    "node.kubernetes.io/pid-pressure NoSchedule",
    "node.kubernetes.io/unschedulable NoSchedule",
    "node.kubernetes.io/network-unavailable NoSchedule",
  ]);
});

Deno.test("computeDaemonSetChanges() R-DS-2: terms of the template hold for this node", () => {
  const template = templateOf();
  const matchExpressions = [{ key: "disk", operator: "Exists" }];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  const world = worldOf({ template: { ...template, spec: { ...template.spec, affinity } } });
  world.node = nodeFactsOf("node", { labels: { disk: "ssd" } });
  world.rollOut();
  const { nodeAffinity } = world.pods[0]!.spec.affinity!;
  deepEqual(nodeAffinity!.requiredDuringSchedulingIgnoredDuringExecution!.nodeSelectorTerms, [{
    matchExpressions,
    matchFields: [{ key: "metadata.name", operator: "In", values: ["node"] }],
  }]);
});

Deno.test("computeDaemonSetChanges() R-DS-3: the new Pod is created when the old one has ended", () => {
  const { world, old } = rolledOut();
  world.change({ template: templateOf("web:2") });
  equal(world.set.metadata.annotations!["deprecated.daemonset.template.generation"], "2");
  deepEqual(world.settle(), ["createRevision web-B", `deletePod ${old}`]);
  deepEqual(world.events, [`SuccessfulDelete Deleted pod: ${old}`]);
  equal(world.set.status!.updatedNumberScheduled, undefined);
  deepEqual(world.settle(), []);
  // It has ended and is there still.
  world.setPods([old], { phase: "Failed" }, "False");
  world.settle();
  deepEqual(world.show(), [`${old} web:1 -`, `${newest(world)} web:2`]);
  world.endDeleted();
  world.rollOut();
  deepEqual(world.show(), [`${newest(world)} web:2`]);
  equal(world.set.status!.updatedNumberScheduled, 1);
});

Deno.test("computeDaemonSetChanges() R-DS-3: 0 percent keeps an available Pod, an unavailable one goes", () => {
  // Only validation prevents it.
  const { world, old } = rolledOut();
  world.set = { ...world.set, spec: { ...world.set.spec, updateStrategy: rolling("0%", 0) } };
  world.change({ template: templateOf("web:2") });
  deepEqual(world.settle(), ["createRevision web-B"]);
  world.setPods([old], { phase: "Running" }, "False");
  deepEqual(world.settle(), [`deletePod ${old}`]);
});

Deno.test("computeDaemonSetChanges() R-DS-4: with a surge the old Pod goes when the new one is available", () => {
  const { world, old } = rolledOut({ updateStrategy: rolling(0, 1), minReadySeconds: 0 });
  world.change({ template: templateOf("web:2") });
  deepEqual(world.settle().length, 2);
  deepEqual(world.show(), [`${old} web:1`, `${newest(world)} web:2`]);
  deepEqual(world.settle(), []);
  world.makeReady();
  deepEqual(world.settle(), [`deletePod ${old}`]);
  deepEqual(world.rules, ["R-DS-6", "R-DS-4", "R-DS-1"]);
  world.endDeleted();
  deepEqual(world.settle(), []);
});

Deno.test("computeDaemonSetChanges() R-DS-4: with a surge an old Pod that is not ready goes at once", () => {
  const { world, old } = rolledOut({ updateStrategy: rolling(0, "50%") });
  world.setPods([old], { phase: "Running" }, "False");
  world.change({ template: templateOf("web:2") });
  const written = world.settle();
  deepEqual(written.slice(-1), [`deletePod ${old}`]);
  equal(written.length, 3);
});

Deno.test("computeDaemonSetChanges() OnDelete replaces what is deleted by hand alone", () => {
  const { world, old } = rolledOut({ updateStrategy: { type: "OnDelete" } });
  world.change({ template: templateOf("web:2") });
  deepEqual(world.rollOut(), ["createRevision web-B"]);
  world.deletePod(old);
  world.endDeleted();
  world.rollOut();
  deepEqual(world.show(), [`${newest(world)} web:2`]);
});

Deno.test("computeDaemonSetChanges() R-DS-1: of several Pods the oldest stays", () => {
  const { world, old } = rolledOut();
  const [pod] = world.pods;
  const creationTimestamp = "2026-01-01T00:00:09Z";
  const other = { ...pod!.metadata, name: "web-a", uid: "a", creationTimestamp };
  world.pods.unshift({ ...pod!, metadata: other });
  deepEqual(world.settle(), ["deletePod web-a"]);
  equal(newest(world), old);
});

Deno.test("computeDaemonSetChanges() R-DS-5: Pods that have ended are replaced, failed ones ever more rarely", () => {
  const { world } = rolledOut();
  const waits: number[] = [];
  for (let round = 0; round < 4; round++) {
    const name = newest(world);
    const from = world.seconds;
    world.setPods([name], { phase: "Failed" }, "False");
    while (world.settle().length === 0) world.seconds = world.wakeAt!;
    waits.push(world.seconds - from);
    world.endDeleted();
    world.rollOut();
  }
  deepEqual(waits, [0, 1, 2, 4]);
  const name = newest(world);
  deepEqual(world.events.filter((it) => it.startsWith("Failed")).length, 4);
  world.setPods([name], { phase: "Succeeded" }, "False");
  equal(world.settle()[0], `deletePod ${name}`);
  equal(
    world.events.findLast((it) => it.includes("daemon pod")),
    `SucceededDaemonPod Found succeeded daemon pod default/${name} on node node, will try to delete it`,
  );
});

Deno.test("computeDaemonSetChanges() R-DS-6: revisions, their numbers and their limit", () => {
  const { world } = rolledOut({ revisionHistoryLimit: 1 });
  for (const image of ["web:2", "web:3", "web:2"]) {
    world.change({ template: templateOf(image) });
    world.rollOut();
  }
  deepEqual(world.revisions.map((it) => it.revision), [4, 3]);
  equal(world.show()[0]!.endsWith("web:2"), true);
});

Deno.test("computeDaemonSetChanges() one that is being deleted does nothing", () => {
  const world = worldOf();
  world.set = {
    ...world.set,
    metadata: { ...world.set.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
  };
  equal(world.step(), false);
});

Deno.test("computeDaemonSetChanges() R-DS-1 R-DS-7: no Pod for a node that its template does not select", () => {
  const template = templateOf();
  const world = worldOf({
    template: { ...template, spec: { ...template.spec, nodeSelector: { disk: "ssd" } } },
  });
  world.step();
  equal(world.pods.length, 0);
  deepEqual(world.status, {
    currentNumberScheduled: 0,
    desiredNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
    observedGeneration: 1,
  });
  equal(world.waits.length, 1);
  equal(world.step(), false);
  equal(world.waits.length, 1);
  world.node = nodeFactsOf("node", { labels: { disk: "ssd" } });
  world.rollOut();
  equal(world.pods.length, 1);
  world.node = nodeFactsOf("node", { labels: {} });
  world.step();
  equal(world.pods[0]!.metadata.deletionTimestamp !== undefined, true);
  equal(world.rules.at(-1), "R-DS-1");
});

const taints: readonly [effect: string, pods: number, misscheduled: number][] = [
  ["NoSchedule", 1, 1],
  ["PreferNoSchedule", 1, 0],
  ["NoExecute", 0, 1],
];
for (const [effect, pods, numberMisscheduled] of taints) {
  Deno.test(`computeDaemonSetChanges() R-DS-1: a Pod on a node that gets a taint ${effect}`, () => {
    const { world } = rolledOut();
    world.node = nodeFactsOf("node", { taints: [{ key: "own", effect }] });
    world.step();
    const staying = world.pods.filter((it) => it.metadata.deletionTimestamp === undefined);
    equal(staying.length, pods);
    equal(world.set.status!.numberMisscheduled, numberMisscheduled);
  });
}
