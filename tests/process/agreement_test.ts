/**
 * `run` and `simulate` agree: each example is run with real processes, what its containers did is made a script, and the
 * simulation of that tells the same of each container and each Pod, in content and order; times, process ids and uids aside.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { parseOptions } from "../../src/cli/arguments.ts";
import { formatManifestErrors } from "../../src/cli/manifests.ts";
import { simulateOptions } from "../../src/cli/options.ts";
import { readPlan } from "../../src/cli/plan.ts";
import { playPlan } from "../../src/cli/simulate.ts";
import { parseHead } from "../examples/head.ts";
import { type LoggedEvent, Replay } from "../support/replay.ts";
import { canSandbox, Place, read, ROOT } from "./support.ts";

const FOLDER = `${ROOT}examples`;

/** What a run or a simulation told. */
interface Told {
  readonly code: number;
  readonly stderr: string;
  readonly events: readonly LoggedEvent[];
  readonly status: unknown;
}

async function run(place: Place, words: readonly string[]): Promise<Told> {
  const files = [`${place.folder}/run.ndjson`, `${place.folder}/run.json`] as const;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--quiet", `${ROOT}src/main.ts`, "run", ...words],
      ...["--events-file", files[0], "--status-file", files[1]],
    ],
    cwd: ROOT,
    env: { ...place.env, USER: "caller", SHELL: "/bin/caller" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return readTold(code, new TextDecoder().decode(stderr), files);
}

function readTold(
  code: number,
  stderr: string,
  [events, status]: readonly [events: string, status: string],
): Told {
  const lines = read(events).split("\n").filter(Boolean);
  const text = read(status);
  return {
    code,
    stderr,
    events: lines.map((line) => JSON.parse(line) as LoggedEvent),
    status: text === "" ? undefined : JSON.parse(text),
  };
}

/** The words of a command that mean the same to a simulation. */
function simulationWords(words: readonly string[]): string[] {
  const speed = words.indexOf("--speed");
  return speed < 0 ? [...words] : words.toSpliced(speed, 2);
}

/** Plays what a real run did. */
async function replay(place: Place, real: Told, words: readonly string[]): Promise<Told> {
  const files = [`${place.folder}/simulate.ndjson`, `${place.folder}/simulate.json`] as const;
  const { values: options, operands } = parseOptions(simulateOptions, [
    ...simulationWords(words),
    ...["--quiet", "--events-file", files[0], "--status-file", files[1]],
  ]);
  const directory = ROOT;
  const plan = await readPlan(operands, { options, directory, resolveImage: (it) => [it] });
  const errors = formatManifestErrors(plan.errors);
  if (errors.length > 0) {
    return { code: 125, stderr: `${errors.join("\n")}\n`, events: [], status: undefined };
  }
  const replay = new Replay(real.events);
  const code = await playPlan(plan, options, {
    directory,
    createScript: (clock) => replay.createScript(clock),
    deletions: [],
  });
  return readTold(code, "", files);
}

const SPOKEN_TIME = /\d+(\.\d+)? s\b/g;

/** An event without times, process ids and uids, and without what only a machine can say. */
function essence({ time: _t, at: _a, uid: _u, pid: _p, ...event }: LoggedEvent): unknown {
  const { startMs: _s, durationMs: _d, until: _n, isolation: _i, ...rest } = event;
  const message = String(rest.message).replace(/(Sandbox \d+ started): .*/, "$1");
  const times = rest.type === "container.exited" || rest.type === "container.killing";
  return {
    ...rest,
    message: times ? message.replace(SPOKEN_TIME, "… s") : message,
    ...(typeof rest.because === "string" &&
      { because: times ? rest.because.replace(SPOKEN_TIME, "… s") : rest.because }),
  };
}

/** By who they are about: each container, and the Pod itself. */
function bySubject(events: readonly LoggedEvent[]): Record<string, unknown[]> {
  const subjects: Record<string, unknown[]> = {};
  for (const event of events) {
    if (event.type === "log" || event.type === "field.ignored") continue;
    (subjects[`${event.pod}/${event.container ?? ""}`] ??= []).push(essence(event));
  }
  return subjects;
}

const ASIDE = [
  ..."uid creationTimestamp startTime startedAt finishedAt lastTransitionTime containerID".split(
    " ",
  ),
  ..."podIP podIPs hostIP hostIPs deletionTimestamp nodeName resourceVersion".split(" "),
];

/** A status without times, addresses and uids. */
function statusEssence(value: unknown, uid: string): unknown {
  if (Array.isArray(value)) return value.map((it) => statusEssence(it, uid));
  if (typeof value === "string") return value.replaceAll(uid, "UID");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !ASIDE.includes(name))
      .map(([name, it]) => [name, statusEssence(it, uid)]),
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

for (const name of [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort()) {
  const { command, process, sandbox } = parseHead(Deno.readTextFileSync(`${FOLDER}/${name}`));
  const needsSandbox = process !== sandbox;
  Deno.test({
    name: `run and simulate agree on examples/${name}`,
    ignore: needsSandbox && !canSandbox,
    fn: async () => {
      await using place = await Place.open();
      const words = command.split(" ").slice(3);
      const isolation = needsSandbox || canSandbox ? "sandbox" : "process";
      const real = await run(place, [...words, "--isolation", isolation]);
      const played = await replay(place, real, words);
      equal(played.code, real.code, played.stderr);
      deepEqual(bySubject(played.events), bySubject(real.events));
      if (real.status !== undefined) {
        deepEqual(essenceOfPods(played.status), essenceOfPods(real.status));
      } else equal(played.stderr, real.stderr);
    },
  });
}
