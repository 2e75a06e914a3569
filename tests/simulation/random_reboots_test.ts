/**
 * Random Pods with random fates on a node that is killed at random moments, and starts again with
 * the objects that it had: what holds over all of its lives.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../support/random.ts";
import { fateOf, randomPod, randomRun, randomSandbox } from "../support/random_pod.ts";
import { type Simulation, startSimulation } from "../support/simulation.ts";

/** As many as `PODLING_HISTORIES` says; one of them again by `PODLING_SEED=17`. */
const HISTORIES = Number(Deno.env.get("PODLING_HISTORIES") ?? 120);
const SEED = Deno.env.get("PODLING_SEED");

/** What has been seen of a Pod in all lives of its node. */
interface Seen {
  phase: string | undefined;
  isDeleted: boolean;
  readonly restarts: Map<string, number>;
}

/** Looks at each version of each Pod. */
function follow({ cluster }: Simulation, seen: Map<string, Seen>): void {
  cluster.client.watch("Pod", ({ type, object: { metadata, status = {} } }) => {
    const known = seen.get(metadata.uid!) ??
      { phase: undefined, isDeleted: false, restarts: new Map<string, number>() };
    seen.set(metadata.uid!, known);
    ok(!known.isDeleted, `${metadata.name} is there after its end`);
    if (type === "DELETED") known.isDeleted = true;
    const isFinal = known.phase === "Succeeded" || known.phase === "Failed";
    ok(!isFinal || status.phase === known.phase, `${known.phase} became ${status.phase}`);
    known.phase = status.phase;
    for (const it of [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []]) {
      const before = known.restarts.get(it.name) ?? 0;
      ok(it.restartCount >= before, `${it.name}: ${before} restarts became ${it.restartCount}`);
      known.restarts.set(it.name, it.restartCount);
    }
  });
}

/** What a node that does not run any more has left, as a disk has it. */
function keep({ cluster: { client } }: Simulation) {
  const objects: KubernetesObject[] = client.list("Pod");
  return structuredClone(objects);
}

async function playOut(seed: number): Promise<void> {
  const random = new Random(seed);
  const fate = (...parts: readonly (string | number)[]) => fateOf(seed, ...parts);
  const seen = new Map<string, Seen>();
  let version = 0;
  let life = 0;
  const begin = (kept: readonly KubernetesObject[], wallMs?: number) => {
    life++;
    const simulation = startSimulation({
      ...life > 1 && { kept: { version: version += 1000, objects: kept } },
      clock: new VirtualClock(wallMs),
      script: {
        container: ({ podUid, name, restartCount }) => randomRun(fate(podUid, name, restartCount)),
        sandbox: ({ podUid, attempt }) => randomSandbox(fate(podUid, "sandbox", attempt, life)),
      },
    });
    follow(simulation, seen);
    return simulation;
  };
  let simulation = begin([]);
  const pods: Pod[] = Array.from(
    { length: random.integer(1, 3) },
    (_, i) => randomPod(random, `pod-${i}`),
  );
  simulation.cluster.submit(pods);
  for (let reboots = random.integer(1, 4); reboots > 0; reboots--) {
    const { cluster, clock } = simulation;
    await clock.advance(random.pick([0, 1, 500, 5000, 60_000]));
    if (random.chance(0.3)) {
      const grace = random.pick([undefined, 0, 1, 3, 60]);
      cluster.deletePod("default", random.pick(pods).metadata.name, grace);
      await clock.advance(random.pick([0, 1, 2000]));
    }
    if (random.chance(0.3)) {
      const over = cluster.shutDown();
      await clock.advance(120_000);
      await over;
      deepEqual(simulation.runtime.alive, { containers: 0, sandboxes: 0 });
    }
    deepEqual(simulation.log, []);
    // A clock may have been set back, too.
    const pause = random.pick([-3_600_000, 0, 1000, 86_400_000]);
    simulation = begin(keep(simulation), clock.wallTime(clock.now()) + pause);
  }
  const { cluster, clock, runtime, log } = simulation;
  await clock.runUntil(
    () => cluster.everyPod(({ state }) => state === "done"),
    clock.now() + 1_800_000,
  );
  for (const { metadata } of pods) cluster.deletePod("default", metadata.name);
  await clock.runUntilIdle(clock.now() + 3_600_000);
  deepEqual(cluster.client.list("Pod"), []);
  deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
  ok(clock.nextWake === undefined, "a sleep is left");
  deepEqual(log, []);
}

Deno.test("R-WORKER-9 R-COUNT-3 R-DELETE-5: random reboots keep what is final, and every count", async () => {
  const seeds = SEED === undefined
    ? Array.from({ length: HISTORIES }, (_, i) => i)
    : [Number(SEED)];
  for (const seed of seeds) {
    try {
      await playOut(seed);
    } catch (error) {
      throw new Error(`seed ${seed} (again: PODLING_SEED=${seed})`, { cause: error });
    }
  }
});
