/** Which changes ask for another pass over an object. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { ReplicaSet } from "../../../src/api/types/apps.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import { loadRules } from "../../../src/api/kinds/strategy/late_rules.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import type { ControllerRow } from "../../../src/controllers/wiring/controller_row.ts";
import { RowReconciler } from "../../../src/controllers/wiring/row_reconciler.ts";
import { Registry } from "../../../src/store/registry.ts";
import { RegistryClient } from "../../../src/store/registry_client.ts";
import { isReady } from "../../../src/controllers/pod_state.ts";
import { podOf, replicaSetOf } from "../../support/workloads.ts";

/** A controller whose pass publishes the number of replicas, and the keys that were named to it. */
async function setUp(isDoneAtOnce: boolean, more: Partial<ControllerRow<ReplicaSet>> = {}) {
  await loadRules(["ReplicaSet"]);
  const clock = new VirtualClock();
  const registry = new Registry({ clock, newUid: () => "uid" });
  const row: ControllerRow<ReplicaSet> = {
    kind: "ReplicaSet",
    component: "test",
    owns: [],
    isDoneAtOnce,
    compute: (set) => ({
      writes: [],
      published: { ...set, status: { replicas: set.spec.replicas! } },
    }),
    ...more,
  };
  const reconciler = new RowReconciler(row, {
    client: new RegistryClient(registry),
    clock,
    related: {
      candidatesOf: () => [],
      ownedBy: () => [],
      besideOf: () => [],
      contentsOf: () => [],
      find: () => undefined,
    },
    readMoment: () => ({ wallMs: 0, speed: 1 }),
    onK8sEvent: () => {},
    onObjectEvent: () => {},
  });
  const named: string[] = [];
  reconciler.watch((key) => named.push(key));
  const { metadata: { name }, ...rest } = replicaSetOf();
  registry.create({ ...rest, metadata: { name } });
  const pass = () => reconciler.reconcile("default/web", new AbortController().signal);
  return { registry, named, pass };
}

for (const [isDoneAtOnce, expected] of [[true, 1], [false, 2]] as const) {
  const which = isDoneAtOnce ? "no reason" : "a reason";
  Deno.test(`RowReconciler: the status of a pass is ${which} for another one`, async () => {
    const { named, pass } = await setUp(isDoneAtOnce);
    await pass();
    deepEqual(named, Array(expected).fill("default/web"));
  });
}

Deno.test("RowReconciler: another change is a reason, and so is a status of another author", async () => {
  const { registry, named, pass } = await setUp(true);
  await pass();
  named.length = 0;
  const read = () => registry.get("ReplicaSet", "default", "web")!;
  registry.update({ ...read(), spec: { ...read().spec, replicas: 5 } });
  const { metadata } = read();
  registry.update({ ...read(), metadata: { ...metadata, labels: { tier: "front" } } });
  registry.updateStatus({ ...read(), status: { replicas: 7 } });
  deepEqual(named, Array(3).fill("default/web"));
});

Deno.test("RowReconciler: of a Pod that it owns only news asks for another pass", async () => {
  const { registry, named } = await setUp(true, {
    owns: ["Pod"],
    isNews: (before, after) => isReady(before as Pod) !== isReady(after as Pod),
    isMissed: (gone) => !isReady(gone as Pod),
  });
  const { metadata: { uid } } = registry.get("ReplicaSet", "default", "web")!;
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: uid! };
  const { metadata: { name }, spec } = podOf("a", { nodeName: "" });
  const namedBy = (change: () => void) => {
    named.length = 0;
    change();
    return named.length;
  };
  const writeReady = (status: "True" | "False") => () =>
    void registry.updateStatus({
      ...registry.get("Pod", "default", "a")!,
      status: { conditions: [{ type: "Ready", status }] },
    });
  const create = () =>
    void registry.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, ownerReferences: [{ ...owner, controller: true }] },
      spec,
    });
  const end = () => registry.delete("Pod", "default", "a");
  const steps = [create, writeReady("False"), writeReady("True"), writeReady("True"), end];
  deepEqual(steps.map(namedBy), [1, 0, 1, 0, 0]);
  deepEqual([create, end].map(namedBy), [1, 1]);
});
