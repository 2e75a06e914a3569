/**
 * Processes of this machine by number, and never the wrong one: a number is only believed together
 * with the time at which its process started.
 */

import { signalNumber } from "../../base/signals.ts";
import { isGone, isZombie, readIgnoredSignals, readProcFile, readStat } from "./process_stat.ts";

/** A process that cannot be mistaken for a later one of the same number. */
export interface ProcessIdentity {
  /** As the host numbers it. */
  readonly pid: number;
  /** In clock ticks since the machine started, as `/proc/PID/stat` has it. */
  readonly startTime: string;
}

/** The identity of a process that is alive now, or undefined. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined || isZombie(stat) ? undefined : { pid, startTime: stat.startTime };
}

/** Whether the process is still there; a zombie is not. */
export function isAlive(process: ProcessIdentity): boolean {
  return identifyProcess(process.pid)?.startTime === process.startTime;
}

/**
 * Whether the process is on its way out, or gone. PID 1 of a namespace is in this state for as long
 * as the kernel takes to end the others in there, and only then is its parent notified.
 */
export function isEnding(process: ProcessIdentity): boolean {
  const stat = readStat(process.pid);
  return stat === undefined || stat.startTime !== process.startTime || isZombie(stat) ||
    (stat.flags & PF_EXITING) !== 0;
}

const PF_EXITING = 0x4;

/** The number of a process in the innermost of its PID namespaces; undefined once it is gone. */
export function readInnerPid({ pid }: ProcessIdentity): number | undefined {
  const numbers = /^NSpid:(.*)$/m.exec(readProcFile(pid, "status") ?? "")?.[1];
  return numbers === undefined ? undefined : Number(numbers.trim().split("\t").at(-1));
}

/** Sends a signal, unless the process has gone. */
export function signalProcess(process: ProcessIdentity, signal: string): void {
  if (!isAlive(process)) return;
  const realTime = signal.startsWith("SIGRT") ? signalNumber(signal) : undefined;
  if (realTime === undefined) killUnlessGone(process.pid, signal as Deno.Signal);
  else {
    // Deno knows no real-time signals; every shell does, by number.
    const args = ["-c", 'kill -"$1" "$2"', "kill", String(realTime), String(process.pid)];
    new Deno.Command("/bin/sh", { args, stdout: "null", stderr: "null" }).outputSync();
  }
}

/**
 * The first 4 KiB of what a process shows as its arguments; undefined once it is gone or a zombie.
 * Empty for a moment while it executes another program.
 */
