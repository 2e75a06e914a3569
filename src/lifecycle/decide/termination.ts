/** How containers are stopped, and how a pod ends (R-TERM-1 to R-TERM-11, R-DEADLINE-3). */
import { ephemeralContainers } from "../../api/pod_containers.ts";
import type { StopCause } from "../record/vocabulary.ts";
import { isAnyRunning, newestRun, runningRun } from "../policy/runs.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import { type PodPlan, stopContainer } from "./pod_plan.ts";
import type { ContainerStop, RunningRun } from "../record/container_record.ts";
import type { PodRecord } from "../record/record.ts";
import { isHookPending } from "../record/sync.ts";
import { isSidecar } from "../policy/restart.ts";

/**
 * The way out, once the pod has left "sync": stop every container, then the sandbox, then remove
 * what is left (R-WORKER-6, R-WORKER-7, R-SANDBOX-7).
 *
 * @returns whether there is nothing left to do.
 */
export function decideTermination(plan: PodPlan): boolean {
  const { record, now, actions, waits } = plan;
  if (record.ending === undefined) return false;
  cancelHooks(plan);
  cancelStarts(plan);
  advanceStops(plan);
  stopPod(plan, "podTerminating", record.ending.graceMs);
  if (isAnyRunning(record)) return false;

  const { sandbox, volumes, removal } = record;
  switch (sandbox.type) {
    case "creating":
    case "stopping":
      return false;
    case "stopFailed":
      if (now < sandbox.retryAt) {
        waits.push({ type: "cleanup", until: sandbox.retryAt });
        return false;
      }
      actions.push({ type: "stopSandbox", sandboxId: sandbox.sandboxId });
      return false;
    case "ready":
    case "exited":
      actions.push({ type: "stopSandbox", sandboxId: sandbox.sandboxId });
      return false;
    case "none":
    case "failed":
    case "stopped":
      break;
  }
  if (volumes.type === "preparing") return false;
  switch (removal.type) {
    case "none":
      actions.push({ type: "removePod" });
      return false;
    case "failed":
      if (now < removal.retryAt) waits.push({ type: "cleanup", until: removal.retryAt });
      else actions.push({ type: "removePod" });
      return false;
    case "removing":
      return false;
    case "removed":
      return true;
  }
}

/** Begins to stop every running container that is not being stopped yet, all at once (R-TERM-1). */
export function stopPod(plan: PodPlan, cause: StopCause, graceMs: Millis): void {
  const stop = { cause, graceMs, restarts: false };
  for (const container of plan.pod.spec.containers) stopContainer(plan, container, stop);
  for (const container of plan.pod.spec.initContainers ?? []) {
    stopContainer(plan, container, stop);
  }
  // Sidecars do not wait for them (R-EPHEMERAL-6).
  for (const container of ephemeralContainers(plan.pod)) stopContainer(plan, container, stop);
}

/** The kubelet's `runtimeRequestTimeout`: how long it waits for a container runtime. */
const START_TIMEOUT_MS = 120_000;

/**
 * Cancels starts that do not end: after two minutes, as the kubelet cancels its request, and in a
 * pod that is ending at the end of its grace. However fast lifecycle time runs, processes have some
 * wall time to start.
 *
 * Differs: the kubelet's own worker waits for the request to end, whatever the pod's grace
 * (R-WORKER-1).
 */
export function cancelStarts({ record, now, actions, waits }: PodPlan): void {
  const timeoutMs = Math.max(START_TIMEOUT_MS, record.settings.answerFloorMs * START_FLOOR);
  for (const { name, starting } of record.containers.values()) {
    if (starting === undefined || starting.cancelled) continue;
    const late = starting.begunAt + timeoutMs;
    const until = Math.min(late, endOfStarts(record));
    if (now < until) waits.push({ type: "start", until });
    else {
      const cause = now < late ? "canceled" : "deadline exceeded";
      actions.push({ type: "cancelStart", name, cause });
    }
  }
}

/**
 * When a pod that is ending cancels its starts: a program that is on its way gets the least wall
 * time of a stop, and none when the pod is killed (R-TERM-11).
 */
function endOfStarts({ ending, settings }: PodRecord): Millis {
  if (ending === undefined) return Infinity;
  if (ending.killedAt !== undefined) return ending.killedAt;
  return Math.max(ending.graceUntil, ending.at + settings.stopFloorMs);
}

/** So many times the least wall time for an answer has a start at least. */
const START_FLOOR = 10;

/**
 * Differs: in the kubelet a postStart hook holds up everything, the end of its pod included, for as
 * long as it takes (R-HOOK-5).
 */
function cancelHooks({ pod, record, actions }: PodPlan): void {
  for (const { name } of [...pod.spec.containers, ...pod.spec.initContainers ?? []]) {
    const run = newestRun(record, name);
    if (!isHookPending(run)) continue;
    actions.push({ type: "cancelHook", name, containerId: run!.containerId });
  }
}

/**
 * Takes every stop in progress as far as it goes now.
 *
 * @returns whether there is one.
 */
export function advanceStops(plan: PodPlan): boolean {
  const { pod, record } = plan;
  let any = false;
  const advance = (container: Container) => {
    const run = runningRun(record, container.name);
    if (run?.stop === undefined) return;
    any = true;
    advanceStop(plan, container, run, run.stop);
  };
  pod.spec.containers.forEach(advance);
  pod.spec.initContainers?.forEach(advance);
  ephemeralContainers(pod).forEach(advance);
  return any;
}

