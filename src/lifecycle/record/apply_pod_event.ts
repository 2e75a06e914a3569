/** Folds what happens to a pod into its record. */
import type { Millis } from "../../base/clock.ts";
import type { PodAction } from "./action.ts";
import { applyContainerAction, applyContainerEvent } from "./apply_container_event.ts";
import {
  applyResizeAsked,
  applyResizeBegun,
  applyResizeCompleted,
  applyResizeEvent,
} from "./apply_resize.ts";
import { triggerReadiness } from "./apply_probe_result.ts";
import { type ContainerRecord, newContainerRecord } from "./container_record.ts";
import type { PodEvent } from "./event.ts";
import type { PodEndingCause, PodRecord, VolumesState } from "./record.ts";
import type { Sandbox } from "./sandbox_state.ts";
import { isLookedAt, isSyncCause } from "./sync_cause.ts";

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
    case "resizeDesired":
    case "resizeAdmitted":
    case "resizeRefused":
    case "podResized":
    case "resizeFailed":
    case "roomChanged":
      return applyResizeEvent(record, event);
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
    case "admitResize":
      return applyResizeAsked(record);
    case "resizePod": {
      const sync = record.sync.filter(({ type }) => type !== "resizePod");
      return applyResizeBegun({ ...record, sync });
    }
    case "completeResize":
      return applyResizeCompleted(record);
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
