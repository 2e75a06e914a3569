/** Turns a script into each container's behaviour, with defaults for those it omits; pure. */
import { didYouMean, type FieldError } from "../api/types/errors.ts";
import type { Pod } from "../api/types/pod.ts";
import type { Millis } from "../base/clock.ts";
import type { PodSandboxConfig } from "../runtime/config.ts";
import type { HandlerRequest } from "../runtime/runtime.ts";
import type {
  ContainerScript,
  ScriptedAnswer,
  SimulationScript,
} from "../runtime/simulated/simulation_script.ts";
import { findNearest } from "../base/nearest.ts";
import { objectNameOf, PodNames } from "./pod_names.ts";
import { allContainers, containerNames, isContainer } from "../api/pod_containers.ts";
import {
  type ContainerPart,
  type HookPart,
  type ProbePart,
  type RunPart,
  type Script,
  WHY,
} from "./script.ts";

/** How long a run lasts of which nothing else is known. */
const DEFAULT_RUN_MS: Millis = 1000;

/**
 * What a simulated runtime is to play for these pods.
 *
 * @param findPod finds every pod of which something is to start.
 * @param names other names of these pods, which a script may use.
 * @param restartMs how long the start of a run takes at least that is not a container's first.
 * @default 0
 */
export function createPlay(
  script: Script,
  findPod: (sandbox: PodSandboxConfig) => Pod,
  restartMs: Millis = 0,
  names: Pick<PodNames, "namesOf"> = new PodNames(),
): SimulationScript {
  /**
   * How often the creation of each has been attempted, for as long as its pod is there: of a
   * container by its name, of the sandbox by none.
   */
  const attempts = new WeakMap<Pod, Map<string, number>>();
  const countAttempt = (pod: Pod, name = "") => {
    const counts = attempts.get(pod) ?? new Map<string, number>();
    const attempt = counts.get(name) ?? 0;
    attempts.set(pod, counts.set(name, attempt + 1));
    return attempt;
  };
  return {
    container: ({ name }, sandbox) => {
      const pod = findPod(sandbox);
      const part = findFirst(names.namesOf(pod), (it) => script.containers.get(`${it}/${name}`)) ??
        script.containers.get(name);
      const attempt = countAttempt(pod, name);
      const run = playRun({ script, pod, part: part ?? {}, name }, attempt);
      return attempt > 0 && restartMs > 0
        ? { ...run, startMs: Math.max(restartMs, run.startMs ?? 0) }
        : run;
    },
    sandbox: (config) => {
      const pod = findPod(config);
      const parts = script.sandboxes.get(config.podName) ??
        findFirst(
          names.namesOf(pod),
          (it) => script.sandboxes.get(it.includes("#") ? it : it + "/*"),
        );
      return parts?.[countAttempt(pod)] ?? {};
    },
  };
}

function findFirst<T>(
  names: readonly string[],
  find: (name: string) => T | undefined,
): T | undefined {
  return names.map(find).find((it) => it !== undefined);
}

function playRun(
  { script, pod, part, name }: {
    readonly script: Script;
    readonly pod: Pod;
    readonly part: ContainerPart;
    readonly name: string;
  },
  attempt: number,
): ContainerScript {
  const run = nth(part.runs, attempt) ?? defaultRun(pod, part, name);
  const { exit, startMs, createError, startError, output } = run;
  const onStopSignal = run.onStop ?? part.onStop;
  const { probes, hooks } = part;
  return {
    ...((probes ?? hooks) !== undefined && {
      handler: ({ purpose }: HandlerRequest, at: Millis): ScriptedAnswer =>
        purpose === "postStart" || purpose === "preStop"
          ? answerHook(nth(hooks?.[purpose], attempt))
          : answerProbe(probes?.get(purpose), at),
    }),
    ...(exit !== undefined && {
      exit,
      exitAfterMs: run.afterMs ?? nth(part.afterMs, attempt) ?? script.afterMs ?? DEFAULT_RUN_MS,
    }),
    ...(onStopSignal !== undefined && { onStopSignal }),
    ...(startMs !== undefined && { startMs }),
    ...(output !== undefined &&
      { output: [{ stream: "stdout", text: output.replace(/\n$/, "") }] }),
    ...(createError !== undefined && { createError }),
    ...(startError !== undefined && { startError }),
  };
}

function answerProbe(parts: readonly ProbePart[] = [], at: Millis): ScriptedAnswer {
  const answer = parts.find(({ from, to }) => at >= from && at < to)?.answer;
  if (answer === undefined) return {};
  if (answer === "hang") return { afterMs: Infinity };
  return { outcome: answer, output: WHY };
}

function answerHook({ afterMs = 0, exitCode = 0 }: HookPart = {}): ScriptedAnswer {
  return { afterMs, exitCode, outcome: exitCode === 0 ? "success" : "failure" };
}

/**
 * The behaviour of a container that the script omits: one that is always restarted (a sidecar too)
 * runs until it is stopped, any other exits with 0.
 */
export function defaultRun(pod: Pod, part: ContainerPart, name: string): RunPart {
  if (part.afterMs !== undefined) return { exit: {} };
  const main = pod.spec.containers.find((it) => it.name === name);
  const container = main ?? allContainers(pod).find((it) => it.name === name);
  const policy = container?.restartPolicy ??
    (main === undefined ? "OnFailure" : pod.spec.restartPolicy ?? "Always");
  return policy === "Always" ? {} : { exit: {} };
}

function nth<T>(list: readonly T[] | undefined, index: number): T | undefined {
  return list?.[index] ?? list?.at(-1);
}

/** Names of containers and pods in a script that are not among these pods. */
export function findUnknownNames(script: Script, pods: readonly Pod[]): FieldError[] {
  const podNames = pods.map(({ metadata }) => metadata.name);
  const isPod = (name: string) => podNames.includes(objectNameOf(name));
  return [
    ...[...script.containers.keys()].filter((name) => !isContainer(objectNameOf(name), pods)).map((
      name,
    ) =>
      unknown(
        `containers${key(name)}`,
        `container "${name}"`,
        findNearest(name, containerNames(pods)),
      )
    ),
    ...[...script.sandboxes.keys()].filter((name) => !isPod(name)).map((name) =>
      unknown(`sandboxes${key(name)}`, `Pod "${name}"`, findNearest(name, podNames))
    ),
    ...script.deletions.map(({ kind = "Pod", pod }, index) => ({
      kind,
      pod,
      field: `deletions[${index}].pod`,
    })).filter(({ kind, pod }) => kind === "Pod" && !isPod(pod))
      .map(({ pod, field }) => unknown(field, `Pod "${pod}"`, findNearest(pod, podNames))),
  ];
}

function key(name: string): string {
  return /^[\w-]+$/.test(name) ? `.${name}` : `[${name}]`;
}

function unknown(field: string, what: string, near: string): FieldError {
  return { field, reason: "NotFound", message: `there is no ${what}`, ...didYouMean(near) };
}
