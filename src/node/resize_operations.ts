/** Other amounts for a pod that runs: whether there is room, and their way to the machine. */
import { withAmounts } from "../api/amounts/amounts.ts";
import { findContainer } from "../api/pod_containers.ts";
import type { Pod } from "../api/types/pod.ts";
import type { AdmitResize, ResizePod } from "../lifecycle/record/action.ts";
import type { PodEvent } from "../lifecycle/record/event.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Rejection } from "./admission.ts";
import { generateContainerResources, generatePodResources } from "./config/resource_config.ts";
import { refusal } from "./refusal.ts";
import type { SourceReader } from "./sources/source_reader.ts";

/** Why a node has no room for a pod with these amounts; undefined: it has, and keeps it. */
export type ResizeAdmission = (pod: Pod) => Rejection | undefined;

/**
 * Finds out whether there is room (R-RESIZE-3, R-RESIZE-4). What could not be given for its kind
 * does not occur here: there is neither swap nor a static manager of CPUs or memory.
 */
export function admitResize(
  pod: Pod,
  { desired, generation }: AdmitResize,
  { admit, at }: { readonly admit: ResizeAdmission; readonly at: number },
): PodEvent {
  const rejection = admit({ ...pod, spec: withAmounts(pod.spec, desired) });
  if (rejection === undefined) return { type: "resizeAdmitted", at, desired, generation };
  const { reason: cause, message } = rejection;
  return { type: "resizeRefused", at, reason: "Deferred", cause, message, desired, generation };
}

/** Gives the pod and its containers what is allocated (R-RESIZE-6). */
export async function resizePod(
  pod: Pod,
  { containers }: ResizePod,
  { runtime, sourcesOf, now }: {
    readonly runtime: Pick<Runtime, "resizePod">;
    readonly sourcesOf: SourceReader;
    readonly now: () => number;
  },
): Promise<PodEvent> {
  try {
    const { node } = await sourcesOf(pod, { objects: [] });
    await runtime.resizePod(pod.metadata.uid!, {
      resources: generatePodResources(pod),
      containers: containers.map(({ name, containerId }) => ({
        containerId,
        resources: generateContainerResources(pod, findContainer(pod, name)!, node),
      })),
    });
    return { type: "podResized", at: now(), containers };
  } catch (error) {
    return { type: "resizeFailed", at: now(), message: refusal(error).message };
  }
}
