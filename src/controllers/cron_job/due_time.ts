/**
 * Which moment of a CronJob's schedule is due; pure.
 *
 * Rule: Kubernetes, pkg/controller/cronjob/utils.go, mostRecentScheduleTime.
 */
import type { CronSchedule } from "../../api/batch/cron_schedule.ts";

/** What is due. */
export interface DueTime {
  /** The last moment that was not answered, in ms since 1970; undefined: none. */
  readonly at?: number;
  /** The first moment that is still to come; undefined: there is none. */
  readonly next: number | undefined;
  /** Whether more moments have passed than anything but a fault explains. */
  readonly hasMissedMany: boolean;
}

/** From this number on, missed moments are reported. */
const MANY = 100;

/**
 * Only the last of several moments that were missed is due (R-CRON-5).
 *
 * @param earliestMs the last moment that was answered.
 */
export function findDueTime(
  { nextAfter }: CronSchedule,
  earliestMs: number,
  nowMs: number,
): DueTime {
  const first = nextAfter(earliestMs);
  if (first === undefined || nowMs < first) return { next: first, hasMissedMany: false };
  const second = nextAfter(first);
  if (second === undefined || nowMs < second) {
    return { at: first, next: second, hasMissedMany: false };
  }
  // As if the schedule were regular; one that is not is followed from a step earlier.
  const stepMs = second - first;
  const missed = Math.floor((nowMs - first) / stepMs) + 1;
  let at: number | undefined;
  let next = nextAfter(first + (missed - 2) * stepMs);
  while (next !== undefined && next <= nowMs) {
    at = next;
    next = nextAfter(next);
  }
  return { ...(at !== undefined && { at }), next, hasMissedMany: missed > MANY };
}
