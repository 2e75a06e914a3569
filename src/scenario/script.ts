/** What containers do in a simulation, as the options of simulate and a script write it; pure. */
import { type ProbeType, probeTypes } from "../api/pod_containers.ts";
import type { KindName } from "../api/types/kinds.ts";
import type { Millis } from "../base/clock.ts";
import { signalNumber } from "../base/signals.ts";
import type { HandlerOutcome } from "../runtime/runtime.ts";
import type {
  ContainerScript,
  SandboxScript,
  ScriptedExit,
} from "../runtime/simulated/simulation_script.ts";
import { findNearest } from "../base/nearest.ts";
import { UsageError } from "../base/usage_error.ts";
import { parseDuration, parseWindow, type Window } from "../base/duration.ts";

/** A play: what containers and sandboxes do, and what is done to their pods. */
export interface Script {
  /**
   * How long runs last that end by themselves, where nothing more specific is given. @default 1 s
   */
  readonly afterMs?: Millis;
  /** By `CONTAINER` or `POD/CONTAINER`. */
  readonly containers: ReadonlyMap<string, ContainerPart>;
  /** By pod: its sandboxes in turn; those that follow live until they are stopped. */
  readonly sandboxes: ReadonlyMap<string, readonly SandboxScript[]>;
  /** What is deleted, and when. */
  readonly deletions: readonly Deletion[];
  /** Manifests that are applied, and when. @default none */
  readonly applies?: readonly Application[];
  /** What the first container with `stdin` reads, of a real run. @default none */
  readonly inputs?: readonly Input[];
}

/** A manifest that is applied. */
export interface Application {
  readonly at: Millis;
  /** Its file, from the folder of the script. */
  readonly file: string;
}

/** The part of one container. */
export interface ContainerPart {
  /**
   * Its runs in turn, the last one for all that follow. @default what a container of its kind does,
   * see `script_play.ts`
   */
  readonly runs?: readonly RunPart[];
  /** How long its runs last, in turn, the last one for all that follow. */
  readonly afterMs?: readonly Millis[];
  /** What a stop signal does, where the run does not define it. @default "exit" */
  readonly onStop?: StopPart;
  /** What it answers to its probes: the first part whose time it is. @default success at once */
  readonly probes?: ReadonlyMap<ProbeType, readonly ProbePart[]>;
  /**
   * The outcomes of its hooks in its runs, the last one for all that follow. @default success at
   * once
   */
  readonly hooks?: Readonly<Partial<Record<"postStart" | "preStop", readonly HookPart[]>>>;
}

/** What a container answers to a probe for a while. */
export interface ProbePart extends Window {
  /** `hang`: no answer in time. */
  readonly answer: Exclude<HandlerOutcome, "success"> | "hang";
}

/** The outcome of a hook. */
export interface HookPart {
  /** How long it takes. @default 0 */
  readonly afterMs?: Millis;
  /** It fails with any other than 0. @default 0 */
  readonly exitCode?: number;
}

/** What a stop signal does: end the container, nothing, or end it later and in its own way. */
export type StopPart = NonNullable<ContainerScript["onStopSignal"]>;

/** One run, or one attempt at it. */
export interface RunPart {
  /** How it ends by itself. @default it runs until it is stopped */
  readonly exit?: ScriptedExit;
  /** How long it lasts, if it ends by itself. */
  readonly afterMs?: Millis;
  /** How long its start takes. @default 0 */
  readonly startMs?: Millis;
  /** What it prints first, on standard output. */
  readonly output?: string;
  /** It cannot be made, and why. */
  readonly createError?: string;
  /** It cannot be started, and why. */
  readonly startError?: string;
  /** What a stop signal does. */
  readonly onStop?: StopPart;
}

/** What is written to the standard input of a run. */
export interface Input {
  readonly at: Millis;
  readonly text: string;
}

/** A deletion of a pod, or of another object. */
export interface Deletion {
  readonly at: Millis;
  /** @default "Pod" */
  readonly kind?: KindName;
  /** Its name; of a Pod also `OWNER#2` or `OWNER/*`. */
  readonly pod: string;
  /** What its containers get. @default the pod's own */
  readonly graceSeconds?: number;
}

/** An empty script. */
export const emptyScript: Script = { containers: new Map(), sandboxes: new Map(), deletions: [] };

/** The message of failures that need no other reason. */
export const WHY = "set by the script";

/**
 * How a run ends: an exit code, the name of a signal, `oom`, `StartError`, `CreateContainerError`,
 * or `running` for one that only ends when it is stopped.
 *
 * @throws {UsageError}
 */
