/** Why the pod's lifecycle decided as it did: the facts in one sentence, and the rule. */
import { findContainer, isEphemeral, type ProbeType } from "../../api/pod_containers.ts";
import type { StopCause } from "../record/vocabulary.ts";
import { hasInitFailed } from "../policy/runs.ts";
import type { Container, ContainerStatus, Pod, PodStatus } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { ProbeResult, ProbeWorker } from "../record/container_record.ts";
import type { ProbeFinished } from "../record/event.ts";
import type { ContainerRole, Decision, RestartDecider } from "./log_event.ts";
import { deadlineReason } from "../record/reasons.ts";
import type { PodRecord } from "../record/record.ts";
import { isRestartable, isSidecar, matchRestartRule } from "../policy/restart.ts";

/** What a container is to its pod. */
export function roleOf(pod: Pod, name: string): ContainerRole {
  const init = pod.spec.initContainers?.find((init) => init.name === name);
  if (init !== undefined) return isSidecar(init) ? "sidecar" : "init";
  return isEphemeral(pod, name) ? "ephemeral" : "app";
}

/** A duration for people: `1.2 s`. */
export function formatSeconds(ms: Millis): string {
  return `${Math.round(ms) / 1000} s`;
}

/** Why a container was started (R-INIT-8, R-SIDECAR-3, R-ACT-3, R-RESTART-1). */
export function explainStart(pod: Pod, before: PodRecord, name: string): Decision {
  const role = roleOf(pod, name);
  const containerRecord = before.containers.get(name);
  const last = containerRecord?.current;
  const container = findContainer(pod, name);
  if (last?.type === "unknown") {
    return { because: "the outcome of its last run is unknown", rule: "R-ACT-3" };
  }
  if (last?.type === "exited" && container !== undefined) {
    const waited = containerRecord?.starting?.delayMs ?? 0;
    const delay = waited === 0 ? "at once" : `after a back-off of ${formatSeconds(waited)}`;
    if (last.sandboxId !== containerRecord?.starting?.sandboxId) {
      return { because: `its sandbox was replaced; started ${delay}`, rule: "R-SANDBOX-5" };
    }
    if (last.stop?.restarts) {
      const { because } = explainStop(before, last.stop.cause);
      return { because: `${because}; started ${delay}`, rule: "R-ACT-3" };
    }
    const { text, ...decision } = explainRestart(pod, container, last.exitCode);
    return {
      because: `its last run ended with exit code ${last.exitCode}, and ${text}; started ${delay}`,
      ...decision,
    };
  }
  if (containerRecord?.reset !== undefined) {
    return { because: "a restart rule starts the whole pod over", rule: "R-RAC-4" };
  }
  if (last === undefined && (containerRecord?.starting?.restartCount ?? 0) > 0) {
    return { because: "a new sandbox runs every init container again", rule: "R-SANDBOX-5" };
  }
  if (role === "ephemeral") {
    return { because: "it was added to the pod, and is started once", rule: "R-EPHEMERAL-3" };
  }
  const inits = pod.spec.initContainers ?? [];
  if (role === "app") {
    return inits.length === 0
      ? { because: "the sandbox is ready and there are no init containers", rule: "R-ACT-3" }
      : { because: `all init containers are done: ${names(inits)}`, rule: "R-INIT-8" };
  }
  const previous = inits[inits.findIndex((init) => init.name === name) - 1];
  if (previous === undefined) {
    return { because: "it comes first of all init containers", rule: "R-INIT-5" };
  }
  return isSidecar(previous)
    ? { because: `sidecar ${previous.name} before it has started`, rule: "R-SIDECAR-1" }
    : { because: `init container ${previous.name} before it has succeeded`, rule: "R-INIT-4" };
}

/** Why back-off refuses a start (R-BACKOFF-2, R-RAC-7). */
export function explainHold(
  { containers, settings }: PodRecord,
  name: string,
  delayMs: Millis,
): Decision {
  const { reset, nextRestartCount = 0, rounds } = containers.get(name) ?? {};
  if (reset?.causeFinishedAt !== undefined) {
    const because = `its exit has started the whole pod over ${rounds} times in a row: its next ` +
      "start has to wait, or a hot loop would result; a cluster starts it at once";
    return { because, rule: "R-RAC-7" };
  }
  const because = `restart ${nextRestartCount} may come ${
    formatSeconds(delayMs)
  } after the end of the last run; each restart doubles the wait up to ${
    formatSeconds(settings.backoff.maxMs)
  }`;
  return { because, rule: "R-BACKOFF-2" };
}

