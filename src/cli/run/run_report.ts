/** The lines of a run about its Pods beside their events; pure. */
import type { Job } from "../../api/types/batch.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { Cluster } from "../../cluster.ts";
import { controllerOf } from "../../controllers/ownership.ts";
import type { LogEvent, PodFinishedLogEvent } from "../../lifecycle/trace/log_event.ts";
import type { RecordedEvent } from "../../node/event_recorder.ts";
import type { PodProgress } from "../../node/pod_worker.ts";
import { formatPodName } from "../output/labels.ts";

/**
 * Why a stuck Pod makes no progress, in one line.
 *
 * @param events of the whole run.
 */
export function describeStuck(
  { pod, stuck }: PodProgress,
  events: readonly RecordedEvent[],
): string {
  const { name, uid } = pod.metadata;
  if (stuck?.type === "idle") return `Pod "${name}" can never go on: ${stuck.because}`;
  const waiting = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ].flatMap(({ name, state }) =>
    state?.waiting?.message === undefined
      ? []
      : [`container "${name}": ${state.waiting.reason}: ${state.waiting.message}`]
  );
  const warnings = events.filter((it) => it.uid === uid && it.type === "Warning");
  // Several volumes may have failed in one attempt.
  const last = warnings.filter(({ lastAt }) => lastAt === warnings.at(-1)?.lastAt);
  const reasons = waiting.length > 0 ? waiting : last.map(({ message }) => message);
  return `Pod "${name}" can never start: ${reasons.join("; ")}`;
}

/** Each Job that is stuck, and each Pod that is and has no other owner: why, a line each. */
export function describeStuckAll(
  { submitted, pods, events }: Pick<Cluster, "submitted" | "pods" | "events">,
): string[] {
  const stuck = submitted().filter(({ state }) => state === "stuck").map(({ object }) => object)
    .toArray();
  const uids = new Set(stuck.map(({ metadata }) => metadata.uid));
  const stuckPods = pods().filter(({ pod, state }) => {
    const owner = controllerOf(pod.metadata);
    return state === "stuck" && (owner === undefined || uids.has(owner.uid));
  });
  return [
    ...stuckPods.map((it) => describeStuck(it, events())),
    ...stuck.flatMap((it) => it.kind === "Job" ? describeStuckJob(it) : []),
  ];
}

/** One that waits for its Pods has their lines. */
function describeStuckJob({ metadata: { name }, spec }: Job): string[] {
  if (spec.suspend) return [`Job "${name}" is suspended, and nothing here resumes it`];
  if (spec.parallelism === 0) return [`Job "${name}" has parallelism 0, and nothing raises it`];
  if (spec.managedBy === undefined) return [];
  return [`Job "${name}" is left to ${spec.managedBy}, which does not run here`];
}

/** How a run ended, as far as its Pods' last events show. */
export interface RunResult {
  /** The program's. */
  readonly exitCode: number;
  /** The Pods were killed, so that some have not come to a phase of their own. */
  readonly isKilled: boolean;
  readonly at: Millis;
}

/** The last event of each Pod. */
export function describeFinished(
  pods: readonly Pod[],
  { exitCode, isKilled, at }: RunResult,
): PodFinishedLogEvent[] {
  // One that succeeded has no part in what another one failed with.
  const words = pods.length > 1 ? "the run's exit status" : "exit status";
  return pods.map(({ metadata, status }) => {
    const phase = status?.phase ?? "Pending";
    const reason = status?.reason;
    const isCutOff = isKilled && phase !== "Succeeded" && phase !== "Failed";
    const how = isCutOff ? `killed while ${phase}` : phase;
    return {
      type: "pod.finished",
      at,
      pod: `${metadata.namespace}/${metadata.name}`,
      uid: metadata.uid ?? "",
      message: `Pod ${how}${reason ? ` (${reason})` : ""}, ${words} ${exitCode}`,
      phase,
      ...(reason && { reason }),
      exitCode,
    };
  });
}

/**
 * The hint about a default that surprises: a Pod without a restart policy is restarted
 * indefinitely.
 *
 * @param pods of the manifests, as they were written.
 * @returns undefined: the event is not such a restart; a probe, a policy of its own or a rule has
 * decided.
 */
export function describeRestart(event: LogEvent, pods: readonly Pod[]): string | undefined {
  if (event.type !== "container.started" || event.restartCount === 0) return undefined;
  if (event.role !== "app" || event.decidedBy !== "podPolicy") return undefined;
  const pod = pods.find((it) => formatPodName(it) === event.pod);
  if (pod === undefined || pod.spec.restartPolicy !== undefined) return undefined;
  return `Container "${event.container}" ended and was started again, as restartPolicy is Always ` +
    "by default; --restart-policy Never or OnFailure lets the Pod end";
}
