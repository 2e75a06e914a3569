/** Claims that Pods use, on the whole wiring. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { PersistentVolumeClaim } from "../../src/api/types/core.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { exits, podOf, scriptOf, startSimulation } from "../support/simulation.ts";

const claim: PersistentVolumeClaim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", namespace: "default" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
};

function podWithClaim(name: string): Pod {
  const volumeMounts = [{ name: "v", mountPath: "/v" }];
  return podOf(name, [{ name: "a", command: ["/bin/a"], volumeMounts }], {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 1,
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
  });
}

/** A simulation, and the volumes that were removed. */
function setUp() {
  const removed: string[] = [];
  // A runtime has its verbs on its prototype.
  const wrap = (runtime: Runtime): Runtime =>
    new Proxy(runtime, {
      get: (target, name) => {
        if (name !== "removeVolume") {
          const verb = Reflect.get(target, name);
          return typeof verb === "function" ? verb.bind(target) : verb;
        }
        return (namespace: string, claimName: string) => {
          removed.push(`${namespace}/${claimName}`);
          return Promise.resolve();
        };
      },
    });
  const script = scriptOf({ a: [exits(0, 5000)] });
  const simulation = startSimulation({ script, startControllers, wrap });
  const stateOf = (name: string) =>
    simulation.cluster.pods().find(({ pod }) => pod.metadata.name === name)!.state;
  const readClaim = () => simulation.cluster.client.get("PersistentVolumeClaim", "default", "data");
  return { ...simulation, removed, stateOf, readClaim };
}

Deno.test("R-SCHED-3: a Pod waits for a claim that is not there, and runs when it is", async () => {
  const { clock, cluster, stateOf } = setUp();
  cluster.submit([podWithClaim("web")]);
  await clock.advance(1000);
  equal(stateOf("web"), "stuck");
  cluster.submit([claim]);
  await clock.advance(1000);
  equal(stateOf("web"), "active");
  equal(cluster.client.get("Pod", "default", "web")!.status!.phase, "Running");
  await cluster.stop();
});

Deno.test("R-VOL-10: a claim that is deleted stays until no Pod refers to it, and its volume goes", async () => {
  const { clock, cluster, removed, stateOf, readClaim } = setUp();
  cluster.submit([claim, podWithClaim("web")]);
  await clock.advance(1000);
  deepEqual(readClaim()!.metadata.finalizers, ["kubernetes.io/pvc-protection"]);
  equal(readClaim()!.status!.phase, "Bound");
  await cluster.client.delete("PersistentVolumeClaim", "default", "data");
  cluster.submit([podWithClaim("late")]);
  await clock.advance(1000);
  equal(readClaim()!.metadata.deletionTimestamp, "2026-01-01T00:00:01Z");
  deepEqual([stateOf("web"), stateOf("late")], ["active", "stuck"]);
  // One that has ended refers to it still.
  await clock.advance(10_000);
  deepEqual([stateOf("web"), readClaim()?.metadata.name, removed], ["done", "data", []]);
  cluster.deletePod("default", "web");
  await clock.advance(1000);
  deepEqual([readClaim(), removed], [undefined, ["default/data"]]);
  equal(stateOf("late"), "stuck");
  cluster.submit([claim]);
  await clock.advance(1000);
  equal(stateOf("late"), "active");
  await cluster.stop();
});

Deno.test("R-VOL-10: a claim that no Pod uses goes at once, without a volume that was never made", async () => {
  const { clock, cluster, removed, readClaim } = setUp();
  cluster.submit([claim]);
  await cluster.client.delete("PersistentVolumeClaim", "default", "data");
  await clock.advance(1000);
  deepEqual([readClaim(), removed], [undefined, []]);
  await cluster.stop();
});

Deno.test("R-VOL-10: the end of a cluster removes the volume of a claim that a Pod has held", async () => {
  const { clock, cluster, removed, readClaim } = setUp();
  cluster.submit([claim, podWithClaim("web")]);
  await clock.advance(1000);
  await cluster.client.delete("PersistentVolumeClaim", "default", "data");
  await clock.runUntilIdle();
  deepEqual([readClaim()?.metadata.name, removed], ["data", []]);
  await cluster.stop();
  await cluster.stop();
  deepEqual(removed, ["default/data"]);
});
