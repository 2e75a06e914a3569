/** Words that events, actions and records share: kinds of probes and hooks, causes, steps. */
import type { Millis } from "../../base/clock.ts";

/**
 * Why a pod ends without having been asked to: its containers are done, or its time is up
 * (R-DEADLINE-1).
 */
export type TerminationCause = "finished" | "deadline";

/**
 * Why a container is stopped:
 *
 * - `podTerminating`: the worker has left "sync" (R-WORKER-6);
 * - `podDone`: no main container runs or will run (row 6 of R-ACT-2), or an init failed for good;
 * - `sandboxGone`: its sandbox has to be replaced or removed (R-SANDBOX-2 to R-SANDBOX-5);
 * - `definitionChanged`: its name or image has changed (R-MODEL-5);
 * - `livenessFailed`, `startupFailed`: its probe has failed (R-PROBE-15);
 * - `postStartFailed`: its postStart hook has failed (R-HOOK-4);
 * - `resized`: it gets other amounts, and its resizePolicy asks for a restart (R-RESIZE-7);
 * - `restartAll`: a restart rule starts the whole pod over (R-RAC-3).
 */
export type StopCause =
  | "podTerminating"
  | "podDone"
  | "sandboxGone"
  | "definitionChanged"
  | "livenessFailed"
  | "startupFailed"
  | "postStartFailed"
  | "resized"
  | "restartAll";

/** The hooks that a container may have. */
export type HookType = "postStart" | "preStop";

/**
 * The step of a start that failed (R-START-1): only `start` leaves a record, exited with code 128.
 */
export type ContainerStartStep = "config" | "create" | "start";

/** One row of the back-off table (R-BACKOFF-2). */
export interface BackoffEntry {
  /** Image and resources: another key starts afresh (R-BACKOFF-5). */
  readonly key: string;
  /** What the next restart has to wait, from the end of the run before it. */
  readonly delayMs: Millis;
  /** When a start was last permitted. */
  readonly lastUpdate: Millis;
}
