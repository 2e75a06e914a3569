/** StatefulSets and DaemonSets in a whole cluster, on a simulated machine. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { DaemonSet, StatefulSet, StatefulSetSpec } from "../../src/api/types/apps.ts";
import type { KindName } from "../../src/api/types/kinds.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { isAvailable } from "../../src/controllers/availability.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { claimTemplateOf, daemonSetOf, statefulSetOf } from "../support/sets.ts";
import { Random } from "../support/random.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { nodeFactsOf } from "../support/node_facts.ts";
import { type Simulation, startSimulation } from "../support/simulation.ts";

function templateOf(image = "web:1"): StatefulSetSpec["template"] {
  const container = { name: "c", image, command: ["/bin/c"] };
  const spec = { terminationGracePeriodSeconds: 5, containers: [container] };
  return { metadata: { labels: { app: "web" } }, spec };
}

/** A cluster with controllers, and short ways to what is in it. */
class World {
  readonly simulation: Simulation = startSimulation({
    startControllers,
    startsAtOnce: 100,
    script: { container: () => ({ startMs: 1000 }) },
  });

  get client() {
    return this.simulation.cluster.client;
  }

  /** So many seconds later. */
  async after(seconds: number): Promise<void> {
    await this.simulation.clock.advance(seconds * 1000);
  }

  get statefulSet(): StatefulSet {
    return this.client.get("StatefulSet", "default", "web")!;
  }

  get daemonSet(): DaemonSet {
    return this.client.get("DaemonSet", "default", "web")!;
  }

  async change(spec: Partial<StatefulSetSpec>): Promise<void> {
    const { statefulSet } = this;
    await this.client.update({ ...statefulSet, spec: { ...statefulSet.spec, ...spec } });
  }

