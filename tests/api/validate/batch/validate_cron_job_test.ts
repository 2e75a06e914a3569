import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { formatFieldError } from "../../../../src/api/types/errors.ts";
import {
  cronJobErrors,
  cronJobUpdateErrors,
} from "../../../../src/api/validate/batch/validate_cron_job.ts";
import { cronJobOf, jobTemplate } from "../../../support/batch.ts";

const rows: readonly [string, object, string[]][] = [
  ["a valid one", {}, []],
  ["R-CRON-2: every name", { schedule: "@every 5m", timeZone: "Europe/Berlin" }, []],
  ["no schedule", { schedule: "" }, ["spec.schedule: Required value"]],
  ["R-CRON-2: a minute that does not exist", { schedule: "61 * * * *" }, [
    'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
  ]],
  ["a zone in the schedule", { schedule: "TZ=UTC 0 * * * *" }, [
    'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ]],
  ["a zone that does not exist", { timeZone: "Mars/Base" }, [
    'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
  ]],
  ["a zone with a space", { timeZone: "Mars Base" }, [
    'spec.timeZone: Invalid value: "Mars Base": unknown time zone Mars Base',
  ]],
  ["an empty zone", { timeZone: "" }, [
    'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string',
  ]],
  ["the zone of the machine", { timeZone: "Local" }, [
    'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
  ]],
  ["a policy that does not exist", { concurrencyPolicy: "Sometimes" }, [
    'spec.concurrencyPolicy: Unsupported value: "Sometimes": supported values: "Allow", "Forbid", "Replace"',
  ]],
  ["a negative deadline and histories", {
    startingDeadlineSeconds: -1,
    successfulJobsHistoryLimit: -2,
    failedJobsHistoryLimit: -3,
  }, [
    "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
    "spec.successfulJobsHistoryLimit: Invalid value: -2: must be greater than or equal to 0",
    "spec.failedJobsHistoryLimit: Invalid value: -3: must be greater than or equal to 0",
  ]],
  ["a Job that selects by hand", {
    jobTemplate: {
      spec: { selector: {}, manualSelector: true, template: jobTemplate() },
    },
  }, [
    "spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated",
    'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
  ]],
  ["a fault of the Job", {
    jobTemplate: { spec: { template: jobTemplate({ restartPolicy: "Always" }) } },
  }, [
    'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ]],
];

for (const [name, spec, expected] of rows) {
  Deno.test(`cronJobErrors() ${name}`, () => {
    deepEqual([...cronJobErrors(cronJobOf(spec))].map(formatFieldError), expected);
  });
}

Deno.test("cronJobErrors() R-CRON-1: a name that leaves no room for those of its Jobs", () => {
  const name = "c".repeat(53);
  const expected = `metadata.name: Invalid value: "${name}": must be no more than 52 characters`;
  deepEqual([...cronJobErrors(cronJobOf({}, { name }))].map(formatFieldError), [expected]);
  deepEqual([...cronJobUpdateErrors(cronJobOf({}, { name }), cronJobOf({}, { name }))], []);
});

Deno.test("cronJobUpdateErrors() a zone in a stored schedule may stay, alone", () => {
  const old = cronJobOf({ schedule: "TZ=UTC 0 * * * *" });
  deepEqual([...cronJobUpdateErrors(old, old)], []);
  const both = cronJobOf({ schedule: "TZ=UTC 0 * * * *", timeZone: "UTC" });
  deepEqual([...cronJobUpdateErrors(both, old)].map(formatFieldError), [
    'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
  ]);
});
