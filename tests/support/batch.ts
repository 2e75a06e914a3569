/** Jobs and CronJobs for tests, as they are stored, and a world for one of each. */
import { defaultCronJob, defaultJob } from "../../src/api/batch/job_defaults.ts";
import { withGeneratedSelector } from "../../src/api/batch/job_labels.ts";
import type { CronJob, CronJobSpec, Job, JobSpec, JobStatus } from "../../src/api/types/batch.ts";
import type { ObjectMeta } from "../../src/api/types/meta.ts";
import type { Pod, PodStatus } from "../../src/api/types/pod.ts";
import { formatSecond } from "../../src/base/go_text.ts";
import type { ControllerWrite } from "../../src/controllers/change.ts";
import { computeCronJobChanges } from "../../src/controllers/cron_job/cron_job.ts";
import type { CronJobMemory } from "../../src/controllers/cron_job/seen_jobs.ts";
import { computeJobChanges } from "../../src/controllers/job/job.ts";
import type { JobMemory } from "../../src/controllers/job/job_facts.ts";
import { isActive } from "../../src/controllers/pod_state.ts";
import { momentAt, START_MS } from "./workloads.ts";

/** A template of one container, with what its spec has beside. */
export function jobTemplate(spec: object = {}, metadata: object = {}): JobSpec["template"] {
  const containers = [{ name: "c", image: "i:1" }];
  return { metadata, spec: { containers, restartPolicy: "Never", ...spec } };
}

/** A stored Job `j`. */
export function jobOf(spec: object = {}, metadata: Partial<ObjectMeta> = {}): Job {
  return withGeneratedSelector(defaultJob({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "j",
      namespace: "default",
      uid: "job",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
    spec: { template: jobTemplate(), ...spec },
  }));
}

/** A stored CronJob `c` of every minute. */
export function cronJobOf(spec: object = {}, metadata: Partial<ObjectMeta> = {}): CronJob {
  const whole = {
    schedule: "* * * * *",
    jobTemplate: { spec: { template: jobTemplate() } },
    ...spec,
  } as CronJobSpec;
  return defaultCronJob({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name: "c",
      namespace: "default",
      uid: "cron",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...metadata,
    },
    spec: whole,
  });
}

/** One Job and its Pods, as a store and a node without delays have them. */
export class JobWorld {
  job: Job;
  pods: Pod[] = [];
  /** Lines such as `createPod j-1`, in order; `status` and what it says of counts. */
  readonly written: string[] = [];
  /** The texts of the events, in order. */
  readonly events: string[] = [];
  /** Seconds since the start. */
  seconds = 0;
  /** When the last look wants another one, in seconds since the start. */
  wakeAt: number | undefined;
  /** Whether the controller looks after each thing that happens. */
  isWatched = true;
  #memory: JobMemory | undefined;
  #count = 0;

  constructor(job: Job) {
    this.job = job;
  }

  /** Another spec, as an update would store it. */
  change(spec: object): void {
    this.job = { ...this.job, spec: { ...this.job.spec, ...spec } };
  }

  /**
   * One look; whether it changed something.
   *
   * @param most how many writes succeed; then the look fails. @default all
   */
  step(most = Infinity): boolean {
    const { job, pods } = this;
    const changes = computeJobChanges(
      { job, pods, ...(this.#memory && { memory: this.#memory }) },
      momentAt(this.seconds),
    );
    for (const write of changes.writes.slice(0, most)) this.#apply(write);
    if (changes.writes.length > most) return true;
    if (changes.published) {
      this.job = changes.published;
      this.written.push(`status${lineOf(this.job.status!)}`);
    }
    for (const { event } of changes.decisions ?? []) {
      if (event !== undefined) this.events.push(event.messageOf(""));
    }
    this.#memory = changes.memory;
    const { wakeAtMs } = changes;
    this.wakeAt = wakeAtMs === undefined ? undefined : (wakeAtMs - START_MS) / 1000;
    return changes.writes.length > 0 || changes.published !== undefined;
  }

  /** Looks until there is nothing to do. */
  settle(): this {
    for (let steps = 0; this.step(); steps++) {
      if (steps > 100) throw new Error(`it does not settle:\n${this.written.join("\n")}`);
    }
    return this;
  }

  /** Time passes, and what is due then happens. */
  pass(seconds: number): this {
    this.seconds += seconds;
    return this.settle();
  }

  /** The containers of a Pod run and are ready. */
  start(name: string): this {
    const conditions = [{ type: "Ready", status: "True", lastTransitionTime: this.time }];
    return this.#change(
      name,
      (pod) => ({ ...pod, status: { phase: "Running", conditions } as PodStatus }),
    );
  }

  /** The container of a Pod restarts in place. */
  restart(name: string, restartCount: number): this {
    const status = { name: "c", restartCount, ready: false, image: "", imageID: "" };
    return this.#change(
      name,
      (pod) => ({ ...pod, status: { ...pod.status, containerStatuses: [status] } }),
    );
  }

