/**
 * What a node counts about its Pods: starts and how long they took, and what runs.
 *
 * Rule: Kubernetes, pkg/kubelet/metrics/metrics.go. Durations are lifecycle time.
 */
import type { Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import type { Counter, Histogram } from "../../base/metrics/metric.ts";
import type { MetricSet } from "../../base/metrics/metric_set.ts";
import type { LogEvent } from "../../lifecycle/trace/log_event.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** Upper ends in seconds: those of the kubelet, and finer ones before them. */
const POD_STARTS = [
  ...[0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60],
  ...[120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600],
];
const OPERATIONS = [0.005, 0.0125, 0.03125, 0.078125, 0.1953125, 0.48828125, 1.220703125, 3];

/** The counts of one node. */
export class NodeMetrics {
  readonly #podStarts: Histogram;
  readonly #operations: Histogram;
  readonly #startedPods: Counter;
  readonly #startedContainers: Counter;
  /** When the node got each Pod that has not started, by uid. */
  readonly #seen = new Map<string, Millis>();

  /** Adds its metrics to others. */
  constructor(metrics: MetricSet, runtime: () => Pick<Runtime, "list"> | undefined) {
    this.#podStarts = metrics.histogram({
      name: "kubelet_pod_start_duration_seconds",
      help: "Time from the moment at which the node gets a Pod until all its containers started.",
    }, POD_STARTS);
    this.#operations = metrics.histogram({
      name: "kubelet_runtime_operations_duration_seconds",
      help: "Time that an operation of the runtime took.",
      labels: ["operation_type"],
    }, OPERATIONS);
    this.#startedPods = metrics.counter({
      name: "kubelet_started_pods_total",
      help: "Sandboxes that were started.",
    });
    this.#startedContainers = metrics.counter({
      name: "kubelet_started_containers_total",
      help: "Containers that were started.",
      labels: ["container_type"],
    });
    const list = async () => await runtime()?.list() ?? { sandboxes: [], containers: [] };
    metrics.gauge({
      name: "kubelet_running_pods",
      help: "Pods with a sandbox that runs.",
    }, async () => [[[], (await list()).sandboxes.length]]);
    metrics.gauge({
      name: "kubelet_running_containers",
      help: "Containers, by their state.",
      labels: ["container_state"],
    }, async () => {
      const { containers } = await list();
      return ["created", "running", "exited"]
        .map((state) => [[state], containers.filter((it) => it.state === state).length]);
    });
  }

  /** Counts a decision of the node. */
  onLogEvent(event: LogEvent): void {
    switch (event.type) {
      case "pod.condition":
        if (event.condition === "PodScheduled" && event.status === "True") {
          this.#seen.set(event.uid, event.at);
        }
        break;
      case "sandbox.started":
        this.#startedPods.cell().add();
        break;
      case "container.started":
        this.#startedContainers.cell(event.role === "app" ? "container" : "init_container").add();
        this.#operations.observe(["start_container"], event.startMs / 1000);
        break;
      case "pod.phase":
        if (event.from === "Pending") this.#onStarted(event);
        break;
    }
  }

  /** Forgets a Pod that is gone. */
  onPodGone({ metadata: { uid = "" } }: Pod): void {
    this.#seen.delete(uid);
  }

  /** One that fails before all its containers run has not started. */
  #onStarted({ uid, at, to }: Extract<LogEvent, { readonly type: "pod.phase" }>): void {
    const seen = this.#seen.get(uid);
    this.#seen.delete(uid);
    if (seen !== undefined && to !== "Failed") this.#podStarts.observe([], (at - seen) / 1000);
  }
}
