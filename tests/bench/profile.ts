/**
 * `deno task bench --profile`: where the milliseconds of a run of one container go, from `execve`
 * to its own end.
 */
import { median } from "./figure.ts";
import { taskOptions } from "../support/program.ts";
import { formatPod, makeScratch, podling, PROJECT, timeProgram } from "./program.ts";

const ROUNDS = 9;

/** A part of a run, and how long it takes. */
export interface ProfileRow {
  /** What happens in it. */
  readonly what: string;
  /** The median of some runs. */
  readonly ms: number;
}

/** A table of rows with a headline. */
export interface ProfileTable {
  /** What is measured, and how. */
  readonly title: string;
  /** In the order of what happens. */
  readonly rows: readonly ProfileRow[];
}

/** Measures, table by table. */
export async function* measureProfile(): AsyncGenerator<ProfileTable> {
  using scratch = makeScratch();
  const manifest = scratch.write("true.yaml", formatPod("profile", [["/bin/true"]]));
  const empty = scratch.write("empty.ts", "");
  yield {
    title: "Parts of a start, each in a fresh process for the first time",
    rows: await measureStages(manifest, empty),
  };
  yield {
    title: "A run of one container, by its events",
    rows: await measureEvents(manifest, `${scratch.path}/events`),
  };
  const trace = `${scratch.path}/trace`;
  const words = ["strace", "-f", "-ttt", "-e", "trace=execve,exit_group", "-e", "signal=none"];
  try {
    await timeProgram([...words, "-o", trace, ...podling, "--quiet", manifest]);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "strace is not installed" : String(error);
    yield { title: `Programs of a run: skipped, ${why}`, rows: [] };
    return;
  }
  yield {
    title:
      "Programs of one run, from the start of each to its end or to the next in its process; " +
      "strace makes all of it slower",
    rows: parseTrace(Deno.readTextFileSync(trace)),
  };
}

async function measureStages(manifest: string, empty: string): Promise<readonly ProfileRow[]> {
  const deno: number[] = [];
  const stages = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    const floor = await timeProgram([Deno.execPath(), "run", empty]);
    const text = await readOutput([`${PROJECT}tests/bench/start_stages.ts`, manifest]);
    // The first fills caches.
    if (round === 0) continue;
    deno.push(floor);
    for (const [stage, ms] of Object.entries<number>(JSON.parse(text))) {
      stages.set(stage, [...stages.get(stage) ?? [], ms]);
    }
  }
  return [
    { what: "Deno with an empty module, from execve to exit", ms: median(deno) },
    ...[...stages].map(([what, all]) => ({ what, ms: median(all) })),
  ];
}

async function readOutput(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...taskOptions("cli"), ...args],
    cwd: PROJECT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Events of a run in order, and what lies between each and the one before it. */
const MILESTONES: readonly (readonly [type: string, what: string])[] = [
  ["log.opened", "execve to the opened event log: Deno, modules, command line, manifest, machine"],
  ["sandbox.started", "to the sandbox: store, node, folders, janitor, pause process"],
  ["container.started", "to the program's execve: view, launch chain"],
  ["container.exited", "to the program's end as it is seen here"],
  ["pod.finished", "to the Pod's end: status, sandbox stopped, files removed"],
];

async function measureEvents(manifest: string, events: string): Promise<readonly ProfileRow[]> {
  const parts = MILESTONES.map((): number[] => []);
  const ends: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    let before = performance.timeOrigin + performance.now();
    await timeProgram([...podling, "--quiet", "--events-file", events, manifest]);
    const end = performance.timeOrigin + performance.now();
    const lines = Deno.readTextFileSync(events).trim().split("\n").map((it) => JSON.parse(it));
    Deno.removeSync(events);
    if (round === 0) continue;
    MILESTONES.forEach(([type], index) => {
      const event = lines.find((it) => it.type === type);
      if (event === undefined) throw new Error(`No ${type} among the events`);
      const at = parseMicroseconds(event.time);
      parts[index]!.push(at - before);
      before = at;
    });
    ends.push(end - before);
  }
  return [
    ...MILESTONES.map(([, what], index) => ({ what, ms: median(parts[index]!) })),
    { what: "to the end of the process", ms: median(ends) },
  ];
}

/** Milliseconds of an RFC 3339 time, with their fraction. */
function parseMicroseconds(time: string): number {
  const fraction = /\.\d{3}(\d{3})/.exec(time)?.[1] ?? "0";
  return Date.parse(time) + Number(fraction) / 1000;
}

/**
 * The programs in a trace by `strace -f -ttt -e trace=execve,exit_group`, in the order of their
 * starts.
 */
export function parseTrace(text: string): readonly ProfileRow[] {
  const open = new Map<string, { what: string; from: number }>();
  const rows: (ProfileRow & { readonly from: number })[] = [];
  let first: number | undefined;
  let last = 0;
  for (const line of text.split("\n")) {
    const [, pid = "", seconds = "", call = ""] = /^(\d+) +([\d.]+) (.*)$/.exec(line) ?? [];
    if (pid === "") continue;
    const now = Number(seconds) * 1000;
    first ??= now;
    last = now;
    const started = /^execve\("([^"]+)", \[(.*)/.exec(call);
    if (started === null && !/^(\+\+\+ |exit_group\()/.test(call)) continue;
    // Of a failed start nothing comes.
    if (/ = -1 /.test(call)) continue;
    const running = open.get(pid);
    if (running !== undefined) rows.push({ ...running, ms: now - running.from });
    open.delete(pid);
    if (started === null) continue;
    const words = [...started[2]!.matchAll(/"((?:\\.|[^"\\])*)"/g)].slice(1).map((it) => it[1]!);
    const name = started[1]!.slice(started[1]!.lastIndexOf("/") + 1);
    const shown = [name, ...words].join(" ").slice(0, 60);
    open.set(pid, { what: `${(now - first).toFixed(1).padStart(7)}  ${shown}`, from: now });
  }
  // What was killed has no last line.
  for (const running of open.values()) rows.push({ ...running, ms: last - running.from });
  return rows.toSorted((a, b) => a.from - b.from).map(({ what, ms }) => ({ what, ms }));
}

/** A table for people. */
export function formatProfile({ title, rows }: ProfileTable): string {
  const lines = rows.map(({ what, ms }) => `${ms.toFixed(1).padStart(8)} ms  ${what}`);
  return [`${title}:`, ...lines, ""].join("\n");
}
