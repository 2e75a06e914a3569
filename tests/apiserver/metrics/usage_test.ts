/** `metrics.k8s.io`: rates between readings, and their forms. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { StatsSummary } from "../../../src/api/types/stats_summary.ts";
import { UsageSampler } from "../../../src/apiserver/metrics/usage_sampler.ts";
import { podBody, startApi } from "../../support/api_server.ts";

/** What a node uses at a second: a container with so much CPU time, and when it began. */
function summaryAt(second: number, cpuSeconds: number, startTime = "s", uid = "u"): StatsSummary {
  const time = new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
  const memory = { time, usageBytes: 4096, workingSetBytes: 2048 };
  const cpu = (seconds: number) => ({ time, usageCoreNanoSeconds: seconds * 1e9 });
  return {
    node: { nodeName: "here", cpu: cpu(second), memory },
    pods: [{
      podRef: { name: "p", namespace: "default", uid },
      containers: [{ name: "c", startTime, cpu: cpu(cpuSeconds), memory }],
      cpu: cpu(cpuSeconds),
      memory,
      process_stats: { process_count: 1 },
    }],
  };
}

Deno.test("a sample is made of two readings, a second apart where none is young enough", async () => {
  const waits: number[] = [];
  let next: StatsSummary[] = [];
  const sampler = new UsageSampler({
    read: () => Promise.resolve(next.shift()!),
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  const rows: readonly [string, StatsSummary[], number, number, number][] = [
    // What, readings, waits, window in seconds, cores of the container.
    ["the first", [summaryAt(0, 10), summaryAt(1, 10.5)], 1, 1, 0.5],
    ["soon after", [summaryAt(1.5, 99)], 0, 1, 0.5],
    ["a while later", [summaryAt(11, 11.5)], 0, 10, 0.1],
    ["started again", [summaryAt(21, 12, "t")], 0, 10, 1.2],
    ["after a long time", [summaryAt(99, 20, "t"), summaryAt(101, 20, "t")], 1, 2, 0],
    ["less than before", [summaryAt(111, 1, "t")], 0, 10, 0],
  ];
  for (const [what, readings, count, window, cores] of rows) {
    waits.length = 0;
    next = readings;
    const { windowMs, pods } = await sampler.sample();
    const { nanoCores, memoryBytes } = pods[0]!.containers[0]!;
    deepEqual([waits.length, windowMs, nanoCores, memoryBytes], [
      count,
      window * 1000,
      cores * 1e9,
      2048,
    ], what);
  }
  next = [summaryAt(121, 2, "t")];
  const [one, other] = await Promise.all([sampler.sample(), sampler.sample()]);
  equal(one, other, "those who ask at the same time get one reading");
});

Deno.test("metrics.k8s.io shows Pods and nodes that are measured", async () => {
  let second = 0;
  let uid = "";
  const api = startApi({
    askNode: (path) => {
      equal(path, "/stats/summary");
      // Two seconds go by between any two readings.
      return Promise.resolve(Response.json(summaryAt(second += 2, second, "s", uid)));
    },
  });
  api.registry.create({ apiVersion: "v1", kind: "Node", metadata: { name: "here" }, spec: {} });
  const pod = await api.ask("POST", "/api/v1/namespaces/default/pods", {
    body: podBody("p", { labels: { app: "a" } }),
  });
  uid = pod.body.metadata.uid;
  const PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods";
  const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const { body: list } = await api.ask("GET", "/apis/metrics.k8s.io/v1beta1/pods");
  deepEqual(list, {
    kind: "PodMetricsList",
    apiVersion: "metrics.k8s.io/v1beta1",
    metadata: {},
    items: [{
      kind: "PodMetrics",
      apiVersion: "metrics.k8s.io/v1beta1",
      metadata: {
        name: "p",
        namespace: "default",
        creationTimestamp: "2026-01-01T00:00:04Z",
        labels: { app: "a" },
      },
      timestamp: "2026-01-01T00:00:04Z",
      window: "2s",
      containers: [{ name: "c", usage: { cpu: "1", memory: "2Ki" } }],
    }],
  });
  const { body: node } = await api.ask("GET", "/apis/metrics.k8s.io/v1beta1/nodes/here");
  deepEqual([node.kind, node.usage], ["NodeMetrics", { cpu: "1", memory: "2Ki" }]);
  const { body: table } = await api.ask("GET", PODS, { accept: TABLE });
  deepEqual(table.rows.map(({ cells }: { cells: unknown }) => cells), [["p", "1", "2Ki", "2s"]]);
  equal((await api.ask("GET", `${PODS}?labelSelector=app%3Da`)).body.items.length, 1);
  equal((await api.ask("GET", `${PODS}?labelSelector=app%3Db`)).body.items.length, 0);
  equal((await api.ask("GET", `${PODS}?fieldSelector=metadata.name%3Dq`)).body.items.length, 0);
  equal((await api.ask("GET", PODS.replace("default", "other"))).body.items.length, 0);
  equal((await api.ask("GET", `${PODS}/p`)).body.metadata.name, "p");
  const refused: readonly [string, string, number, string][] = [
    ["GET", `${PODS}/q`, 404, 'podmetrics.metrics.k8s.io "default/q" not found'],
    [
      "GET",
      "/apis/metrics.k8s.io/v1beta1/nodes/x",
      404,
      'nodemetrics.metrics.k8s.io "x" not found',
    ],
    [
      "DELETE",
      `${PODS}/p`,
      405,
      "the server does not allow this method on the requested resource",
    ],
    ["GET", `${PODS}/p/status`, 404, "the server could not find the requested resource"],
    [
      "GET",
      "/apis/metrics.k8s.io/v1beta1/pods/p",
      404,
      "the server could not find the requested resource",
    ],
  ];
  for (const [method, path, code, message] of refused) {
    const answer = await api.ask(method, path);
    deepEqual([answer.code, answer.body.message], [code, message], `${method} ${path}`);
  }
  uid = "another";
  equal((await api.ask("GET", PODS)).body.items.length, 0, "a Pod that took the name later");
});

Deno.test("a node's proxy leads to what it answers about itself, and to nothing else", async () => {
  const asked: string[] = [];
  const api = startApi({
    askNode: (path) => {
      asked.push(path);
      return Promise.resolve(new Response("text"));
    },
  });
  api.registry.create({ apiVersion: "v1", kind: "Node", metadata: { name: "here" }, spec: {} });
  const rows: readonly [string, number][] = [
    ["here/proxy/stats/summary", 200],
    ["here/proxy/metrics", 200],
    ["here/proxy/metrics/resource", 200],
    ["here/proxy", 404],
    ["here/proxy/exec/default/p/c", 404],
    ["here/proxy/..%2Fmetrics", 404],
    ["other/proxy/metrics", 404],
  ];
  for (const [path, code] of rows) {
    equal((await api.ask("GET", `/api/v1/nodes/${path}`)).code, code, path);
  }
  deepEqual(asked, ["/stats/summary", "/metrics", "/metrics/resource"]);
  equal((await api.ask("POST", "/api/v1/nodes/here/proxy/metrics")).code, 405);
});
