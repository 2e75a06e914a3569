/**
 * What the queues of controllers hold.
 *
 * Rule: Kubernetes, component-base, metrics/prometheus/workqueue/metrics.go.
 */
import type { MetricSet } from "../../base/metrics/metric_set.ts";
import type { QueueCounts } from "../../controllers/controller.ts";

/** Adds them to other metrics. */
export function addQueueMetrics(metrics: MetricSet, read: () => readonly QueueCounts[]): void {
  const labels = ["name"];
  // Several controllers may be about one kind.
  const each = (of: (queue: QueueCounts) => number) => () =>
    Array.from(
      Map.groupBy(read(), ({ name }) => name.toLowerCase()),
      ([name, queues]) => [[name], queues.reduce((sum, it) => sum + of(it), 0)] as const,
    );
  metrics.gauge({
    name: "workqueue_depth",
    help: "Objects that a controller is going to look at.",
    labels,
  }, each(({ depth }) => depth));
  metrics.readCounter({
    name: "workqueue_adds_total",
    help: "Objects that a controller was to look at.",
    labels,
  }, each(({ adds }) => adds));
  metrics.readCounter({
    name: "workqueue_retries_total",
    help: "Looks of a controller that failed and are repeated.",
    labels,
  }, each(({ retries }) => retries));
}
