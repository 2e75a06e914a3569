/**
 * Real pods for tests: the program is started as a person would, with places of its own, and what
 * it leaves is counted.
 */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { PODLING } from "../support/program.ts";

/** The checkout. */
export const ROOT: string = new URL("../..", import.meta.url).pathname;

/** How a pod's containers are held together. */
export type Mode = "sandbox" | "shared" | "process";

/** All of them. */
export const MODES: readonly Mode[] = ["sandbox", "shared", "process"];

/**
 * Whether this machine gives namespaces to this user; what needs them is left out where it does
 * not.
 */
export const canSandbox: boolean = await succeeds([
  "unshare",
  ...(Deno.uid() === 0 ? [] : ["--user", "--map-root-user"]),
  ..."--fork --pid --mount --ipc --uts --mount-proc true".split(" "),
]);

/** Whether a sandbox here is made by root, with the host's own capabilities. */
export const isRoot: boolean = Deno.uid() === 0;

/** Whether a mode is available here. */
export function canRun(mode: Mode): boolean {
  return mode === "process" || canSandbox;
}

const ORDINARY = ["setpriv", "--reuid=4242", "--regid=4242", "--clear-groups"];

/** Whether a test can run the program as another user than root who may read it. */
export const canBecomeOrdinary: boolean = isRoot &&
  await succeeds([...ORDINARY, "test", "-r", PODLING.at(-1)!]) &&
  await succeeds([...ORDINARY, "test", "-x", Deno.execPath()]);

/** Gives a place to an ordinary user, and says how to start the program as that user. */
export async function asOrdinaryUser(place: Place): Promise<Pick<TestPod, "prefix" | "env">> {
  const cache = await (ordinaryCache ??= makeOrdinaryCache());
  await succeeds(["chown", "-R", "4242:4242", place.folder, place.env.PODLING_STATE]);
  return { prefix: ORDINARY, env: { HOME: place.folder, DENO_DIR: cache } };
}

/** That user's cache of Deno, for all tests of a file. */
let ordinaryCache: Promise<string> | undefined;

async function makeOrdinaryCache(): Promise<string> {
  const cache = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "podling-cache-" });
  addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));
  await copyDenoCache(cache);
  await succeeds(["chown", "-R", "4242:4242", cache]);
  return cache;
}

/**
 * An /etc of its own for programs that are started in it, where user 4242 has a name and sub-ids:
 * the machine's own stays as it is. `$1` is a folder in memory; the words after it are a program.
 */
const WITH_SUB_IDS = `
mkdir "$1/upper" "$1/work" || exit
mount -t overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" etc /etc || exit
echo hostile:x:4242:4242::/:/bin/sh >>/etc/passwd
echo hostile:x:4242: >>/etc/group
echo hostile:200000:65536 | tee /etc/subuid >/etc/subgid
shift
exec "$@"`;
const withSubIds = (
  folder: string,
) => ["unshare", "--mount", "sh", "-c", WITH_SUB_IDS, "sh", folder, ...ORDINARY];

/** Whether a test can run the program as a user with sub-ids. */
export const canHaveSubIds: boolean = canBecomeOrdinary && await (async () => {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "podling-test-" });
  try {
    const trial = "unshare --user --map-root-user --map-auto true".split(" ");
    return await succeeds([...withSubIds(folder), ...trial]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
})();

/**
 * Gives a place to an ordinary user with sub-ids, and says how to start the program as that user.
 */
export async function asUserWithSubIds(place: Place): Promise<Pick<TestPod, "prefix" | "env">> {
  const { env } = await asOrdinaryUser(place);
  const folder = await Deno.makeTempDir({ dir: place.env.PODLING_STATE });
  return { prefix: withSubIds(folder), env: env! };
}

/** A user who runs the program in a sandbox. */
export interface TestUser {
  readonly name: string;
  /** Not available here. */
  readonly ignore: boolean;
  /** Is root on the machine, or may be. */
  readonly isRoot: boolean;
  /** Gives them a place, and says how to start the program as them. */
  as(place: Place): Promise<Pick<TestPod, "prefix" | "env">>;
}

/** All kinds of users that there are. */
export const USERS: readonly TestUser[] = [
  { name: "the caller", ignore: !canSandbox, isRoot, as: () => Promise.resolve({}) },
  {
    name: "an ordinary user",
    ignore: !canSandbox || !canBecomeOrdinary,
    isRoot: false,
    as: asOrdinaryUser,
  },
  {
    name: "a user with sub-ids",
    ignore: !canSandbox || !canHaveSubIds,
    isRoot: false,
    as: asUserWithSubIds,
  },
];

