/**
 * A scenario's Pods with programs that do what the script says: shell scripts for a run with real
 * processes.
 */
import { mapPods } from "../api/kinds/kinds.ts";
import { allContainers, mapContainers, probeTypes } from "../api/pod_containers.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Container, LifecycleHandler, Pod, Probe } from "../api/types/pod.ts";
import type { Millis } from "../base/clock.ts";
import { signalNumber } from "../base/signals.ts";
import {
  type ContainerPart,
  type HookPart,
  type ProbePart,
  type RunPart,
  type Script,
  type StopPart,
} from "./script.ts";
import { defaultRun } from "./script_play.ts";

/**
 * Why real processes cannot act what a script gives these Pods to act; undefined if they can.
 *
 * @param acts whether a container acts; any other runs its own program.
 */
export function findUnactable(
  script: Script,
  pods: readonly Pod[],
  acts: Acting["acts"],
): string | undefined {
  if (script.sandboxes.size > 0) return "a real sandbox cannot die at a given time";
  const parts = pods.flatMap((pod) =>
    allContainers(pod).filter(acts).flatMap(({ name }) =>
      findPart(script, pod.metadata.name, name) ?? []
    )
  );
  const runs = parts.flatMap((part) => part.runs ?? []);
  const answers = parts.flatMap(({ probes }) => [...probes?.values() ?? []].flat());
  if (answers.some(({ answer }) => answer === "error")) return "a program always answers";
  if (runs.some(({ exit }) => exit?.oomKilled)) return "a real OOM kill cannot be made at will";
  if (runs.some(({ exit }) => exit?.terminationMessage)) return "it leaves a message";
  if (runs.some((run) => run.createError)) return "a real creation cannot be made to fail";
  if (runs.some((run) => run.startMs)) return "a real start takes what it takes";
  if (parts.some(({ runs = [] }) => isMixed(runs))) {
    return "a real start cannot be made to fail now and then";
  }
  return undefined;
}

function isMixed(runs: readonly RunPart[]): boolean {
  const fail = runs.filter(({ startError }) => startError !== undefined);
  return fail.length > 0 && fail.length < runs.length;
}

/** How a script is acted. */
export interface Acting {
  /** What takes a second of lifecycle time takes `1 / speed` s. */
  readonly speed: number;
  /** Whether a container acts; any other runs its own program. */
  readonly acts: (container: Container) => boolean;
}

/** The part that a script has for a container. */
function findPart(script: Script, pod: string, name: string): ContainerPart | undefined {
  return script.containers.get(`${pod}/${name}`) ??
    script.containers.get(name);
}

/** An object whose Pods have programs that act their parts. */
export function actObject(
  object: KubernetesObject,
  script: Script,
  { speed, acts }: Acting,
): KubernetesObject {
  return mapPods(object, (pod) => {
    const act = (container: Container): Container => {
      if (!acts(container)) return container;
      const { name } = container;
      const part = findPart(script, pod.metadata.name, name) ?? {};
      return actContainer(pod, container, {
        ...part,
        runs: runsOf(pod, part, name),
      }, { speed, afterMs: script.afterMs ?? 1000 });
    };
    return { ...pod, spec: mapContainers(pod.spec, act) };
  });
}

function runsOf(pod: Pod, part: ContainerPart, name: string): readonly RunPart[] {
  return part.runs ?? [defaultRun(pod, part, name)];
}

function actContainer(
  pod: Pod,
  container: Container,
  part: ContainerPart & { readonly runs: readonly RunPart[] },
  pace: { readonly speed: number; readonly afterMs: Millis },
): Container {
  const { lifecycle, startupProbe, livenessProbe, readinessProbe, ...rest } = container;
  const probes = { startupProbe, livenessProbe, readinessProbe };
  const file = `${ownName(pod)}-${container.name}`;
  const scripts = part.runs.map((run, index) => {
    const ms = run.afterMs ?? part.afterMs?.[index] ?? part.afterMs?.at(-1) ?? pace.afterMs;
    return actRun(run, run.onStop ?? part.onStop ?? "exit", ms, pace.speed);
  });
  return {
    ...rest,
    ...Object.fromEntries(
      probeTypes.filter((name) => probes[`${name}Probe`] !== undefined).map((name) => [
        `${name}Probe`,
        actProbe(
          probes[`${name}Probe`]!,
          part.probes?.get(name) ?? [],
          beganFile(pod),
          pace.speed,
        ),
      ]),
    ),
    command: part.runs[0]?.startError !== undefined
      ? ["/no/such/program"]
      : ["sh", "-c", actRuns(pod, byTurn(`${file}.runs`, scripts)).replaceAll("$$", "$$$$")],
    ...(lifecycle && {
      lifecycle: Object.fromEntries(
        Object.entries(lifecycle).map(([hook, handler]) => [
          hook,
          actHook(
            handler as LifecycleHandler,
            part.hooks?.[hook as "preStop"] ?? [],
            `${file}.${hook}`,
            pace.speed,
          ),
        ]),
      ),
    }),
  };
}

