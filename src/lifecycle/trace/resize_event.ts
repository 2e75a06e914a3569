/**
 * The Kubernetes Events of a change of amounts (R-RESIZE-10).
 *
 * Rule: Kubernetes, pkg/kubelet/events/resize.go.
 */
import { allContainers } from "../../api/pod_containers.ts";
import { type PodAmounts, withAmounts } from "../../api/amounts/amounts.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { ResizeAdmitted, ResizeFailed, ResizeRefused } from "../record/event.ts";
import type { PodRecord } from "../record/record.ts";

/** One Event of the pod itself. */
export interface ResizeNote {
  readonly at: Millis;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Those of one fact. */
export function ofResize(
  pod: Pod,
  { resize }: PodRecord,
  event: ResizeAdmitted | ResizeRefused | ResizeFailed,
): readonly ResizeNote[] {
  const { at } = event;
  switch (event.type) {
    case "resizeAdmitted": {
      const details = formatResize(pod, event.generation, { amounts: event.desired });
      const message = `Pod resize started: ${details}`;
      return [{ at, type: "Normal", reason: "ResizeStarted", message }];
    }
    case "resizeRefused": {
      const { reason, cause, message: error, desired: amounts, generation } = event;
      const { pending } = resize ?? {};
      if (pending?.reason === reason && pending.generation === generation) return [];
      const details = formatResize(pod, generation, { amounts, error });
      const message = `Pod resize ${cause}: ${details}`;
      return [{ at, type: "Warning", reason: `Resize${reason}`, message }];
    }
    case "resizeFailed": {
      const generation = resize?.inProgress?.generation ?? 0;
      const details = formatResize(pod, generation, { error: event.message });
      const message = `Pod resize error: ${details}`;
      return [{ at, type: "Warning", reason: "ResizeError", message }];
    }
  }
}

/** That of its end. */
export function ofResizeEnd(pod: Pod, { resize }: PodRecord, at: Millis): readonly ResizeNote[] {
  const generation = resize?.inProgress?.generation ?? 0;
  const message = `Pod resize completed: ${formatResize(pod, generation)}`;
  return [{ at, type: "Normal", reason: "ResizeCompleted", message }];
}

function formatResize(
  pod: Pod,
  generation: number,
  { amounts, error }: { readonly amounts?: PodAmounts; readonly error?: string } = {},
): string {
  const spec = amounts === undefined ? pod.spec : withAmounts(pod.spec, amounts);
  const inits = spec.initContainers?.length ?? 0;
  const list = allContainers({ spec }).map(({ name, resources = {} }: Container) => ({
    name,
    resources,
  }));
  return JSON.stringify({
    ...(inits > 0 && { initContainers: list.slice(0, inits) }),
    containers: list.slice(inits),
    generation,
    ...(error !== undefined && { error }),
  });
}
