/** Controllers whose store answers late: what they see is old, and their writes take time. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Deployment, ReplicaSet } from "../../../src/api/types/apps.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import { lineLogger } from "../../../src/base/log.ts";
import { startControllers } from "../../../src/controllers/wiring/controllers.ts";
import { Registry } from "../../../src/store/registry.ts";
import { RemoteClient } from "../../support/remote_node.ts";
import { nodeFactsOf } from "../../support/node_facts.ts";
import { claimTemplateOf, daemonSetOf, statefulSetOf } from "../../support/sets.ts";
import { deploymentOf, replicaSetOf } from "../../support/workloads.ts";

interface Slow {
  readonly lagMs: number;
  readonly loses?: () => boolean;
}

/** A store without a node, and controllers behind a slow connection to it. */
function setUp(connection: Slow) {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}` });
  const log: string[] = [];
  const controllers = startControllers({
    node: nodeFactsOf("node"),
    client: new RemoteClient({ clock, registry, ...connection }),
    clock,
    settings: { wallZeroMs: clock.wallTime(0), speed: 1 },
    log: lineLogger((line) => log.push(line)),
    onK8sEvent: () => {},
    onObjectEvent: () => {},
  });
  const most = { Pod: 0, ReplicaSet: 0 };
  for (const kind of ["Pod", "ReplicaSet"] as const) {
    registry.watch(kind, () => most[kind] = Math.max(most[kind], registry.list(kind).length));
  }
  return { clock, registry, controllers, log, most };
}

const bare = <O extends ReplicaSet | Deployment>(object: O): O => {
  const { uid: _, generation: __, ...metadata } = object.metadata;
  return { ...object, metadata };
};

for (const lagMs of [1, 50, 2000]) {
  Deno.test(`a store that answers after ${lagMs} ms: never a Pod or ReplicaSet too many (R-RS-1)`, async () => {
    const { clock, registry, controllers, log, most } = setUp({ lagMs });
    registry.create(bare(deploymentOf({ replicas: 5 })));
    await clock.advance(20 * 60_000);
    deepEqual(most, { Pod: 5, ReplicaSet: 1 });
    const deployment = registry.get("Deployment", "default", "web")!;
    registry.update({ ...deployment, spec: { ...deployment.spec, replicas: 2 } });
    await clock.advance(20 * 60_000);
    equal(registry.list("Pod").length, 2);
    equal(registry.get("Deployment", "default", "web")!.status!.replicas, 2);
    registry.delete("Deployment", "default", "web");
    await clock.advance(20 * 60_000);
    deepEqual([...registry.list("ReplicaSet"), ...registry.list("Pod")], []);
    deepEqual(log, []);
    const stopped = controllers.stop();
    await clock.advance(10_000);
    await stopped;
  });
}

for (const lagMs of [1, 50, 2000]) {
  Deno.test(`a store that answers after ${lagMs} ms: never a claim, revision or Pod too many (R-STS-1 R-DS-1)`, async () => {
    const { clock, registry, log } = setUp({ lagMs });
    const created: string[] = [];
    for (const kind of ["Pod", "ControllerRevision", "PersistentVolumeClaim"] as const) {
      registry.watch(kind, ({ type, object }) => {
        if (type === "ADDED") {
          created.push(`${kind} ${object.metadata.generateName ?? object.metadata.name}`);
        }
      });
    }
    registry.create(statefulSetOf({
      replicas: 2,
      podManagementPolicy: "Parallel",
      volumeClaimTemplates: [claimTemplateOf("data")],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
    }));
    registry.create(daemonSetOf());
    await clock.advance(20 * 60_000);
    const hash = /-[a-z0-9]{6,10}$/;
    deepEqual(created.map((it) => it.replace(hash, "-HASH")).sort(), [
      "ControllerRevision web-HASH",
      "ControllerRevision web-HASH",
      "PersistentVolumeClaim data-web-0",
      "PersistentVolumeClaim data-web-1",
      "Pod web-",
      "Pod web-",
      "Pod web-",
    ]);
    equal(registry.get("StatefulSet", "default", "web")!.status!.replicas, 2);
    equal(registry.get("DaemonSet", "default", "web")!.status!.currentNumberScheduled, 1);
    registry.delete("StatefulSet", "default", "web");
    registry.delete("DaemonSet", "default", "web");
    await clock.advance(20 * 60_000);
    for (const kind of ["Pod", "ControllerRevision", "PersistentVolumeClaim"] as const) {
      deepEqual(registry.list(kind), []);
    }
    deepEqual(log, []);
  });
}

Deno.test("a store that loses every third write: the number of Pods comes out right (R-RS-8)", async () => {
  let writes = 0;
  const { clock, registry, most } = setUp({ lagMs: 10, loses: () => ++writes % 3 === 0 });
  registry.create(bare(replicaSetOf({ replicas: 4 })));
  await clock.advance(30 * 60_000);
  equal(most.Pod, 4);
  equal(registry.get("ReplicaSet", "default", "web")!.status!.replicas, 4);
});

Deno.test("a Pod that is created and gone before it is seen holds its ReplicaSet up for a while only", async () => {
  const { clock, registry } = setUp({ lagMs: 100 });
  const gone: string[] = [];
  registry.watch("Pod", ({ type, object }) => {
    if (type !== "ADDED" || gone.length > 0) return;
    gone.push(object.metadata.name);
    registry.delete("Pod", "default", object.metadata.name);
  });
  registry.create(bare(replicaSetOf({ replicas: 1 })));
  await clock.advance(10 * 60_000);
  const [pod, ...more] = registry.list("Pod");
  ok(pod !== undefined && pod.metadata.name !== gone[0]);
  deepEqual(more, []);
});
