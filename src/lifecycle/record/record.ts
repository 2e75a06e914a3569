/** What is remembered of a pod: the fold of everything that happened to it. */
import type { TerminationCause } from "./vocabulary.ts";
import type { PodStatus } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { PodAction, SyncStep } from "./action.ts";
import { applyContainerAction, applyContainerEvent } from "./apply_container_event.ts";
import { type ContainerRecord, newContainerRecord } from "./container_record.ts";
import type { PodEvent } from "./event.ts";
import type { Sandbox, SandboxState } from "./sandbox_state.ts";
import { isSyncUnderWay } from "./sync.ts";
import { triggerReadiness } from "./apply_probe_result.ts";

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
  /** @default Kubernetes' own numbers */
  /** What the node decides about time. */
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

/**
 * Folds one fact into the record. What no longer applies (a late report of an old run) changes
 * nothing.
 */
export function applyPodEvent(record: PodRecord, event: PodEvent): PodRecord {
  const after = applyEvent(record, event);
  if (after === record || !(record.syncDue || isSyncCause(record, event, after))) return after;
  if (!isLookedAt(record, event, after)) return { ...after, syncDue: true };
  const { syncDue: _, ...seen } = after;
  return triggerAllReadiness(seen, event.at);
}

/**
 * Whether the kubelet looks at the pod for what has happened, and at its containers' readiness
 * (R-WORKER-4).
 */
function isSyncCause(before: PodRecord, event: PodEvent, after: PodRecord): boolean {
  switch (event.type) {
    case "deletionRequested":
    case "evicted":
    case "containerStarted":
    case "containerExited":
    case "containerLost":
      return true;
    case "containerStartFailed":
      // It has left a record.
      return event.step === "start";
    case "hookFinished":
      return event.hook === "postStart";
    case "actionBegun":
      return event.action.type === "terminatePod" || event.action.type === "cancelHook";
    case "probeFinished": {
      const { current } = after.containers.get(event.name)!;
      return current !== before.containers.get(event.name)?.current;
    }
    default:
      return false;
  }
}

/**
 * Whether it looks now: with the end of the pod or of a start, and else not while a sync is under
 * way (R-WORKER-1).
 */
function isLookedAt(before: PodRecord, event: PodEvent, after: PodRecord): boolean {
  switch (event.type) {
    case "deletionRequested":
    case "evicted":
    case "containerStartFailed":
      return true;
    case "containerStarted":
      // With a postStart hook the start goes on (R-HOOK-3).
      return after.containers.get(event.name)?.current?.postStart === undefined;
    case "actionBegun":
      if (lookingActions.has(event.action.type)) return true;
      break;
    case "hookFinished":
      // Where it failed the start is over when the container is stopped (R-HOOK-4).
      if (event.hook === "postStart") {
        return after.containers.get(event.name)?.current?.postStart !== "failed";
      }
      break;
    case "containerExited":
      if (before.containers.get(event.name)?.current?.postStart === "failed") return true;
      break;
    default:
  }
  return after.ending === undefined && !isSyncUnderWay(after);
}

/** Actions with which a status is published. */
const lookingActions: ReadonlySet<PodAction["type"]> = new Set([
  "terminatePod",
  "cancelHook",
  "backOffContainer",
]);

function triggerAllReadiness(record: PodRecord, at: Millis): PodRecord {
  let changed = record;
  for (const name of record.containers.keys()) {
    changed = withContainer(
      changed,
      name,
      (containerRecord) => triggerReadiness(containerRecord, at),
    );
  }
  return changed;
}

