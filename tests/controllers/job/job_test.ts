import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { computeOrphanChanges } from "../../../src/controllers/job/job.ts";
import { jobOf, jobTemplate, JobWorld } from "../../support/batch.ts";

const world = (spec: object = {}) => new JobWorld(jobOf(spec)).settle();
const indexed = (completions: number, spec: object = {}) => ({
  completionMode: "Indexed",
  completions,
  parallelism: completions,
  ...spec,
});
const time = (seconds: number) =>
  new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()
    .replace(".000", "");
const condition = (type: string, reason: string, message: string, seconds: number) => ({
  type,
  status: "True",
  reason,
  message,
  lastProbeTime: time(seconds),
  lastTransitionTime: time(seconds),
});

Deno.test("computeJobChanges() R-JOB-14, R-JOB-15: one Pod to its end, in Kubernetes' order", () => {
  const it = world();
  deepEqual(it.written, ["createPod j-1", "status active 1"]);
  it.start("j-1").pass(5).exit("j-1", 0);
  deepEqual(it.written.slice(3), [
    "status ok 1",
    "removeFinalizer j-1",
    "status succeeded 1",
  ]);
  deepEqual(it.events, ["Created pod: j-1", "Job completed"]);
  const done = ["CompletionsReached", "Reached expected number of succeeded pods", 5] as const;
  deepEqual(it.job.status, {
    completionTime: time(5),
    conditions: [condition("SuccessCriteriaMet", ...done), condition("Complete", ...done)],
    ready: 0,
    startTime: time(0),
    succeeded: 1,
    terminating: 0,
    uncountedTerminatedPods: {},
  });
});

Deno.test("computeJobChanges() R-JOB-14: a new Pod has the finalizer, and its name is generated", () => {
  const [pod] = world().pods;
  deepEqual(pod!.metadata.finalizers, ["batch.kubernetes.io/job-tracking"]);
  deepEqual(pod!.metadata.generateName, "j-");
  deepEqual(pod!.metadata.ownerReferences![0]!.kind, "Job");
});

Deno.test("computeJobChanges() R-JOB-6, R-JOB-7: failures wait longer each time, until too many", () => {
  const it = world({ backoffLimit: 2 });
  it.start("j-1").exit("j-1", 1);
  deepEqual([it.running, it.wakeAt], [[], 10]);
  it.pass(9);
  deepEqual(it.running, []);
  it.pass(1);
  deepEqual(it.running, ["j-2"]);
  it.exit("j-2", 1);
  deepEqual(it.wakeAt, 30);
  it.pass(20).exit("j-3", 1);
  const end = ["BackoffLimitExceeded", "Job has reached the specified backoff limit", 30] as const;
  deepEqual(it.job.status, {
    conditions: [condition("FailureTarget", ...end), condition("Failed", ...end)],
    failed: 3,
    ready: 0,
    startTime: time(0),
    terminating: 0,
    uncountedTerminatedPods: {},
  });
  deepEqual(it.events.at(-1), "Job has reached the specified backoff limit");
  deepEqual(it.pods.map(({ metadata }) => metadata.name), ["j-1", "j-2", "j-3"]);
});

Deno.test("computeJobChanges() R-JOB-6: a success sets the wait back", () => {
  const it = world({ completions: 3, parallelism: 1 });
  it.exit("j-1", 1).pass(10).exit("j-2", 1);
  deepEqual(it.wakeAt, 30);
  it.pass(20).exit("j-3", 0);
  deepEqual(it.running, ["j-4"]);
  it.pass(1).exit("j-4", 1);
  deepEqual(it.wakeAt, 41);
});

Deno.test("computeJobChanges() R-JOB-6: the longest wait is ten minutes", () => {
  const it = world({ backoffLimit: 20 });
  const waits: number[] = [];
  for (let i = 1; i <= 8; i++) {
    it.exit(`j-${i}`, 1);
    waits.push(it.wakeAt! - it.seconds);
    it.pass(it.wakeAt! - it.seconds);
  }
  deepEqual(waits, [10, 20, 40, 80, 160, 320, 600, 600]);
});

Deno.test("computeJobChanges() R-JOB-7: containers that restart in place count", () => {
  const template = jobTemplate({ restartPolicy: "OnFailure" });
  const it = world({ backoffLimit: 1, template }).start("j-1").restart("j-1", 1);
  deepEqual(it.conditions, ["FailureTarget BackoffLimitExceeded"]);
  deepEqual(it.job.status?.failed, 1);
  it.exit("j-1", 137);
  deepEqual(it.pods, []);
  deepEqual(it.conditions[1], "Failed BackoffLimitExceeded");
  deepEqual(it.job.status?.failed, 1);
});

