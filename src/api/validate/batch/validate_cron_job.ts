/**
 * What a CronJob obeys.
 *
 * Rule: Kubernetes, pkg/apis/batch/validation/validation.go, ValidateCronJobCreate and
 * ValidateCronJobUpdate.
 */
import { CronError } from "../../batch/cron_fields.ts";
import { parseCronSchedule } from "../../batch/cron_schedule.ts";
import { findTimeZone } from "../../batch/time_zone.ts";
import type { CronJob, CronJobSpec, JobTemplateSpec } from "../../types/batch.ts";
import { invalid, notSupported, required } from "../../types/errors.ts";
import { validateObjectMeta } from "../common/validate_meta.ts";
import { validateMetaUpdate } from "../common/validate_meta_update.ts";
import {
  byteLength,
  type FieldErrors,
  validateNonNegative,
  validateWord,
} from "../common/validate_value.ts";
import { jobSpecErrors } from "./validate_job.ts";

/** Its Jobs have a hyphen and ten digits more, and their names fit a label. */
const MAX_NAME = 52;

/** Everything that is wrong with a new CronJob, defaults applied (R-CRON-1, R-CRON-2). */
export function* cronJobErrors({ metadata, spec }: CronJob): FieldErrors {
  yield* validateObjectMeta(metadata);
  yield* cronJobSpecErrors(spec);
  if (byteLength(metadata.name) > MAX_NAME) {
    yield invalid("metadata.name", metadata.name, `must be no more than ${MAX_NAME} characters`);
  }
}

/** Everything that is wrong with replacing a CronJob, defaults applied to both. */
export function* cronJobUpdateErrors({ metadata, spec }: CronJob, old: CronJob): FieldErrors {
  yield* validateMetaUpdate(metadata, old.metadata);
  yield* cronJobSpecErrors(spec, old.spec);
}

function* cronJobSpecErrors(spec: CronJobSpec, old?: CronJobSpec): FieldErrors {
  if (spec.schedule === "") yield required("spec.schedule");
  else yield* scheduleErrors("spec.schedule", spec, old?.schedule.includes("TZ") ?? false);
  yield* validateNonNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds);
  if (spec.timeZone !== undefined && spec.timeZone !== old?.timeZone) {
    yield* timeZoneErrors("spec.timeZone", spec.timeZone);
  }
  const policies = ["Allow", "Forbid", "Replace"];
  yield* validateWord("spec.concurrencyPolicy", spec.concurrencyPolicy, policies);
  yield* jobTemplateErrors("spec.jobTemplate", spec.jobTemplate);
  for (const field of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const) {
    yield* validateNonNegative(`spec.${field}`, spec[field]);
  }
}

/** @param mayHaveZone the stored schedule has a zone in it, as was possible once. */
function* scheduleErrors(
  path: string,
  { schedule, timeZone }: CronJobSpec,
  mayHaveZone: boolean,
): FieldErrors {
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    yield invalid(path, schedule, error.message);
  }
  if (!schedule.includes("TZ")) return;
  if (!mayHaveZone) {
    const detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    yield invalid(path, schedule, detail);
  } else if (timeZone !== undefined) {
    const detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
    yield invalid(path, schedule, detail);
  }
}

function* timeZoneErrors(path: string, name: string): FieldErrors {
  if (name === "") return yield invalid(path, name, "timeZone must be nil or non-empty string");
  const isWellFormed = name.split("/").every((part) =>
    part !== "." && part !== ".." && /^(?!-)[A-Za-z.\-_0-9+]{1,14}$/.test(part)
  );
  if (!isWellFormed) return yield invalid(path, name, `unknown time zone ${name}`);
  if (name.toLowerCase() === "local") {
    const detail = "timeZone must be an explicit time zone as defined in " +
      "https://www.iana.org/time-zones";
    yield invalid(path, name, detail);
    if (name === "Local") return;
  }
  if (findTimeZone(name) === undefined) yield invalid(path, name, `unknown time zone ${name}`);
}

function* jobTemplateErrors(path: string, { spec }: JobTemplateSpec): FieldErrors {
  yield* jobSpecErrors(`${path}.spec`, spec);
  if (spec.selector !== undefined) {
    yield invalid(`${path}.spec.selector`, spec.selector, "`selector` will be auto-generated");
  }
  if (spec.manualSelector) {
    yield notSupported(`${path}.spec.manualSelector`, true, ["nil", "false"]);
  }
}
