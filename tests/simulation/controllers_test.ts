/** Controllers in a whole cluster: from a written object to the Pods on a simulated machine. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { withServiceAccount } from "../../src/api/service_account.ts";
import type { Deployment, DeploymentSpec, ReplicaSet } from "../../src/api/types/apps.ts";
import type { KindName } from "../../src/api/types/kinds.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { isAvailable } from "../../src/controllers/availability.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { StatusError } from "../../src/store/status_error.ts";
import { podOf, type Simulation, startSimulation } from "../support/simulation.ts";

const labels = { app: "web" };

function templateOf(image = "web:1"): DeploymentSpec["template"] {
  const container = { name: "c", image, command: ["/bin/c"] };
  return { metadata: { labels }, spec: { containers: [container] } };
}

function deploymentOf(spec: Partial<DeploymentSpec> = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { selector: { matchLabels: labels }, template: templateOf(), ...spec },
  };
}

function replicaSetOf(spec: Partial<ReplicaSet["spec"]> = {}): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web" },
    spec: { selector: { matchLabels: labels }, template: templateOf(), ...spec },
  };
}

/** A cluster with controllers, and short ways to what is in it. */
class World {
  readonly simulation: Simulation;
  /** Every status that the Deployment had, without times. */
  readonly statuses: unknown[] = [];

  constructor(options: Parameters<typeof startSimulation>[0] = {}) {
    const start = { container: () => ({ startMs: 1000 }) };
    this.simulation = startSimulation({
      startControllers,
      startsAtOnce: 100,
      script: start,
      ...options,
    });
    this.client.watch("Deployment", ({ object: { status } }) => {
      const timeless = JSON.parse(JSON.stringify(status, (key, value) => {
        return key.endsWith("Time") ? undefined : value;
      }));
      if (JSON.stringify(timeless) !== JSON.stringify(this.statuses.at(-1))) {
        this.statuses.push(timeless);
      }
    });
  }

  get client() {
    return this.simulation.cluster.client;
  }

  /** So many seconds later. */
  async after(seconds: number): Promise<void> {
    await this.simulation.clock.advance(seconds * 1000);
  }

  get deployment(): Deployment {
    return this.client.get("Deployment", "default", "web")!;
  }

  async change(spec: Partial<DeploymentSpec>): Promise<void> {
    const { deployment } = this;
    await this.client.update({ ...deployment, spec: { ...deployment.spec, ...spec } });
  }

  /** Pods that do not end. */
  pods(): Pod[] {
    return this.client.list("Pod").filter((it) => it.metadata.deletionTimestamp === undefined);
  }

  images(): string[] {
    return this.pods().map(({ spec }) => spec.containers[0]!.image!);
  }

  sizes(): number[] {
    return this.client.list("ReplicaSet").map(({ spec }) => spec.replicas!);
  }

  /** `REASON MESSAGE` of the Kubernetes Events of a kind, with short names. */
  events(kind: KindName): string[] {
    const hashes = this.client.list("ReplicaSet").map(({ metadata }) => metadata.name);
    return this.simulation.cluster.events().filter((it) => it.kind === kind)
      .map(({ reason, message }) =>
        `${reason} ${message}`.replaceAll(
          /web-[a-z0-9]{6,10}\b/g,
          (name) => hashes.includes(name) ? `web-${"AB"[hashes.indexOf(name)]}` : name,
        )
      );
  }

  decisions(): string[] {
    return this.simulation.objectEvents.filter((it) => it.type === "controller.decision")
      .map((it) => `${it.controller} ${it.action} ${it.rule}`);
  }

  count(): Record<string, number> {
    const kinds = ["Deployment", "ReplicaSet", "Pod"] as const;
    return Object.fromEntries(kinds.map((kind) => [kind, this.client.list(kind).length]));
  }
}

const AVAILABLE = {
  type: "Available",
  status: "True",
  reason: "MinimumReplicasAvailable",
  message: "Deployment has minimum availability.",
};

