/** Runs an example by the command in its head comment; nothing of it may be left behind. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { hasProgram, isRoot, Place, processes, read, ROOT, until } from "../process/support.ts";
import { PODLING } from "../support/program.ts";
import { Semaphore } from "../../src/node/semaphore.ts";
import { attempt } from "../support/attempts.ts";
import { readReport, type RunReport } from "../support/agreement.ts";
import { type Expectation, findUnmet, type Head, type Outcome, parseHead } from "./head.ts";

const NOBODY = 65534;

const FOLDER = `${ROOT}examples`;

/** An ordinary user: not the one who runs the tests, with a home and a cache of its own. */
export interface OrdinaryUser {
  readonly prefix: readonly string[];
  readonly home: string;
}

/** Becomes the user nobody, or returns why that is not possible. */
export async function findOrdinaryUser(): Promise<OrdinaryUser | string> {
  if (!isRoot) return "the tests run as an ordinary user already";
  const prefix = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  const home = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "podling-home-" });
  await Deno.chown(home, NOBODY, NOBODY);
  const script = 'cat "$1/deno.json" && "$2" --version && unshare --user --map-root-user true';
  const words = [...prefix, "sh", "-c", script, "sh", ROOT, Deno.execPath()];
  const { success, stderr } = await new Deno.Command("env", {
    args: words,
    env: { HOME: home },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return { prefix, home };
  await Deno.remove(home, { recursive: true });
  return `nobody cannot: ${new TextDecoder().decode(stderr).trim()}`;
}

/** Runs the command as it stands in the head, with options that change nothing that it promises. */
export async function runExample(
  { command }: Head,
  isolation: "sandbox" | "process",
  user?: OrdinaryUser,
  onReport?: (report: RunReport, folder: string) => Promise<void>,
): Promise<Outcome> {
  await using place = await Place.open();
  // What is kept in memory only lies below the state too, where that is on a memory file system.
  const state = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "podling-state-" });
  const events = `${place.folder}/events`;
  if (user !== undefined) {
    for (const path of [place.folder, place.work, state]) await Deno.chown(path, NOBODY, NOBODY);
  }
  const { code, stdout, stderr } = await new Deno.Command("env", {
    args: [
      ...user?.prefix ?? [],
      "sh",
      "-c",
      `exec ${
        asProgram(command)
      } --isolation ${isolation} --events-file "$EVENTS" --status-file "$EVENTS.json"`,
    ],
    cwd: ROOT,
    env: {
      ...place.env,
      PODLING_STATE: state,
      PATH: `${dirname(Deno.execPath())}:${Deno.env.get("PATH") ?? ""}`,
      EVENTS: events,
      USER: "caller",
      SHELL: "/bin/caller",
      NO_COLOR: "1",
      ...(user && { HOME: user.home, DENO_DIR: `${user.home}/cache`, XDG_RUNTIME_DIR: "" }),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const pids = readPids(events);
  await until(() => findRemains(place.folder, state, pids).length === 0).catch(() => {});
  deepEqual(findRemains(place.folder, state, pids), []);
  await Deno.remove(state, { recursive: true });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  await onReport?.(readReport(code, text(stderr), [events, `${events}.json`]), place.folder);
  return { exitStatus: code, output: text(stdout), error: text(stderr) };
}

/** The first example goes by `deno task`; of all others only what that starts is run. */
function asProgram(command: string): string {
  return command.includes(examples[0]!.name)
    ? command
    : command.replace(/^deno task run\b/, `${PODLING.join(" ")} run`);
}

/** Pause processes and containers, as the event log numbers them. */
function readPids(events: string): number[] {
  return read(events).split("\n").filter(Boolean).flatMap((line) => {
    const { type, pid } = JSON.parse(line) as { type: string; pid?: number };
    return type.endsWith(".started") && pid !== undefined ? [pid] : [];
  });
}

/**
 * What {@link Place} does not look for: pause processes, and processes that stand in the run's
 * folders.
 */
function findRemains(folder: string, state: string, pids: readonly number[]): string[] {
  const left = processes().filter((pid) => {
    const [, condition = "Z"] = /^State:\s*(\S)/m.exec(read(`/proc/${pid}/status`)) ?? [];
    return condition !== "Z" && (pids.includes(pid) || stands(pid, folder) || stands(pid, state));
  }).map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
  const mounts = read("/proc/self/mountinfo").split("\n")
    .filter((line) => line.includes(folder) || line.includes(state));
  const folders = listRuns(state).map((name) => `${state}/runs/${name}`);
  return [...left, ...mounts, ...folders];
}

function stands(pid: number, folder: string): boolean {
  try {
    return Deno.readLinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    return false; // It has gone, or belongs to someone else.
  }
}

function listRuns(root: string): string[] {
  try {
    return [...Deno.readDirSync(`${root}/runs`)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // Refused before anything was made.
    throw error;
  }
}

function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Checks what a run of an example showed. */
export async function check(expectation: Expectation, run: () => Promise<Outcome>): Promise<void> {
  const outcome = await run();
  deepEqual(findUnmet(outcome, expectation), [], `${outcome.output}${outcome.error}`);
}

/** Runs wait for most of their time: so many at once of each file keep two cores busy. */
const AT_ONCE = 3;

/** Tests with steps beside each other: nobody could say whose a resource is. */
export const BESIDE_OTHERS = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

/** A step of a test for each example, some at once; one that fails is retried after all others. */
export async function checkEach(
  context: Deno.TestContext,
  fn: (head: Head) => Promise<void>,
): Promise<void> {
  const places = new Semaphore(AT_ONCE);
  await Promise.all(examples.map(({ name, head }) =>
    context.step({
      name: `examples/${name}`,
      ignore: lacksTools(head),
      fn: () =>
        attempt(async () => {
          const leave = await places.acquire();
          try {
            await fn(head);
          } finally {
            leave();
          }
        }),
      ...BESIDE_OTHERS,
    })
  ));
}

const hasIp = await hasProgram("ip");

/** A network of a Pod's own takes iproute2, which not every machine has. */
function lacksTools({ command }: Head): boolean {
  return command.includes("--network") && !hasIp;
}

/** What is applied to the examples while they run stands in a folder. */
const names = [...Deno.readDirSync(FOLDER)].filter(({ isFile }) => isFile)
  .map(({ name }) => name).sort();
/** All examples, by name, with what their heads say. */
export const examples: readonly { readonly name: string; readonly head: Head }[] = names.map((
  name,
) => ({
  name,
  head: parseHead(Deno.readTextFileSync(`${FOLDER}/${name}`)),
}));

/** The words of an example's command that a simulation takes too: it reads no standard input. */
export function wordsOf({ command }: Head): string[] {
  return command.split(" ").slice(3).filter((word) => !word.startsWith("<"));
}
