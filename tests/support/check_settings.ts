/** How tests check scenario files. */
import type { CheckSettings } from "../../src/cli/check/scenario_run.ts";

/** On the virtual clock. */
export const SIMULATED: CheckSettings = {
  directory: "/",
  machine: undefined,
  speed: 1,
  isolation: "process",
  toleranceMs: 0,
  timeoutMs: 60_000,
  width: 96,
  kill: new AbortController().signal,
};
