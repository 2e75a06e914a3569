/** Decides how a pod that runs gets other amounts (R-RESIZE-3 to R-RESIZE-9). */
import { allContainers } from "../../api/pod_containers.ts";
import { changedResources, isSameAmounts } from "../../api/amounts/amounts.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { runningRun } from "../policy/runs.ts";
import type { RunningRun } from "../record/container_record.ts";
import type { PodRecord } from "../record/record.ts";
import type { PodPlan } from "./pod_plan.ts";

/** Asks for room for what the object wants, unless that was refused and nothing has changed. */
export function decideAdmission({ record, now, actions, waits }: PodPlan): void {
  const { resize, allocated } = record;
  if (resize === undefined || allocated === undefined || resize.isAsked) return;
  const { desired, generation, pending } = resize;
  if (isSameAmounts(desired, allocated)) return;
  if (pending?.generation === generation) {
    if (pending.reason === "Infeasible") return;
    if (now < pending.retryAt) {
      waits.push({ type: "resize", until: pending.retryAt });
      return;
    }
  }
  actions.push({ type: "admitResize", desired, generation });
}

/** Whether what runs gets other amounts now, but for containers that are restarted for them. */
export function isResizeDue({ record, now, waits }: PodPlan): boolean {
  const progress = record.resize?.inProgress;
  if (progress === undefined || progress.isActuated || progress.isActuating) return false;
  const { error } = progress;
  if (error === undefined || now >= error.retryAt) return true;
  waits.push({ type: "resize", until: error.retryAt });
  return false;
}

/** Has the machine give what runs other amounts: the Pod, and containers that are not restarted. */
export function beginResize({ pod, record, actions }: PodPlan): void {
  const containers = allContainers(pod).flatMap((container) => {
    const run = runningRun(record, container.name);
    if (run === undefined || !isResized(container, run)) return [];
    if (needsRestart(container, run)) return [];
    const { name, resources = {} } = container;
    return [{ name, containerId: run.containerId, resources }];
  });
  actions.push({ type: "resizePod", containers });
}

/** Whether a change is over: all that runs has what is allocated (R-RESIZE-9). */
export function isResizeOver(pod: Pod, record: PodRecord): boolean {
  if (!record.resize?.inProgress?.isActuated) return false;
  return allContainers(pod).every((container) => {
    const run = runningRun(record, container.name);
    return run === undefined || !isResized(container, run);
  });
}

/** Whether a container that runs is to be restarted with other amounts (R-RESIZE-7). */
export function needsRestart({ resources, resizePolicy }: Container, run: RunningRun): boolean {
  if (resizePolicy === undefined || run.resources === undefined) return false;
  const changed = changedResources(resources, run.resources);
  return resizePolicy.some(({ resourceName, restartPolicy }) =>
    restartPolicy === "RestartContainer" && changed.some((it) => it === resourceName)
  );
}

function isResized({ resources }: Container, run: RunningRun): boolean {
  return run.resources !== undefined && changedResources(resources, run.resources).length > 0;
}
