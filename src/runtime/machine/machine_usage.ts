/** What all that runs on this machine uses. */

/** What a machine uses. */
export interface MachineUsage {
  /** When this was read: milliseconds since 1970. */
  readonly time: number;
  /** CPU time of all processors since the machine started, in nanoseconds. */
  readonly cpuUsageNs: number;
  /** All memory that is in use, with copies of files. */
  readonly memoryUsageBytes: number;
  /** Memory without copies of files that are not in use. */
  readonly workingSetBytes: number;
  /** Memory that programs can get. */
  readonly availableBytes: number;
}

/** The kernel shows times to programs in ticks of this length, whatever it counts in itself. */
const TICK_NS = 1e7;

/** Reads what this machine uses. */
export function readMachineUsage(): MachineUsage {
  const time = performance.timeOrigin + performance.now();
  const [stat, meminfo] = ["/proc/stat", "/proc/meminfo"].map((it) => Deno.readTextFileSync(it));
  return { time, ...parseMachineUsage(stat!, meminfo!) };
}

/**
 * What `/proc/stat` and `/proc/meminfo` say: all time of processors but that in which they were
 * idle, waited for a disk, or were taken away by a host; guests are in the time of their users.
 */
export function parseMachineUsage(stat: string, meminfo: string): Omit<MachineUsage, "time"> {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    /^cpu +(.*)$/m.exec(stat)?.[1]?.split(" ").map(Number) ?? [];
  const bytes = (name: string) =>
    Number(new RegExp(`^${RegExp.escape(name)}: +(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? 0) * 1024;
  const memoryUsageBytes = bytes("MemTotal") - bytes("MemFree");
  return {
    cpuUsageNs: (user + nice + system + irq + softirq) * TICK_NS,
    memoryUsageBytes,
    workingSetBytes: Math.max(0, memoryUsageBytes - bytes("Inactive(file)")),
    availableBytes: bytes("MemAvailable"),
  };
}
