/**
 * Random histories of a Deployment on a simulated machine: whatever is changed, deleted and
 * crashes, its rules hold at every moment, and in the end it is as it was asked to be.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import type { Deployment } from "../../src/api/types/apps.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { isAvailable } from "../../src/controllers/availability.ts";
import { maxSurgeOf, maxUnavailableOf } from "../../src/controllers/deployment/strategy.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { Random } from "../support/random.ts";
import { startSimulation } from "../support/simulation.ts";

const labels = { app: "web" };
/** One of these takes as long as some twenty of the histories that the variable counts. */
const SEEDS = Math.ceil(Number(Deno.env.get("PODLING_HISTORIES") ?? 600) / 20);
const FIRST = Number(Deno.env.get("PODLING_SEED") ?? 1);
const STEPS = 25;

function randomDeployment(random: Random): Deployment {
  const rolling = {
    maxSurge: random.pick([0, 1, 2, "25%", "100%"]),
    maxUnavailable: random.pick([1, 2, "25%", "50%"]),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: random.integer(0, 6),
      minReadySeconds: random.pick([0, 0, 3]),
      revisionHistoryLimit: random.pick([0, 2, 10]),
      selector: { matchLabels: labels },
      strategy: random.integer(0, 3) === 0
        ? { type: "Recreate" }
        : { type: "RollingUpdate", rollingUpdate: rolling },
      template: templateOf(1),
    },
  };
}

function templateOf(version: number): Deployment["spec"]["template"] {
  const container = { name: "c", image: `web:${version}`, command: ["/bin/c"] };
  return {
    metadata: { labels },
    spec: { terminationGracePeriodSeconds: 5, containers: [container] },
  };
}

/** One history. */
async function play(seed: number): Promise<string[]> {
  const random = new Random(seed);
  const simulation = startSimulation({
    startControllers,
    startsAtOnce: 100,
    script: {
      container: () => ({
        startMs: random.integer(0, 2999),
        ...(random.integer(0, 3) === 0 &&
          { exitAfterMs: random.integer(0, 19999), exit: { exitCode: 1 } }),
        onStopSignal: { afterMs: random.integer(0, 5999), exit: {} },
      }),
      sandbox: () =>
        random.integer(0, 9) === 0
          ? { eviction: { afterMs: random.integer(0, 19999), message: "disk is full" } }
          : {},
    },
  });
  const { cluster, clock, log } = simulation;
  const { client } = cluster;
  const broken: string[] = [];
  const deployment = () => client.get("Deployment", "default", "web");
  const living = () => client.list("Pod").filter(isLiving);
  // What the Deployment wants of its ReplicaSets never exceeds what it may have.
  client.watch("ReplicaSet", () => {
    const object = deployment();
    if (object === undefined || isBeingResized(object, client.list("ReplicaSet"))) return;
    const { replicas = 1 } = object.spec;
    const wanted = client.list("ReplicaSet").reduce((sum, { spec }) => sum + spec.replicas!, 0);
    const most = replicas + maxSurgeOf(object);
    if (wanted > most) broken.push(`${clock.now()}: ${wanted} Pods wanted of at most ${most}`);
  });
  await client.create(randomDeployment(random));
  let version = 1;
  const written: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const object = deployment()!;
    const change = async (spec: Partial<Deployment["spec"]>) => {
      await client.update({ ...object, spec: { ...object.spec, ...spec } });
    };
    switch (random.integer(0, 6)) {
      case 0:
        await change({ replicas: random.integer(0, 6) });
        break;
      case 1:
        await change({ template: templateOf(random.integer(0, 1) === 0 ? ++version : 1) });
        break;
      case 2:
        await change({ replicas: random.integer(0, 6), template: templateOf(++version) });
        break;
      case 3: {
        const pods = living();
        if (pods.length === 0) break;
        const { name } = random.pick(pods).metadata;
        await client.delete("Pod", "default", name, { graceSeconds: random.pick([0, 1, 5]) });
        break;
      }
      case 4: {
        const sets = client.list("ReplicaSet");
        if (sets.length === 0 || random.integer(0, 2) > 0) break;
        await client.delete("ReplicaSet", "default", random.pick(sets).metadata.name);
        break;
      }
      case 5:
        await change({ paused: !object.spec.paused });
        break;
    }
    await clock.advance(random.integer(0, 7999));
    written.push(`${deployment()!.metadata.resourceVersion}`);
    for (const { metadata } of living()) {
      const [owner, ...more] = metadata.ownerReferences ?? [];
      if (owner === undefined || more.length > 0) broken.push(`${metadata.name} has no one owner`);
    }
  }
  const object = deployment()!;
  await client.update({ ...object, spec: { ...object.spec, paused: false, replicas: 3 } });
  const isDone = () => isAvailable(deployment()!) === true && living().length === 3;
  ok(await clock.runUntil(isDone, clock.now() + 7_200_000), `seed ${seed}: it never gets there`);
  const images = new Set(living().map(({ spec }) => spec.containers[0]!.image));
  equal(images.size, 1, `seed ${seed}: Pods of several templates`);
  await client.delete("Deployment", "default", "web", {
    propagation: random.pick(["background", "foreground"]),
  });
  await clock.advance(60_000);
  const left = (["Deployment", "ReplicaSet", "Pod"] as const).flatMap((kind) => client.list(kind));
  equal(left.length, 0, `seed ${seed}: ${left.map((it) => it.metadata.name)} left`);
  equal(broken.length, 0, `seed ${seed}: ${broken.slice(0, 5).join("\n")}`);
  equal(log.length, 0, `seed ${seed}: ${log.slice(0, 5).join("\n")}`);
  return written;
}

