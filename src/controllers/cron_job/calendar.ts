/**
 * The clock of schedules; pure. With `--speed` it runs on from the beginning of the run as fast as
 * all waiting does, while objects carry the times of the wall clock.
 */
import type { Moment } from "../change.ts";

/** How the two clocks are related. */
export interface Calendar {
  /** The clock of schedules at a moment of the wall clock, both in ms since 1970. */
  toSchedule(wallMs: number): number;
  /** The wall clock at a moment of the clock of schedules. */
  toWall(scheduleMs: number): number;
}

/**
 * The clock of schedules of one run (R-CRON-4).
 *
 * @param zeroMs the wall clock at the beginning of the run: both clocks agree until then.
 */
export function createCalendar(zeroMs: number, { speed }: Pick<Moment, "speed">): Calendar {
  const bend = (ms: number, factor: number) => ms <= zeroMs ? ms : zeroMs + (ms - zeroMs) * factor;
  return {
    toSchedule: (wallMs) => bend(wallMs, speed),
    toWall: (scheduleMs) => bend(scheduleMs, 1 / speed),
  };
}