export function parseEnd(text: string): RunPart {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return { exit: { exitCode: Number(text) } };
  if (signalNumber(text) !== undefined) return { exit: { signal: text } };
  switch (text) {
    case "oom":
      return { exit: { signal: "SIGKILL", oomKilled: true } };
    case "StartError":
      return { startError: WHY };
    case "CreateContainerError":
      return { createError: WHY };
    case "running":
      return {};
  }
  throw new UsageError(
    `${
      JSON.stringify(text)
    } is not the end of a run: expected an exit code from 0 to 255, a signal such as ` +
      "SIGKILL, oom, StartError, CreateContainerError or running",
  );
}

/** What an option sets for one container, or for all. */
export interface PartOption<T> {
  /** `CONTAINER` or `POD/CONTAINER`; undefined: all. */
  readonly container?: string;
  /** The value. */
  readonly value: T;
}

/** `CONTAINER=END[,END…]`. */
export function parseExitOption(text: string): PartOption<readonly RunPart[]> {
  const split = text.indexOf("=");
  if (split < 1) throw new UsageError(`${JSON.stringify(text)} is not CONTAINER=END[,END…]`);
  const value = text.slice(split + 1).split(",").map(parseEnd);
  return { container: text.slice(0, split), value };
}

/** `[CONTAINER=]DURATION[,DURATION…]`. */
export function parseAfterOption(text: string): PartOption<readonly Millis[]> {
  const split = text.indexOf("=");
  const value = text.slice(split + 1).split(",").map(parseDuration);
  if (split >= 0) return { container: text.slice(0, split), value };
  if (value.length === 1) return { value };
  throw new UsageError(`${JSON.stringify(text)}: several durations need their container`);
}

const ANSWERS: Readonly<Record<string, ProbePart["answer"]>> = {
  fail: "failure",
  error: "error",
  warn: "warning",
  hang: "hang",
};

/** `fail[@FROM..TO]`; also `error`, `warn`, `hang`. */
export function parseProbePart(text: string): ProbePart {
  const [, word = "", window] = /^([a-z]+)(?:@(.*))?$/.exec(text) ?? [];
  const answer = Object.hasOwn(ANSWERS, word) ? ANSWERS[word] : undefined;
  if (answer === undefined) {
    throw new UsageError(
      `${
        JSON.stringify(text)
      } is not an answer of a probe: expected fail, error, warn or hang, with a time: fail@30s..`,
    );
  }
  return { answer, ...parseWindow(window ?? "..") };
}

/** What an option sets for a probe of one container. */
export interface ProbeOption extends Required<PartOption<ProbePart>> {
  readonly probe: ProbeType;
}

/** `CONTAINER:PROBE=ANSWER[@FROM..TO]`. */
export function parseProbeOption(text: string): ProbeOption {
  const [, container, name, answer] = /^([^:=]+):([^:=]+)=(.+)$/.exec(text) ?? [];
  if (container === undefined) {
    throw new UsageError(
      `${
        JSON.stringify(text)
      } is not CONTAINER:PROBE=ANSWER[@FROM..TO], such as web:liveness=fail@30s..`,
    );
  }
  const probe = probeTypes.find((it) => it === name);
  if (probe === undefined) {
    const near = findNearest(name!, probeTypes);
    throw new UsageError(
      `${JSON.stringify(name)} is not one of ${probeTypes.join(", ")} (did you mean "${near}"?)`,
    );
  }
  return { container, probe, value: parseProbePart(answer!) };
}

/** A script with the options above it. */
export function withOptions(script: Script, options: {
  readonly exit: readonly PartOption<readonly RunPart[]>[];
  readonly after: readonly PartOption<readonly Millis[]>[];
  readonly probe: readonly ProbeOption[];
}): Script {
  const containers = new Map(script.containers);
  const change = (name: string, part: ContainerPart) =>
    containers.set(name, { ...containers.get(name), ...part });
  let { afterMs } = script;
  for (const { container, value } of options.exit) change(container!, { runs: value });
  for (const { container, value } of options.after) {
    if (container === undefined) afterMs = value[0];
    else change(container, { afterMs: value });
  }
  for (const { container, probe, value } of options.probe) {
    const probes = new Map(containers.get(container)?.probes);
    change(container, { probes: probes.set(probe, [value, ...probes.get(probe) ?? []]) });
  }
  return { ...script, containers, ...(afterMs !== undefined && { afterMs }) };
}
