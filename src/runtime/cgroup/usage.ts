/**
 * What the processes of a container or pod use: from its cgroup, and from the processes where that
 * does not count something.
 */
import { readTextIfPresent } from "../../base/files.ts";
import type { ProcessIdentity } from "../machine/process.ts";
import { listMarked, listWithin, readProcessUsage } from "./process_usage.ts";
import type { ResourceUsage } from "../runtime.ts";

/** Where the usage of a container is counted, and what belongs to it where nothing counts. */
export interface UsageSource {
  /** Folders of its cgroup, one for each hierarchy. */
  readonly folders: readonly string[];
  /** The limit that marks its processes; undefined where namespaces hold them. */
  readonly mark: number | undefined;
  /** Its first process. */
  readonly first: ProcessIdentity;
  /** Lists the processes in its cgroup. */
  listProcesses(): readonly number[];
}

/** Reads what a container uses. */
export function readContainerUsage(source: UsageSource): ResourceUsage {
  const { folders, mark, first } = source;
  const counted = readCgroupUsage(folders);
  if (isComplete(counted)) return counted;
  const members = folders.length > 0
    ? source.listProcesses()
    : mark !== undefined
    ? listMarked(mark)
    : listWithin(first);
  return { ...readProcessUsage(members), ...counted };
}

/** What a pod uses: what its cgroup counts, else the sum of its containers. */
export function readPodUsage(
  folders: readonly string[],
  containers: readonly ResourceUsage[],
): ResourceUsage {
  const sum = (of: (usage: ResourceUsage) => number) =>
    containers.reduce((total, usage) => total + of(usage), 0);
  return {
    cpuUsageNs: sum((it) => it.cpuUsageNs),
    memoryUsageBytes: sum((it) => it.memoryUsageBytes),
    workingSetBytes: sum((it) => it.workingSetBytes),
    rssBytes: sum((it) => it.rssBytes),
    pids: sum((it) => it.pids),
    ...readCgroupUsage(folders),
  };
}

/**
 * Reads what a cgroup and those in it use, from the control files of either version; what no folder
 * counts is left out. The working set is the usage without inactive pages of files, as in the
 * kubelet (cadvisor `container/libcontainer/handler.go`, `setMemoryStats`).
 *
 * @param folders of the cgroup, one for each hierarchy.
 */
export function readCgroupUsage(folders: readonly string[]): Partial<ResourceUsage> {
  const read = (name: string) =>
    folders.map((folder) => readTextIfPresent(`${folder}/${name}`) ?? "").join("\n");
  const number = (name: string) => toNumber(read(name));
  const cpu = parseFlatKeyed(read("cpu.stat"));
  const memory = parseFlatKeyed(read("memory.stat"));
  // Version 1 counts each cgroup alone in the short names, and with those in it in the long ones.
  const usageUs = cpu.get("usage_usec");
  const cpuUsageNs = number("cpuacct.usage") ??
    (usageUs === undefined ? undefined : usageUs * 1000);
  const memoryUsageBytes = number("memory.usage_in_bytes") ?? number("memory.current");
  const inactive = memory.get("total_inactive_file") ?? memory.get("inactive_file");
  const rssBytes = memory.get("total_rss") ?? memory.get("anon");
  const pids = number("pids.current");
  return {
    ...cpuUsageNs === undefined ? {} : { cpuUsageNs },
    ...memoryUsageBytes === undefined || inactive === undefined ? {} : {
      memoryUsageBytes,
      workingSetBytes: Math.max(0, memoryUsageBytes - inactive),
    },
    ...rssBytes === undefined ? {} : { rssBytes },
    ...pids === undefined ? {} : { pids },
  };
}

function isComplete(usage: Partial<ResourceUsage>): usage is ResourceUsage {
  const { cpuUsageNs, workingSetBytes, rssBytes, pids } = usage;
  return [cpuUsageNs, workingSetBytes, rssBytes, pids].every((it) => it !== undefined);
}

/** The lines `NAME NUMBER` of a control file. */
function parseFlatKeyed(text: string): ReadonlyMap<string, number> {
  return new Map(
    [...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
}

function toNumber(text: string): number | undefined {
  return /\d/.test(text) ? Number(text.trim()) : undefined;
}
