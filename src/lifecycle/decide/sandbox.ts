/** When a pod needs another sandbox, and what goes and stays with the old one (sections 4 and 7). */
import { isAnyRunning, newestRun } from "../policy/runs.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { type Agenda, specGraceMs, stopContainer } from "./agenda.ts";
import type { PodRecord } from "../record/record.ts";
import { triggersRestartAll } from "../policy/restart.ts";
import { stopPod } from "./termination.ts";

/** Makes the first sandbox, or replaces one that is of no more use (R-SANDBOX-2 to R-SANDBOX-5). */
export function decideSandbox(agenda: Agenda): void {
  const { pod, record, now, actions, waits } = agenda;
  const { sandbox } = record;
  const hostNetwork = pod.spec.hostNetwork ?? false;
  switch (sandbox.type) {
    case "creating":
    case "stopping":
      return;
    case "none":
      actions.push({ type: "createSandbox", attempt: 0, hostNetwork });
      return;
    case "failed": {
      const { attempt, message, retryAt } = sandbox;
      if (now >= retryAt) actions.push({ type: "createSandbox", attempt, hostNetwork });
      else {
        const reason = "FailedCreatePodSandBox";
        waits.push({ type: "sandbox", until: retryAt, reason, message });
      }
      return;
    }
    case "stopFailed":
      if (now < sandbox.retryAt) {
        waits.push({ type: "cleanup", until: sandbox.retryAt });
        return;
      }
      actions.push({ type: "stopSandbox", sandboxId: sandbox.sandboxId });
      return;
    case "ready":
    case "exited":
      // Its containers first, in their order, then what is left of it (R-ACT-6.2).
      if (isAnyRunning(record)) stopPod(agenda, "sandboxGone", specGraceMs(pod));
      else actions.push({ type: "stopSandbox", sandboxId: sandbox.sandboxId });
      return;
    case "stopped":
      if (!isReplacementWanted(pod, record)) return;
      removeInitRecords(agenda);
      actions.push({ type: "createSandbox", attempt: sandbox.attempt + 1, hostNetwork });
      return;
  }
}

/** Whether anything is left to run in a new sandbox (R-SANDBOX-2 to R-SANDBOX-4). */
export function isReplacementWanted(pod: Pod, record: PodRecord): boolean {
  let anyRecord = false;
  for (const memory of record.containers.values()) anyRecord ||= memory.current !== undefined;
  if (pod.spec.restartPolicy === "Never") return !anyRecord;
  const mains = pod.spec.containers;
  return mains.some((main) => !hasSucceededForGood(pod, record, main)) ||
    mains.every(({ name }) => newestRun(record, name) === undefined);
}

/**
 * Whether a new sandbox alone is reason to start a main container again, whatever its own policy
 * (R-SANDBOX-5): with init containers it is not, since its turn comes with a later look.
 */
export function isStartOwed(pod: Pod, record: PodRecord, container: Container): boolean {
  if ((pod.spec.initContainers ?? []).length > 0) return false;
  const { sandbox } = record;
  const run = newestRun(record, container.name);
  return sandbox.type === "ready" && run !== undefined && run.sandboxId !== sandbox.sandboxId &&
    !hasSucceededForGood(pod, record, container);
}

/** The mains that a new sandbox does not bring back (R-SANDBOX-3). */
function hasSucceededForGood(pod: Pod, record: PodRecord, container: Container): boolean {
  const run = newestRun(record, container.name);
  return (container.restartPolicy ?? pod.spec.restartPolicy) === "OnFailure" &&
    run?.type === "exited" && run.exitCode === 0;
}

/** A new sandbox runs every init container again (R-SANDBOX-5, R-ACT-6.2). */
function removeInitRecords({ pod, record, actions }: Agenda): void {
  for (const { name } of pod.spec.initContainers ?? []) {
    const run = newestRun(record, name);
    if (run === undefined) continue;
    const { containerId } = run;
    actions.push({ type: "removeContainer", name, containerId, cause: "sandboxChanged" });
  }
}

/**
 * Starts the whole pod over in its sandbox: each container in turn is stopped and its record
 * removed, those that caused it last (R-RAC-3). With the last of them the trigger is gone, and the
 * next look starts from the first init (R-RAC-4).
 */
export function decideReset(agenda: Agenda): void {
  const { record, actions } = agenda;
  for (const container of resetOrder(agenda)) {
    const memory = record.containers.get(container.name);
    const run = memory?.current;
    if (run === undefined) continue;
    if (run.type === "running") {
      return stopContainer(agenda, container, {
        cause: "restartAll",
        graceMs: 0,
        restarts: false,
      });
    }
    const causes = run.type === "exited" && triggersRestartAll(container, memory);
    actions.push({
      type: "removeContainer",
      name: container.name,
      containerId: run.containerId,
      cause: "restartAll",
      ...(causes && { backoffFrom: run.finishedAt }),
    });
  }
}

/** Mains not causing it, inits not causing it, causing mains, causing inits (R-RAC-3). */
function resetOrder({ pod, record }: Agenda): readonly Container[] {
  const mains = pod.spec.containers;
  const inits = pod.spec.initContainers ?? [];
  const causes = (container: Container) =>
    triggersRestartAll(container, record.containers.get(container.name));
  const spared = (container: Container) => !causes(container);
  return [
    ...mains.filter(spared),
    ...inits.filter(spared),
    ...mains.filter(causes),
    ...inits.filter(causes),
  ];
}
