/**
 * `run` and `simulate` agree: what the containers of a real run did is made a script, and the
 * simulation of that reports the same of each container and each Pod, in content and order; times,
 * process ids and uids aside.
 */
import { parseEventFile } from "../../src/report/event_file.ts";
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { parseOptions } from "../../src/cli/arguments/arguments.ts";
import { formatManifestErrors } from "../../src/cli/manifest/manifests.ts";
import { simulateOptions } from "../../src/cli/arguments/options.ts";
import { readPlan } from "../../src/cli/manifest/plan.ts";
import { playPlan } from "../../src/cli/play/simulated_run.ts";
import { parseDuration } from "../../src/base/duration.ts";
import { read, ROOT } from "../process/support.ts";
import { type LoggedEvent, Replay } from "./replay.ts";

/** The report of a run or a simulation. */
export interface RunReport {
  readonly code: number;
  readonly stderr: string;
  readonly events: readonly LoggedEvent[];
  readonly status: unknown;
  /** Of Pods and of what controllers created, in the order in which they appear. */
  readonly names: readonly string[];
}

/** What stands in the files of `--events-file` and `--status-file`. */
export function readReport(
  code: number,
  stderr: string,
  [events, status]: readonly [events: string, status: string],
): RunReport {
  const text = read(status);
  const logged = parseEventFile(read(events));
  const mentioned = logged.flatMap((it) =>
    "pod" in it ? [String(it.pod)] : "target" in it ? [String(it.target)] : []
  );
  return {
    code,
    stderr,
    events: logged.filter((it) => "pod" in it) as unknown as LoggedEvent[],
    status: text === "" ? undefined : JSON.parse(text),
    names: [...new Set(mentioned.map((name) => name.slice(name.indexOf("/") + 1)))],
  };
}

/**
 * Plays again what a run did, and compares.
 *
 * @param words of the command line, without those that mean nothing to a simulation.
 * @param folder for the files of the simulation.
 */
export async function checkAgreement(
  real: RunReport,
  words: readonly string[],
  folder: string,
): Promise<void> {
  if (followsCalendar(real)) return;
  const played = await replay(folder, real, words);
  equal(played.code, real.code, played.stderr);
  if (isManaged(real)) return deepEqual(sizesOf(played), sizesOf(real));
  const speed = speedOf(words);
  deepEqual(bySubject(played.events, speed), bySubject(real.events, speed));
  if (real.status !== undefined) {
    deepEqual(essenceOfPods(played.status), essenceOfPods(real.status));
  } else {ok(
      real.stderr.endsWith(played.stderr),
      `${played.stderr} is not the end of ${real.stderr}`,
    );}
}

/** Whether Pods have names of moments of the wall clock: a simulation has others. */
function followsCalendar({ status }: RunReport): boolean {
  return itemsOf(status).some(({ kind }) => kind === "CronJob");
}

/**
 * Whether there is an object that manages Pods. What is decided about it depends on which Pod is
 * ready or gone first, which is the machine's.
 */
function isManaged({ status }: RunReport): boolean {
  return itemsOf(status).some(({ kind }) => kind !== "Pod");
}

/** Kinds and, where they have replicas, how many there are wanted and available at the end. */
function sizesOf({ status }: RunReport): unknown {
  return itemsOf(status).filter(({ kind }) => kind !== "Pod").map(({ kind, spec, status: it }) => [
    kind,
    spec?.replicas,
    it?.availableReplicas,
  ]);
}

interface Item {
  readonly kind: string;
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number };
}

function itemsOf(status: unknown): readonly Item[] {
  return (status as { readonly items?: readonly Item[] } | undefined)?.items ?? [];
}

/**
 * The words of a command that mean something to a simulation, whose time is lifecycle time
 * throughout.
 */
function simulationWords(words: readonly string[], speed: number): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--inject") at++; // Its effects are among the events.
    else if (word === "--timeout") kept.push(word, `${parseDuration(words[++at]!) * speed}ms`);
    else if (!word.startsWith("--") || word.slice(2) in simulateOptions) kept.push(word);
    else at++; // With its value.
  }
  return kept;
}

function speedOf(words: readonly string[]): number {
  const at = words.indexOf("--speed");
  return at < 0 ? 1 : Number(words[at + 1]);
}

