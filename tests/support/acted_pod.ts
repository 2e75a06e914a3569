/**
 * A scenario's Pods with programs that do what the script says: shell scripts for a run with real
 * processes.
 */
import { probeTypes } from "../../src/api/pod_containers.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Container, LifecycleHandler, Pod, Probe } from "../../src/api/types/pod.ts";
import type { Millis } from "../../src/base/clock.ts";
import {
  type ContainerPart,
  type HookPart,
  type ProbePart,
  type RunPart,
  type StopPart,
} from "../../src/scenario/script.ts";
import { defaultRun } from "../../src/scenario/script_play.ts";
import type { Scenario } from "../../src/scenario/scenario_file.ts";

/** Why a scenario cannot be acted; undefined if it can. */
export function findUnactable({ objects, script, end }: Scenario): string | undefined {
  const parts = [...script.containers.values()];
  const runs = parts.flatMap((part) => part.runs ?? []);
  const answers = parts.flatMap(({ probes }) => [...probes?.values() ?? []].flat());
  const times = [
    ...(end === HOUR_MS ? [] : [end]),
    ...parts.flatMap((part) => part.afterMs ?? []),
    ...runs.flatMap((run) => run.afterMs ?? []),
  ];
  if (times.some((ms) => ms > LONGEST_MS)) return "it takes too long";
  if (script.sandboxes.size > 0) return "a real sandbox cannot die at a given time";
  if (script.deletions.length > 1) return "a run is ended once";
  if (answers.some(({ answer }) => answer === "error")) return "a program always answers";
  if (runs.some(({ exit }) => exit?.oomKilled)) return "a real OOM kill cannot be made at will";
  if (runs.some(({ exit }) => exit?.terminationMessage)) return "it leaves a message";
  if (runs.some((run) => run.createError)) return "a real creation cannot be made to fail";
  if (parts.some(({ runs = [] }) => isMixed(runs))) {
    return "a real start cannot be made to fail now and then";
  }
  if (objects.some(mountsVolumes)) return "a volume has a path in a sandbox only";
  return undefined;
}

function mountsVolumes(object: KubernetesObject): boolean {
  if (object.kind !== "Pod") return false;
  const { initContainers = [], containers } = object.spec;
  return [...initContainers, ...containers].some(({ volumeMounts = [] }) =>
    volumeMounts.length > 0
  );
}

function isMixed(runs: readonly RunPart[]): boolean {
  const fail = runs.filter(({ startError }) => startError !== undefined);
  return fail.length > 0 && fail.length < runs.length;
}

const HOUR_MS = 3_600_000;
const LONGEST_MS = 40_000;

/**
 * The Pods with commands that act their parts, at a speed: what takes a second of lifecycle time
 * takes `1 / speed` s.
 */
export function actPods({ objects, script }: Scenario, speed: number): unknown[] {
  return objects.map((object) => {
    if (object.kind !== "Pod") return object;
    const { name: pod } = object.metadata;
    const act = (container: Container) => {
      const { name } = container;
      const part = script.containers.get(`${pod}/${name}`) ?? script.containers.get(name) ?? {};
      return actContainer(object, container, { ...part, runs: runsOf(object, part, name) }, {
        speed,
        afterMs: script.afterMs ?? 1000,
      });
    };
    const { containers, initContainers } = object.spec;
    const [deletion] = script.deletions;
    const spec = {
      ...object.spec,
      // The end of a run is a deletion with the Pod's own grace.
      ...(deletion?.graceSeconds !== undefined && {
        terminationGracePeriodSeconds: deletion.graceSeconds,
      }),
      containers: containers.map(act),
      ...(initContainers && { initContainers: initContainers.map(act) }),
    };
    return { ...object, spec };
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
): unknown {
  const { lifecycle, startupProbe, livenessProbe, readinessProbe, ...rest } = container;
  const probes = { startupProbe, livenessProbe, readinessProbe };
  const file = `${pod.metadata.name}-${container.name}`;
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
function beganFile({ metadata }: Pod): string {
  return `${metadata.name}.began`;
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
  const trap = stop === "exit"
    ? ""
    : stop === "ignore"
    ? "trap '' TERM; "
    : `trap 'sleep ${stop.afterMs / 1000 / speed}; ${actEnd(stop.exit)}' TERM; `;
  // A handler runs as soon as the shell waits, not when a program in the foreground has ended.
  return `${trap}sleep ${seconds} & wait "$!"; ${actEnd(run.exit)}`;
}

function actEnd(exit: RunPart["exit"]): string {
  return exit?.signal === undefined
    ? `exit ${exit?.exitCode ?? 0}`
    : `trap - TERM; kill -s ${exit.signal.slice(3)} "$$"`;
}

function actHook(
  handler: LifecycleHandler,
  parts: readonly HookPart[],
  file: string,
  speed: number,
): unknown {
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
): unknown {
  const { httpGet: _h, tcpSocket: _t, grpc: _g, exec: _e, ...rest } = probe;
  const lines = parts.map(({ from, to, answer }) => {
    const until = to === Infinity ? "" : ` && [ "$now" -lt ${Math.round(to)} ]`;
    const operation = answer === "hang" ? "sleep 60" : "exit 1";
    return `if [ "$now" -ge ${Math.round(from)} ]${until}; then ${operation}; fi`;
  });
  const now = `now=$(( ($(date +%s%N) - $(date -r ${began} +%s%N)) / 1000000 * ${speed} ))`;
  return { ...rest, exec: { command: ["sh", "-c", [now, ...lines, "exit 0"].join("\n")] } };
}
