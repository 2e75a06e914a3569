/** Who started this program, read from `/proc`. */
import type { ProcessIdentity } from "../../runtime/machine/process.ts";
import { isGone, readProcFile, readStat } from "../../runtime/machine/process_stat.ts";

/** A process, distinguished from a later one of the same number. */
export interface ProcessInfo extends ProcessIdentity {
  /** Number of its parent. */
  readonly parentPid: number;
  /** Its command line; empty for a zombie. */
  readonly argv: readonly string[];
}

/** A process of this machine, or undefined if there is none that may be looked at. */
export function readProcess(pid: number): ProcessInfo | undefined {
  const stat = readStat(pid);
  const commandLine = readProcFile(pid, "cmdline");
  if (stat === undefined || commandLine === undefined) return undefined;
  const { parent, startTime } = stat;
  return { pid, startTime, parentPid: parent, argv: commandLine.split("\0").slice(0, -1) };
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
