import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { CronJobWorld, jobOf } from "../../support/batch.ts";

/** 2026-01-01T00:00:00Z in minutes since 1970. */
const ZERO = 29_453_760;
const job = (minute: number) => `c-${ZERO + minute}`;

Deno.test("computeCronJobChanges() R-CRON-4: a Job for each moment, named after it", () => {
  const it = new CronJobWorld({}).settle();
  deepEqual([it.names, it.wakeAtMs], [[], (ZERO + 1) * 60_000]);
  it.pass(2);
  deepEqual(it.names, [job(1), job(2)]);
  const { metadata } = it.jobs[0]!;
  deepEqual(metadata.annotations, {
    "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:01:00Z",
  });
  deepEqual(metadata.ownerReferences![0]!.controller, true);
  deepEqual(it.events, [`Created job ${job(1)}`, `Created job ${job(2)}`]);
});

Deno.test("computeCronJobChanges() R-CRON-4: labels and annotations of the template", () => {
  const metadata = { labels: { a: "b" }, annotations: { c: "d" } };
  const { jobTemplate: { spec } } = new CronJobWorld({}).cronJob.spec;
  const it = new CronJobWorld({ jobTemplate: { metadata, spec } }).pass(1);
  deepEqual(it.jobs[0]!.metadata.labels, { a: "b" });
  deepEqual(it.jobs[0]!.metadata.annotations!.c, "d");
});

Deno.test("computeCronJobChanges() R-CRON-3, R-CRON-4: the annotation is in the time zone", () => {
  const spec = { schedule: "30 2 * * *", timeZone: "Europe/Berlin" };
  const it = new CronJobWorld(spec, "2026-10-24T12:00:00Z").pass(24 * 60);
  const scheduled = it.jobs.map(({ metadata }) => Object.values(metadata.annotations!)[0]);
  deepEqual(scheduled, ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]);
  deepEqual(it.cronJob.status?.lastScheduleTime, "2026-10-25T01:30:00Z");
});

Deno.test("computeCronJobChanges() R-CRON-10: the status while a Job runs, and after its end", () => {
  const it = new CronJobWorld({ schedule: "0 * * * *" }).settle();
  deepEqual(it.cronJob.status, {});
  it.pass(60);
  deepEqual(it.cronJob.status, {
    active: [{
      apiVersion: "batch/v1",
      kind: "Job",
      name: job(60),
      namespace: "default",
      resourceVersion: "7",
      uid: `uid-${job(60)}`,
    }],
    lastScheduleTime: "2026-01-01T01:00:00Z",
  });
  it.pass(5).finish(job(60));
  deepEqual(it.cronJob.status, {
    lastScheduleTime: "2026-01-01T01:00:00Z",
    lastSuccessfulTime: "2026-01-01T01:05:00Z",
  });
  deepEqual(it.events.at(-1), `Saw completed job: ${job(60)}, condition: Complete`);
});

Deno.test("computeCronJobChanges() R-CRON-10: a Job that failed is not a success", () => {
  const it = new CronJobWorld({}).pass(1).finish(job(1), "Failed");
  deepEqual(it.cronJob.status, { lastScheduleTime: "2026-01-01T00:01:00Z" });
  deepEqual(it.events.at(-1), `Saw completed job: ${job(1)}, condition: Failed`);
});

Deno.test("computeCronJobChanges() R-CRON-10: a Job that is gone, and one that it did not create", () => {
  const it = new CronJobWorld({}).pass(1);
  const manual = jobOf({}, {
    name: "by-hand",
    uid: "by-hand",
    annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
    ownerReferences: it.jobs[0]!.metadata.ownerReferences!,
  });
  it.jobs = [manual];
  it.settle().settle();
  deepEqual(it.active, []);
  deepEqual(it.events.slice(1), [
    `Active job went missing: ${job(1)}`,
    "Saw a job that the controller did not create or forgot: by-hand",
  ]);
});

Deno.test("computeCronJobChanges() R-CRON-5: of missed moments only the last one counts", () => {
  const it = new CronJobWorld({}).jump(10);
  deepEqual([it.names, it.events], [[job(10)], [`Created job ${job(10)}`]]);
});

Deno.test("computeCronJobChanges() R-CRON-5: more than a hundred are reported", () => {
  const it = new CronJobWorld({}).jump(101);
  deepEqual(it.names, [job(101)]);
  deepEqual(it.events, [
    `Created job ${job(101)}`,
    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
  ]);
});

Deno.test("computeCronJobChanges() R-CRON-5: a clock that goes back starts nothing twice", () => {
  const it = new CronJobWorld({}).pass(10).finish(job(10));
  const { length } = it.written;
  it.jump(-8).pass(8);
  deepEqual(it.written.length, length);
  it.pass(1);
  deepEqual(it.written.at(-1), `createJob ${job(11)}`);
});

Deno.test("computeCronJobChanges() R-CRON-5: an irregular schedule", () => {
  const it = new CronJobWorld({ schedule: "30 6-16/4 * * 1-5" }).jump(4 * 24 * 60 + 11 * 60);
  deepEqual(it.cronJob.status?.lastScheduleTime, "2026-01-05T10:30:00Z");
});

