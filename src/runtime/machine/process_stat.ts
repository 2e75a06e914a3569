/** What `/proc` shows of a process that may end at any moment. */

/** The fields of `/proc/PID/stat` that matter here. */
export interface ProcessStat {
  /** One letter; `Z` and `X` are those of a process that has ended. */
  readonly state: string;
  /** Number of its parent. */
  readonly parent: number;
  /** Number of the process that led its session first. */
  readonly session: number;
  /** The kernel's `PF_…`. */
  readonly flags: number;
  /** CPU time of its own and of children that it has waited for, in clock ticks. */
  readonly ticks: number;
  /** In clock ticks since the machine started. */
  readonly startTime: string;
}

/** A process of this machine, zombies too; undefined if there is none of that number. */
export function readStat(pid: number): ProcessStat | undefined {
  const stat = readProcFile(pid, "stat");
  return stat === undefined ? undefined : parseStat(stat);
}

/** The fields of a `/proc/PID/stat`; undefined if it is cut short. */
export function parseStat(stat: string): ProcessStat | undefined {
  // The command's name is in parentheses and may contain anything; fields count from after the last
  // one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  const startTime = fields[19];
  if (state === undefined || startTime === undefined) return undefined;
  const [session, flags] = [Number(fields[3]), Number(fields[6])];
  const ticks = fields.slice(11, 15).map(Number).reduce((sum, it) => sum + it, 0);
  return { state, parent: Number(parent), session, flags, ticks, startTime };
}

/** Whether a process has ended and its parent has not asked for its exit yet. */
export function isZombie({ state }: ProcessStat): boolean {
  return state === "Z" || state === "X";
}

/** The text of `/proc/PID/NAME`; undefined for a process that is gone or may not be looked at. */
export function readProcFile(pid: number, name: string): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/${name}`);
  } catch (error) {
    if (isGone(error) || error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/**
 * Whether an error means that a process has ended. `ESRCH`, which comes when it ends between
 * opening and reading, is to Deno an error without a class or a code: its number is in the message
 * alone.
 */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error instanceof Error && /\b(ESRCH|os error 3)\b/.test(error.message));
}

/** The signals that this process ignores, as the kernel's mask: bit n − 1 stands for signal n. */
export function readIgnoredSignals(): bigint {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  return BigInt(`0x${mask ?? "0"}`);
}
