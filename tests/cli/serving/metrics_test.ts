/** What `serve` adds to its metrics: of its process and of its controllers. */
import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import { MetricSet } from "../../../src/base/metrics/metric_set.ts";
import { addProcessMetrics } from "../../../src/cli/serving/process_metrics.ts";
import { addQueueMetrics } from "../../../src/cli/serving/queue_metrics.ts";

Deno.test("the process shows its own time, memory and files", async () => {
  const metrics = new MetricSet();
  addProcessMetrics(metrics);
  const text = await metrics.format();
  match(text, /\nprocess_cpu_seconds_total \d+(\.\d\d?)?\n/);
  match(text, /\nprocess_resident_memory_bytes \d{7,}\n/);
  match(text, /\nprocess_open_fds \d+\n/);
  match(text, /\nprocess_start_time_seconds \d{10,}(\.\d+)?\n$/);
});

Deno.test("queues of one name are one line", async () => {
  const metrics = new MetricSet();
  addQueueMetrics(metrics, () => [
    { name: "Service", depth: 1, adds: 2, retries: 3 },
    { name: "Job", depth: 0, adds: 0, retries: 0 },
    { name: "Service", depth: 10, adds: 20, retries: 30 },
  ]);
  deepEqual((await metrics.format()).split("\n").filter((it) => !/^(#|$)/.test(it)), [
    'workqueue_depth{name="service"} 11',
    'workqueue_depth{name="job"} 0',
    'workqueue_adds_total{name="service"} 22',
    'workqueue_adds_total{name="job"} 0',
    'workqueue_retries_total{name="service"} 33',
    'workqueue_retries_total{name="job"} 0',
  ]);
});
