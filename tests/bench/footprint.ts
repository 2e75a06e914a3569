/** What the program and its helpers cost while containers run. */
import { type Benchmark, plainFigure } from "./figure.ts";
import { formatPod, makeScratch, podling, PROJECT } from "./program.ts";

/** The containers' own program, which distinguishes it from the helpers. */
const SLEEP = ["sleep", "86400"];

const MB = 1_000_000;

/** How long starts may have something left to do. */
const SETTLE_SECONDS = 20;

/**
 * One container to a Pod, so that each pays for a pause process of its own; the janitor is shared.
 */
export const helperMemory: Benchmark = {
  name: "helpers",
  async run() {
    const containers = 20;
    await using program = await runSleepers(containers, 1);
    const helpers = descendantsOf(program.pid).filter((pid) => !isSleeper(pid));
    const bytes = helpers.map(readPrivateBytes).reduce((sum, size) => sum + size, 0);
    const value = bytes / containers / MB;
    return [plainFigure("private memory of helpers, a container", value, "MB", { atMost: 0.5 })];
  },
};

/** 500 containers that do nothing. */
export const runningContainers: Benchmark = {
  name: "running",
  async run() {
    await using program = await runSleepers(50, 10);
    const cpu = await measureIdle(program.pid);
    const rss = readStatusBytes(program.pid, "VmRSS") / MB;
    return [
      plainFigure("the program with 500 containers", rss, "MB", { atMost: 140 }),
      plainFigure("the same, idle", cpu, "% of a core", { atMost: 1 }),
    ];
  },
};

/** Controllers of everything there is, and nothing for them to do. */
export const idleControllers: Benchmark = {
  name: "idle",
  async run() {
    const template = { metadata: { labels: { app: "x" } }, spec: podSpec };
    const selector = { matchLabels: { app: "x" } };
    const sets = ["Deployment", "StatefulSet", "DaemonSet"].map((kind, index) => ({
      apiVersion: "apps/v1",
      kind,
      metadata: { name: `set-${index}` },
      spec: { ...kind !== "DaemonSet" && { replicas: 5 }, selector, template },
    }));
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "job" },
      spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } },
    };
    await using program = await runManifest([...sets, job].map((it) => JSON.stringify(it)), 12);
    const cpu = await measureIdle(program.pid);
    return [plainFigure("controllers, idle", cpu, "% of a core", { atMost: 1 })];
  },
};

const podSpec = {
  terminationGracePeriodSeconds: 0,
  containers: [{ name: "c", image: "busybox", command: SLEEP }],
};

/** How busy a program is that has nothing to do, in hundredths of a core. */
export async function measureIdle(pid: number): Promise<number> {
  const idleMs = 5000;
  // What the starts have left to do is not idling: on a busy machine it takes a while.
  for (let second = 0; second < SETTLE_SECONDS; second++) {
    const begun = readCpuMs(pid);
    await delay(1000);
    if (readCpuMs(pid) - begun <= 10) break;
  }
  const before = readCpuMs(pid);
  await delay(idleMs);
  return (readCpuMs(pid) - before) / idleMs * 100;
}

interface Sleepers extends AsyncDisposable {
  readonly pid: number;
}

/** Runs the program until all containers of all Pods run. */
async function runSleepers(pods: number, containers: number): Promise<Sleepers> {
  const commands = Array.from({ length: containers }, () => SLEEP);
  const documents = Array.from({ length: pods }, (_, i) => formatPod(`pod-${i}`, commands));
  return await runManifest(documents, pods * containers);
}

/** Runs the program until so many containers run. */
async function runManifest(documents: readonly string[], count: number): Promise<Sleepers> {
  using scratch = makeScratch();
  const manifest = scratch.write("pods.yaml", documents.join("\n---\n"));
  const [command = "", ...args] = podling;
  const child = new Deno.Command(command, {
    args: [...args, "--quiet", manifest],
    cwd: PROJECT,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  while (descendantsOf(child.pid).filter(isSleeper).length < count) {
    if (hasEnded) throw new Error(`The run has ended before its ${count} containers ran`);
    await delay(100);
  }
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/**
 * Of a process and of those that have moved on to another parent: the janitor and what namespaces
 * hold.
 */
function descendantsOf(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    const stat = pid > 0 ? readProc(pid, "stat") : "";
    if (stat !== "") parents.set(pid, Number(statFields(stat)[1]));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

/** Whether it is one of the containers' programs: where the machine has busybox, its applet. */
function isSleeper(pid: number): boolean {
  const words = SLEEP.map((word) => `${word}\0`).join("");
  const line = readProc(pid, "cmdline");
  return line === words || line.endsWith(`/busybox\0${words}`) && line.split("\0").length === 4;
}

function readPrivateBytes(pid: number): number {
  const sizes = readProc(pid, "smaps_rollup").matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm);
  return [...sizes].reduce((sum, [, size]) => sum + Number(size) * 1024, 0);
}

/** A size in `/proc/PID/status`. */
export function readStatusBytes(pid: number, field: "VmRSS" | "VmHWM"): number {
  const size = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readProc(pid, "status"))?.[1];
  return Number(size) * 1024;
}

/** User and system time, to a hundredth of a second, which is what the kernel counts. */
export function readCpuMs(pid: number): number {
  const fields = statFields(readProc(pid, "stat"));
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** From the third on; the second, the name, may contain anything. */
function statFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** A file of `/proc/PID`; empty for a process that is gone. */
export function readProc(pid: number, file: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${file}`);
  } catch (error) {
    const gone = error instanceof Deno.errors.NotFound ||
      (error instanceof Error && /ESRCH|os error 3\b/.test(error.message));
    if (gone) return "";
    throw error;
  }
}

/** Resolves after so many milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
