/** Folds what happens to a change of a pod's amounts into its record. */
import { isSameAmounts } from "../../api/amounts/amounts.ts";
import type { Millis } from "../../base/clock.ts";
import type {
  PodResized,
  ResizeAdmitted,
  ResizeDesired,
  ResizeFailed,
  ResizeRefused,
} from "./event.ts";
import type { PodRecord } from "./record.ts";
import { type PodResize, RESIZE_RETRY_MS, type ResizeInProgress } from "./resize.ts";

/** The facts about such a change. */
export type ResizeEvent =
  | ResizeDesired
  | ResizeAdmitted
  | ResizeRefused
  | PodResized
  | ResizeFailed
  | { readonly type: "roomChanged"; readonly at: Millis };

/** Folds one fact. */
export function applyResizeEvent(record: PodRecord, event: ResizeEvent): PodRecord {
  const { resize, settings } = record;
  if (event.type === "resizeDesired") {
    const { desired, generation } = event;
    const allocated = record.allocated ?? event.allocated;
    return withResize({ ...record, allocated }, { ...resize, desired, generation });
  }
  if (resize === undefined) return record;
  const { isAsked: _, pending, inProgress, ...rest } = resize;
  switch (event.type) {
    case "resizeAdmitted": {
      const { at, generation } = event;
      return withResize({ ...record, allocated: event.desired }, {
        ...rest,
        inProgress: { generation, at },
      });
    }
    case "resizeRefused": {
      const { at, reason, message, generation } = event;
      const isSame = pending?.reason === reason && pending.generation === generation;
      return withResize(record, {
        ...rest,
        ...(inProgress && { inProgress }),
        pending: {
          reason,
          message,
          generation,
          at: isSame ? pending.at : at,
          retryAt: at + RESIZE_RETRY_MS,
        },
      });
    }
    case "podResized": {
      const containers = new Map(record.containers);
      for (const { name, containerId, resources } of event.containers) {
        const known = containers.get(name);
        if (known?.current?.type !== "running" || known.current.containerId !== containerId) {
          continue;
        }
        containers.set(name, { ...known, current: { ...known.current, resources } });
      }
      return withProgress({ ...record, containers }, ({ generation, at }) => ({
        generation,
        at,
        isActuated: true,
      }));
    }
    case "resizeFailed": {
      const { at, message } = event;
      const error = { message, at, retryAt: at + settings.retryMs };
      return withProgress(record, ({ generation, at }) => ({ generation, at, error }));
    }
    case "roomChanged":
      return pending?.reason === "Deferred"
        ? { ...record, resize: { ...resize, pending: { ...pending, retryAt: event.at } } }
        : record;
  }
}

/** Whether there is room for it is being found out. */
export function applyResizeAsked(record: PodRecord): PodRecord {
  const { resize } = record;
  return resize === undefined ? record : { ...record, resize: { ...resize, isAsked: true } };
}

/** The machine is at it. */
export function applyResizeBegun(record: PodRecord): PodRecord {
  return withProgress(record, (progress) => ({ ...progress, isActuating: true }));
}

/** All that runs has what is allocated. */
export function applyResizeCompleted(record: PodRecord): PodRecord {
  const { resize } = record;
  if (resize === undefined) return record;
  const { inProgress: _, ...rest } = resize;
  return withResize(record, rest);
}

function withProgress(
  record: PodRecord,
  change: (progress: ResizeInProgress) => ResizeInProgress,
): PodRecord {
  const { resize } = record;
  if (resize?.inProgress === undefined) return record;
  return { ...record, resize: { ...resize, inProgress: change(resize.inProgress) } };
}

/** A change back to what is allocated waits for nothing; one that is over is forgotten. */
function withResize(record: PodRecord, resize: PodResize): PodRecord {
  const { resize: _, ...rest } = record;
  const isAllocated = isSameAmounts(resize.desired, record.allocated!);
  if (!isAllocated) return { ...record, resize };
  const { pending: _pending, isAsked: _asked, ...kept } = resize;
  return kept.inProgress === undefined ? rest : { ...rest, resize: kept };
}
