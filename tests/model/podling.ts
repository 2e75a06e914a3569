/** The same play by `src/`, in the words of the model. */
import type {
  ContainerState,
  ContainerStatus as ApiContainerStatus,
  Pod,
  PodStatus as ApiPodStatus,
} from "../../src/api/types/pod.ts";
import type { PodEvent } from "../../src/lifecycle/record/event.ts";
import { startSimulation } from "../support/simulation.ts";
import type { RandomCase } from "./random_case.ts";

/** One run, as both sides report it. */
export interface RunView {
  readonly name: string;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly exitCode: number | undefined;
}

/** All that `src/` made of a Pod. */
export interface PodlingHistory {
  /** As stored, with its defaults. */
  readonly pod: Pod;
  readonly runs: readonly RunView[];
  readonly statuses: readonly { readonly at: number; readonly status: ApiPodStatus }[];
  readonly isDone: boolean;
}

/** Plays a case through the whole wiring, on a virtual clock and a scripted runtime. */
export async function playPodling(
  { pod, deletions, createScript }: RandomCase,
  limit: number,
): Promise<PodlingHistory> {
  const events: PodEvent[] = [];
  const simulation = startSimulation({
    script: createScript(),
    onPodEvent: (_, event) => events.push(event),
  });
  const { cluster, clock } = simulation;
  const [stored] = cluster.submit([pod]);
  for (const { at, graceSeconds } of deletions) {
    await clock.advanceTo(at);
    if (cluster.pods()[0]!.state !== "done") {
      cluster.deletePod("default", pod.metadata.name, graceSeconds);
    }
  }
  await clock.runUntilIdle(limit);
  return {
    pod: stored!,
    runs: readRuns(events),
    statuses: simulation.statuses.get(pod.metadata.name) ?? [],
    isDone: cluster.pods()[0]!.state === "done",
  };
}

function readRuns(events: readonly PodEvent[]): RunView[] {
  const runs = new Map<string, RunView>();
  const ends = new Map<string, Pick<RunView, "finishedAt" | "exitCode">>();
  let failed = 0;
  for (const event of events) {
    if (event.type === "containerExited") {
      const { containerId, at: finishedAt, exitCode } = event;
      ends.set(containerId, { finishedAt, exitCode });
    } else if (event.type === "containerStarted") {
      const { name, containerId, at: startedAt } = event;
      runs.set(containerId, { name, startedAt, finishedAt: undefined, exitCode: undefined });
    } else if (event.type === "containerStartFailed" && event.step === "start") {
      const { name, at: finishedAt } = event;
      runs.set(`failed ${failed++}`, { name, startedAt: undefined, finishedAt, exitCode: 128 });
    }
  }
  return [...runs].map(([id, run]) => ({ ...run, ...ends.get(id) }));
}

/** A published status without what the model does not decide. */
export function viewStatus(status: ApiPodStatus): unknown {
  const containers = [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ];
  return {
    phase: status.phase,
    reason: status.reason,
    conditions: (status.conditions ?? []).map(({ type, status, reason, message }) =>
      [type, status, reason, message].filter((part) => part !== undefined).join(" ")
    ).sort(),
    containers: Object.fromEntries(containers.map((it) => [it.name, viewContainer(it)])),
  };
}

function viewContainer(status: ApiContainerStatus): unknown {
  const { restartCount, ready, started, state, lastState } = status;
  return { restartCount, ready, started, state: viewState(state), lastState: viewState(lastState) };
}

/** As a word, with what the loop decides about it. */
export function viewState(state: ContainerState | undefined): string {
  if (state?.terminated !== undefined) {
    return `Terminated ${state.terminated.reason} ${state.terminated.exitCode}`;
  }
  if (state?.running !== undefined) return "Running";
  if (state?.waiting === undefined) return "";
  const { reason = "", message = "" } = state.waiting;
  return `Waiting ${reason}${reason === "CrashLoopBackOff" ? `: ${message}` : ""}`;
}
