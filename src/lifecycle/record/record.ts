/** What is remembered of a pod: the fold of everything that happened to it. */
import type { PodStatus } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodAmounts } from "../../api/amounts/amounts.ts";
import type { PodResize } from "./resize.ts";
import type { SyncStep } from "./action.ts";
import { type ContainerRecord, newContainerRecord } from "./container_record.ts";
import type { SandboxState } from "./sandbox_state.ts";
import type { TerminationCause } from "./vocabulary.ts";

/** What the node decides about time; the same for all its pods. */
export interface LifecycleSettings {
  /** Crash-loop back-off. */
  readonly backoff: BackoffSettings;
  /** Wait before a failed configuration or sandbox is retried (R-WORKER-5, R-BACKOFF-9). */
  readonly retryMs: Millis;
  /** The least between a stop signal and SIGKILL, in lifecycle time (R-TERM-5). */
  readonly stopFloorMs: Millis;
  /**
   * The least that a preStop hook gets which asks a process, in lifecycle time, however short its
   * grace (R-TERM-3).
   */
  readonly answerFloorMs: Millis;
  /** Wall time of lifecycle moment 0, in ms since 1970. */
  readonly wallZeroMs: number;
  /** Lifecycle milliseconds per wall millisecond. */
  readonly speed: number;
}

/** Crash-loop back-off (R-BACKOFF-1); 0 and 0 mean none. */
export interface BackoffSettings {
  /** The first delay that is not 0. */
  readonly baseMs: Millis;
  /** No delay is longer. */
  readonly maxMs: Millis;
  /** A run longer than this starts afresh (R-BACKOFF-4). */
  readonly resetMs: Millis;
}

/** Kubernetes' own numbers. */
export const defaultSettings: LifecycleSettings = {
  backoff: { baseMs: 10_000, maxMs: 300_000, resetMs: 600_000 },
  retryMs: 10_000,
  stopFloorMs: 2_000,
  answerFloorMs: 0,
  wallZeroMs: 0,
  speed: 1,
};

/** Everything remembered of one pod; plain data, never changed in place. */
export interface PodRecord {
  /** What the node decides about time. */
  readonly settings: LifecycleSettings;
  /**
   * When the node first saw the pod: `status.startTime` and the deadline's zero (R-WORKER-10,
   * R-DEADLINE-2).
   */
  readonly seenAt: Millis;
  /** Present once the pod has left "sync"; never taken back (R-WORKER-2). */
  readonly ending?: PodEnding;
  /** One address of the node, where that is known before a sandbox reports it. */
  readonly hostIP?: string;
  /** How far the volumes are. */
  readonly volumes: VolumesState;
  readonly sandbox: SandboxState;
  /**
   * The steps of the sync begun last, those included whose end shows by itself: see `openSteps`.
   */
  readonly sync: readonly SyncStep[];
  /** Something has happened that the sync under way has not seen (R-WORKER-4). */
  readonly syncDue?: true;
  /**
   * What the node has allocated, since its object has asked for anything else: every decision goes
   * by it (R-RESIZE-3).
   */
  readonly allocated?: PodAmounts;
  /** A change of amounts that is not over. */
  readonly resize?: PodResize;
  /** By container name, only those of which something is remembered. */
  readonly containers: ReadonlyMap<string, ContainerRecord>;
  /** How far the last cleaning up is. */
  readonly removal: RemovalState;
  /** The status last published; before that, what the pod came with. */
  readonly published: PodStatus;
}

/** Why and since when a pod is ending, and how long its containers have. */
export type PodEnding =
  & {
    readonly at: Millis;
    /** What a container gets that is stopped now: the least requested so far (R-TERM-2). */
    readonly graceMs: Millis;
    /** The earliest end of all graces asked for. */
    readonly graceUntil: Millis;
    /** Set when the pod is being deleted, whatever ended it first. */
    readonly deletedAt?: Millis;
    /** Set when the containers get no grace any more: whatever runs is killed. */
    readonly killedAt?: Millis;
    /**
     * The status published when the end began: whether the pod was initialized goes by it
     * (R-STATUS-9).
     */
    readonly before: PodStatus;
  }
  & PodEndingCause;

/** What ended the pod first. */
export type PodEndingCause =
  | { readonly type: TerminationCause }
  | { readonly type: "deleted" }
  | {
    readonly type: "rejected" | "evicted";
    readonly reason: string;
    readonly message: string;
  };

/** How far the volumes are. */
export type VolumesState =
  | { readonly type: "none" }
  | { readonly type: "preparing"; readonly failures: number }
  | { readonly type: "ready" }
  | {
    readonly type: "failed";
    /** How often in a row they could not be made. */
    readonly failures: number;
    readonly reason: string;
    readonly message: string;
    readonly retryAt: Millis;
  };

/** How far the removal of what is left of the pod is. */
export type RemovalState =
  | { readonly type: "none" }
  | { readonly type: "removing" }
  | { readonly type: "failed"; readonly retryAt: Millis }
  | { readonly type: "removed" };

/** What a pod's record is born with. */
export interface PodRecordInit {
  /** When the node first saw the pod. */
  readonly at: Millis;
  /** What the node decides about time. @default Kubernetes' own numbers */
  readonly settings?: LifecycleSettings;
  /** One address of the node: shown before there is a sandbox. */
  readonly hostIP?: string;
  /** What has been published of it before, by the registry or an earlier node process. */
  readonly status?: PodStatus;
}

/** The record of a pod to which nothing has happened yet. */
export function createPodRecord(init: PodRecordInit): PodRecord {
  return {
    settings: init.settings ?? defaultSettings,
    seenAt: init.at,
    ...(init.hostIP !== undefined && { hostIP: init.hostIP }),
    volumes: { type: "none" },
    sandbox: { type: "none" },
    sync: [],
    containers: new Map(rememberCounts(init.status)),
    removal: { type: "none" },
    published: init.status ?? { phase: "Pending" },
  };
}

/** Counts go on where an earlier node process left off (R-COUNT-3). */
function* rememberCounts(status: PodStatus = {}): Iterable<[string, ContainerRecord]> {
  const { initContainerStatuses = [], containerStatuses = [] } = status;
  for (const { name, restartCount, state } of [...initContainerStatuses, ...containerStatuses]) {
    const hasRun = restartCount > 0 || (state !== undefined && state.waiting === undefined);
    if (hasRun) yield [name, { ...newContainerRecord(name), nextRestartCount: restartCount + 1 }];
  }
}
