/** The options that change the node's own numbers; pure. */
import { defaultSettings, type LifecycleSettings } from "../../lifecycle/record/record.ts";
import type { RunEnvironment, RunOptions } from "./run_environment.ts";

/** The wall time that a hook's answer may take, however fast lifecycle time runs. */
const ANSWER_FLOOR_MS = 1000;

/** The settings of the lifecycle: `--crash-backoff`, and floors of wall time under `--speed`. */
export function computeSettings(
  options: Pick<RunOptions, "crash-backoff">,
  { clock, speed }: Pick<RunEnvironment, "clock" | "speed">,
): LifecycleSettings {
  const { baseMs, maxMs } = options["crash-backoff"];
  return {
    ...defaultSettings,
    backoff: { baseMs, maxMs, resetMs: 2 * maxMs },
    // Processes run in real time, however fast the waiting goes.
    stopFloorMs: defaultSettings.stopFloorMs * speed,
    answerFloorMs: speed > 1 ? ANSWER_FLOOR_MS * speed : 0,
    wallZeroMs: clock.wallTime(0),
    speed,
  };
}
