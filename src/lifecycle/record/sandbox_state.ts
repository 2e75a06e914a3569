/** What is remembered of a pod's newest sandbox. */
import type { Millis } from "../../base/clock.ts";

/** The newest sandbox (R-MODEL-2). There is never more than one that is ready. */
export type SandboxState =
  | { readonly type: "none" }
  | { readonly type: "creating"; readonly attempt: number; readonly hostNetwork: boolean }
  | {
    readonly type: "failed";
    readonly attempt: number;
    readonly message: string;
    readonly retryAt: Millis;
  }
  | ({ readonly type: "ready" } & Sandbox)
  /** Its pause process died by itself. */
  | ({ readonly type: "exited" } & Sandbox)
  | ({ readonly type: "stopping"; readonly since: Millis } & Sandbox)
  | ({ readonly type: "stopFailed"; readonly retryAt: Millis } & Sandbox)
  | ({ readonly type: "stopped" } & Sandbox);

/** A sandbox that was started. */
export interface Sandbox {
  readonly sandboxId: string;
  /** Number of the sandbox, from 0. */
  readonly attempt: number;
  /** Whether it is on the host's network. */
  readonly hostNetwork: boolean;
  /** As the host numbers it. */
  readonly pid: number;
  /** What is really enforced. */
  readonly isolation: string;
  readonly podIP: string;
  /** One address of the node. */
  readonly hostIP: string;
  /** Set when its pause process died by itself. */
  readonly exitedAt?: Millis;
}
