/** Random histories of rollouts: the bounds hold at every moment, and every rollout ends. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { maxSurgeOf, maxUnavailableOf } from "../../../src/controllers/deployment/strategy.ts";
import { isActive, isReady } from "../../../src/controllers/pod_state.ts";
import { Random } from "../../support/random.ts";
import { deploymentOf, templateOf, Workload } from "../../support/workloads.ts";

const HISTORIES = 60;
const STEPS = 60;
const BOUNDS = [0, 1, 2, "25%", "50%", "100%"] as const;

/** Where the bounds are broken, in words. */
function findFault({ deployment, pods, sizes }: Bounds): string | undefined {
  const { replicas = 1 } = deployment.spec;
  const most = replicas + maxSurgeOf(deployment);
  const wanted = sizes.reduce((sum, it) => sum + it, 0);
  if (wanted > most) return `${wanted} Pods are wanted, and ${most} are allowed`;
  const least = replicas - maxUnavailableOf(deployment);
  const ready = pods.filter((pod) => isActive(pod) && isReady(pod)).length;
  return ready < least ? `${ready} Pods are ready, and ${least} must be` : undefined;
}

interface Bounds extends Pick<Workload, "deployment" | "pods"> {
  readonly sizes: readonly number[];
}

function play(random: Random): void {
  const rollingUpdate = { maxSurge: random.pick(BOUNDS), maxUnavailable: random.pick(BOUNDS) };
  const workload = new Workload(
    deploymentOf({
      replicas: random.integer(1, 12),
      strategy: { type: "RollingUpdate", rollingUpdate },
    }),
  );
  const complete = () => {
    for (let round = 0; round < 60; round++) {
      workload.settle();
      workload.makeReady();
      workload.endDeleted();
    }
    workload.settle();
  };
  complete();
  let images = 1;
  const steps = [
    () => void workload.stepDeployment(),
    () => void workload.stepDeployment(),
    () => void workload.stepReplicaSet(random.pick(workload.replicaSets)),
    () => void workload.stepReplicaSet(random.pick(workload.replicaSets)),
    () => workload.makeReady((_: Pod) => random.chance(0.5)),
    () => workload.endDeleted(),
    () => workload.change({ template: templateOf(`web:${random.integer(1, ++images)}`) }),
  ];
  for (let step = 0; step < STEPS; step++) {
    workload.seconds += random.integer(0, 3);
    random.pick(steps)();
    const { deployment, pods } = workload;
    const fault = findFault({ deployment, pods, sizes: workload.sizes() });
    if (fault) throw new Error(`${fault}:\n${workload.written.join("\n")}`);
  }
  complete();
  const { deployment, pods, replicaSets } = workload;
  deepEqual(pods.length, deployment.spec.replicas);
  const labels = new Set(pods.map(({ metadata }) => metadata.labels!["pod-template-hash"]));
  deepEqual(labels.size, 1);
  ok(replicaSets.length <= 11);
  deepEqual(deployment.status!.updatedReplicas, deployment.spec.replicas);
}

Deno.test("R-DEPLOY-5 R-DEPLOY-6: rollouts keep the bounds at every moment, and end", () => {
  for (let seed = 1; seed <= HISTORIES; seed++) {
    try {
      play(new Random(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
