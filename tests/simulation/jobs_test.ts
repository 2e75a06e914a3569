/** Jobs and CronJobs in a whole cluster, on a simulated machine. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { CronJob, CronJobSpec, Job, JobSpec, JobStatus } from "../../src/api/types/batch.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import type { KindName } from "../../src/api/types/kinds.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import type { ContainerScript } from "../../src/runtime/simulated/simulation_script.ts";
import { type Simulation, startSimulation } from "../support/simulation.ts";

await loadRules(["Job"]);

const template: JobSpec["template"] = {
  metadata: {},
  spec: {
    containers: [{ name: "c", image: "c:1", command: ["/bin/c"] }],
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 5,
  },
};

function jobOf(spec: Partial<JobSpec> = {}): Job {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: { template, ...spec },
  };
}

function cronJobOf(spec: Partial<CronJobSpec> = {}): CronJob {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "c" },
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template } }, ...spec },
  };
}

/** Ends after a second with these codes, one Pod after the other; those behind succeed. */
function exits(...codes: readonly number[]): () => ContainerScript {
  let started = 0;
  return () => ({ exitAfterMs: 1000, exit: { exitCode: codes[started++] ?? 0 } });
}

/** A cluster with controllers, and short ways to what is in it. */
class World {
  readonly simulation: Simulation;
  /** What is written of the Job and its Pods, in order. */
  readonly written: string[] = [];

  constructor(
    container: () => ContainerScript,
    options: Parameters<typeof startSimulation>[0] = {},
  ) {
    this.simulation = startSimulation({
      startControllers,
      startsAtOnce: 100,
      script: { container },
      ...options,
    });
    this.client.watch("Job", ({ type, object: { status = {} } }) => {
      this.written.push(type === "MODIFIED" ? `status${lineOf(status)}` : `${type} Job`);
    });
    const finalizers = new Map<string, number>();
    this.client.watch("Pod", ({ type, object: { metadata } }) => {
      const count = metadata.finalizers?.length ?? 0;
      if (type !== "MODIFIED") this.written.push(`${type} Pod`);
      else if (count < finalizers.get(metadata.uid!)!) this.written.push("finalizer");
      finalizers.set(metadata.uid!, count);
    });
  }

  get client() {
    return this.simulation.cluster.client;
  }

  get job(): Job {
    return this.client.get("Job", "default", "j")!;
  }

  /** So many seconds later. */
  async after(seconds: number): Promise<this> {
    await this.simulation.clock.advance(seconds * 1000);
    return this;
  }

  /** `REASON MESSAGE` of the Kubernetes Events of a kind, without the endings of names. */
  events(kind: KindName): string[] {
    return this.simulation.cluster.events().filter((it) => it.kind === kind)
      .map(({ reason, message }) => `${reason} ${message.replaceAll(/-[a-z0-9]{5}\b/g, "")}`);
  }

  names(kind: KindName): string[] {
    return this.client.list(kind).map(({ metadata }) => metadata.name);
  }

  /** When each Pod was created, in seconds of lifecycle time. */
  starts(): number[] {
    return this.simulation.objectEvents
      .filter((it) => it.type === "object.created" && it.object.startsWith("Pod "))
      .map(({ at }) => Math.round(at) / 1000);
  }
}

function lineOf(status: JobStatus): string {
  const { active, ready, succeeded, failed, uncountedTerminatedPods: lists = {} } = status;
  const counts = { active, ready: ready || undefined, succeeded, failed };
  const named = { ok: lists.succeeded?.length, bad: lists.failed?.length };
  const conditions = status.conditions?.map(({ type }) => ` ${type}`).join("") ?? "";
  return Object.entries({ ...counts, ...named }).filter(([, it]) => it !== undefined)
    .map(([name, it]) => ` ${name} ${it}`).join("") + conditions;
}

Deno.test("a Job's writes come in Kubernetes' order (R-JOB-14 R-JOB-15)", async () => {
  const world = new World(exits());
  await world.client.create(jobOf());
  await world.after(2);
  deepEqual(world.written, [
    "ADDED Job",
    "ADDED Pod",
    "status active 1",
    "status ok 1 SuccessCriteriaMet",
    "finalizer",
    "status succeeded 1 SuccessCriteriaMet Complete",
  ]);
  deepEqual(world.events("Job"), ["SuccessfulCreate Created pod: j", "Completed Job completed"]);
  const decisions = world.simulation.objectEvents.filter((it) => it.type === "controller.decision");
  deepEqual(decisions.map(({ action, rule }) => `${action} ${rule}`), [
    "createPod R-JOB-3",
    "removeFinalizer R-JOB-14",
    "complete R-JOB-3",
  ]);
});

Deno.test("a Job's failures wait 10 s, 20 s, and then it fails (R-JOB-6 R-JOB-7)", async () => {
  const world = new World(exits(1, 2, 3));
  await world.client.create(jobOf({ backoffLimit: 2 }));
  await world.after(60);
  deepEqual(world.starts(), [0, 11, 32]);
  deepEqual(world.written.slice(-3), [
    "status failed 2 bad 1 FailureTarget",
    "finalizer",
    "status failed 3 FailureTarget Failed",
  ]);
  deepEqual(
    world.events("Job").at(-1),
    "BackoffLimitExceeded Job has reached the specified backoff limit",
  );
});

