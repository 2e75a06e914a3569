/** Words of answers that more than one lesson has; pure. */

/** The phases of a Pod, as choices. */
export const PHASES: readonly string[] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];

/** What stands for a run that does not end by itself. */
export const RUNS_ON = "runs-on";