Deno.test("computeCronJobChanges() R-CRON-6: a moment that is too old is left out", () => {
  const it = new CronJobWorld({ schedule: "0 * * * *", startingDeadlineSeconds: 120 });
  it.jump(63);
  deepEqual([it.names, it.wakeAtMs], [[], (ZERO + 120) * 60_000]);
  it.jump(58);
  deepEqual(it.names, [job(120)]);
});

Deno.test("computeCronJobChanges() R-CRON-7: Forbid waits for the Job that runs", () => {
  const it = new CronJobWorld({ concurrencyPolicy: "Forbid" }).pass(3);
  deepEqual(it.names, [job(1)]);
  const text =
    "Not starting job because prior execution is running and concurrency policy is Forbid";
  deepEqual(it.events, [`Created job ${job(1)}`, text, text]);
  it.finish(job(1));
  deepEqual(it.names, [job(1), job(3)]);
});

Deno.test("computeCronJobChanges() R-CRON-7: Replace deletes the Job that runs", () => {
  const it = new CronJobWorld({ concurrencyPolicy: "Replace" }).pass(2);
  deepEqual(it.written, [`createJob ${job(1)}`, `deleteJob ${job(1)}`, `createJob ${job(2)}`]);
  deepEqual([it.names, it.active], [[job(2)], [job(2)]]);
  deepEqual(it.events[1], `Deleted job ${job(1)}`);
});

Deno.test("computeCronJobChanges() R-CRON-7: Allow lets them run side by side", () => {
  deepEqual(new CronJobWorld({}).pass(3).active, [job(1), job(2), job(3)]);
});

Deno.test("computeCronJobChanges() R-CRON-8: the oldest finished Jobs go", () => {
  const it = new CronJobWorld({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1 });
  for (let minute = 1; minute <= 6; minute++) {
    it.pass(1).finish(job(minute), minute % 2 === 0 ? "Failed" : "Complete");
  }
  deepEqual(it.names, [job(3), job(5), job(6)]);
});

Deno.test("computeCronJobChanges() R-CRON-9: suspended, it starts nothing, and catches up after it", () => {
  const it = new CronJobWorld({ suspend: true }).pass(5);
  deepEqual([it.names, it.wakeAtMs], [[], undefined]);
  it.change({ suspend: false });
  deepEqual(it.names, [job(5)]);
});

Deno.test("computeCronJobChanges() a Job of that name that another made is left alone", () => {
  const it = new CronJobWorld({});
  it.jobs = [jobOf({}, { name: job(1), uid: "other" })];
  it.pass(2);
  deepEqual(it.names, [job(1), job(2)]);
});

Deno.test("computeCronJobChanges() one that is being deleted starts and deletes nothing", () => {
  const it = new CronJobWorld({}).pass(1);
  const metadata = { ...it.cronJob.metadata, deletionTimestamp: "2026-01-01T00:01:00Z" };
  it.cronJob = { ...it.cronJob, metadata };
  it.pass(5).finish(job(1));
  deepEqual([it.names, it.active, it.wakeAtMs], [[job(1)], [], undefined]);
});

Deno.test("computeCronJobChanges() @every goes on from the last moment", () => {
  const it = new CronJobWorld({ schedule: "@every 90m" }, "2026-01-01T00:00:30Z").pass(200);
  deepEqual(it.cronJob.status?.lastScheduleTime, "2026-01-01T03:00:30Z");
  deepEqual(it.names, [job(90), job(180)]);
});

Deno.test("computeCronJobChanges() a year of days, each with its Job", () => {
  const it = new CronJobWorld({ schedule: "0 3 * * *", timeZone: "America/New_York" });
  it.pass(365 * 24 * 60);
  deepEqual(it.written.filter((line) => line.startsWith("createJob")).length, 365);
});

Deno.test("computeCronJobChanges() R-CRON-4 R-CRON-9: a long wait is reported, each once", () => {
  const it = new CronJobWorld({ schedule: "0 3 * * *", timeZone: "Europe/Berlin" }).settle();
  const first = 'its schedule "0 3 * * *" is next due at 2026-01-01T03:00:00+01:00, in 2h';
  deepEqual(it.waits, [first]);
  it.jump(10);
  deepEqual(it.waits.splice(0), [first]);
  it.jump(110);
  // Not while its Job runs.
  deepEqual([it.active.length, it.waits], [1, []]);
  it.finish(it.names[0]!);
  const next = 'its schedule "0 3 * * *" is next due at 2026-01-02T03:00:00+01:00';
  deepEqual(it.waits.splice(0), [`${next}, in 24h`]);
  it.change({ suspend: true });
  it.change({ suspend: false });
  deepEqual(it.waits.splice(0), ["it is suspended", `${next}, in 24h`]);
  it.change({ schedule: "0 0 30 2 *" });
  deepEqual(it.waits, ['its schedule "0 0 30 2 *" is never due']);
});

Deno.test("computeCronJobChanges() R-CRON-4: short waits are reported before the first Job alone", () => {
  const it = new CronJobWorld({ schedule: "*/5 * * * *" }).settle();
  for (let count = 0; count < 3; count++) it.pass(5).finish(it.names.at(-1)!);
  deepEqual(it.waits, [
    'its schedule "*/5 * * * *" is next due at 2026-01-01T00:05:00Z, in 5m',
  ]);
});
