/**
 * What one sync is to do: `computePodActions` of the kubelet (R-ACT-1), from the records as they
 * were at its start.
 */
import type { Container, Pod } from "../../src/api/types/pod.ts";
import type { PodStatusSnapshot, Run } from "./machine.ts";
import {
  allOf,
  initsOf,
  isSidecar,
  mainsOf,
  policyOf,
  restartsAfter,
  restartsAll,
} from "./spec.ts";

/** Why one container is killed; it decides its grace (R-TERM-2). */
export type KillCause = "liveness" | "startup" | "postStart" | "restartAll" | "podDone";

/** A container to be killed. */
export interface Kill {
  readonly container: Container;
  readonly run: Run;
  readonly cause: KillCause;
}

/** The answer of {@link computePodActions} (R-ACT-1). */
export interface PodActions {
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  readonly attempt: number;
  readonly startInits: readonly Container[];
  readonly startMains: readonly Container[];
  readonly kills: readonly Kill[];
  /** Records to be removed, killed before that if they run (R-RAC-3). */
  readonly resets: readonly { readonly container: Container; readonly run: Run }[];
}

/** All that the decision looks at. */
export interface ActionInputs {
  readonly pod: Pod;
  readonly status: PodStatusSnapshot;
  readonly restartAll: boolean;
  readonly deleted: boolean;
  /**
   * What a probe last said of a run (R-PROBE-6); undefined: nothing probes it so, or nothing was
   * said yet.
   */
  readonly resultOf: (run: Run, probe: "liveness" | "startup") => "success" | "failure" | undefined;
}

const NOTHING = { startInits: [], startMains: [], kills: [], resets: [] } as const;

/** The newest record of a name (R-MODEL-1). */
export function newest({ runs }: PodStatusSnapshot, { name }: { readonly name: string }) {
  return runs.find((run) => run.name === name);
}

/** R-RESTART-1; there are neither created nor unknown records in the model. */
export function shouldBeRestarted(
  { pod, status, deleted }: Pick<ActionInputs, "pod" | "status" | "deleted">,
  container: Container,
): boolean {
  if (deleted) return false;
  const run = newest(status, container);
  if (run === undefined) return true;
  return run.state === "exited" && restartsAfter(pod, container, run.exitCode!);
}

/** R-SANDBOX-1; never more than one is ready here, and each has an address. */
export function needsSandbox({ sandboxes }: PodStatusSnapshot): boolean {
  return sandboxes.at(-1)?.ready !== true;
}

/** The rows of R-ACT-2. */
export function computePodActions(inputs: ActionInputs): PodActions {
  const { pod, status } = inputs;
  const createSandbox = needsSandbox(status);
  const attempt = status.sandboxes.length === 0 ? 0 : status.sandboxes.at(-1)!.attempt + 1;
  const actions = { ...NOTHING, killPod: createSandbox, createSandbox, attempt };

  if (inputs.restartAll) {
    return { ...actions, killPod: false, createSandbox: false, resets: listResets(pod, status) };
  }
  if (createSandbox) return { ...actions, ...computeReplacement(pod, status, attempt) };

  const inits = computeInits(inputs);
  if (inits.killPod || !inits.initialized) {
    const { killPod, kills, starts: startInits } = inits;
    return { ...actions, killPod, kills, startInits };
  }
  const mains = computeMains(inputs);
  const over = !mains.kept && mains.starts.length === 0;
  return {
    ...actions,
    killPod: over,
    kills: [...inits.kills, ...mains.kills],
    // Sidecars cannot keep a finished Pod alive (R-SIDECAR-7).
    startInits: over ? [] : inits.starts,
    startMains: mains.starts,
  };
}

/** R-SANDBOX-2 to R-SANDBOX-5. */
function computeReplacement(
  pod: Pod,
  status: PodStatusSnapshot,
  attempt: number,
): Partial<PodActions> {
  if (pod.spec.restartPolicy === "Never" && attempt !== 0 && status.runs.length > 0) {
    return { createSandbox: false };
  }
  const starts = mainsOf(pod).filter((main) => {
    const run = newest(status, main);
    const succeeded = run?.state === "exited" && run.exitCode === 0;
    return !(policyOf(pod, main) === "OnFailure" && succeeded);
  });
  const anyCreated = mainsOf(pod).some((main) => newest(status, main) !== undefined);
  if (starts.length === 0 && anyCreated) return { createSandbox: false };
  const first = initsOf(pod)[0];
  return first === undefined ? { startMains: starts } : { startInits: [first] };
}

/** What the walk over the init containers comes to. */
interface InitActions {
  readonly initialized: boolean;
  readonly killPod: boolean;
  readonly starts: readonly Container[];
  readonly kills: readonly Kill[];
}

