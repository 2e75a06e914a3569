/** What processes use, as `/proc` has it: for machines that count nothing by cgroup. */
import type { ResourceUsage } from "../runtime.ts";
import {
  listDescendants,
  listProcesses,
  markPattern,
  type ProcessIdentity,
} from "../machine/process.ts";
import { isGone, isZombie, readProcFile, readStat } from "../machine/process_stat.ts";

/** The kernel shows times to programs in ticks of this length, whatever it counts in itself. */
const TICK_NS = 1e7;

/**
 * Adds up what processes use. What a process has waited for is in its own time; what had no parent
 * left when it ended is lost. Pages that several share count for each, and the working set is all
 * that is in memory.
 */
export function readProcessUsage(pids: readonly number[]): ResourceUsage {
  const total = { cpuUsageNs: 0, rssBytes: 0, pids: 0 };
  let resident = 0;
  for (const pid of pids) {
    const stat = readStat(pid);
    const status = readProcFile(pid, "status");
    if (stat === undefined || status === undefined) continue;
    total.cpuUsageNs += stat.ticks * TICK_NS;
    if (isZombie(stat)) continue;
    const field = (name: string) =>
      Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
    resident += field("VmRSS") * 1024;
    total.rssBytes += field("RssAnon") * 1024;
    total.pids += field("Threads");
  }
  return { ...total, memoryUsageBytes: resident, workingSetBytes: resident };
}

/** The processes that carry the mark of a container. */
export function listMarked(mark: number): readonly number[] {
  const limit = markPattern(mark, "container");
  return listProcesses().filter((pid) => limit.test(readProcFile(pid, "limits") ?? ""));
}

/** The processes in the PID namespace of a process, and those that descend from it. */
export function listWithin({ pid }: ProcessIdentity): readonly number[] {
  const space = readSpace(pid);
  if (space === undefined) return [];
  const descendants = new Set(listDescendants(pid));
  return listProcesses().filter((it) => descendants.has(it) || readSpace(it) === space);
}

function readSpace(pid: number): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/ns/pid`);
  } catch (error) {
    if (isGone(error) || error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