  /** The container of a Pod exits; what is being deleted goes. */
  exit(name: string, exitCode: number): this {
    const terminated = { exitCode, startedAt: this.time, finishedAt: this.time };
    const status = { name: "c", restartCount: 0, ready: false, image: "", imageID: "" };
    const phase = exitCode === 0 ? "Succeeded" : "Failed";
    return this.#change(name, (pod) => ({
      ...pod,
      status: { phase, containerStatuses: [{ ...status, state: { terminated } }] },
    }));
  }

  /** A Pod is deleted by hand. */
  delete(name: string): this {
    this.#apply({
      action: "deletePod",
      verb: "delete",
      object: this.#find(name),
      because: "",
      rule: "",
    });
    this.written.pop();
    return this.isWatched ? this.settle() : this;
  }

  /** The names of Pods that have not ended. */
  get running(): string[] {
    return this.pods.filter(isActive).map(({ metadata }) => metadata.name);
  }

  /** Types and reasons of the conditions that are True. */
  get conditions(): string[] {
    return (this.job.status?.conditions ?? []).filter(({ status }) => status === "True")
      .map(({ type, reason }) => `${type} ${reason}`);
  }

  get time(): string {
    return formatSecond(momentAt(this.seconds).wallMs);
  }

  #find(name: string): Pod {
    const found = this.pods.find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`there is no Pod ${name}`);
    return found;
  }

  #change(name: string, change: (pod: Pod) => Pod): this {
    const pod = this.#find(name);
    this.pods = this.pods.map((it) => it === pod ? change(pod) : it).filter(isThere);
    return this.isWatched ? this.settle() : this;
  }

  #apply({ action, verb, object, event }: ControllerWrite): void {
    if (verb === "create") {
      const { metadata } = object;
      const name = metadata.name || `${metadata.generateName}${++this.#count}`;
      const stamped = { ...metadata, name, uid: `uid-${name}`, creationTimestamp: this.time };
      this.pods.push({ ...object as Pod, metadata: stamped, status: { phase: "Pending" } });
      this.written.push(`${action} ${name}`);
      if (event) this.events.push(event.messageOf(name));
      return;
    }
    const { name } = object.metadata;
    this.written.push(`${action} ${name}`);
    if (event) this.events.push(event.messageOf(name));
    if (object.kind !== "Pod") return;
    const changed = verb === "update" ? object : this.#marked(this.#find(name));
    this.pods = this.pods.map((it) => it.metadata.name === name ? changed : it).filter(isThere);
  }

  #marked(pod: Pod): Pod {
    const deletionGracePeriodSeconds = 30;
    const deletionTimestamp = formatSecond(momentAt(this.seconds + 30).wallMs);
    const metadata = { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds };
    return { ...pod, metadata };
  }
}

function isThere({ metadata, status }: Pod): boolean {
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  return metadata.deletionTimestamp === undefined || !hasEnded ||
    (metadata.finalizers?.length ?? 0) > 0;
}

