/** Who started this program, read from `/proc`. */

/** A process, told apart from a later one of the same number. */
export interface ProcessInfo {
  /** Its number. */
  readonly pid: number;
  /** Number of its parent. */
  readonly parentPid: number;
  /** Clock ticks after boot at which it started. */
  readonly startTime: string;
  /** It has ended, and its parent has not yet asked for its exit. */
  readonly zombie: boolean;
  /** Its command line; empty for a zombie. */
  readonly argv: readonly string[];
}

/** A process of this machine, or undefined if there is none. */
export function readProcess(pid: number): ProcessInfo | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const argv = Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
    return { ...parseStat(stat), argv };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Where a process stands, or undefined if it is gone or someone else's. */
export function readWorkingDirectory(pid: number): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    if (isGone(error) || error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/** The fields of `/proc/PID/stat` that matter here; the name, which may contain anything, ends at the last bracket. */
export function parseStat(stat: string): Omit<ProcessInfo, "argv"> {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    pid: Number.parseInt(stat),
    zombie: fields[0] === "Z" || fields[0] === "X",
    parentPid: Number(fields[1]),
    startTime: fields[19]!,
  };
}

/** The ancestors of a process, nearest first. */
export function readAncestors(pid: number): ProcessInfo[] {
  const ancestors: ProcessInfo[] = [];
  for (let next = pid; next > 1;) {
    const found = readProcess(next);
    if (found === undefined) break;
    ancestors.push(found);
    next = found.parentPid;
  }
  return ancestors;
}

/** `ESRCH` is what reading the files of a process that has just ended gives. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && "code" in error && error.code === "ESRCH");
}