export async function readCommandLine(pid: number): Promise<string | undefined> {
  try {
    using file = await Deno.open(`/proc/${pid}/cmdline`);
    // One read is of one program; a second could already be of the next.
    const bytes = new Uint8Array(4096);
    const line = new TextDecoder().decode(bytes.subarray(0, await file.read(bytes) ?? 0));
    return line === "" && identifyProcess(pid) === undefined ? undefined : line;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** A moment in the numbering of processes. */
export interface ProcessMoment {
  /** Number of a process that began then. */
  readonly pid: number;
  /** How many processes and threads the machine had begun by then, or some time before. */
  readonly forks: number;
}

/** How many processes and threads the machine has begun. */
export function readForks(): number {
  return Number(/^processes (\d+)$/m.exec(Deno.readTextFileSync("/proc/stat"))?.[1]);
}

/**
 * Kills every process that carries the mark, wherever it has gone, until none is left.
 *
 * @param mark The value of the CPU time limit that a launch gave it, see `formatLaunch()`.
 * @param since No process that carries it began earlier. Spares a look at most processes while
 * their numbers have not come round since.
 * @param of What it marks. A container carries it in both limits, and what is run in it in the soft
 * one; every process may set its soft limit again, and some lower the hard one as well, so that a
 * container is also all that stays in the session that the process of `since` leads. What is run in
 * a container has a hard limit of its own.
 */
export function killMarked(
  mark: number,
  since: ProcessMoment,
  of: "container" | "exec" = "container",
): void {
  const limit = markPattern(mark, of);
  for (let found = true; found;) {
    found = false;
    // While a process has that number it need not be the one that led the session; and what the
    // mark finds it has found.
    const isLeaderGone = of === "container" && readStat(since.pid) === undefined;
    const first = since.pid + readForks() - since.forks < readHighestPid() ? since.pid : 1;
    for (const pid of listProcesses()) {
      if (pid < first) continue;
      const stat = readStat(pid);
      if (stat === undefined || isZombie(stat)) continue;
      const isInSession = isLeaderGone && stat.session === since.pid;
      if (!isInSession && !limit.test(readProcFile(pid, "limits") ?? "")) continue;
      killUnlessGone(pid, "SIGKILL");
      found = true;
    }
  }
}

/** Finds a mark in `/proc/PID/limits`; as {@link killMarked}. */
export function markPattern(mark: number, of: "container" | "exec"): RegExp {
  const soft = of === "container" ? "(?:\\w+ +)?" : "\\w+ +";
  return new RegExp(`^Max cpu time +${soft}${mark} `, "m");
}

/**
 * Ends a program and the process that leads to it. That one waits for what is in namespaces, and
 * has to see its end: a namespace ends only when the last of it is reaped, and the machine's first
 * process may reap nothing.
 *
 * @param leader a child of ours that has not been reaped.
 * @param waits whether it waits for another process.
 */
export function killLaunch(leader: number, waits: boolean): void {
  if (!waits || !killDescendants(leader)) killTree(leader);
  // A stopped one would see nothing.
  else killUnlessGone(leader, "SIGCONT");
}

/**
 * Kills a process, which the caller knows to be alive or unreaped, and all that descend from it.
 */
export function killTree(pid: number): void {
  killUnlessGone(pid, "SIGSTOP");
  for (const member of [pid, ...stopDescendants(pid)]) killUnlessGone(member, "SIGKILL");
}

/**
 * Kills all that descend from a process that waits for them.
 *
 * @returns false if there are none.
 */
export function killDescendants(pid: number): boolean {
  const descendants = stopDescendants(pid);
  for (const member of descendants) killUnlessGone(member, "SIGKILL");
  return descendants.size > 0;
}

/**
 * Stops all that descend from a process, and lists them: what is killed while it runs may have
 * started another one since it was listed, which nothing leads to any more.
 */
function stopDescendants(pid: number): ReadonlySet<number> {
  const stopped = new Set<number>();
  // The kernel may leave a child out while another one is reaped: nothing new is looked for twice.
  for (let look = 0, empty = 0; look < MAX_LOOKS && empty < 2; look++) {
    const found = listDescendants(pid).filter((it) => !stopped.has(it));
    empty = found.length === 0 ? empty + 1 : 0;
    for (const it of found) {
      killUnlessGone(it, "SIGSTOP");
      stopped.add(it);
    }
  }
  return stopped;
}

/** For what multiplies faster than it can be stopped. */
const MAX_LOOKS = 20;

/**
 * Its children, theirs, and so on; without itself. One may be missing while another is reaped.
 *
 * Rule: proc_pid_task_children(5)
 */
export function listDescendants(pid: number): readonly number[] {
  // Most kernels list them; else each process of the machine is asked for its parent.
  if (readProcFile(Deno.pid, `task/${Deno.pid}/children`) === undefined) {
    return findDescendants(pid);
  }
  const found = new Set<number>();
  for (const unseen = [pid]; unseen.length > 0;) {
    for (const child of listChildren(unseen.pop()!)) {
      if (found.has(child)) continue;
      found.add(child);
      unseen.push(child);
    }
  }
  return [...found];
}

/** Those of all its threads; none of a process that is gone. */
function listChildren(pid: number): readonly number[] {
  return listTasks(pid).flatMap((task) =>
    (readProcFile(pid, `task/${task}/children`) ?? "").split(" ").filter((it) => it !== "")
      .map(Number)
  );
}

function listTasks(pid: number): readonly string[] {
  try {
    return Array.from(Deno.readDirSync(`/proc/${pid}/task`), ({ name }) => name);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function findDescendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const other of listProcesses()) {
    const stat = readStat(other);
    if (stat !== undefined) parents.set(other, stat.parent);
  }
  const tree = new Set([pid]);
  for (let size = 0; size < tree.size;) {
    size = tree.size;
    for (const [child, parent] of parents) if (tree.has(parent)) tree.add(child);
  }
  tree.delete(pid);
  return [...tree];
}

function readHighestPid(): number {
  return Number(Deno.readTextFileSync("/proc/sys/kernel/pid_max"));
}

/** All processes of the machine. */
export function listProcesses(): readonly number[] {
  const all: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    if (pid > 0) all.push(pid);
  }
  return all;
}

/** Sends a signal to a process that was just seen; it may have gone since. */
export function killUnlessGone(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    // Already gone, which is the goal.
    if (!isGone(error)) throw error;
  }
}

/**
 * The soft limit of open files that a container gets: Deno raises its own, and children inherit it.
 * A program that was built for the usual limit keeps it.
 */
export function readOpenFilesLimit(): number {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  const hard = Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1] ?? USUAL_OPEN_FILES);
  return Math.min(hard, USUAL_OPEN_FILES);
}

const USUAL_OPEN_FILES = 1024;

/** The kernel gives the first user namespace of a machine this number, always. */
const MACHINE_USERS = "user:[4026531837]";

/**
 * Whether this process is in the machine's own user namespace. In any other one root has power over
 * what that namespace owns alone, even where every user is mapped.
 */
export function isInMachineUsers(): boolean {
  return Deno.readLinkSync("/proc/self/ns/user") === MACHINE_USERS;
}

/** Whether our caller has us ignore signals (as `nohup` does), which children would inherit. */
export function hasIgnoredSignals(): boolean {
  // Deno ignores SIGPIPE itself and gives it back; 32 and 33 are the C library's own.
  const unimportant = 1n << 12n | 3n << 31n;
  return (readIgnoredSignals() & ~unimportant) !== 0n;
}
