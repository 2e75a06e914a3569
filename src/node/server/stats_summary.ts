/**
 * What a node answers about what is used: `/stats/summary`, and `/metrics/resource` for Prometheus.
 * Nothing is read unless a request asks for it.
 *
 * Rule: Kubernetes, pkg/kubelet/server/stats/summary.go and
 * pkg/kubelet/metrics/collectors/resource_metrics.go.
 */
import type {
  ContainerStatsSummary,
  CpuStats,
  MemoryStats,
  PodStatsSummary,
  StatsSummary,
} from "../../api/types/stats_summary.ts";
import { type Reading } from "../../base/metrics/metric.ts";
import { MetricSet } from "../../base/metrics/metric_set.ts";
import type { MachineUsage } from "../../runtime/machine/machine_usage.ts";
import type { PodStats, ResourceUsage } from "../../runtime/runtime.ts";
import { type ContainerSource, findStatus } from "./container_source.ts";

/** Where usage is read. */
export interface UsageSources extends ContainerSource {
  readonly nodeName: string;
  readonly readMachineUsage: () => MachineUsage;
}

/** Reads what a node and its Pods use. */
export async function readSummary(sources: UsageSources): Promise<StatsSummary> {
  const pods = await sources.runtime.stats();
  const { availableBytes, ...used } = sources.readMachineUsage();
  const time = new Date(used.time).toISOString();
  return {
    node: {
      nodeName: sources.nodeName,
      cpu: { time, usageCoreNanoSeconds: used.cpuUsageNs },
      memory: {
        time,
        availableBytes,
        usageBytes: used.memoryUsageBytes,
        workingSetBytes: used.workingSetBytes,
      },
    },
    pods: pods.map((it) => summarizePod(sources, it)),
  };
}

function summarizePod(
  { client }: UsageSources,
  { podUid: uid, namespace, podName: name, time: wallMs, usage, containers }: PodStats,
): PodStatsSummary {
  const time = new Date(wallMs).toISOString();
  const pod = client.get("Pod", namespace, name);
  return {
    podRef: { name, namespace, uid },
    containers: containers.map((it): ContainerStatsSummary => {
      const { startedAt } = pod && findStatus(pod, it.name)?.state?.running || {};
      return {
        name: it.name,
        ...(startedAt && { startTime: startedAt }),
        ...measure(it.usage, time),
      };
    }),
    ...measure(usage, time),
    process_stats: { process_count: usage.pids },
  };
}

function measure(
  { cpuUsageNs, memoryUsageBytes, workingSetBytes, rssBytes }: ResourceUsage,
  time: string,
): { readonly cpu: CpuStats; readonly memory: MemoryStats } {
  return {
    cpu: { time, usageCoreNanoSeconds: cpuUsageNs },
    memory: { time, usageBytes: memoryUsageBytes, workingSetBytes, rssBytes },
  };
}

/** The same as metrics. */
export function formatResourceMetrics({ node, pods }: StatsSummary): Promise<string> {
  const metrics = new MetricSet();
  const seconds = ({ cpu }: { readonly cpu: CpuStats }) => cpu.usageCoreNanoSeconds / 1e9;
  const bytes = ({ memory }: { readonly memory: MemoryStats }) => memory.workingSetBytes;
  const ofPods = pods.map((it) => ({ ...it, labels: [it.podRef.namespace, it.podRef.name] }));
  const ofContainers = ofPods.flatMap(({ labels, containers }) =>
    containers.map((it) => ({ ...it, labels: [it.name, ...labels] }))
  );
  const levels = [
    { name: "node", labels: [], measured: [{ ...node, labels: [] }] },
    { name: "pod", labels: ["namespace", "pod"], measured: ofPods },
    { name: "container", labels: ["container", "namespace", "pod"], measured: ofContainers },
  ];
  for (const { name, labels, measured } of levels) {
    metrics.readCounter({
      name: `${name}_cpu_usage_seconds_total`,
      help: `CPU time of a ${name}.`,
      labels,
    }, () => measured.map((it): Reading => [it.labels, seconds(it)]));
    metrics.gauge({
      name: `${name}_memory_working_set_bytes`,
      help: `Memory of a ${name} without copies of files that are not in use.`,
      labels,
    }, () => measured.map((it): Reading => [it.labels, bytes(it)]));
  }
  return metrics.format();
}
