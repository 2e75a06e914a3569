/** How far a sync is: the steps of it that are still to be taken (R-ACT-6). */
import type { SyncStep } from "./action.ts";
import type { ContainerRecord, ContainerRun } from "./container_record.ts";
import type { SandboxState } from "./sandbox_state.ts";

/** What a record knows of the sync in progress, and by what its steps are known to be done. */
export interface SyncFacts {
  /** The steps of the sync begun last, those included whose end shows by itself. */
  readonly sync: readonly SyncStep[];
  readonly sandbox: SandboxState;
  /** By container name. */
  readonly containers: ReadonlyMap<string, ContainerRecord>;
}

/**
 * The steps of the sync in progress that are not done, in their order; none when no sync is in
 * progress.
 */
export function openSteps(record: SyncFacts): readonly SyncStep[] {
  return record.sync.filter((step) => isOpen(record, step));
}

/** Whether a sync is under way: until it is over nothing else is looked at (R-WORKER-1). */
export function isSyncUnderWay(record: SyncFacts): boolean {
  return openSteps(record).length > 0 ||
    record.containers.values().some(({ starting, current }) =>
      starting !== undefined || isHookPending(current) ||
      (current?.type === "running" && current.postStart === "failed")
    );
}

/** Whether the postStart hook of a run is still to be run or to end. */
export function isHookPending(run: ContainerRun | undefined): boolean {
  return run?.postStart === "due" || run?.postStart === "running";
}

/** Steps without a trace of their own leave the list when they begin. */
function isOpen({ sandbox, containers }: SyncFacts, step: SyncStep): boolean {
  switch (step.type) {
    case "stopContainer": {
      const run = containers.get(step.name)?.current;
      return run?.containerId === step.containerId && run.type === "running";
    }
    case "removeContainer":
      return containers.get(step.name)?.current?.containerId === step.containerId;
    case "killPod":
      return "sandboxId" in sandbox && sandbox.sandboxId === step.sandboxId &&
        sandbox.type !== "stopped";
    case "createSandbox":
    case "startContainer":
    case "resizePod":
      return true;
  }
}