function lineOf(status: JobStatus): string {
  const { active, succeeded, failed, terminating, uncountedTerminatedPods: lists } = status;
  const counts = { active, succeeded, failed, terminating: terminating || undefined };
  const named = { ok: lists?.succeeded?.length, bad: lists?.failed?.length };
  return Object.entries({ ...counts, ...named }).filter(([, it]) => it !== undefined)
    .map(([name, it]) => ` ${name} ${it}`).join("");
}

/** One CronJob and its Jobs, as a store without delays has them. */
export class CronJobWorld {
  cronJob: CronJob;
  jobs: Job[] = [];
  /** Lines such as `createJob c-1`, in order. */
  readonly written: string[] = [];
  /** The texts of the events, in order. */
  readonly events: string[] = [];
  /** What it has reported that it waits for, in order. */
  readonly waits: string[] = [];
  /** The clock of the schedule. */
  nowMs: number;
  wakeAtMs: number | undefined;
  #memory: CronJobMemory | undefined;

  /** @param now RFC 3339; the CronJob is created then. */
  constructor(spec: object, now = "2026-01-01T00:00:00Z") {
    this.cronJob = cronJobOf(spec, { creationTimestamp: now });
    this.nowMs = Date.parse(now);
  }

  /** Another spec, as an update would store it. */
  change(spec: object): this {
    this.cronJob = { ...this.cronJob, spec: { ...this.cronJob.spec, ...spec } };
    return this.settle();
  }

  /** Looks until there is nothing to do. */
  settle(): this {
    for (let steps = 0; this.#step(); steps++) {
      if (steps > 20) throw new Error(`it does not settle:\n${this.written.join("\n")}`);
    }
    return this;
  }

  /** Time passes in one go, as if nothing had looked meanwhile. */
  jump(minutes: number): this {
    this.nowMs += minutes * 60_000;
    return this.settle();
  }

  /** Time passes, and what is due happens when it is. */
  pass(minutes: number): this {
    const until = this.nowMs + minutes * 60_000;
    this.settle();
    while ((this.wakeAtMs ?? Infinity) <= until) {
      this.nowMs = this.wakeAtMs!;
      this.settle();
    }
    this.nowMs = until;
    return this.settle();
  }

  /** A Job comes to its end. */
  finish(name: string, type: "Complete" | "Failed" = "Complete"): this {
    const time = formatSecond(this.nowMs);
    const status = {
      startTime: time,
      ...(type === "Complete" && { completionTime: time }),
      conditions: [{ type, status: "True" as const, lastTransitionTime: time }],
    };
    this.jobs = this.jobs.map((it) => it.metadata.name === name ? { ...it, status } : it);
    return this.settle();
  }

  /** The names of its Jobs. */
  get names(): string[] {
    return this.jobs.map(({ metadata }) => metadata.name);
  }

  /** The names in its status. */
  get active(): string[] {
    return (this.cronJob.status?.active ?? []).map(({ name }) => name!);
  }

  #step(): boolean {
    const { cronJob, jobs, nowMs } = this;
    const { writes, published, decisions = [], events = [], memory, wakeAtMs } =
      computeCronJobChanges({
        cronJob,
        jobs,
        createdMs: Date.parse(cronJob.metadata.creationTimestamp!),
        ...(this.#memory && { memory: this.#memory }),
      }, nowMs);
    for (const { action, verb, object, event } of writes) {
      const { name } = object.metadata;
      this.written.push(`${action} ${name}`);
      if (event) this.events.push(event.messageOf(name));
      this.jobs = this.jobs.filter((it) => it.metadata.name !== name);
      if (verb !== "create" || object.kind !== "Job") continue;
      const stamped = { ...object.metadata, uid: `uid-${name}`, resourceVersion: "7" };
      this.jobs.push({ ...object, metadata: stamped });
    }
    if (published) this.cronJob = published;
    for (const event of [...decisions.map((it) => it.event), ...events]) {
      if (event !== undefined) this.events.push(event.messageOf(""));
    }
    for (const { action, because } of decisions) {
      if (action === "wait") this.waits.push(because);
    }
    this.#memory = memory;
    this.wakeAtMs = wakeAtMs;
    return writes.length > 0 || published !== undefined;
  }
}