Deno.test("computeJobChanges() R-JOB-3: never more Pods than are left to complete", () => {
  const it = world({ completions: 3, parallelism: 2 });
  deepEqual(it.running, ["j-1", "j-2"]);
  it.exit("j-1", 0);
  deepEqual(it.running, ["j-2", "j-3"]);
  it.exit("j-2", 0);
  deepEqual(it.running, ["j-3"]);
  it.exit("j-3", 0);
  deepEqual(it.conditions[1], "Complete CompletionsReached");
});

Deno.test("computeJobChanges() R-JOB-3: of a work queue none is created after a success", () => {
  const it = world({ parallelism: 2 });
  it.exit("j-1", 0);
  deepEqual([it.running, it.conditions], [["j-2"], []]);
  it.exit("j-2", 1);
  deepEqual(it.conditions[1], "Complete CompletionsReached");
  deepEqual([it.job.status?.succeeded, it.job.status?.failed], [1, 1]);
});

Deno.test("computeJobChanges() no completions are complete at once", () => {
  deepEqual(world({ completions: 0 }).conditions[1], "Complete CompletionsReached");
});

Deno.test("computeJobChanges() R-JOB-4: Pods that are too many go, and have not failed", () => {
  const it = world({ completions: 3, parallelism: 3 }).start("j-2");
  it.change({ parallelism: 1 });
  it.settle();
  deepEqual(it.running, ["j-2"]);
  deepEqual(it.written.slice(-5), [
    "removeFinalizer j-1",
    "deletePod j-1",
    "removeFinalizer j-3",
    "deletePod j-3",
    "status active 1 terminating 2",
  ]);
  it.exit("j-1", 137).exit("j-3", 137);
  deepEqual([it.job.status?.failed, it.job.status?.terminating], [undefined, 0]);
});

Deno.test("computeJobChanges() R-JOB-5: indexes, lowest first, in every place", () => {
  const it = world(indexed(3, { parallelism: 2 }));
  deepEqual(it.pods.map(({ metadata, spec }) => [metadata.generateName, spec.hostname]), [
    ["j-0-", "j-0"],
    ["j-1-", "j-1"],
  ]);
  const [pod] = it.pods;
  const key = "batch.kubernetes.io/job-completion-index";
  deepEqual([pod!.metadata.labels![key], pod!.metadata.annotations], ["0", { [key]: "0" }]);
  deepEqual(pod!.spec.containers[0]!.env, [{
    name: "JOB_COMPLETION_INDEX",
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${key}']` } },
  }]);
  it.exit("j-1-2", 0);
  deepEqual(it.job.status?.completedIndexes, "1");
  it.exit("j-0-1", 0).exit("j-2-3", 0);
  deepEqual([it.job.status?.completedIndexes, it.job.status?.succeeded], ["0-2", 3]);
  deepEqual(it.conditions[1], "Complete CompletionsReached");
  deepEqual(it.written.some((line) => line.includes(" ok ")), false);
});

Deno.test("computeJobChanges() R-JOB-5: an index that failed is run again", () => {
  const it = world(indexed(2));
  it.exit("j-0-1", 1).exit("j-1-2", 0);
  it.pass(10);
  deepEqual(it.running, ["j-0-3"]);
});

Deno.test("computeJobChanges() R-JOB-8: each index has failures of its own", () => {
  const it = world(indexed(3, { backoffLimitPerIndex: 1 }));
  const key = "batch.kubernetes.io/job-index-failure-count";
  const counts = () => it.pods.map(({ metadata }) => metadata.annotations![key]);
  deepEqual(counts(), ["0", "0", "0"]);
  deepEqual(it.job.status?.failedIndexes, "");
  it.exit("j-1-2", 1);
  deepEqual([it.job.status?.failed, it.wakeAt], [undefined, 10]);
  it.exit("j-0-1", 0).pass(10);
  deepEqual([it.running, counts().at(-1)], [["j-2-3", "j-1-4"], "1"]);
  deepEqual(it.job.status?.failed, 1);
  it.exit("j-1-4", 1);
  deepEqual([it.job.status?.failedIndexes, it.running], ["1", ["j-2-3"]]);
  it.exit("j-2-3", 0);
  deepEqual(it.conditions, ["FailureTarget FailedIndexes", "Failed FailedIndexes"]);
  deepEqual(it.job.status?.completedIndexes, "0,2");
});