  /** `NAME IMAGE` of the Pods, by name. */
  pods(): string[] {
    return this.client.list("Pod")
      .map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]!.image}`).sort();
  }

  names(kind: KindName): string[] {
    return this.client.list(kind).map(({ metadata }) => metadata.name).sort();
  }

  /** `TYPE NAME` of each Pod that comes or goes, in order. */
  follow(): string[] {
    const lines: string[] = [];
    this.client.watch("Pod", ({ type, object }) => {
      if (type !== "MODIFIED") lines.push(`${type} ${object.metadata.name}`);
    });
    return lines;
  }

  /** What happened to Pods by the event log: `web-0 started`. */
  events(kind: KindName): string[] {
    return this.simulation.cluster.events().filter((it) => it.kind === kind)
      .map(({ reason, message }) => `${reason} ${message}`);
  }
}

Deno.test("a StatefulSet starts, updates and scales its Pods in order (R-STS-1 R-STS-2 R-STS-4)", async () => {
  const world = new World();
  const lines = world.follow();
  await world.client.create(statefulSetOf({ replicas: 3, template: templateOf() }));
  await world.after(1.5);
  deepEqual(world.pods(), ["web-0 web:1", "web-1 web:1"]);
  await world.after(5);
  deepEqual(lines.splice(0), ["ADDED web-0", "ADDED web-1", "ADDED web-2"]);
  equal(isAvailable(world.statefulSet), true);

  await world.change({ template: templateOf("web:2") });
  equal(isAvailable(world.statefulSet), false);
  await world.after(30);
  deepEqual(
    lines.splice(0),
    ["web-2", "web-1", "web-0"].flatMap((name) => [`DELETED ${name}`, `ADDED ${name}`]),
  );
  deepEqual(world.pods(), ["web-0 web:2", "web-1 web:2", "web-2 web:2"]);
  equal(isAvailable(world.statefulSet), true);

  await world.change({ replicas: 1 });
  await world.after(30);
  deepEqual(lines, ["DELETED web-2", "DELETED web-1"]);
  deepEqual(world.events("StatefulSet").slice(-2), [
    "SuccessfulDelete Delete Pod web-2 in StatefulSet web successful",
    "SuccessfulDelete Delete Pod web-1 in StatefulSet web successful",
  ]);
  const { currentRevision, updateRevision, ...counts } = world.statefulSet.status!;
  equal(currentRevision, updateRevision);
  deepEqual(counts, {
    availableReplicas: 1,
    collisionCount: 0,
    currentReplicas: 1,
    observedGeneration: 3,
    readyReplicas: 1,
    replicas: 1,
    updatedReplicas: 1,
  });
});

for (const whenDeleted of ["Retain", "Delete"] as const) {
  Deno.test(`everything goes with a StatefulSet, claims by its policy ${whenDeleted} (R-STS-10 R-STS-11)`, async () => {
    const world = new World();
    await world.client.create(statefulSetOf({
      replicas: 2,
      template: templateOf(),
      volumeClaimTemplates: [claimTemplateOf("data")],
      persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled: "Delete" },
    }));
    await world.after(10);
    deepEqual(world.names("PersistentVolumeClaim"), ["data-web-0", "data-web-1"]);
    await world.change({ replicas: 1 });
    await world.after(10);
    deepEqual(world.names("PersistentVolumeClaim"), ["data-web-0"]);
    await world.client.delete("StatefulSet", "default", "web");
    await world.after(30);
    deepEqual(world.names("PersistentVolumeClaim"), whenDeleted === "Retain" ? ["data-web-0"] : []);
    deepEqual([world.names("Pod"), world.names("ControllerRevision")], [[], []]);
  });
}

Deno.test("a StatefulSet of a former one's name waits for the former Pods, without an event", async () => {
  const world = new World();
  await world.client.create(statefulSetOf({ replicas: 1, template: templateOf() }));
  await world.after(5);
  const [former] = world.client.list("Pod");
  await world.client.delete("StatefulSet", "default", "web");
  await world.client.create(statefulSetOf({ replicas: 1, template: templateOf() }));
  await world.after(30);
  const [pod] = world.client.list("Pod");
  equal(pod!.metadata.name, "web-0");
  ok(pod!.metadata.uid !== former!.metadata.uid);
  deepEqual(world.events("StatefulSet").filter((it) => it.startsWith("Failed")), []);
});

Deno.test("a Pod that a StatefulSet cannot create: the event says which (R-STS-1)", async () => {
  const simulation = startSimulation({
    startControllers,
    admitPod: (pod) => ({ ...pod, spec: { ...pod.spec, containers: [] } }),
  });
  await simulation.cluster.client.create(statefulSetOf({ template: templateOf() }));
  await simulation.clock.advance(1000);
  const [event] = simulation.cluster.events();
  equal(event!.reason, "FailedCreate");
  ok(
    event!.message.startsWith(
      'Create Pod web-0 in StatefulSet web failed error: Pod "web-0" is invalid: spec.containers',
    ),
    event!.message,
  );
  const set = simulation.cluster.client.get("StatefulSet", "default", "web")!;
  equal(set.status!.observedGeneration, 1);
});

Deno.test("a StatefulSet whose name is too long for its Pods: one line, one Event, ever rarer attempts (R-RS-8)", async () => {
  const simulation = startSimulation({ startControllers });
  const { cluster, clock, log, objectEvents } = simulation;
  const set = statefulSetOf({ template: templateOf() });
  const name = "w".repeat(60);
  const named = { ...set, metadata: { ...set.metadata, name } };
  await cluster.client.create(named);
  await clock.advance(3_600_000);
  const [event, ...others] = cluster.events();
  equal(
    event!.message,
    `Create Pod ${name}-0 in StatefulSet ${name} failed error: Pod "${name}-0" is invalid: ` +
      "metadata.labels: Invalid value: " + `"${readHash()}": must be no more than 63 bytes`,
  );
  equal(others.length, 0);
  // 5 ms, doubled each time to 1000 s.
  ok(event!.count > 15 && event!.count < 30, `${event!.count} attempts`);
  const lines = objectEvents.filter((it) => it.type === "controller.decision")
    .filter(({ action }) => action === "backOff");
  equal(lines.length, 1);
  ok(lines[0]!.message.startsWith(`StatefulSet ${name}: Pod ${name}-0 cannot be created and is`));
  deepEqual(log, []);
  await cluster.stop();

  function readHash(): string {
    return cluster.client.list("ControllerRevision")[0]!.metadata.name;
  }
});

Deno.test("a DaemonSet keeps one Pod on the node, and replaces it (R-DS-1 R-DS-3)", async () => {
  const world = new World();
  const lines = world.follow();
  await world.client.create(daemonSetOf({ template: templateOf() }));
  await world.after(5);
  const [first] = world.client.list("Pod");
  equal(isAvailable(world.daemonSet), true);
  const { daemonSet } = world;
  await world.client.update({
    ...daemonSet,
    spec: { ...daemonSet.spec, template: templateOf("web:2") },
  });
  await world.after(20);
  equal(lines.length, 3);
  deepEqual(world.pods().map((it) => it.split(" ")[1]), ["web:2"]);
  equal(world.client.list("Pod")[0]!.metadata.generateName, first!.metadata.generateName);
  equal(isAvailable(world.daemonSet), true);
  deepEqual(world.client.list("ControllerRevision").map((it) => it.revision), [1, 2]);
  await world.client.delete("DaemonSet", "default", "web");
  await world.after(20);
  deepEqual([world.names("Pod"), world.names("ControllerRevision")], [[], []]);
});

/** Invariants of a StatefulSet in order, over every change of its Pods. */
function checkOrder(world: World): void {
  const living = new Map<string, Pod>();
  world.client.watch("Pod", ({ type, object }) => {
    const { name, uid } = object.metadata;
    const present = living.get(name);
    ok(present === undefined || present.metadata.uid === uid, `two Pods ${name}`);
    if (type === "DELETED") {
      living.delete(name);
      return;
    }
    if (type === "ADDED") {
      const ordinal = Number(name.slice("web-".length));
      for (let below = 0; below < ordinal; below++) {
        ok(living.has(`web-${below}`), `${name} is created without web-${below}`);
      }
    }
    living.set(name, object);
  });
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  Deno.test(`a random history of a StatefulSet ends in order, and leaves nothing: seed ${seed}`, async () => {
    const random = new Random(seed);
    const world = new World();
    checkOrder(world);
    await world.client.create(statefulSetOf({
      replicas: 3,
      template: templateOf(),
      volumeClaimTemplates: [claimTemplateOf("data")],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
    }));
    for (let step = 0; step < 25; step++) {
      await world.after(random.integer(0, 6));
      switch (random.integer(0, 3)) {
        case 0:
          await world.change({ replicas: random.integer(0, 5) });
          break;
        case 1:
          await world.change({ template: templateOf(`web:${random.integer(1, 4)}`) });
          break;
        case 2: {
          const rollingUpdate = { partition: random.integer(0, 3) };
          await world.change({ updateStrategy: { type: "RollingUpdate", rollingUpdate } });
          break;
        }
        case 3: {
          const pods = world.client.list("Pod");
          const pod = pods[random.integer(0, pods.length)];
          if (pod) await world.client.delete("Pod", "default", pod.metadata.name);
        }
      }
    }
    await world.change({
      template: templateOf("web:9"),
      replicas: 3,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    });
    await world.after(200);
    deepEqual(world.pods(), ["web-0 web:9", "web-1 web:9", "web-2 web:9"]);
    deepEqual(world.names("PersistentVolumeClaim"), ["data-web-0", "data-web-1", "data-web-2"]);
    const { currentReplicas, updatedReplicas, readyReplicas } = world.statefulSet.status!;
    deepEqual([currentReplicas, updatedReplicas, readyReplicas], [3, 3, 3]);
    await world.client.delete("StatefulSet", "default", "web");
    await world.after(60);
    const kinds = ["StatefulSet", "Pod", "ControllerRevision", "PersistentVolumeClaim"] as const;
    deepEqual(kinds.map((kind) => world.names(kind)), [[], [], [], []]);
    deepEqual(world.simulation.log, []);
  });
}

Deno.test("a DaemonSet follows the labels of a node that is an object (R-DS-1)", async () => {
  await loadRules(["Node"]);
  let labels: Readonly<Record<string, string>> = {};
  const facts = nodeFactsOf("node-1");
  // As `serve` has it: the object is what counts.
  const node = {
    ...facts,
    get labels() {
      return labels;
    },
  };
  const { cluster, clock } = startSimulation({ startControllers, node });
  const { client } = cluster;
  const template = templateOf();
  const spec = { ...template.spec, nodeSelector: { disk: "ssd" } };
  await client.create(daemonSetOf({ template: { ...template, spec } }));
  await clock.advance(1000);
  equal(client.list("Pod").length, 0);
  labels = { disk: "ssd" };
  await client.create({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1", labels },
    spec: {},
  });
  await clock.advance(1000);
  deepEqual(client.list("Pod").map(({ status }) => status?.phase), ["Running"]);
  await cluster.stop();
});