function isLiving({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== "Failed" &&
    status?.phase !== "Succeeded";
}

/** Sizes of before are left for a moment when replicas or surge become fewer. */
function isBeingResized(
  { spec: { replicas = 1 }, metadata: { generation = 0 }, status }: Deployment,
  replicaSets: readonly {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  }[],
): boolean {
  return (status?.observedGeneration ?? 0) < generation ||
    replicaSets.some(({ metadata }) =>
      Number(metadata.annotations?.["deployment.kubernetes.io/desired-replicas"]) !== replicas
    );
}

Deno.test(`random histories of a Deployment keep its rules, seeds ${FIRST} to ${FIRST + SEEDS - 1} (R-DEPLOY-5 R-RS-1 R-GC-1)`, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await play(seed);
});

Deno.test("the same seed gives the same history of a Deployment", async () => {
  equal((await play(7)).join(), (await play(7)).join());
});

/**
 * Rollouts alone, one overtaking the other, with nothing that fails. Without minReadySeconds: of
 * Pods that became ready at about the same time one that is available may go first (R-RS-2).
 */
async function playRollouts(seed: number): Promise<void> {
  const random = new Random(seed);
  const simulation = startSimulation({
    startControllers,
    startsAtOnce: 100,
    script: {
      container: () => ({
        startMs: random.integer(0, 3000),
        onStopSignal: { afterMs: random.integer(0, 6000), exit: {} },
      }),
    },
  });
  const { cluster: { client }, clock } = simulation;
  const replicas = random.integer(1, 8);
  const { spec, ...object } = randomDeployment(random);
  const rollingUpdate = {
    maxSurge: random.pick([1, 2, "50%"]),
    maxUnavailable: random.pick([0, 1, "25%"]),
  };
  const strategy = { type: "RollingUpdate", rollingUpdate } as const;
  await client.create({ ...object, spec: { ...spec, replicas, strategy, minReadySeconds: 0 } });
  const deployment = () => client.get("Deployment", "default", "web")!;
  ok(await clock.runUntil(() => isAvailable(deployment()) === true, 600_000), `seed ${seed}`);
  const least = replicas - maxUnavailableOf(deployment());
  let fewest = replicas;
  client.watch("Pod", () => {
    const ready = client.list("Pod").filter((pod) =>
      isLiving(pod) &&
      pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")
    );
    fewest = Math.min(fewest, ready.length);
  });
  for (let version = 2; version < 8; version++) {
    const present = deployment();
    const template = templateOf(random.chance(0.3) ? 1 : version);
    await client.update({ ...present, spec: { ...present.spec, template } });
    await clock.advance(random.integer(0, 12_000));
  }
  ok(
    await clock.runUntil(() => isAvailable(deployment()) === true, clock.now() + 600_000),
    `seed ${seed}: the last rollout does not end`,
  );
  ok(fewest >= least, `seed ${seed}: ${fewest} Pods were ready, and ${least} must be`);
}

Deno.test("rollouts that overtake each other leave as many Pods ready as must be (R-DEPLOY-6)", async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await playRollouts(seed);
});