Deno.test("computeJobChanges() R-JOB-9: too many failed indexes end the others", () => {
  const it = world(indexed(3, { backoffLimitPerIndex: 0, maxFailedIndexes: 0 }));
  it.exit("j-0-1", 1);
  deepEqual(it.conditions, ["FailureTarget MaxFailedIndexesExceeded"]);
  deepEqual([it.running, it.job.status?.terminating], [[], 2]);
  it.exit("j-1-2", 137).exit("j-2-3", 137);
  deepEqual(it.conditions[1], "Failed MaxFailedIndexesExceeded");
  deepEqual(it.job.status?.failed, 3);
});

const failurePolicy = (action: string, spec: object = {}) => ({
  ...spec,
  podFailurePolicy: {
    rules: [{ action, onExitCodes: { containerName: "c", operator: "In", values: [42] } }],
  },
});

Deno.test("computeJobChanges() R-JOB-10: a code that fails the Job, in Kubernetes' words", () => {
  const it = world(failurePolicy("FailJob", { completions: 2, parallelism: 2 }));
  it.exit("j-1", 42);
  deepEqual(
    it.job.status?.conditions?.[0]?.message,
    "Container c for pod default/j-1 failed with exit code 42 matching FailJob rule at index 0",
  );
  it.exit("j-2", 137);
  deepEqual(it.conditions[1], "Failed PodFailurePolicy");
});

Deno.test("computeJobChanges() R-JOB-10: a code that is ignored counts as no failure", () => {
  const it = world(failurePolicy("Ignore", { backoffLimit: 0 }));
  it.exit("j-1", 42);
  deepEqual([it.conditions, it.job.status?.failed, it.wakeAt], [[], undefined, 10]);
  deepEqual(it.pods[0]!.metadata.finalizers, undefined);
  it.pass(10).exit("j-2", 1);
  deepEqual(it.conditions[1], "Failed BackoffLimitExceeded");
  deepEqual(it.job.status?.failed, 1);
});

Deno.test("computeJobChanges() R-JOB-10: a code that fails its index", () => {
  const it = world(failurePolicy("FailIndex", indexed(2, { backoffLimitPerIndex: 5 })));
  it.exit("j-0-1", 42);
  deepEqual(it.job.status?.failedIndexes, "0");
});

Deno.test("computeJobChanges() R-JOB-11: some indexes are enough", () => {
  const successPolicy = { rules: [{ succeededIndexes: "1,2", succeededCount: 1 }] };
  const it = world(indexed(3, { successPolicy }));
  it.exit("j-0-1", 0);
  deepEqual(it.conditions, []);
  it.exit("j-2-3", 0);
  deepEqual(it.conditions, ["SuccessCriteriaMet SuccessPolicy"]);
  deepEqual(it.job.status?.conditions?.[0]?.message, "Matched rules at index 0");
  it.exit("j-1-2", 143);
  deepEqual(it.conditions[1], "Complete SuccessPolicy");
  deepEqual([it.job.status?.failed, it.job.status?.succeeded], [undefined, 2]);
});

Deno.test("computeJobChanges() R-JOB-12: a Job that is too old", () => {
  const it = world({ activeDeadlineSeconds: 5 }).start("j-1").pass(1);
  deepEqual(it.wakeAt, 5);
  it.pass(4);
  deepEqual(it.conditions, ["FailureTarget DeadlineExceeded"]);
  deepEqual([it.running, it.job.status?.terminating, it.job.status?.failed], [[], 1, 1]);
  it.exit("j-1", 143);
  deepEqual(it.conditions[1], "Failed DeadlineExceeded");
  deepEqual(it.events.at(-1), "Job was active longer than specified deadline");
});

Deno.test("computeJobChanges() R-JOB-12: a Job without any time fails before it has a Pod", () => {
  const it = world({ activeDeadlineSeconds: 0 }).settle();
  deepEqual([it.running, it.events], [[], ["Job was active longer than specified deadline"]]);
  deepEqual(it.conditions, ["FailureTarget DeadlineExceeded", "Failed DeadlineExceeded"]);
});

Deno.test("computeJobChanges() R-JOB-12: the deadline of a Job that is resumed begins then", () => {
  const it = world({ activeDeadlineSeconds: 5 }).start("j-1").pass(1);
  it.change({ suspend: true });
  it.pass(1).exit("j-1", 143);
  it.pass(60);
  it.change({ suspend: false });
  it.pass(1);
  deepEqual([it.wakeAt, it.running, it.conditions], [68, ["j-2"], []]);
});

