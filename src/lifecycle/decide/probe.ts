/** When a probe is due, and what its results do to a container (R-PROBE-1 to R-PROBE-18). */
import { type ProbeType, probeTypes } from "../../api/pod_containers.ts";
import { runningRun } from "../policy/runs.ts";
import type { Container, Pod, Probe } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import { needsRestart } from "./resize.ts";
import { type PodPlan, specGraceMs, type Stop } from "./pod_plan.ts";
import type { ProbeResults, ProbeWorker, RunningRun } from "../record/container_record.ts";
import type { PodRecord } from "../record/record.ts";
import { isDeleted, isSidecar } from "../policy/restart.ts";

/** A probe as the container has it. */
export function findProbe(container: Container, type: ProbeType): Probe | undefined {
  return container[`${type}Probe`];
}

/**
 * The results of a container's probes before any has been run; undefined: it has none (R-PROBE-6).
 */
export function initialProbeResults(container: Container): ProbeResults | undefined {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  if ((startupProbe ?? livenessProbe ?? readinessProbe) === undefined) return undefined;
  return {
    startup: startupProbe === undefined ? "success" : "unknown",
    liveness: "success",
    readiness: readinessProbe === undefined ? "success" : "failure",
  };
}

/**
 * Runs every probe that is due. Probes run beside whatever the worker does: a start or a stop in
 * progress holds none of them up.
 */
export function decideProbes(plan: PodPlan): void {
  const { pod, record } = plan;
  const look = (container: Container) => {
    const run = runningRun(record, container.name);
    // Its status is not published until its postStart hook is done (R-HOOK-3).
    if (run?.probes === undefined || run.postStart !== undefined) return;
    for (const type of probeTypes) {
      const probe = findProbe(container, type);
      if (probe !== undefined && isProbed(pod, record, container, run, type)) {
        decideProbe(plan, run, container.name, type, probe);
      }
    }
  };
  pod.spec.containers.forEach(look);
  pod.spec.initContainers?.forEach(look);
}

/** Whether a probe has anything to do (R-PROBE-4, R-PROBE-8, R-PROBE-18). */
function isProbed(
  pod: Pod,
  record: PodRecord,
  container: Container,
  run: RunningRun,
  type: ProbeType,
): boolean {
  const started = run.probes?.startup === "success";
  if (type === "readiness") return started;
  if (record.ending !== undefined && (isDeleted(pod, record) || !isSidecar(container))) {
    return false;
  }
  if (record.containers.get(container.name)?.probes?.[type]?.held === run.containerId) return false;
  return type === "startup" ? !started : started;
}

function decideProbe(
  { record, now, actions, waits }: PodPlan,
  run: RunningRun,
  name: string,
  type: ProbeType,
  probe: Probe,
): void {
  const worker = record.containers.get(name)?.probes?.[type] ?? { count: 0 };
  if (worker.running !== undefined) return;
  const until = computeTick(worker, run, probe, record.seenAt);
  if (now < until) {
    waits.push({ type: "probe", until });
    return;
  }
  actions.push({
    type: "runProbe",
    name,
    containerId: run.containerId,
    sandboxId: run.sandboxId,
    probe: type,
    failureThreshold: probe.failureThreshold ?? 3,
    successThreshold: probe.successThreshold ?? 1,
  });
}

/**
 * The next tick at which a probe is to be run: they come every period on a fixed grid, whatever the
 * container does (R-PROBE-3). One that came while the probe before it was under way is made up for
 * at once, a second one is lost.
 *
 * Differs: the initial delay counts from the exact start, not from the whole second before it. And
 * there is no jitter: the kubelet delays the first ticks of pods that it finds at its own start;
 * here node and pods start together.
 */
export function computeTick(
  worker: ProbeWorker,
  run: Pick<RunningRun, "startedAt" | "idleUntil">,
  probe: Probe,
  seenAt: Millis,
): Millis {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const base = worker.base ?? seenAt;
  const gone = worker.extra ? -Infinity : Math.max(worker.lastAt ?? -Infinity, run.idleUntil);
  // Counted from the start, not from the success of a startup probe (R-PROBE-5).
  const delayed = run.startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
  const afterGone = gone < base ? 0 : Math.floor((gone - base) / periodMs) + 1;
  const notBeforeDelay = Math.max(0, Math.ceil((delayed - base) / periodMs));
  return base + Math.max(afterGone, notBeforeDelay) * periodMs;
}

/**
 * Whether and why a running container has to be stopped: its definition has changed, or a probe has
 * failed (R-ACT-3, R-ACT-4, R-SIDECAR-3).
 */
export function computeStop(pod: Pod, container: Container, run: RunningRun): Stop | undefined {
  if (isStale(container, run)) {
    return { cause: "definitionChanged", graceMs: specGraceMs(pod), restarts: true };
  }
  if (needsRestart(container, run)) {
    return { cause: "resized", graceMs: specGraceMs(pod), restarts: true };
  }
  for (const type of ["liveness", "startup"] as const) {
    if (run.probes?.[type] !== "failure") continue;
    const seconds = findProbe(container, type)?.terminationGracePeriodSeconds;
    return {
      cause: `${type}Failed`,
      // The probe's own grace, even if it is longer than the pod's (R-PROBE-17).
      graceMs: seconds === undefined ? specGraceMs(pod) : seconds * 1000,
      // There is no exit code yet that a rule could look at (R-ACT-4).
      restarts: (container.restartPolicy ?? pod.spec.restartPolicy) !== "Never",
    };
  }
  return undefined;
}

/** Whether a running container is no longer the one that the spec describes (R-MODEL-5). */
function isStale(container: Container, run: RunningRun): boolean {
  return run.image !== (container.image ?? "");
}
