/** What is remembered of a change of a pod's amounts while it runs (R-RESIZE-3). */
import type { PodAmounts } from "../../api/amounts/amounts.ts";
import type { Millis } from "../../base/clock.ts";

/** A change that is wanted, waits, or is under way. */
export interface PodResize {
  /** What the pod's object asks for; the node goes by what it has allocated. */
  readonly desired: PodAmounts;
  /** Of the object that asks for it. */
  readonly generation: number;
  /** Whether there is room for it is being found out. */
  readonly isAsked?: true;
  /** Why it is not allocated. */
  readonly pending?: PendingResize;
  /** What is allocated is being given to what runs. */
  readonly inProgress?: ResizeInProgress;
}

/** A change that the node does not allocate (R-RESIZE-4, R-RESIZE-5). */
export interface PendingResize {
  /** `Deferred` waits for room; `Infeasible` for another change. */
  readonly reason: "Deferred" | "Infeasible";
  /** As admission has it. */
  readonly message: string;
  readonly generation: number;
  /** Since when it waits for this reason. */
  readonly at: Millis;
  /** When it is looked at again at the latest. */
  readonly retryAt: Millis;
}

/** A change that is allocated (R-RESIZE-6). */
export interface ResizeInProgress {
  readonly generation: number;
  readonly at: Millis;
  /** The machine is at it. */
  readonly isActuating?: true;
  /** It has given all that runs what it is to have, but for what has to be restarted. */
  readonly isActuated?: true;
  /** Why the last attempt failed. */
  readonly error?: { readonly message: string; readonly at: Millis; readonly retryAt: Millis };
}

/** How long a deferred change waits at most until it is looked at again (R-RESIZE-5). */
export const RESIZE_RETRY_MS = 180_000;
