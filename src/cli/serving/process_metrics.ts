/** What this program uses itself, by the names that Prometheus' clients give it. */
import type { MetricSet } from "../../base/metrics/metric_set.ts";

/** The kernel shows times to programs in ticks of this length, whatever it counts in itself. */
const TICKS_PER_SECOND = 100;

/**
 * Adds CPU time, memory and open files of this process.
 *
 * Rule: prometheus.io, docs/instrumenting/writing_clientlibs, process metrics.
 */
export function addProcessMetrics(metrics: MetricSet): void {
  metrics.readCounter({
    name: "process_cpu_seconds_total",
    help: "CPU time of this program.",
  }, () => [[[], readCpuSeconds()]]);
  metrics.gauge({
    name: "process_resident_memory_bytes",
    help: "Memory of this program that is in use.",
  }, () => [[[], Deno.memoryUsage().rss]]);
  metrics.gauge({
    name: "process_open_fds",
    help: "Open files of this program.",
  }, () => [[[], [...Deno.readDirSync("/proc/self/fd")].length]]);
  const startSeconds = performance.timeOrigin / 1000;
  metrics.gauge({
    name: "process_start_time_seconds",
    help: "When this program was started, in seconds since 1970.",
  }, () => [[[], startSeconds]]);
}

/** Without that of programs that it has waited for. */
function readCpuSeconds(): number {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // The name in front is in parentheses, and may contain blanks.
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13)
    .map(Number);
  return (user + system) / TICKS_PER_SECOND;
}
