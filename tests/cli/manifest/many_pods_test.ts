import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { describeManyPods } from "../../../src/cli/manifest/many_pods.ts";
import type { Job } from "../../../src/api/types/batch.ts";
import { deploymentOf, podOf, replicaSetOf, templateOf } from "../../support/workloads.ts";

const bound = { pods: 110, why: "a node takes 110" };

function job(spec: Partial<Job["spec"]>): Job {
  const whole = { template: templateOf(), ...spec };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" }, spec: whole };
}

Deno.test("describeManyPods() is about objects that want more Pods at once than the bound", () => {
  const few = [deploymentOf({ replicas: 110 }), deploymentOf(), podOf("p"), job({})];
  deepEqual(describeManyPods(few, bound), []);
  deepEqual(describeManyPods([deploymentOf({ replicas: 1_000_000 }), ...few], bound), [
    'Deployment "web" wants 1000000 Pods at once: a node takes 110',
  ]);
  deepEqual(describeManyPods([replicaSetOf({ replicas: 111 })], bound).length, 1);
});

Deno.test("describeManyPods() a Job has no more Pods at once than completions that it wants", () => {
  deepEqual(describeManyPods([job({ parallelism: 500, completions: 3 })], bound), []);
  deepEqual(describeManyPods([job({ parallelism: 3, completions: 500 })], bound), []);
  deepEqual(describeManyPods([job({ parallelism: 500 })], bound), [
    'Job "j" wants 500 Pods at once: a node takes 110',
  ]);
});
