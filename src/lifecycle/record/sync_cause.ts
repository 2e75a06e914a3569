/** Which facts make the kubelet look at a pod again, and when. */
import type { PodAction } from "./action.ts";
import type { PodEvent } from "./event.ts";
import type { PodRecord } from "./record.ts";
import { isSyncUnderWay } from "./sync.ts";

/**
 * Whether the kubelet looks at the pod for what has happened, and at its containers' readiness
 * (R-WORKER-4).
 */
export function isSyncCause(before: PodRecord, event: PodEvent, after: PodRecord): boolean {
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
export function isLookedAt(before: PodRecord, event: PodEvent, after: PodRecord): boolean {
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