/** As old as the Pod's first container: what a probe answers goes by the time since then. */
function beganFile(pod: Pod): string {
  return `${ownName(pod)}.began`;
}

/** Of a Pod among those of its template, as its shells expand it. */
function ownName({ metadata }: Pod): string {
  return `${metadata.name}-$HOSTNAME`;
}

function actRuns(pod: Pod, script: string): string {
  return `[ -e ${beganFile(pod)} ] || : >${beganFile(pod)}\n${script}`;
}

/** The first, the second, … each time that it is run; the last one for all that follow. */
function byTurn(file: string, scripts: readonly string[]): string {
  const cases = scripts.map((script, index) =>
    `${index === scripts.length - 1 ? "*" : index + 1}) ${script} ;;`
  );
  return [
    `read -r n <${file} || n=0`,
    "n=$((n + 1))",
    `echo "$n" >${file}`,
    `case "$n" in`,
    ...cases,
    "esac",
  ].join("\n").replace("read -r", "2>/dev/null read -r");
}

function actRun(run: RunPart, stop: StopPart, ms: Millis, speed: number): string {
  const seconds = run.exit === undefined ? 1000 : ms / 1000 / speed;
  // The first process of a container ignores what it does not ask for.
  const trap = stop === "exit"
    ? "trap 'exit 143' TERM; "
    : stop === "ignore"
    ? "trap '' TERM; "
    : `trap 'sleep ${stop.afterMs / 1000 / speed}; ${actEnd(stop.exit)}' TERM; `;
  // A handler runs as soon as the shell waits, not when a program in the foreground has ended.
  const print = run.output === undefined
    ? ""
    : `printf '%s\\n' ${quote(run.output.replace(/\n$/, ""))}; `;
  return `${print}${trap}sleep ${seconds} & wait "$!"; ${actEnd(run.exit)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function actEnd(exit: RunPart["exit"]): string {
  return exit?.signal === undefined
    ? `exit ${exit?.exitCode ?? 0}`
    // The first process of a container survives its own signals.
    : `trap - TERM; kill -s ${exit.signal.slice(3)} "$$"; exit ${
      128 + (signalNumber(exit.signal) ?? 0)
    }`;
}

function actHook(
  handler: LifecycleHandler,
  parts: readonly HookPart[],
  file: string,
  speed: number,
): LifecycleHandler {
  if (handler.sleep !== undefined) return handler;
  const scripts = parts.map(({ afterMs = 0, exitCode = 0 }) =>
    `sleep ${afterMs / 1000 / speed}; exit ${exitCode}`
  );
  return {
    exec: { command: ["sh", "-c", byTurn(file, scripts.length > 0 ? scripts : ["exit 0"])] },
  };
}

function actProbe(
  probe: Probe,
  parts: readonly ProbePart[],
  began: string,
  speed: number,
): Probe {
  const { httpGet: _h, tcpSocket: _t, grpc: _g, exec: _e, ...rest } = probe;
  const lines = parts.map(({ from, to, answer }) => {
    const until = to === Infinity ? "" : ` && [ "$now" -lt ${Math.round(to)} ]`;
    const operation = answer === "hang" ? "sleep 60" : "exit 1";
    return `if [ "$now" -ge ${Math.round(from)} ]${until}; then ${operation}; fi`;
  });
  const now = `now=$(( ($(date +%s%N) - $(date -r ${began} +%s%N)) / 1000000 * ${speed} ))`;
  return { ...rest, exec: { command: ["sh", "-c", [now, ...lines, "exit 0"].join("\n")] } };
}
