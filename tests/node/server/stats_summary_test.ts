/** What a node answers about what is used, and what it counts. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import { lineLogger } from "../../../src/base/log.ts";
import { MetricSet } from "../../../src/base/metrics/metric_set.ts";
import type { LogEvent } from "../../../src/lifecycle/trace/log_event.ts";
import { NodeMetrics } from "../../../src/node/server/node_metrics.ts";
import { createNodeHandler } from "../../../src/node/server/node_server.ts";
import { parseMachineUsage } from "../../../src/runtime/machine/machine_usage.ts";
import type { PodStats, Runtime } from "../../../src/runtime/runtime.ts";

const usage = (cpuUsageNs: number) => ({
  cpuUsageNs,
  memoryUsageBytes: 3000,
  workingSetBytes: 2000,
  rssBytes: 1000,
  pids: 2,
});

const STATS: PodStats = {
  podUid: "u",
  namespace: "n",
  podName: "p",
  time: Date.UTC(2026, 0, 1),
  usage: usage(2e9),
  containers: [{ containerId: "i", podUid: "u", name: "c", restartCount: 0, usage: usage(1e9) }],
};

const POD: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "n", uid: "u" },
  spec: { containers: [{ name: "c", image: "i" }] },
  status: {
    containerStatuses: [{
      name: "c",
      ready: true,
      restartCount: 0,
      image: "i",
      imageID: "",
      state: { running: { startedAt: "2025-12-31T23:00:00Z" } },
    }],
  },
};

const metrics = new MetricSet();
const handle = createNodeHandler({
  client: { get: () => POD as never },
  runtime: { stats: () => Promise.resolve([STATS]) } as unknown as Runtime,
  nodeName: "here",
  readMachineUsage: () => ({
    time: Date.UTC(2026, 0, 1),
    cpuUsageNs: 5e9,
    memoryUsageBytes: 30,
    workingSetBytes: 20,
    availableBytes: 10,
  }),
  metrics,
  clock: new VirtualClock(),
  closing: new AbortController().signal,
  log: lineLogger(() => {}),
});
const ask = (path: string) => handle(path, new Request("https://127.0.0.1/"));

Deno.test("the summary of a node has its Pods and their containers", async () => {
  const { node, pods } = await (await ask("/stats/summary")).json();
  const time = "2026-01-01T00:00:00.000Z";
  const memory = { time, usageBytes: 3000, workingSetBytes: 2000, rssBytes: 1000 };
  deepEqual(pods, [{
    podRef: { name: "p", namespace: "n", uid: "u" },
    containers: [{
      name: "c",
      startTime: "2025-12-31T23:00:00Z",
      cpu: { time, usageCoreNanoSeconds: 1e9 },
      memory,
    }],
    cpu: { time, usageCoreNanoSeconds: 2e9 },
    memory,
    process_stats: { process_count: 2 },
  }]);
  deepEqual(node, {
    nodeName: "here",
    cpu: { time, usageCoreNanoSeconds: 5e9 },
    memory: { time, usageBytes: 30, workingSetBytes: 20, availableBytes: 10 },
  });
});

Deno.test("the same as metrics, and no other path", async () => {
  const response = await ask("/metrics/resource");
  match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split("\n").filter((it) => !it.startsWith("#"));
  deepEqual(lines, [
    "node_cpu_usage_seconds_total 5",
    "node_memory_working_set_bytes 20",
    'pod_cpu_usage_seconds_total{namespace="n",pod="p"} 2',
    'pod_memory_working_set_bytes{namespace="n",pod="p"} 2000',
    'container_cpu_usage_seconds_total{container="c",namespace="n",pod="p"} 1',
    'container_memory_working_set_bytes{container="c",namespace="n",pod="p"} 2000',
    "",
  ]);
  equal((await ask("/stats/container")).status, 404);
});

Deno.test("parseMachineUsage() leaves out what a processor waits", () => {
  const stat = "cpu  1 2 3 1000 1000 4 5 1000 1 1\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
  const meminfo = "MemTotal:       100 kB\nMemFree:         40 kB\nMemAvailable:    70 kB\n" +
    "Inactive:         9 kB\nInactive(file):  20 kB\n";
  deepEqual(parseMachineUsage(stat, meminfo), {
    cpuUsageNs: 15e7,
    memoryUsageBytes: 60 * 1024,
    workingSetBytes: 40 * 1024,
    availableBytes: 70 * 1024,
  });
});

Deno.test("a Pod's start lasts from its node until all its containers run", async () => {
  const set = new MetricSet();
  const counts = new NodeMetrics(set, () => ({
    list: () =>
      Promise.resolve({
        sandboxes: [],
        containers: [{
          containerId: "i",
          podUid: "u",
          name: "c",
          restartCount: 0,
          state: "exited",
        }],
      }),
  }));
  const see = (uid: string, at: number, event: Record<string, unknown>) =>
    counts.onLogEvent({ uid, at, ...event } as unknown as LogEvent);
  const scheduled = { type: "pod.condition", condition: "PodScheduled", status: "True" };
  const phase = (from: string, to: string) => ({ type: "pod.phase", from, to });
  for (const uid of ["runs", "fails", "goes"]) see(uid, 1000, scheduled);
  see("runs", 1100, { type: "sandbox.started" });
  see("runs", 1200, { type: "container.started", role: "init", startMs: 20 });
  see("runs", 1300, { type: "container.started", role: "app", startMs: 4 });
  see("runs", 1400, phase("Pending", "Running"));
  see("runs", 9000, phase("Running", "Succeeded"));
  see("fails", 2000, phase("Pending", "Failed"));
  counts.onPodGone({ ...POD, metadata: { name: "goes", uid: "goes" } });
  see("goes", 2000, phase("Pending", "Running"));
  const lines = (await set.format()).split("\n")
    .filter((it) => !/^#|^$|_bucket/.test(it) || /le="0\.(3|5)"/.test(it));
  deepEqual(lines, [
    'kubelet_pod_start_duration_seconds_bucket{le="0.3"} 0',
    'kubelet_pod_start_duration_seconds_bucket{le="0.5"} 1',
    "kubelet_pod_start_duration_seconds_sum 0.4",
    "kubelet_pod_start_duration_seconds_count 1",
    'kubelet_runtime_operations_duration_seconds_sum{operation_type="start_container"} 0.024',
    'kubelet_runtime_operations_duration_seconds_count{operation_type="start_container"} 2',
    "kubelet_started_pods_total 1",
    'kubelet_started_containers_total{container_type="init_container"} 1',
    'kubelet_started_containers_total{container_type="container"} 1',
    "kubelet_running_pods 0",
    'kubelet_running_containers{container_state="created"} 0',
    'kubelet_running_containers{container_state="running"} 0',
    'kubelet_running_containers{container_state="exited"} 1',
  ]);
});