function applyEvent(record: PodRecord, event: PodEvent): PodRecord {
  const { settings, sandbox } = record;
  switch (event.type) {
    case "actionBegun":
      return applyAction(record, event.action, event.at);
    case "statusPublished":
      return { ...record, published: event.status };
    case "deletionRequested":
      return withEnding(record, event.graceSeconds, {
        type: "deleted",
        at: event.at,
        deletedAt: event.at,
      });
    case "killRequested":
      return withKill(record, event.at);
    case "rejected": {
      const { at, reason } = event;
      const message = `Pod was rejected: ${event.message}`;
      return withEnding(record, 0, { type: "rejected", at, reason, message });
    }
    case "evicted": {
      const { at, reason, message, graceSeconds } = event;
      return withEnding(record, graceSeconds, { type: "evicted", at, reason, message });
    }
    case "volumesPrepared":
      return { ...record, volumes: { type: "ready" } };
    case "volumesFailed": {
      const { reason, messages, at } = event;
      const failures = failuresOf(record.volumes) + 1;
      const retryAt = at + Math.min(VOLUME_RETRY.baseMs * 2 ** (failures - 1), VOLUME_RETRY.maxMs);
      const message = messages.join("; ");
      return { ...record, volumes: { type: "failed", failures, reason, message, retryAt } };
    }
    case "sandboxStarted": {
      if (sandbox.type !== "creating") return record;
      const { sandboxId, attempt, pid, isolation, podIP, hostIP } = event;
      const { hostNetwork } = sandbox;
      return {
        ...record,
        sandbox: { type: "ready", sandboxId, attempt, hostNetwork, pid, isolation, podIP, hostIP },
        containers: retryUnmade(record.containers, event.at),
      };
    }
    case "sandboxFailed": {
      if (sandbox.type !== "creating") return record;
      const { attempt, message, at } = event;
      const retryAt = at + settings.retryMs;
      // The worker decides again what runs in it (R-ACT-6.5).
      return { ...endSync(record), sandbox: { type: "failed", attempt, message, retryAt } };
    }
    case "sandboxExited":
      if (sandbox.type !== "ready" || sandbox.sandboxId !== event.sandboxId) return record;
      return { ...endSync(record), sandbox: { ...sandbox, type: "exited", exitedAt: event.at } };
    case "sandboxStopped":
      if (sandbox.type !== "stopping" || sandbox.sandboxId !== event.sandboxId) return record;
      return { ...record, sandbox: { type: "stopped", ...sandboxFacts(sandbox) } };
    case "sandboxStopFailed": {
      if (sandbox.type !== "stopping" || sandbox.sandboxId !== event.sandboxId) return record;
      const retryAt = event.at + settings.retryMs;
      return { ...record, sandbox: { type: "stopFailed", ...sandboxFacts(sandbox), retryAt } };
    }
    case "containerStarted":
    case "containerStartFailed":
    case "containerExited":
    case "containerLost":
    case "probeFinished":
    case "hookFinished":
      return withContainer(
        record,
        event.name,
        (containerRecord) => applyContainerEvent(containerRecord, event, settings.retryMs),
      );
    case "podRemoved":
      return { ...record, removal: { type: "removed" } };
    case "podRemoveFailed":
      return { ...record, removal: { type: "failed", retryAt: event.at + settings.retryMs } };
  }
}

function applyAction(record: PodRecord, action: PodAction, at: Millis): PodRecord {
  const { sandbox } = record;
  switch (action.type) {
    case "terminatePod":
      if (record.ending !== undefined) return record;
      return {
        ...record,
        ending: {
          type: action.cause,
          at,
          graceMs: action.graceMs,
          graceUntil: at + action.graceMs,
          before: record.published,
        },
      };
    case "beginSync":
      return { ...record, sync: action.steps };
    case "prepareVolumes":
      return {
        ...record,
        volumes: { type: "preparing", failures: failuresOf(record.volumes) },
      };
    case "createSandbox": {
      const { attempt, hostNetwork } = action;
      const sync = record.sync.filter(({ type }) => type !== "createSandbox");
      return { ...record, sandbox: { type: "creating", attempt, hostNetwork }, sync };
    }
    case "stopSandbox":
      if (!("sandboxId" in sandbox) || sandbox.sandboxId !== action.sandboxId) return record;
      return { ...record, sandbox: { type: "stopping", ...sandboxFacts(sandbox), since: at } };
    case "removePod":
      return { ...record, removal: { type: "removing" } };
    case "startContainer":
    case "backOffContainer": {
      const sync = record.sync.filter((step) =>
        step.type !== "startContainer" || step.name !== action.name
      );
      return withContainer(
        { ...record, sync },
        action.name,
        (containerRecord) => applyContainerAction(containerRecord, action, at),
      );
    }
    case "stopContainer":
    case "signalContainer":
    case "runProbe":
    case "runHook":
    case "cancelHook":
    case "cancelStart":
      return withContainer(
        record,
        action.name,
        (containerRecord) => applyContainerAction(containerRecord, action, at),
      );
    case "removeContainer":
      return withContainer(
        action.cause === "restartAll" ? retryAll(record, at) : record,
        action.name,
        (containerRecord) => applyContainerAction(containerRecord, action, at),
      );
  }
}