/** Plays what a real run did. */
async function replay(
  folder: string,
  real: RunReport,
  words: readonly string[],
): Promise<RunReport> {
  const files = [`${folder}/simulate.ndjson`, `${folder}/simulate.json`] as const;
  const { values: options, operands } = parseOptions(simulateOptions, [
    ...simulationWords(words, speedOf(words)),
    ...["--quiet", "--events-file", files[0], "--status-file", files[1]],
  ]);
  const directory = ROOT;
  const plan = await readPlan(operands, { options, directory, resolveImage: (it) => [it] });
  const errors = formatManifestErrors(plan.errors);
  if (errors.length > 0) {
    return {
      code: 125,
      stderr: `${errors.join("\n")}\n`,
      events: [],
      status: undefined,
      names: [],
    };
  }
  const speed = speedOf(words);
  const replay = new Replay(real.events, speed);
  const code = await playPlan(plan, options, {
    directory,
    createScript: (clock) => replay.createScript(clock),
    newNameEnding: readEndings(real.names, plan.pods.map(({ metadata }) => metadata.name)),
    speed,
  });
  return readReport(code, "", files);
}

/**
 * The endings of the names that were generated from a base, in order: those that no manifest has
 * given.
 */
function readEndings(
  names: readonly string[],
  given: readonly string[],
): (base: string) => number {
  const generated = names.filter((name) => !given.includes(name) && GENERATED.test(name));
  const endings = Map.groupBy(generated, (name) => name.slice(0, -ENDING_LENGTH));
  return (base) => {
    const name = endings.get(base)?.shift() ?? "";
    return [...name.slice(-ENDING_LENGTH)].reduce(
      (number, letter) => number * ALPHABET.length + ALPHABET.indexOf(letter),
      0,
    );
  };
}

/** Of generated names. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const ENDING_LENGTH = 5;
const GENERATED = new RegExp(`-[${ALPHABET}]{${ENDING_LENGTH}}$`);

const SPOKEN_TIME = /\d+(\.\d+)? s\b/g;

/** An event without times, process ids and uids, and without what only a machine can say. */
function essence({ time: _t, at: _a, uid, pid: _p, ...event }: LoggedEvent): unknown {
  const { startMs: _s, durationMs: _d, until: _n, isolation: _i, ...rest } = event;
  const isTimed = rest.type === "container.exited" || rest.type === "container.killing";
  const text = (said: unknown) => {
    const words = String(said).replaceAll(String(uid), "UID");
    return isTimed ? words.replace(SPOKEN_TIME, "… s") : words;
  };
  return {
    ...rest,
    message: text(rest.message).replace(/(Sandbox \d+ started): .*/, "$1"),
    ...("because" in rest && { because: text(rest.because) }),
    // What is left of a grace depends on the moment to the second.
    ...(rest.type === "container.killing" && { graceSeconds: "…" }),
  };
}

/** By who they are about: each container, and the Pod itself. */
function bySubject(events: readonly LoggedEvent[], speed: number): Record<string, unknown[]> {
  const subjects: Record<string, unknown[]> = {};
  for (const event of events) {
    if (event.type === "log" || event.type === "field.ignored") continue;
    // A wait that is bent may be over before it is noticed; the restart says how long it was.
    if (speed > 1 && event.reason === "CrashLoopBackOff") continue;
    (subjects[`${event.pod}/${event.container ?? ""}`] ??= []).push(essence(event));
  }
  return subjects;
}

const ASIDE = [
  ..."uid creationTimestamp startTime startedAt finishedAt lastTransitionTime lastUpdateTime containerID"
    .split(
      " ",
    ),
  ..."podIP podIPs hostIP hostIPs deletionTimestamp nodeName resourceVersion".split(" "),
];

/**
 * The folder of the service account: its name is random, and a run without a view of its own has
 * none.
 */
const ACCOUNT_VOLUME = /^kube-api-access-/;

/** A status without times, addresses, uids and the service account's folder. */
function statusEssence(value: unknown, uid: string): unknown {
  if (Array.isArray(value)) {
    return value.filter((it) => !ACCOUNT_VOLUME.test((it as { name?: string } | null)?.name ?? ""))
      .map((it) => statusEssence(it, uid));
  }
  if (typeof value === "string") return value.replaceAll(uid, "UID");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !ASIDE.includes(name))
      .map(([name, it]) => [name, statusEssence(it, uid)] as const)
      .filter(([name, it]) => name !== "volumeMounts" || (it as unknown[]).length > 0),
  );
}

function essenceOfPods(status: unknown): unknown {
  const { kind, items } = status as { readonly kind: string; readonly items?: unknown[] };
  const pods = (kind === "List" ? items! : [status]) as {
    readonly metadata: { readonly uid: string };
    readonly status: unknown;
  }[];
  return pods.map(({ metadata, status }) => statusEssence(status, metadata.uid));
}