/**
 * The steps of R-TERM-3: its preStop hook, its turn, the stop signal, the rest of its grace,
 * SIGKILL.
 *
 * Differs: where a container ends while its hook runs, the kubelet still waits for the hook. A pod
 * that is killed takes none of these steps but the last.
 */
function advanceStop(
  plan: PodPlan,
  container: Container,
  run: RunningRun,
  stop: ContainerStop,
): void {
  const { pod, record, now, actions, waits } = plan;
  const { containerId } = run;
  const { name } = container;
  if (record.ending?.killedAt !== undefined && stop.step.type !== "killed") {
    actions.push({ type: "signalContainer", name, containerId, signal: "SIGKILL" });
    return;
  }
  switch (stop.step.type) {
    case "preStop":
    case "waiting": {
      const until = stop.step.type === "preStop"
        ? hookEnd(record, stop, container)
        : graceEnd(record, stop);
      const isHeldUp = stop.step.type === "preStop" ||
        (isOrdered(stop.cause) && !isTurn(pod, record, name));
      // A hook that takes longer is abandoned, not killed (R-HOOK-7).
      if (now < until && isHeldUp) {
        waits.push({ type: "grace", until });
        return;
      }
      const signal = container.lifecycle?.stopSignal ?? "SIGTERM";
      actions.push({ type: "signalContainer", name, containerId, signal });
      return;
    }
    case "signalled": {
      const until = computeKillAt(record, stop, stop.step.at);
      if (now < until) waits.push({ type: "grace", until });
      else actions.push({ type: "signalContainer", name, containerId, signal: "SIGKILL" });
      return;
    }
    case "killed":
      return;
  }
}

/**
 * When a preStop hook is abandoned: at the end of the grace, but a process has to have a chance to
 * answer.
 */
function hookEnd(record: PodRecord, stop: ContainerStop, { lifecycle }: Container): Millis {
  const end = graceEnd(record, stop);
  if (lifecycle?.preStop?.sleep !== undefined) return end;
  return Math.max(end, stop.leftSince + record.settings.answerFloorMs);
}

/** The end of a container's grace: its own, or an earlier one asked for meanwhile. */
function graceEnd(record: PodRecord, stop: ContainerStop): Millis {
  return Math.min(stop.leftSince + stop.leftMs, shortenedEnd(record, stop) ?? Infinity);
}

/**
 * The end of a grace shorter than the one that the stop began with; undefined if none was asked
 * for.
 */
function shortenedEnd({ ending }: PodRecord, stop: ContainerStop): Millis | undefined {
  // Graces are compared, not their ends: a stop begins a moment after what asked for it.
  return ending !== undefined && ending.graceMs < stop.graceMs ? ending.graceUntil : undefined;
}

/**
 * When SIGKILL follows the stop signal: whole seconds used up before it are taken from the grace,
 * and 2 s always remain (R-TERM-3, R-TERM-5).
 *
 * Differs: a shorter grace asked for meanwhile is honoured at once (R-TERM-11).
 */
export function computeKillAt(record: PodRecord, stop: ContainerStop, signalledAt: Millis): Millis {
  const floor = signalledAt + record.settings.stopFloorMs;
  const usedMs = Math.floor((signalledAt - stop.leftSince) / 1000) * 1000;
  const killAt = Math.max(floor, signalledAt + stop.leftMs - usedMs);
  const shortened = shortenedEnd(record, stop);
  return shortened === undefined ? killAt : Math.min(killAt, Math.max(floor, shortened));
}

/** Only when the whole pod is stopped do sidecars wait for their turn (R-TERM-4, R-RAC-3). */
function isOrdered(cause: StopCause): boolean {
  switch (cause) {
    case "podTerminating":
    case "podDone":
    case "sandboxGone":
      return true;
    case "definitionChanged":
    case "livenessFailed":
    case "startupFailed":
    case "postStartFailed":
    case "resized":
    case "restartAll":
      return false;
  }
}

/**
 * Whether all that a container waits for has stopped: mains first, then sidecars from last to first
 * (R-TERM-4).
 */
function isTurn(pod: Pod, record: PodRecord, name: string): boolean {
  const inits = pod.spec.initContainers ?? [];
  const index = inits.findIndex((init) => init.name === name && isSidecar(init));
  if (index === -1) return true;
  if (pod.spec.containers.some((main) => isAlive(record, main))) return false;
  const next = inits.find((init, at) => at > index && isSidecar(init));
  return next === undefined || isStopOver(pod, record, next);
}

/** A sidecar that ended before its turn still keeps its place in the order. */
function isStopOver(pod: Pod, record: PodRecord, sidecar: Container): boolean {
  if (isAlive(record, sidecar)) return false;
  const step = record.containers.get(sidecar.name)?.current?.stop?.step.type;
  return (step !== "waiting" && step !== "preStop") || isTurn(pod, record, sidecar.name);
}

function isAlive(record: PodRecord, container: Container): boolean {
  const containerRecord = record.containers.get(container.name);
  return containerRecord?.current?.type === "running" || containerRecord?.starting !== undefined;
}
