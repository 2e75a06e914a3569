/** When a pod can make no progress unless something outside of it changes; pure. */
import { allContainers } from "../../api/pod_containers.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { isSidecar } from "../policy/restart.ts";
import { isAnyRunning, isAnyStarting, newestRun } from "../policy/runs.ts";
import type { PodRecord } from "../record/record.ts";
import type { PodPlan } from "./pod_plan.ts";

/** Why a pod can make no progress, as far as the node can know. */
export type Stuck =
  /** All that is left waits for something that the machine could not make ready. */
  | { readonly type: "unready"; readonly causes: readonly StuckCause[] }
  /** Nothing is left to wait for at all, although the pod has not ended (R-SANDBOX-2, R-COND-8). */
  | { readonly type: "idle"; readonly because: string };

/** One thing that could not be made ready and is retried again and again. */
export interface StuckCause {
  /** What could not be made ready. */
  readonly type: "volumes" | "sandbox" | "config" | "create";
  /** The container concerned, if it is one. */
  readonly container?: string;
  /** `CreateContainerConfigError`, `FailedMount`, … */
  readonly reason: string;
  readonly message: string;
}

/**
 * Whether all that is left of a pod are failed attempts: no main or regular init runs, none waits
 * for its back-off, no action is in progress. Sidecars do not count, since they keep no pod alive
 * (R-SIDECAR-7), unless one may still write a file that a container waits for (R-ENV-7).
 *
 * @param plan of a look that has found nothing to begin.
 * @returns undefined: the pod can go on, or is ending.
 */
export function computeStuck({ pod, record, waits }: PodPlan): Stuck | undefined {
  if (record.ending !== undefined || isAnyStarting(record)) return undefined;
  const { volumes, sandbox } = record;
  if (volumes.type === "preparing" || sandbox.type === "creating" || sandbox.type === "stopping") {
    return undefined;
  }
  // A probe only reports how a running container is.
  const waiting = waits.filter(({ type }) =>
    type !== "deadline" && type !== "probe" && type !== "resize"
  );
  if (waiting.length === 0) {
    return isAnyRunning(record) ? undefined : { type: "idle", because: explainIdle(pod, record) };
  }
  const causes: StuckCause[] = [];
  for (const wait of waiting) {
    if (!("reason" in wait)) return undefined;
    const { until: _, ...cause } = wait;
    causes.push(cause);
  }
  const works = (container: Container) => newestRun(record, container.name)?.type === "running";
  const regular = (pod.spec.initContainers ?? []).filter((init) => !isSidecar(init));
  if (pod.spec.containers.some(works) || regular.some(works)) return undefined;
  const sidecars = (pod.spec.initContainers ?? []).filter((init) => isSidecar(init) && works(init));
  if (sidecars.length === 0) return { type: "unready", causes };
  const mayChange = causes.some(({ container }) =>
    allContainers(pod).some((it) =>
      it.name === container && sidecars.some((sidecar) => mayWriteVariables(sidecar, it))
    )
  );
  return mayChange ? undefined : { type: "unready", causes };
}

/** Whether a container mounts, to write, what a variable of another one is read from (R-ENV-7). */
function mayWriteVariables(writer: Container, reader: Container): boolean {
  return (reader.env ?? []).some(({ valueFrom }) =>
    (writer.volumeMounts ?? []).some(({ name, readOnly }) =>
      readOnly !== true && name === valueFrom?.fileKeyRef?.volumeName
    )
  );
}

/**
 * Why a pod without a sandbox gets no other one, though it has not ended (R-SANDBOX-2, R-SANDBOX-4,
 * R-INIT-9).
 */
function explainIdle(pod: Pod, record: PodRecord): string {
  const why = pod.spec.restartPolicy === "Never"
    ? "with restartPolicy Never the Pod gets no new sandbox"
    : "no container is left that a new sandbox would start";
  const failed = (pod.spec.initContainers ?? []).find(({ name }) => {
    const run = newestRun(record, name);
    return run?.type === "exited" && run.exitCode === 0 && run.reason === "OOMKilled";
  });
  return failed === undefined
    ? `its sandbox is gone, and ${why}`
    : `init container "${failed.name}" ran out of memory, which counts as a failure though its exit code is 0, and ${why}`;
}