/** What policy and rules decide for an exit code. */
function explainRestart(
  pod: Pod,
  container: Container,
  exitCode: number,
): { readonly text: string; readonly rule: string; readonly decidedBy: RestartDecider } {
  const matched = matchRestartRule(container, exitCode);
  if (matched?.exitCodes !== undefined) {
    const { operator, values = [] } = matched.exitCodes;
    return {
      text: `its rule ${operator} [${values.join(" ")}] has the action ${matched.action}`,
      rule: "R-RESTART-2",
      decidedBy: "restartRule",
    };
  }
  const own = container.restartPolicy;
  const policy = own ?? pod.spec.restartPolicy ?? "Always";
  const whose = own === undefined ? "the pod's" : "its own";
  const verdict = isRestartable(pod, container, exitCode)
    ? "starts it again"
    : "does not start it again";
  return {
    text: `${whose} restart policy ${policy} ${verdict}`,
    ...(own === undefined
      ? { rule: "R-RESTART-1", decidedBy: "podPolicy" }
      : { rule: "R-RESTART-5", decidedBy: "containerPolicy" }),
  };
}

/** What the end of a run leads to. */
export function explainEnd(pod: Pod, after: PodRecord, name: string): Decision {
  const role = roleOf(pod, name);
  const run = after.containers.get(name)?.current;
  const container = findContainer(pod, name);
  if (run?.type !== "exited" || container === undefined) {
    return { because: "it is no longer part of the pod", rule: "R-MODEL-1" };
  }
  const { exitCode, stop } = run;
  if (stop !== undefined) {
    return {
      because: `it was stopped: ${explainStop(after, stop.cause).because}`,
      rule: "R-TERM-3",
    };
  }
  if (after.sandbox.type === "exited") {
    return { because: "its sandbox's pause process had ended", rule: "R-SANDBOX-1" };
  }
  if (after.ending !== undefined) {
    return { because: "it ended by itself while the pod was ending", rule: "R-WORKER-2" };
  }
  if (role === "init" && !hasInitFailed(run)) {
    return { because: "an init container that has succeeded is done", rule: "R-INIT-6" };
  }
  if (role === "ephemeral") {
    return { because: "an ephemeral container is never started again", rule: "R-EPHEMERAL-3" };
  }
  const { text, ...decision } = explainRestart(pod, container, exitCode);
  return { because: `it ended by itself with exit code ${exitCode}, and ${text}`, ...decision };
}

/** Why a container is stopped. */
export function explainStop({ ending }: PodRecord, cause: StopCause): Decision {
  switch (cause) {
    case "podTerminating":
      return explainEnding(ending);
    case "podDone":
      return { because: "no main container runs or will run again", rule: "R-ACT-2" };
    case "sandboxGone":
      return { because: "its sandbox is gone", rule: "R-SANDBOX-5" };
    case "definitionChanged":
      return { because: "its image is another one now", rule: "R-ACT-3" };
    case "livenessFailed":
      return { because: "its liveness probe failed", rule: "R-PROBE-15" };
    case "startupFailed":
      return { because: "its startup probe failed", rule: "R-PROBE-15" };
    case "postStartFailed":
      return { because: "its postStart hook failed", rule: "R-HOOK-4" };
    case "resized":
      return {
        because: "it gets other amounts, for which its resizePolicy asks for a restart",
        rule: "R-RESIZE-7",
      };
    case "restartAll":
      return { because: "a restart rule starts the whole pod over", rule: "R-RAC-3" };
  }
}

/** What one more result of a probe means (R-PROBE-7, R-PROBE-9, R-PROBE-15). */
export function explainProbe(
  { probe, outcome }: Pick<ProbeFinished, "probe" | "outcome">,
  before: ProbeWorker,
  change: { readonly from: ProbeResult; readonly to: ProbeResult },
): Decision {
  if (outcome === "error") {
    return { because: "a probe that could not be run counts for nothing", rule: "R-PROBE-9" };
  }
  const result = outcome === "failure" ? "failure" : "success";
  const { failureThreshold, successThreshold } = before.running!;
  const threshold = result === "failure" ? failureThreshold : successThreshold;
  const count = before.last === result ? before.count + 1 : 1;
  const times = `${result} ${Math.min(count, threshold)} of ${threshold} in a row`;
  if (change.from === change.to) {
    const stays = count < threshold
      ? `its result stays ${change.to} until then`
      : `its result is ${change.to} already`;
    return { because: `${times}: ${stays}`, rule: "R-PROBE-7" };
  }
  const decision = verdicts[probe][result];
  return { because: `${times}: ${decision.because}`, rule: decision.rule };
}

