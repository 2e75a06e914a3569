/** What happened to the probes of a container, folded into what is remembered of it. */
import type { ProbeType } from "../../api/pod_containers.ts";
import type { Millis } from "../../base/clock.ts";
import type { RunProbe } from "./action.ts";
import type { ContainerRecord, ProbeResults, ProbeWorker } from "./container_record.ts";
import type { ProbeFinished } from "./event.ts";

/** A probe is about to be run. */
export function applyProbeBegun(
  record: ContainerRecord,
  { probe, containerId, failureThreshold, successThreshold }: RunProbe,
  at: Millis,
): ContainerRecord {
  const { extra: _, ...worker } = record.probes?.[probe] ?? { count: 0 };
  const running = { containerId, failureThreshold, successThreshold };
  return withWorker(record, probe, { ...worker, lastAt: at, running });
}

/**
 * A probe has been run. Its result counts once it has come often enough in a row (R-PROBE-7); an
 * error never does (R-PROBE-9).
 *
 * Differs: nor does the result of a run that has ended meanwhile. In the kubelet it may count as a
 * failure or not count, depending on which came first.
 */
export function applyProbeFinished(record: ContainerRecord, event: ProbeFinished): ContainerRecord {
  const { probe, containerId, outcome, at } = event;
  const before = record.probes?.[probe];
  if (before?.running?.containerId !== containerId) return record;
  const { running, again, ...rest } = before;
  const worker: ProbeWorker = again ? { ...rest, base: at, extra: true } : rest;
  const run = record.current;
  if (
    outcome === "error" || run?.type !== "running" || run.containerId !== containerId ||
    run.probes === undefined
  ) return withWorker(record, probe, worker);

  const result = outcome === "failure" ? "failure" : "success";
  const count = worker.last === result ? worker.count + 1 : 1;
  const threshold = result === "failure" ? running.failureThreshold : running.successThreshold;
  if (count < threshold) return withWorker(record, probe, { ...worker, last: result, count });

  // A verdict: it holds until another run comes, and counts afresh then (R-PROBE-8).
  const final = probe === "startup" || (probe === "liveness" && result === "failure");
  const counted = withWorker(record, probe, {
    ...worker,
    last: result,
    ...(final ? { count: 0, held: containerId } : { count }),
  });
  if (run.probes[probe] === result) return counted;
  const probes: ProbeResults = { ...run.probes, [probe]: result };
  // The other probes begin with the next tick (R-PROBE-4).
  const idleUntil = probe === "startup" ? at : run.idleUntil;
  return { ...counted, current: { ...run, probes, idleUntil } };
}

/**
 * The worker looks at the pod: a container that has started and is not ready, though it has a
 * readiness probe, is probed at once, and its period begins again (R-PROBE-16).
 */
export function triggerReadiness(record: ContainerRecord, at: Millis): ContainerRecord {
  const run = record.current;
  if (run?.type !== "running" || run.postStart !== undefined || run.probes === undefined) {
    return record;
  }
  if (run.probes.startup !== "success" || run.probes.readiness === "success") return record;
  const worker = record.probes?.readiness ?? { count: 0 };
  return withWorker(
    record,
    "readiness",
    worker.running === undefined
      ? { ...worker, base: at, extra: true }
      : { ...worker, again: true },
  );
}

function withWorker(
  record: ContainerRecord,
  probe: ProbeType,
  worker: ProbeWorker,
): ContainerRecord {
  return { ...record, probes: { ...record.probes, [probe]: worker } };
}