Deno.test("computeJobChanges() R-JOB-13: suspended, resumed, with a start of its own", () => {
  const it = world().start("j-1");
  it.change({ suspend: true });
  it.pass(2);
  deepEqual([it.running, it.conditions], [[], ["Suspended JobSuspended"]]);
  it.exit("j-1", 143);
  deepEqual(it.job.status, {
    conditions: [condition("Suspended", "JobSuspended", "Job suspended", 2)],
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
  });
  it.change({ suspend: false });
  it.pass(1);
  deepEqual([it.running, it.job.status?.startTime], [["j-2"], time(3)]);
  deepEqual(it.job.status?.conditions?.[0]?.status, "False");
  deepEqual(it.events.filter((text) => text.startsWith("Job")), ["Job suspended", "Job resumed"]);
});

Deno.test("computeJobChanges() R-JOB-16: a Pod that is deleted has failed at once", () => {
  const it = world().start("j-1");
  it.delete("j-1");
  deepEqual([it.job.status?.failed, it.job.status?.terminating, it.wakeAt], [1, 1, 10]);
  it.exit("j-1", 0);
  deepEqual([it.pods, it.job.status?.failed], [[], 1]);
  it.pass(10);
  deepEqual(it.running, ["j-2"]);
});

Deno.test("computeJobChanges() R-JOB-16: with policy Failed, when it has ended", () => {
  const it = world({ podReplacementPolicy: "Failed" }).start("j-1");
  it.delete("j-1");
  deepEqual([it.job.status?.failed, it.job.status?.terminating, it.wakeAt], [
    undefined,
    1,
    undefined,
  ]);
  it.pass(20).exit("j-1", 143);
  deepEqual([it.job.status?.failed, it.wakeAt], [1, 30]);
});

Deno.test("computeJobChanges() R-JOB-16: with policy Failed, one that exits with 0 has succeeded", () => {
  const it = world({ podReplacementPolicy: "Failed" }).start("j-1");
  it.delete("j-1").exit("j-1", 0);
  deepEqual(it.conditions[1], "Complete CompletionsReached");
});

Deno.test("computeJobChanges() R-JOB-17: goes some time after its end", () => {
  const it = world({ ttlSecondsAfterFinished: 7 });
  it.pass(3).exit("j-1", 0);
  deepEqual(it.wakeAt, 10);
  it.seconds = 10;
  it.step();
  deepEqual(it.written.at(-1), "deleteJob j");
});

Deno.test("computeJobChanges() R-JOB-18: ready Pods are counted", () => {
  deepEqual(world().job.status?.ready, 0);
  const it = world().start("j-1");
  deepEqual([it.job.status?.ready, it.wakeAt], [0, 1]);
  deepEqual(it.pass(1).job.status?.ready, 1);
});

Deno.test("computeJobChanges() R-JOB-14: of a Job that is deleted nothing is held", () => {
  const it = world().start("j-1");
  it.job = { ...it.job, metadata: { ...it.job.metadata, deletionTimestamp: time(0) } };
  it.settle();
  deepEqual([it.written.at(-1), it.job.status?.failed], ["removeFinalizer j-1", undefined]);
});

Deno.test("computeJobChanges() a Job of another controller is left alone", () => {
  deepEqual(world({ managedBy: "example.com/queue" }).written, []);
  deepEqual(world({ managedBy: "kubernetes.io/job-controller" }).running, ["j-1"]);
});

Deno.test("computeJobChanges() R-RS-5: adopts what its selector selects, with the finalizer", () => {
  const it = new JobWorld(jobOf());
  const { ownerReferences: _, finalizers: __, ...metadata } = world().pods[0]!.metadata;
  it.pods = [{ ...world().pods[0]!, metadata }];
  it.settle();
  deepEqual(it.written, ["adoptPod j-1", "status active 1"]);
  const [pod] = it.pods;
  deepEqual(pod!.metadata.ownerReferences![0]!.uid, "job");
  deepEqual(pod!.metadata.finalizers, ["batch.kubernetes.io/job-tracking"]);
});

Deno.test("computeOrphanChanges() R-JOB-14: Pods of a Job that is gone are released", () => {
  const { pods } = world();
  const [write, ...others] = computeOrphanChanges(pods);
  deepEqual([write!.action, write!.object.metadata.finalizers, others], [
    "removeFinalizer",
    undefined,
    [],
  ]);
  deepEqual(computeOrphanChanges([write!.object as Pod]), []);
});