Deno.test("a Deployment creates its ReplicaSet and Pods, and its status follows (R-DEPLOY-1 R-RS-1)", async () => {
  const world = new World();
  await world.client.create(deploymentOf({ replicas: 3 }));
  await world.after(5);
  const [replicaSet] = world.client.list("ReplicaSet");
  const { name, annotations, ownerReferences, generation } = replicaSet!.metadata;
  deepEqual(annotations, {
    "deployment.kubernetes.io/desired-replicas": "3",
    "deployment.kubernetes.io/max-replicas": "4",
    "deployment.kubernetes.io/revision": "1",
  });
  deepEqual([ownerReferences?.[0]?.name, ownerReferences?.[0]?.controller, generation], [
    "web",
    true,
    1,
  ]);
  deepEqual(replicaSet!.status, {
    availableReplicas: 3,
    fullyLabeledReplicas: 3,
    observedGeneration: 1,
    readyReplicas: 3,
    replicas: 3,
    terminatingReplicas: 0,
  });
  deepEqual(world.statuses.at(-1), {
    availableReplicas: 3,
    conditions: [AVAILABLE, {
      type: "Progressing",
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "${name}" has successfully progressed.`,
    }],
    observedGeneration: 1,
    readyReplicas: 3,
    replicas: 3,
    terminatingReplicas: 0,
    updatedReplicas: 3,
  });
  equal(world.deployment.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  equal(world.deployment.metadata.generation, 1);
  for (const { metadata } of world.pods()) {
    ok(metadata.name.startsWith(`${name}-`) && metadata.generateName === `${name}-`);
    deepEqual(metadata.labels, { app: "web", "pod-template-hash": name.slice("web-".length) });
  }
  deepEqual(world.events("Deployment"), [
    "ScalingReplicaSet Scaled up replica set web-A from 0 to 3",
  ]);
  deepEqual(
    world.events("ReplicaSet").map((it) => it.split(":")[0]),
    Array(3).fill("SuccessfulCreate Created pod"),
  );
  equal(isAvailable(world.deployment), true);
});

Deno.test("the conditions of a Deployment come in their order (R-DEPLOY-10 R-DEPLOY-12 R-DEPLOY-14)", async () => {
  const world = new World();
  await world.client.create(deploymentOf({ replicas: 2 }));
  await world.after(5);
  const reasons = world.simulation.objectEvents.filter((it) =>
    it.type === "object.condition" && it.object.startsWith("Deployment")
  ).map((it) => it.type === "object.condition" ? `${it.condition} ${it.status} ${it.reason}` : "");
  deepEqual(reasons, [
    "Progressing True NewReplicaSetCreated",
    "Available False MinimumReplicasUnavailable",
    "Progressing True ReplicaSetUpdated",
    "Available True MinimumReplicasAvailable",
    "Progressing True NewReplicaSetAvailable",
  ]);
});

/** A status in one line: counts that are there, and reasons. */
function formatStatus(status: unknown): string {
  const { conditions = [], ...counts } = status as Deployment["status"] & object;
  const { observedGeneration, ...others } = counts;
  const words = Object.entries(others).map(([key, count]) =>
    `${key.replace("Replicas", "")} ${count}`
  );
  const reasons = conditions.map(({ reason }) => reason);
  return [`og ${observedGeneration ?? "-"}`, ...words.toSorted(), ...reasons].join(", ");
}

Deno.test("the statuses of a Deployment come one by one as in a cluster (R-DEPLOY-1 R-DEPLOY-10)", async () => {
  const world = new World();
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  const strategy = { type: "RollingUpdate", rollingUpdate } as const;
  await world.client.create(deploymentOf({ replicas: 2, strategy }));
  await world.after(5);
  const [no, yes] = ["MinimumReplicasUnavailable", "MinimumReplicasAvailable"];
  deepEqual(world.statuses.map(formatStatus), [
    "og -",
    "og -, NewReplicaSetCreated",
    `og 1, terminating 0, unavailable 2, NewReplicaSetCreated, ${no}`,
    `og 1, replicas 2, terminating 0, unavailable 2, updated 2, ${no}, ReplicaSetUpdated`,
    "og 1, available 1, ready 1, replicas 2, terminating 0, unavailable 1, updated 2, " +
    `${no}, ReplicaSetUpdated`,
    "og 1, available 2, ready 2, replicas 2, terminating 0, updated 2, " +
    `${yes}, NewReplicaSetAvailable`,
  ]);
  const before = world.statuses.length;
  await world.change({ template: templateOf("web:2") });
  await world.after(0.5);
  deepEqual(world.statuses.slice(before).map(formatStatus), [
    `og 1, available 2, ready 2, replicas 2, terminating 0, updated 2, ${yes}, NewReplicaSetCreated`,
    "og 2, available 2, ready 2, replicas 2, terminating 0, unavailable 1, " +
    `${yes}, NewReplicaSetCreated`,
    "og 2, available 2, ready 2, replicas 3, terminating 0, unavailable 1, updated 1, " +
    `${yes}, ReplicaSetUpdated`,
  ]);
  await world.after(20);
  equal(
    formatStatus(world.statuses.at(-1)),
    `og 2, available 2, ready 2, replicas 2, terminating 0, updated 2, ${yes}, NewReplicaSetAvailable`,
  );
});

Deno.test("a paused Deployment holds its rollout and scales; resumed it goes on (R-DEPLOY-8)", async () => {
  const world = new World();
  await world.client.create(deploymentOf({ replicas: 1 }));
  await world.after(5);
  await world.change({ paused: true });
  await world.after(1);
  await world.change({ template: templateOf("web:2"), replicas: 2 });
  await world.after(5);
  deepEqual([world.images(), world.sizes()], [["web:1", "web:1"], [2]]);
  const reasonOf = () =>
    world.deployment.status!.conditions!.find(({ type }) => type === "Progressing")!.reason;
  equal(reasonOf(), "DeploymentPaused");
  await world.change({ paused: false });
  await world.after(20);
  deepEqual([world.images(), reasonOf()], [["web:2", "web:2"], "NewReplicaSetAvailable"]);
});

Deno.test("an older template is used again with a new number, and old ReplicaSets are pruned (R-DEPLOY-4 R-DEPLOY-13)", async () => {
  const world = new World();
  await world.client.create(deploymentOf({ revisionHistoryLimit: 1 }));
  await world.after(5);
  for (const version of [2, 1, 3]) {
    await world.change({ template: templateOf(`web:${version}`) });
    await world.after(10);
  }
  const annotations = world.client.list("ReplicaSet").map(({ metadata, spec }) => [
    spec.template.spec.containers[0]!.image,
    metadata.annotations?.["deployment.kubernetes.io/revision"],
    metadata.annotations?.["deployment.kubernetes.io/revision-history"],
  ]);
  deepEqual(annotations, [["web:1", "3", "1"], ["web:3", "4", undefined]]);
});

Deno.test("a Pod that goes is replaced, and one that nothing controls is not (R-RS-1)", async () => {
  const world = new World();
  await world.client.create(podOf("alone", ["c"]));
  await world.client.create(deploymentOf({ replicas: 2 }));
  await world.after(5);
  const [gone] = world.pods().filter(({ metadata }) => metadata.name !== "alone");
  await world.client.delete("Pod", "default", gone!.metadata.name);
  await world.client.delete("Pod", "default", "alone");
  await world.after(5);
  const names = world.pods().map(({ metadata }) => metadata.name);
  equal(names.length, 2);
  ok(!names.includes("alone") && !names.includes(gone!.metadata.name));
  equal(isAvailable(world.deployment), true);
});

Deno.test("a Pod that has failed is replaced while its object stays (R-RS-1)", async () => {
  const world = new World({
    script: {
      sandbox: ({ podUid }) =>
        podUid === "uid-3" ? { eviction: { afterMs: 3000, message: "full" } } : {},
    },
  });
  await world.client.create(deploymentOf());
  await world.after(10);
  deepEqual(world.pods().map(({ status }) => status?.phase), ["Failed", "Running"]);
});

Deno.test("a rolling update: up, then down and up for each Pod that is ready (R-DEPLOY-5 R-DEPLOY-6)", async () => {
  const world = new World();
  const strategy = {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
  } as const;
  await world.client.create(deploymentOf({ replicas: 3, strategy }));
  await world.after(5);
  await world.change({ template: templateOf("web:2") });
  await world.after(20);
  deepEqual(world.events("Deployment"), [
    "ScalingReplicaSet Scaled up replica set web-A from 0 to 3",
    "ScalingReplicaSet Scaled up replica set web-B from 0 to 1",
    "ScalingReplicaSet Scaled down replica set web-A from 3 to 2",
    "ScalingReplicaSet Scaled up replica set web-B from 1 to 2",
    "ScalingReplicaSet Scaled down replica set web-A from 2 to 1",
    "ScalingReplicaSet Scaled up replica set web-B from 2 to 3",
    "ScalingReplicaSet Scaled down replica set web-A from 1 to 0",
  ]);
  deepEqual(world.images(), ["web:2", "web:2", "web:2"]);
  deepEqual(world.sizes(), [0, 3]);
  equal(world.deployment.metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
  equal(isAvailable(world.deployment), true);
});

Deno.test("Recreate: every old Pod ends before the first new one is created (R-DEPLOY-7)", async () => {
  const world = new World({
    script: { container: () => ({ startMs: 1000, onStopSignal: { afterMs: 3000, exit: {} } }) },
  });
  await world.client.create(deploymentOf({ replicas: 2, strategy: { type: "Recreate" } }));
  await world.after(5);
  await world.change({ template: templateOf("web:2") });
  await world.after(2);
  deepEqual([world.pods().length, world.sizes()], [0, [0]]);
  await world.after(10);
  deepEqual([world.images(), world.sizes()], [["web:2", "web:2"], [0, 2]]);
});

Deno.test("a rollout without progress is reported after its deadline (R-DEPLOY-11)", async () => {
  let startMs = 1000;
  const world = new World({ script: { container: () => ({ startMs }) } });
  await world.client.create(deploymentOf({ replicas: 2, progressDeadlineSeconds: 4 }));
  await world.after(5);
  startMs = 1e6;
  await world.change({ template: templateOf("web:2") });
  await world.after(10);
  const progressing = world.deployment.status!.conditions!.find((it) => it.type === "Progressing");
  deepEqual([progressing?.status, progressing?.reason], ["False", "ProgressDeadlineExceeded"]);
  equal(world.deployment.status!.availableReplicas, 2);
  equal(isAvailable(world.deployment), false);
});

Deno.test("a ReplicaSet that is scaled or deleted by hand is restored with its name (R-DEPLOY-1)", async () => {
  const world = new World();
  await world.client.create(deploymentOf({ replicas: 2 }));
  await world.after(5);
  const [replicaSet] = world.client.list("ReplicaSet");
  await world.client.update({ ...replicaSet!, spec: { ...replicaSet!.spec, replicas: 5 } });
  await world.after(5);
  deepEqual([world.sizes(), world.pods().length], [[2], 2]);
  await world.client.delete("ReplicaSet", "default", replicaSet!.metadata.name);
  await world.after(5);
  deepEqual(world.client.list("ReplicaSet").map((it) => it.metadata.name), [
    replicaSet!.metadata.name,
  ]);
  equal(isAvailable(world.deployment), true);
});

Deno.test("a name that another ReplicaSet has changes the hash (R-DEPLOY-2)", async () => {
  const first = new World();
  await first.client.create(deploymentOf());
  await first.after(5);
  const { name } = first.client.list("ReplicaSet")[0]!.metadata;
  const world = new World();
  const taken = replicaSetOf({ replicas: 0, selector: { matchLabels: { app: "other" } } });
  const template = { ...templateOf(), metadata: { labels: { app: "other" } } };
  await world.client.create({ ...taken, metadata: { name }, spec: { ...taken.spec, template } });
  await world.client.create(deploymentOf());
  await world.after(5);
  equal(world.deployment.status!.collisionCount, 1);
  equal(world.client.list("ReplicaSet").length, 2);
  equal(isAvailable(world.deployment), true);
});

const propagations = [
  ["background", { Deployment: 0, ReplicaSet: 0, Pod: 0 }],
  ["foreground", { Deployment: 0, ReplicaSet: 0, Pod: 0 }],
  ["orphan", { Deployment: 0, ReplicaSet: 1, Pod: 2 }],
] as const;
for (const [propagation, left] of propagations) {
  Deno.test(`a Deployment is deleted: ${propagation} (R-GC-1 R-GC-3 R-GC-4)`, async () => {
    const world = new World();
    await world.client.create(deploymentOf({ replicas: 2 }));
    await world.after(5);
    const order: string[] = [];
    for (const kind of ["Deployment", "ReplicaSet", "Pod"] as const) {
      world.client.watch(kind, ({ type }) => type === "DELETED" && order.push(kind));
    }
    await world.client.delete("Deployment", "default", "web", { propagation });
    await world.after(5);
    deepEqual(world.count(), left);
    const owners = world.client.list("ReplicaSet").map(({ metadata }) => metadata.ownerReferences);
    deepEqual(owners, propagation === "orphan" ? [undefined] : []);
    const expected = {
      background: ["Deployment", "ReplicaSet", "Pod", "Pod"],
      foreground: ["Pod", "Pod", "ReplicaSet", "Deployment"],
      orphan: ["Deployment"],
    };
    deepEqual(order, expected[propagation]);
  });
}

Deno.test("an orphaned ReplicaSet is adopted by a Deployment that selects it (R-RS-5)", async () => {
  const world = new World();
  await world.client.create(deploymentOf({ replicas: 2 }));
  await world.after(5);
  await world.client.delete("Deployment", "default", "web", { propagation: "orphan" });
  await world.after(5);
  const before = world.pods().map(({ metadata }) => metadata.uid);
  await world.client.create(deploymentOf({ replicas: 2 }));
  await world.after(5);
  deepEqual(world.pods().map(({ metadata }) => metadata.uid), before);
  equal(world.client.list("ReplicaSet").length, 1);
  equal(isAvailable(world.deployment), true);
});

Deno.test("a ReplicaSet adopts a Pod, and releases one whose labels change (R-RS-5 R-RS-6)", async () => {
  const world = new World();
  const { metadata, ...pod } = podOf("own", ["c"]);
  await world.client.create({ ...pod, metadata: { ...metadata, labels } });
  await world.after(5);
  await world.client.create(replicaSetOf({ replicas: 2 }));
  await world.after(5);
  const own = () => world.client.get("Pod", "default", "own")!;
  equal(own().metadata.ownerReferences?.[0]?.name, "web");
  equal(world.pods().length, 2);
  await world.client.update({ ...own(), metadata: { ...own().metadata, labels: { app: "x" } } });
  await world.after(5);
  equal(own().metadata.ownerReferences, undefined);
  equal(world.pods().length, 3);
});

Deno.test("an owner that is created again under its name takes nothing of the former one (R-GC-1)", async () => {
  const world = new World();
  await world.client.create(replicaSetOf({ replicas: 1 }));
  await world.after(5);
  const [first] = world.pods();
  await world.client.delete("ReplicaSet", "default", "web");
  await world.client.create(replicaSetOf({ replicas: 1 }));
  await world.after(5);
  equal(world.pods().length, 1);
  ok(world.pods()[0]!.metadata.uid !== first!.metadata.uid);
});

Deno.test("Pods that cannot be created: ReplicaFailure, ever rarer attempts, recovery (R-RS-8)", async () => {
  let attempts = 0;
  let refuses = true;
  const world = new World({
    admitPod: (pod) => {
      attempts++;
      if (refuses) throw new StatusError("Conflict", "pods", "quota");
      return pod;
    },
  });
  // A Conflict is for the loop; any other refusal is a failure.
  await world.client.create(replicaSetOf({ replicas: 3 }));
  await world.after(60);
  ok(attempts > 3 && attempts < 20, `${attempts} attempts`);
  refuses = false;
  await world.after(200);
  equal(world.pods().length, 3);
});

Deno.test("an invalid Pod of a controller: the event and the condition name what is wrong (R-RS-8)", async () => {
  const world = new World({
    admitPod: (pod) => ({ ...pod, spec: { ...pod.spec, containers: [] } }),
  });
  await world.client.create(replicaSetOf({ replicas: 3 }));
  await world.after(1);
  const [event] = world.events("ReplicaSet");
  ok(/^FailedCreate Error creating: Pod "web-\w+" is invalid: spec.containers/.test(event!), event);
  const { conditions = [] } = world.client.get("ReplicaSet", "default", "web")!.status!;
  deepEqual(conditions.map((it) => [it.type, it.status, it.reason]), [
    ["ReplicaFailure", "True", "FailedCreate"],
  ]);
  equal(world.pods().length, 0);
});

Deno.test("the same history comes out the same, name by name", async () => {
  const play = async () => {
    const world = new World();
    await world.client.create(deploymentOf({ replicas: 5 }));
    await world.after(2);
    await world.change({ template: templateOf("web:2"), replicas: 7 });
    await world.after(30);
    await world.client.delete("Deployment", "default", "web");
    await world.after(60);
    return [...world.simulation.objectEvents, ...world.simulation.logEvents];
  };
  deepEqual(await play(), await play());
});

Deno.test("controllers that are stopped leave no timer, and write nothing more", async () => {
  const world = new World();
  await world.client.create(deploymentOf({ replicas: 3 }));
  await world.after(1);
  const { cluster, clock, log } = world.simulation;
  const stopped = cluster.stop();
  await clock.runUntilIdle();
  await stopped;
  const { resourceVersion } = world.deployment.metadata;
  await world.client.delete("Pod", "default", world.pods()[0]!.metadata.name);
  await clock.runUntilIdle();
  equal(world.deployment.metadata.resourceVersion, resourceVersion);
  equal(clock.nextWake, undefined);
  deepEqual(log, []);
});

Deno.test("the Pods of a template have one spec between them, also on their node", async () => {
  const world = new World({ admitPod: (pod) => withServiceAccount(pod, 0) });
  await world.client.create(replicaSetOf({ replicas: 3 }));
  await world.after(5);
  const [first, ...others] = world.client.list("Pod");
  equal(first!.spec.nodeName, "node-1");
  ok(first!.spec.volumes?.[0]?.projected);
  deepEqual(others.map(({ spec }) => spec === first!.spec), [true, true]);
});
