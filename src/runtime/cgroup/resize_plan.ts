/**
 * In which order the limits of a pod and its containers change while they run, so that at no moment
 * one holds more than what is around it; pure.
 *
 * Rule: R-RESIZE-6; Kubernetes, pkg/kubelet/kuberuntime/kuberuntime_manager.go, doPodResizeAction.
 */
import type { ResourceConfig } from "../config.ts";
import { type CgroupHierarchy, type CgroupSetting, formatLimits } from "./cgroup_layout.ts";

/** A cgroup that gets other limits, in all hierarchies. */
export interface ResizedCgroup {
  /** From the outermost to the one that has the processes. */
  readonly folders: readonly { readonly hierarchy: CgroupHierarchy; readonly folder: string }[];
  readonly before: ResourceConfig;
  readonly after: ResourceConfig;
}

/** A line for a control file. */
export interface CgroupWrite extends CgroupSetting {
  readonly folder: string;
}

type Part = "memory" | "cpuQuota" | "cpuShares";

/** All that is written, in its order: memory first, then CPU; outwards first what grows. */
export function planResize(
  pod: ResizedCgroup,
  containers: readonly ResizedCgroup[],
): readonly CgroupWrite[] {
  const within = (part: Part) => {
    const changed = containers.filter((it) => compare(it, part) !== 0);
    const shrinking = changed.filter((it) => compare(it, part) < 0);
    const growing = changed.filter((it) => compare(it, part) > 0);
    return [...shrinking, ...growing].flatMap((it) => write(it, part, "container"));
  };
  const around = (part: Part, direction: 1 | -1) =>
    compare(pod, part) === direction ? write(pod, part, "pod") : [];
  return [
    ...around("memory", 1),
    ...within("memory"),
    ...around("memory", -1),
    ...around("cpuQuota", 1),
    ...around("cpuShares", 1),
    ...within("cpuQuota"),
    ...within("cpuShares"),
    ...around("cpuShares", -1),
    ...around("cpuQuota", -1),
  ];
}

/** Whether something grows, shrinks or stays. What has no limit is larger than any. */
function compare({ before, after }: ResizedCgroup, part: Part): number {
  return Math.sign(amountOf(after, part) - amountOf(before, part) || 0);
}

function amountOf(resources: ResourceConfig, part: Part): number {
  const { memoryLimitBytes, cpuQuotaUs, cpuShares } = resources;
  switch (part) {
    case "memory":
      return memoryLimitBytes ?? Number.MAX_SAFE_INTEGER;
    case "cpuQuota":
      return cpuQuotaUs ?? Number.MAX_SAFE_INTEGER;
    case "cpuShares":
      return cpuShares;
  }
}

function write(
  cgroup: ResizedCgroup,
  part: Part,
  what: "pod" | "container",
): readonly CgroupWrite[] {
  const grows = compare(cgroup, part) > 0;
  const folders = grows ? cgroup.folders : cgroup.folders.toReversed();
  return folders.flatMap(({ hierarchy, folder }) => {
    const settings = formatLimits(hierarchy, cgroup.after, what).filter(({ file }) =>
      FILES[part].some((it) => it === file)
    );
    // Memory and swap together are never less than memory, with v1.
    const ordered = grows && hierarchy.version === "v1" ? settings.toReversed() : settings;
    return ordered.map((setting) => ({ ...setting, folder }));
  });
}

/** The control files of both versions. */
const FILES: Readonly<Record<Part, readonly string[]>> = {
  memory: ["memory.max", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"],
  cpuQuota: ["cpu.max", "cpu.cfs_quota_us"],
  cpuShares: ["cpu.weight", "cpu.shares"],
};