/**
 * What Deno knows of the packages, since an empty cache would have it ask the network; and of the
 * program, since compiling it takes as long as a run.
 */
async function copyDenoCache(cache: string): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache, typescriptCache } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly npmCache: string;
    readonly typescriptCache: string;
  };
  const compiled = `file${ROOT}src`;
  if (exists(`${typescriptCache}/${compiled}`)) {
    await Deno.mkdir(`${cache}/gen/file${ROOT}`, { recursive: true });
    await succeeds(["cp", "-r", `${typescriptCache}/${compiled}`, `${cache}/gen/${compiled}`]);
  }
  const settings = await Deno.readTextFile(`${ROOT}deno.json`);
  for (const [, name] of settings.matchAll(/"npm:([^"@]+)@/g)) {
    const folder = `npm/registry.npmjs.org/${name}`;
    const facts = read(`${npmCache.replace(/npm$/, "")}${folder}/registry.json`);
    if (facts === "") continue;
    await Deno.mkdir(`${cache}/${folder}`, { recursive: true });
    await Deno.writeTextFile(`${cache}/${folder}/registry.json`, facts);
  }
}

/** A folder with places for one program, and nothing else in it. */
export class Place implements AsyncDisposable {
  /** In the arguments of each process whose end is to be seen. */
  readonly token = `token-${crypto.randomUUID()}`;

  private constructor(readonly folder: string, private readonly state: string) {}

  /** Makes one. */
  static async open(): Promise<Place> {
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "podling-test-" });
    await Deno.mkdir(`${folder}/work`);
    return new Place(folder, await Deno.makeTempDir({ dir: "/dev/shm", prefix: "podling-test-" }));
  }

  /** The shared working directory of its pods. */
  get work(): string {
    return `${this.folder}/work`;
  }

  /** Where the program keeps what it must not leave. */
  get env(): { readonly PODLING_STATE: string; readonly PODLING_DATA: string } {
    return { PODLING_STATE: this.state, PODLING_DATA: `${this.folder}/data` };
  }

  /** What is still there of programs that have ended; empty when all is well. */
  leftovers(): string[] {
    const left: string[] = [];
    for (const root of [`${this.state}/runs`, `${this.folder}/data/runs`]) {
      for (const { name } of list(root)) left.push(`directory ${root}/${name}`);
    }
    const seen = new Set<string>();
    for (const pid of processes()) {
      const line = read(`/proc/${pid}/cmdline`);
      if (line.includes(this.token) || line.includes(this.folder) || line.includes(this.state)) {
        left.push(`process ${pid}: ${line.replaceAll("\0", " ").slice(0, 200)}`);
        continue;
      }
      const namespace = readLink(`/proc/${pid}/ns/mnt`);
      if (seen.has(namespace)) continue;
      seen.add(namespace);
      if (read(`/proc/${pid}/mountinfo`).includes(this.folder)) {
        left.push(`mounts of process ${pid}: ${line.replaceAll("\0", " ")}`);
      }
    }
    return left;
  }

  /**
   * Removes what a start left that was killed before it had locked its folder: a sweep does so a
   * minute later.
   */
  async removeUnnamed(): Promise<void> {
    for (const root of [`${this.state}/runs`, `${this.folder}/data/runs`]) {
      for (const { name } of list(root)) {
        if (name.startsWith(".new-")) await Deno.remove(`${root}/${name}`, { recursive: true });
      }
    }
  }

  /** Resolves when nothing is left. */
  async clean(seconds = 10): Promise<void> {
    let left: string[] = [];
    await until(() => (left = this.leftovers()).length === 0, seconds).catch(() => {});
    deepEqual(left, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clean();
    await Deno.remove(this.folder, { recursive: true });
    await Deno.remove(this.state, { recursive: true });
  }
}

/** A container of a test. */
export interface TestContainer {
  readonly command: readonly string[];
  readonly [field: string]: unknown;
}

/** A pod of a test, and how it is run. */
export interface TestPod {
  readonly containers: Readonly<Record<string, TestContainer>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Other objects of the manifest. */
  readonly objects?: readonly unknown[];
  readonly mode?: Mode;
  readonly args?: readonly string[];
  /** Variables of the program itself. */
  readonly env?: Readonly<Record<string, string>>;
  /** Words before `deno`. */
  readonly prefix?: readonly string[];
  /** What its standard input holds. */
  readonly input?: string;
  /** For people, in place of events. */
  readonly output?: "text";
}

let count = 0;

