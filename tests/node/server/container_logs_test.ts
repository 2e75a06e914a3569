/** What of a log is asked for, and what is answered where there is none. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { ContainerStatus, Pod } from "../../../src/api/types/pod.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import { lineLogger } from "../../../src/base/log.ts";
import { parseLogOptions } from "../../../src/node/server/container_logs.ts";
import { MetricSet } from "../../../src/base/metrics/metric_set.ts";
import { createNodeHandler } from "../../../src/node/server/node_server.ts";
import type { Runtime } from "../../../src/runtime/runtime.ts";

const NOW = Date.UTC(2026, 0, 1);

const UNUSED = {
  nodeName: "n",
  readMachineUsage: () => ({
    time: 0,
    cpuUsageNs: 0,
    memoryUsageBytes: 0,
    workingSetBytes: 0,
    availableBytes: 0,
  }),
  metrics: new MetricSet(),
};

const options: readonly [string, Record<string, unknown>][] = [
  ["", { follow: false, previous: false, timestamps: false }],
  ["follow=true&previous=true&timestamps=true", { follow: true, previous: true, timestamps: true }],
  ["tailLines=0&limitBytes=1", {
    follow: false,
    previous: false,
    timestamps: false,
    tailLines: 0,
    limitBytes: 1,
  }],
  ["sinceSeconds=10", {
    follow: false,
    previous: false,
    timestamps: false,
    sinceTime: NOW - 10_000,
  }],
  ["sinceTime=2025-01-01T00:00:00Z", {
    follow: false,
    previous: false,
    timestamps: false,
    sinceTime: Date.UTC(2025, 0, 1),
  }],
];
for (const [query, expected] of options) {
  Deno.test(`parseLogOptions() ${query}`, () =>
    deepEqual(parseLogOptions(new URLSearchParams(query), NOW), expected));
}

const wrong: readonly [string, number][] = [
  ["tailLines=-1", 422],
  ["tailLines=few", 422],
  ["limitBytes=0", 422],
  ["sinceSeconds=0", 422],
  ["sinceSeconds=1&sinceTime=2025-01-01T00:00:00Z", 422],
  ["sinceTime=yesterday", 400],
  ["stream=Stdout", 422],
];
for (const [query, code] of wrong) {
  Deno.test(`parseLogOptions() refuses ${query}`, () =>
    throws(() => parseLogOptions(new URLSearchParams(query), NOW), { name: "NodeError", code }));
}

const status = (state: ContainerStatus["state"], lastState = {}): ContainerStatus => ({
  name: "c",
  ready: false,
  restartCount: 0,
  image: "i",
  imageID: "",
  ...(state && { state }),
  lastState,
});
const ended = { terminated: { exitCode: 0 } };

/** The status of the container, the query, and the answer. */
const answers: readonly [string, ContainerStatus | undefined, string, number, string][] = [
  ["one that runs", status({ running: {} }), "", 200, "log"],
  ["one that has ended", status(ended), "", 200, "log"],
  ["one that waits for its next run", status({ waiting: {} }, ended), "", 200, "log"],
  [
    "one without a status",
    undefined,
    "",
    400,
    'container "c" in pod "p" is waiting to start: ContainerCreating\n',
  ],
  [
    "one that waits",
    status({ waiting: { reason: "PodInitializing" } }),
    "",
    400,
    'container "c" in pod "p" is waiting to start: PodInitializing\n',
  ],
  [
    "one without an image",
    status({ waiting: { reason: "ErrImagePull" } }),
    "",
    400,
    'container "c" in pod "p" is waiting to start: image can\'t be pulled\n',
  ],
  [
    "no run before",
    status({ running: {} }),
    "?previous=true",
    400,
    'previous terminated container "c" in pod "p" not found\n',
  ],
  ["the run before", status({ running: {} }, ended), "?previous=true", 200, "log"],
];
for (const [what, containerStatus, query, code, text] of answers) {
  Deno.test(`the log of ${what}`, async () => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "n", uid: "u" },
      spec: { containers: [{ name: "c", image: "i" }] },
      status: { containerStatuses: containerStatus ? [containerStatus] : [] },
    };
    async function* lines() {
      yield* [new TextEncoder().encode("log")];
    }
    const handle = createNodeHandler({
      ...UNUSED,
      client: { get: () => pod as never },
      runtime: { logs: () => Promise.resolve(lines()) } as unknown as Runtime,
      clock: new VirtualClock(),
      closing: new AbortController().signal,
      log: lineLogger(() => {}),
    });
    const request = new Request("https://127.0.0.1/");
    const response = await handle(`/containerLogs/n/p/c${query}`, request);
    deepEqual([response.status, await response.text()], [code, text]);
  });
}

Deno.test("an endpoint that there is not", async () => {
  const handle = createNodeHandler({
    ...UNUSED,
    client: { get: () => undefined },
    runtime: {} as Runtime,
    clock: new VirtualClock(),
    closing: new AbortController().signal,
    log: lineLogger(() => {}),
  });
  for (const path of ["/pods", "/containerLogs/n/p/c", "/exec/n/p/c?command=a"]) {
    const { status } = await handle(path, new Request("https://127.0.0.1/"));
    equal(status, path.startsWith("/exec") ? 400 : 404);
  }
});