Deno.test("a Job that is deleted takes its Pods with it (R-JOB-14 R-GC-1)", async () => {
  const world = new World(() => ({}));
  await world.client.create(jobOf({ completions: 2, parallelism: 2 }));
  await world.after(1);
  deepEqual(world.names("Pod").length, 2);
  await world.client.delete("Job", "default", "j", { propagation: "background" });
  await world.after(10);
  deepEqual([world.names("Job"), world.names("Pod")], [[], []]);
});

Deno.test("a Job that is created again under its name has Pods of its own (R-JOB-14)", async () => {
  const world = new World(() => ({}));
  await world.client.create(jobOf());
  await world.after(1);
  const before = world.names("Pod");
  await world.client.delete("Job", "default", "j", { propagation: "background" });
  await world.client.create(jobOf());
  await world.after(10);
  deepEqual([world.names("Pod").length, world.names("Pod").includes(before[0]!)], [1, false]);
  deepEqual([world.job.status?.active, world.job.status?.failed], [1, undefined]);
});

Deno.test("a Pod that is deleted by hand is replaced after the back-off (R-JOB-16)", async () => {
  const world = new World(() => ({}));
  await world.client.create(jobOf());
  await world.after(3);
  await world.client.delete("Pod", "default", world.names("Pod")[0]!);
  await world.after(1);
  deepEqual([world.names("Pod"), world.job.status?.failed], [[], 1]);
  await world.after(20);
  deepEqual(world.starts(), [0, 13]);
});

Deno.test("a Job that has been active for too long ends its Pods first (R-JOB-12 R-JOB-15)", async () => {
  const world = new World(() => ({ onStopSignal: { afterMs: 2000, exit: { exitCode: 0 } } }));
  await world.client.create(jobOf({ activeDeadlineSeconds: 3 }));
  await world.after(4);
  deepEqual(world.job.status?.conditions?.map(({ type }) => type), ["FailureTarget"]);
  equal(world.job.status?.terminating, 1);
  await world.after(2);
  deepEqual(world.job.status?.conditions?.map(({ type }) => type), ["FailureTarget", "Failed"]);
  deepEqual(world.names("Pod"), []);
});

Deno.test("a Job that has finished goes with its Pods (R-JOB-17)", async () => {
  const world = new World(exits());
  await world.client.create(jobOf({ ttlSecondsAfterFinished: 5 }));
  await world.after(5);
  deepEqual(world.names("Job"), ["j"]);
  await world.after(2);
  deepEqual([world.names("Job"), world.names("Pod")], [[], []]);
});

Deno.test("a Job is suspended and goes on (R-JOB-13)", async () => {
  const world = new World(() => ({}));
  await world.client.create(jobOf({ suspend: true }));
  await world.after(1);
  deepEqual(world.names("Pod"), []);
  await world.client.update({ ...world.job, spec: { ...world.job.spec, suspend: false } });
  await world.after(1);
  deepEqual([world.names("Pod").length, world.job.status?.active], [1, 1]);
  deepEqual(world.events("Job"), [
    "Suspended Job suspended",
    "SuccessfulCreate Created pod: j",
    "Resumed Job resumed",
  ]);
});

Deno.test("a CronJob creates its Jobs, and keeps the last ones (R-CRON-4 R-CRON-8 R-CRON-10)", async () => {
  const world = new World(exits(0, 1));
  const jobTemplate = { spec: { template, backoffLimit: 0 } };
  await world.client.create(cronJobOf({ jobTemplate, successfulJobsHistoryLimit: 2 }));
  await world.after(60 * 5 + 10);
  // 2026-01-01T00:00:00Z is minute 29453760; the second failed.
  deepEqual(world.names("Job"), ["c-29453762", "c-29453764", "c-29453765"]);
  deepEqual(world.starts(), [60, 120, 180, 240, 300]);
  deepEqual(world.names("Pod").length, 3);
  const { status } = world.client.get("CronJob", "default", "c")!;
  deepEqual(status, {
    lastScheduleTime: "2026-01-01T00:05:00Z",
    lastSuccessfulTime: "2026-01-01T00:05:01Z",
  });
  deepEqual(world.events("CronJob").slice(0, 2), [
    "SuccessfulCreate Created job c-29453761",
    "SawCompletedJob Saw completed job: c-29453761, condition: Complete",
  ]);
});

Deno.test("a CronJob that is deleted takes its Jobs with it (R-GC-1)", async () => {
  const world = new World(() => ({}));
  await world.client.create(cronJobOf());
  await world.after(130);
  deepEqual(world.names("Pod").length, 2);
  await world.client.delete("CronJob", "default", "c", { propagation: "background" });
  await world.after(10);
  deepEqual([world.names("Job"), world.names("Pod")], [[], []]);
});

Deno.test("a CronJob's clock runs as fast as all waiting does (R-CRON-4)", async () => {
  const world = new World(exits(), { settings: { speed: 30 } });
  await world.client.create(cronJobOf());
  await world.after(121);
  deepEqual(world.starts(), [60, 120]);
});