/** `computeInitContainerActions` (R-INIT-1, R-SIDECAR-3). */
function computeInits(inputs: ActionInputs): InitActions {
  const { pod, status } = inputs;
  const inits = initsOf(pod);
  const starts: Container[] = [];
  const kills: Kill[] = [];
  // R-INIT-1, R-INIT-2: a main that runs proves it; one that has ended does not.
  const proven = inits.length === 0 ||
    mainsOf(pod).some((main) => newest(status, main)?.state === "running");
  let initialized = proven;

  // R-INIT-3: from the last to the first; the first one found to have a record decides.
  let deciding = !proven;
  for (const [index, container] of [...inits.entries()].reverse()) {
    const run = newest(status, container);
    if (run === undefined) {
      // R-SIDECAR-3, first row: its turn has gone by.
      if (!deciding && isSidecar(pod, container)) starts.unshift(container);
      continue;
    }
    const goOn = () => {
      if (!deciding) return;
      const next = inits[index + 1];
      if (next === undefined) initialized = true;
      else starts.unshift(next);
    };
    if (isSidecar(pod, container)) {
      const verdict = computeSidecar(inputs, run);
      // R-SIDECAR-1: the sequence goes on once it runs and has started, whatever happens to it
      // later.
      if (verdict.started) goOn();
      if (verdict.kill !== undefined) kills.unshift({ container, run, cause: verdict.kill });
      if (run.state === "exited" || verdict.kill !== undefined) starts.unshift(container);
    } else if (deciding) {
      if (run.state === "exited") {
        // R-INIT-4 and its edge R-INIT-9.
        const failed = run.exitCode !== 0 || run.reason === "OOMKilled";
        if (!failed) goOn();
        else if (shouldBeRestarted(inputs, container)) starts.unshift(container);
        else return { initialized: false, killPod: true, starts: [], kills: [] };
      }
    }
    deciding = false;
  }
  // R-INIT-5.
  if (deciding && inits[0] !== undefined) starts.unshift(inits[0]);
  return { initialized, killPod: false, starts, kills };
}

/** The "running" rows of R-SIDECAR-3. */
function computeSidecar({ pod, resultOf }: ActionInputs, run: Run): {
  readonly started: boolean;
  readonly kill?: KillCause;
} {
  if (run.state !== "running") return { started: false };
  const container = initsOf(pod).find(({ name }) => name === run.name)!;
  if (container.startupProbe !== undefined) {
    const startup = resultOf(run, "startup");
    if (startup === undefined) return { started: false };
    if (startup === "failure") return { started: false, kill: "startup" };
  }
  if (resultOf(run, "liveness") === "failure") return { started: true, kill: "liveness" };
  return { started: true };
}

/** R-ACT-3. */
function computeMains(inputs: ActionInputs): {
  readonly kept: boolean;
  readonly starts: readonly Container[];
  readonly kills: readonly Kill[];
} {
  const { pod, status, resultOf } = inputs;
  const starts: Container[] = [];
  const kills: Kill[] = [];
  let kept = false;
  for (const container of mainsOf(pod)) {
    const run = newest(status, container);
    if (run?.state !== "running") {
      if (shouldBeRestarted(inputs, container)) starts.push(container);
      continue;
    }
    const cause = (["liveness", "startup"] as const).find((it) => resultOf(run, it) === "failure");
    if (cause === undefined) kept = true;
    else {
      kills.push({ container, run, cause });
      // R-ACT-4: without an exit code no rule is asked.
      if (policyOf(pod, container) !== "Never") starts.push(container);
    }
  }
  return { kept, starts, kills };
}

/**
 * R-RAC-3: those that did not cause it first, mains before inits; every record goes, older ones
 * too.
 */
function listResets(pod: Pod, status: PodStatusSnapshot): PodActions["resets"] {
  const list = (containers: readonly Container[], causing: boolean) =>
    containers.flatMap((container) =>
      status.runs.filter(({ name }) => name === container.name)
        .filter((run) => isCause(container, run) === causing)
        .map((run) => ({ container, run }))
    );
  const [mains, inits] = [mainsOf(pod), initsOf(pod)];
  return [
    ...list(mains, false),
    ...list(inits, false),
    ...list(mains, true),
    ...list(inits, true),
  ];
}

function isCause(container: Container, run: Run): boolean {
  return run.state === "exited" && restartsAll(container, run.exitCode!);
}

/** Whether the newest record of any container asks for RestartAllContainers (R-RAC-1). */
export function isRestartAllAsked(pod: Pod, status: PodStatusSnapshot): boolean {
  return allOf(pod).some((container) => {
    const run = newest(status, container);
    return run !== undefined && isCause(container, run);
  });
}