/**
 * A pod that has left "sync" stays so; a later request can only shorten the grace (R-DELETE-3,
 * R-TERM-2).
 */
function withEnding(
  record: PodRecord,
  graceSeconds: number,
  asked: { readonly at: Millis; readonly deletedAt?: Millis } & PodEndingCause,
): PodRecord {
  const graceMs = Math.max(1, graceSeconds) * 1000;
  const graceUntil = asked.at + graceMs;
  const old = record.ending;
  if (old === undefined) {
    return { ...record, ending: { ...asked, graceMs, graceUntil, before: record.published } };
  }
  const deletedAt = old.deletedAt ?? asked.deletedAt;
  return {
    ...record,
    ending: {
      ...old,
      ...(deletedAt !== undefined && { deletedAt }),
      graceMs: Math.min(old.graceMs, graceMs),
      graceUntil: Math.min(old.graceUntil, graceUntil),
    },
  };
}

/**
 * The waits between the tries of a volume: each twice the one before (R-START-5; Kubernetes,
 * pkg/util/goroutinemap/exponentialbackoff/exponential_backoff.go).
 */
const VOLUME_RETRY = { baseMs: 500, maxMs: 122_000 } as const;

function failuresOf(volumes: VolumesState): number {
  return "failures" in volumes ? volumes.failures : 0;
}

/** A deletion that leaves no grace, not even the least there is otherwise (R-TERM-5). */
function withKill(record: PodRecord, at: Millis): PodRecord {
  const deleted = withEnding(record, 0, { type: "deleted", at, deletedAt: at });
  const ending = { ...deleted.ending!, graceMs: 0, graceUntil: at, killedAt: at };
  return { ...record, ending };
}

function withContainer(
  record: PodRecord,
  name: string,
  change: (containerRecord: ContainerRecord) => ContainerRecord,
): PodRecord {
  const old = record.containers.get(name) ?? newContainerRecord(name);
  const changed = change(old);
  if (changed === old) return record;
  return { ...record, containers: new Map(record.containers).set(name, changed) };
}

function sandboxFacts(sandbox: Sandbox): Sandbox {
  const { sandboxId, attempt, hostNetwork, pid, isolation, podIP, hostIP, exitedAt } = sandbox;
  const facts = { sandboxId, attempt, hostNetwork, pid, isolation, podIP, hostIP };
  return exitedAt === undefined ? facts : { ...facts, exitedAt };
}

/** The remaining steps are dropped: the next sync decides again. */
function endSync(record: PodRecord): PodRecord {
  const containers = new Map(
    [...record.containers].map((
      [name, { removedRunEnd: _, ...containerRecord }],
    ) => [name, containerRecord]),
  );
  return { ...record, sync: [], containers };
}

/** The sync that follows a reset tries everything (R-RAC-4). */
function retryAll(record: PodRecord, at: Millis): PodRecord {
  const { sandbox } = record;
  return {
    ...record,
    containers: retryUnmade(record.containers, at),
    ...(sandbox.type === "failed" && { sandbox: { ...sandbox, retryAt: at } }),
  };
}

/**
 * A container that could not be created or had to wait is retried in a new sandbox, or after a
 * reset, at once (R-SANDBOX-5, R-RAC-4), and its back-off may refuse it again; why it waits shows
 * until then (R-STATUS-3).
 */
function retryUnmade(
  containers: ReadonlyMap<string, ContainerRecord>,
  at: Millis,
): ReadonlyMap<string, ContainerRecord> {
  return new Map(
    [...containers].map(([name, containerRecord]) => {
      const { startFailure } = containerRecord;
      switch (startFailure?.type) {
        case "config":
        case "create":
          return [name, { ...containerRecord, startFailure: { ...startFailure, retryAt: at } }];
        case "backoff":
          return [name, { ...containerRecord, startFailure: { ...startFailure, until: at } }];
        default:
          return [name, containerRecord];
      }
    }),
  );
}