/** Starts the program on a pod. */
export async function startPod(place: Place, pod: TestPod): Promise<Deno.ChildProcess> {
  const [program = "", ...args] = await writePod(place, pod);
  const child = new Deno.Command(program, {
    args,
    env: { ...place.env, ...pod.env },
    stdin: pod.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (pod.input !== undefined) {
    // It may end before it has read all.
    void new Blob([pod.input]).stream().pipeTo(child.stdin).catch(() => {});
  }
  return child;
}

/** Writes a pod's manifest; the words that run it. */
export async function writePod(place: Place, pod: TestPod): Promise<string[]> {
  const mode = pod.mode ?? (canSandbox ? "sandbox" : "process");
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pod", ...pod.metadata },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      ...(mode === "shared" ? { shareProcessNamespace: true } : {}),
      containers: Object.entries(pod.containers).map(([name, fields]) => ({
        name,
        image: "none",
        ...fields,
      })),
      ...pod.spec,
    },
  };
  const path = `${place.folder}/pod${count++}.json`;
  const items = [...pod.objects ?? [], manifest];
  await Deno.writeTextFile(path, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  return [
    ...pod.prefix ?? [],
    ...PODLING,
    "run",
    `--output=${pod.output ?? "ndjson"}`,
    "--crash-backoff=0",
    `--isolation=${mode === "process" ? "process" : "sandbox"}`,
    `--workdir=${place.work}`,
    ...pod.args ?? [],
    path,
  ];
}

/** What one container did, as the events report it. */
export interface TestOutcome {
  stdout: string;
  stderr: string;
  pid?: number;
  started: boolean;
  exitCode?: number;
  signal?: string;
  reason?: string;
  message?: string;
}

/** What a whole run did. */
export interface PodOutcome {
  readonly code: number;
  readonly stderr: string;
  readonly events: readonly Record<string, unknown>[];
  of(container: string): TestOutcome;
}

/** Runs a pod to its end. */
export async function runPod(place: Place, pod: TestPod): Promise<PodOutcome> {
  return await outcomeOf(await startPod(place, pod));
}

/** What a run that has been started does until its end. */
export async function outcomeOf(child: Deno.ChildProcess): Promise<PodOutcome> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return readOutcome(code, decoder.decode(stdout), decoder.decode(stderr));
}

function readOutcome(code: number, stdout: string, stderr: string): PodOutcome {
  const events = stdout.split("\n").filter(Boolean).map((line) =>
    JSON.parse(line) as Record<string, unknown>
  );
  const outcomes = new Map<string, TestOutcome>();
  const of = (name: string) => {
    const outcome = outcomes.get(name) ?? { stdout: "", stderr: "", started: false };
    outcomes.set(name, outcome);
    return outcome;
  };
  for (const event of events) {
    if (typeof event.container !== "string") continue;
    const outcome = of(event.container);
    if (event.type === "log") {
      outcome[event.stream as "stdout" | "stderr"] += `${event.line}${event.partial ? "" : "\n"}`;
    } else if (event.type === "container.started") {
      outcome.started = true;
      outcome.pid = event.pid as number;
    } else if (event.type === "container.exited") {
      const { exitCode, signal, reason, message } = event as unknown as TestOutcome;
      Object.assign(outcome, { exitCode, signal, reason, message });
    }
  }
  return { code, stderr, events, of };
}

/**
 * Resolves when the condition holds; looked at again and again.
 *
 * @param seconds a bound for what never comes, on a slow and busy machine too.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const begin = performance.now();
  while (!await condition()) {
    const waitedMs = performance.now() - begin;
    if (waitedMs > seconds * 1000) throw new Error(`not within ${seconds} s: ${condition}`);
    // A look can cost as much as what is waited for: the longer the wait, the fewer.
    const pauseMs = Math.min(Math.max(5, waitedMs / 20), 100);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Whether a program is there, which not every machine has. */
export async function hasProgram(name: string): Promise<boolean> {
  return await succeeds(["sh", "-c", `command -v ${name}`]);
}

/** Whether a program, which is there, ends well. */
export async function succeeds([program = "", ...args]: readonly string[]): Promise<boolean> {
  const options = { args, stdout: "null", stderr: "null" } as const;
  return (await new Deno.Command(program, options).output()).success;
}

/** Numbers of all processes; zombies too. */
export function processes(): number[] {
  return list("/proc").map(({ name }) => Number(name)).filter((pid) => pid > 0);
}

/** The content of a file; empty for what is gone or not for us to read. */
export function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // Processes come and go while they are looked at, and many belong to others.
    return "";
  }
}

/** Where a link of /proc leads to; empty for what is gone or not for us to read. */
function readLink(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}

/** Whether there is something at a path. */
export function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function list(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
