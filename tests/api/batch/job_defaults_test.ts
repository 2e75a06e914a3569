import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { defaultCronJob, defaultJob } from "../../../src/api/batch/job_defaults.ts";
import { withGeneratedSelector } from "../../../src/api/batch/job_labels.ts";
import type { Job } from "../../../src/api/types/batch.ts";
import { cronJobOf, jobOf, jobTemplate } from "../../support/batch.ts";

const job = (spec: object = {}, labels?: Record<string, string>): Job => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "j", uid: "u", ...(labels && { labels }) },
  spec: { template: jobTemplate(), ...spec },
});

/** What a Job of this spec gets beside its template. */
const rows: readonly [string, object, object][] = [
  ["R-JOB-2: one Pod to its end", {}, { completions: 1, parallelism: 1, backoffLimit: 6 }],
  ["a work queue has no completions", { parallelism: 3 }, { parallelism: 3, backoffLimit: 6 }],
  ["one Pod at a time", { completions: 3 }, { completions: 3, parallelism: 1, backoffLimit: 6 }],
  ["a limit for each index is enough", { completions: 2, backoffLimitPerIndex: 1 }, {
    completions: 2,
    parallelism: 1,
    backoffLimit: 2147483647,
    backoffLimitPerIndex: 1,
  }],
];

for (const [name, given, expected] of rows) {
  Deno.test(`defaultJob() ${name}`, () => {
    const { template: _, ...spec } = defaultJob(job(given)).spec;
    deepEqual(spec, {
      completionMode: "NonIndexed",
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: "TerminatingOrFailed",
      ...expected,
    });
  });
}

Deno.test("defaultJob() a failure policy replaces Pods that have failed alone", () => {
  const rules = [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }];
  const { podFailurePolicy, podReplacementPolicy } =
    defaultJob(job({ podFailurePolicy: { rules } })).spec;
  deepEqual(podReplacementPolicy, "Failed");
  deepEqual(podFailurePolicy!.rules[0]!.onPodConditions, [
    { type: "DisruptionTarget", status: "True" },
  ]);
});

Deno.test("defaultJob(), defaultCronJob() a second time changes nothing", () => {
  const stored = jobOf({ podFailurePolicy: { rules: [] } });
  deepEqual(defaultJob(stored), stored);
  deepEqual(defaultCronJob(cronJobOf()), cronJobOf());
});

const generated = {
  "job-name": "j",
  "batch.kubernetes.io/job-name": "j",
  "controller-uid": "u",
  "batch.kubernetes.io/controller-uid": "u",
};

/** Labels of the template and of the Job, and those that the Job has afterwards. */
const labels: readonly [string, object | undefined, object | undefined, object][] = [
  ["neither has any", undefined, undefined, generated],
  ["the template's are the Job's", { a: "b" }, undefined, { ...generated, a: "b" }],
  ["its own stay as they are", { a: "b" }, { c: "d" }, { c: "d" }],
];

for (const [name, ofTemplate, ofJob, expected] of labels) {
  Deno.test(`withGeneratedSelector() R-JOB-1: ${name}`, () => {
    const template = jobTemplate({}, ofTemplate && { labels: ofTemplate });
    const given = job({ template }, ofJob as Record<string, string>);
    const { metadata, spec } = withGeneratedSelector(defaultJob(given));
    deepEqual(metadata.labels, expected);
    deepEqual(spec.selector, { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } });
    deepEqual(spec.template.metadata!.labels, { ...generated, ...ofTemplate });
  });
}

Deno.test("withGeneratedSelector() leaves a manual selector alone", () => {
  const selector = { matchLabels: { a: "b" } };
  const manual = defaultJob(job({ manualSelector: true, selector }));
  deepEqual(withGeneratedSelector(manual), manual);
});

Deno.test("defaultCronJob() R-CRON-1: histories, and of its Jobs the Pods alone", () => {
  const { jobTemplate: { metadata, spec: { template, ...jobSpec } }, ...spec } = cronJobOf().spec;
  deepEqual(spec, {
    schedule: "* * * * *",
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  deepEqual([metadata, jobSpec, template.spec.dnsPolicy], [{}, {}, "ClusterFirst"]);
});