const verdicts: Readonly<Record<ProbeType, Readonly<Record<"success" | "failure", Decision>>>> = {
  startup: {
    success: { because: "the container has started", rule: "R-STATUS-4" },
    failure: { because: "the container is to be stopped", rule: "R-PROBE-15" },
  },
  liveness: {
    success: { because: "the container is well", rule: "R-PROBE-6" },
    failure: { because: "the container is to be stopped", rule: "R-PROBE-15" },
  },
  readiness: {
    success: { because: "the container is ready", rule: "R-STATUS-5" },
    failure: { because: "the container is not ready", rule: "R-PROBE-15" },
  },
};

/** Why a pod ends. */
export function explainEnding(ending: PodRecord["ending"]): Decision {
  switch (ending?.type) {
    case "deadline":
      return { because: "the pod's activeDeadlineSeconds are over", rule: "R-DEADLINE-3" };
    case "rejected":
      return { because: ending.message, rule: "R-EVENT-16" };
    case "evicted":
      return { because: `the node evicts the pod: ${ending.message}`, rule: "R-WORKER-2" };
    case "deleted":
      return { because: "the pod is being deleted", rule: "R-WORKER-6" };
    case "finished":
    case undefined:
      return { because: "the pod's phase is decided", rule: "R-WORKER-3" };
  }
}

/** The facts that decided the phase (R-PHASE-4, R-DEADLINE-1). */
export function explainPhase(pod: Pod, after: PodRecord, status: PodStatus): Decision {
  if (status.reason === deadlineReason) {
    const because =
      `the pod was active for ${pod.spec.activeDeadlineSeconds} s, its activeDeadlineSeconds`;
    return { because, rule: "R-DEADLINE-1" };
  }
  if (after.ending?.type === "evicted") return { because: after.ending.message, rule: "R-PHASE-7" };
  if (after.ending?.type === "rejected") {
    return { because: after.ending.message, rule: "R-EVENT-16" };
  }
  const inits = status.initContainerStatuses ?? [];
  const mains = status.containerStatuses ?? [];
  const rule = "R-PHASE-4";
  switch (status.phase) {
    case "Succeeded":
      return { because: `every main container ended with exit code 0: ${names(mains)}`, rule };
    case "Failed": {
      const failed = mains.find((main) => (main.state?.terminated?.exitCode ?? 0) !== 0);
      if (failed !== undefined) {
        return { because: `container ${ending(failed)} and nothing starts it again`, rule };
      }
      const init = inits.find((init) =>
        roleOf(pod, init.name) === "init" && (init.state?.terminated?.exitCode ?? 0) !== 0
      );
      return init === undefined
        ? { because: "the pod ended before its containers had run", rule: "R-STATUS-9" }
        : { because: `init container ${ending(init)} and nothing starts it again`, rule };
    }
    case "Running": {
      const running = mains.filter(({ state }) => state?.running !== undefined);
      return {
        because: running.length > 0
          ? `every main container has been started; running: ${names(running)}`
          : "no main container runs, but at least one will be started again",
        rule,
      };
    }
    default: {
      const init = inits.find(({ name, state }) =>
        roleOf(pod, name) === "init" && state?.terminated?.exitCode !== 0
      );
      return {
        because: init === undefined
          ? "not every container has been started"
          : `init container ${init.name} has not succeeded yet`,
        rule,
      };
    }
  }
}

function ending({ name, state }: ContainerStatus): string {
  return `${name} ended with exit code ${state?.terminated?.exitCode}`;
}

/** Why a condition without a reason of its own has its status (R-COND-2 to R-COND-5). */
export function explainCondition(type: string, holds: boolean): string {
  switch (type) {
    case "PodScheduled":
      return "the pod is bound to this node";
    case "PodReadyToStartContainers":
      return holds ? "its sandbox is ready" : "it has no sandbox that is ready";
    case "Initialized":
      return "every init container has succeeded and every sidecar has started";
    case "ContainersReady":
      return "every main container and sidecar is ready";
    case "Ready":
      return "all containers are ready and all readiness gates are open";
    default:
      return holds ? "a restart rule matched" : "no container is being reset";
  }
}

function names(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(", ");
}
