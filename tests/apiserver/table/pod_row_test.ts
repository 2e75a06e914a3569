/** The columns of `kubectl get pods` (R-PRINT-1 to R-PRINT-10). */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container, ContainerStatus, Pod, PodStatus } from "../../../src/api/types/pod.ts";
import { formatAge } from "../../../src/apiserver/table/age.ts";
import { formatPodColumns } from "../../../src/apiserver/table/pod_row.ts";
import { container, Machine, pod, type Run, sidecar } from "../../lifecycle/machine.ts";

const NOW = Date.UTC(2026, 0, 1, 12);

const ages: readonly [seconds: number, text: string][] = [
  [-2, "<invalid>"],
  [-1, "0s"],
  [0, "0s"],
  [119, "119s"],
  [120, "2m"],
  [125, "2m5s"],
  [599, "9m59s"],
  [600, "10m"],
  [179 * 60 + 59, "179m"],
  [180 * 60, "3h"],
  [185 * 60, "3h5m"],
  [8 * 3600, "8h"],
  [47 * 3600, "47h"],
  [48 * 3600, "2d"],
  [49 * 3600, "2d1h"],
  [8 * 86_400, "8d"],
  [729 * 86_400, "729d"],
  [730 * 86_400, "2y"],
  [731 * 86_400, "2y1d"],
  [8 * 365 * 86_400, "8y"],
  [9.5 * 365 * 86_400, "9y"],
];
for (const [seconds, text] of ages) {
  Deno.test(`R-PRINT-9: ${seconds} s are ${text}`, () => equal(formatAge(seconds * 1000), text));
}

/** `R` runs and is ready, `r` runs and is not, `W:Reason`, `T:code` or `T:code:Reason`. */
function statusOf(
  name: string,
  word: string,
  rest: Partial<ContainerStatus> = {},
): ContainerStatus {
  const [kind, first = "", second] = word.split(":");
  const common = { name, image: "i", imageID: "", restartCount: 0, ready: false, started: false };
  switch (kind) {
    case "R":
    case "r":
      return { ...common, ready: kind === "R", started: true, state: { running: {} }, ...rest };
    case "W":
      return { ...common, state: { waiting: first === "" ? {} : { reason: first } }, ...rest };
    default: {
      const reason = second === undefined ? {} : { reason: second };
      return { ...common, state: { terminated: { exitCode: Number(first), ...reason } }, ...rest };
    }
  }
}

interface Facts {
  readonly inits?: readonly [Container, string][];
  readonly mains: readonly string[];
  readonly status?: Partial<PodStatus>;
  readonly deleted?: boolean;
  readonly conditions?: readonly string[];
}

function podOf({ inits = [], mains, status, deleted, conditions = [] }: Facts): Pod {
  const names = mains.map((_, index) => `m${index}`);
  const subject = pod({
    containers: names.map((name) => container(name)),
    ...(inits.length > 0 && { initContainers: inits.map(([init]) => init) }),
  }, deleted ? { deletionTimestamp: "2026-01-01T12:00:00Z" } : {});
  return {
    ...subject,
    status: {
      phase: "Running",
      conditions: conditions.map((type) => ({ type, status: "True" })),
      initContainerStatuses: inits.map(([{ name }, word]) => statusOf(name, word)),
      containerStatuses: mains.map((word, index) => statusOf(names[index]!, word)),
      ...status,
    },
  };
}

const init = container("i");
const second = container("j");
const side = sidecar("s");
const rows: readonly [name: string, facts: Facts, ready: string, status: string][] = [
  ["R-PRINT-2 the phase", { mains: ["W"], status: { phase: "Pending" } }, "0/1", "Pending"],
  [
    "R-PRINT-2 the reason",
    { mains: [], status: { phase: "Failed", reason: "Evicted" } },
    "0/0",
    "Evicted",
  ],
  [
    "R-PRINT-3 an init that failed",
    { inits: [[init, "T:3:Error"]], mains: ["W:PodInitializing"] },
    "0/1",
    "Init:Error",
  ],
  [
    "R-PRINT-3 without a reason",
    { inits: [[init, "T:3"]], mains: ["W"] },
    "0/1",
    "Init:ExitCode:3",
  ],
  [
    "R-PRINT-3 an init that waits",
    { inits: [[init, "W:CrashLoopBackOff"]], mains: ["W"] },
    "0/1",
    "Init:CrashLoopBackOff",
  ],
  [
    "R-PRINT-3 an init that runs",
    { inits: [[init, "T:0:Completed"], [second, "r"]], mains: ["W"] },
    "0/1",
    "Init:1/2",
  ],
  [
    "R-PRINT-3 an init that has not begun",
    { inits: [[init, "W:PodInitializing"]], mains: ["W"] },
    "0/1",
    "Init:0/1",
  ],
  [
    "R-PRINT-3 a started sidecar is finished",
    { inits: [[side, "R"], [init, "T:0:Completed"]], mains: ["R"], conditions: ["Ready"] },
    "2/2",
    "Running",
  ],
  [
    "R-PRINT-7 sidecars after the first unfinished do not count",
    { inits: [[init, "r"], [side, "R"]], mains: ["W"] },
    "0/2",
    "Init:0/2",
  ],
  [
    "R-PRINT-4 the first main has the last word",
    { mains: ["W:CrashLoopBackOff", "T:1:Error"] },
    "0/2",
    "CrashLoopBackOff",
  ],
  ["R-PRINT-4 an end without a reason", { mains: ["T:7"] }, "0/1", "ExitCode:7"],
  [
    "R-PRINT-4 one that runs and is not ready has no effect",
    { mains: ["T:0:Completed", "r"] },
    "0/2",
    "Completed",
  ],
  [
    "R-PRINT-5 R-PRINT-10 one done, one running, the pod not ready",
    { mains: ["T:0:Completed", "R"] },
    "1/2",
    "NotReady",
  ],
  [
    "R-PRINT-5 one done, one running, the pod ready",
    { mains: ["T:0:Completed", "R"], conditions: ["Ready"] },
    "1/2",
    "Running",
  ],
  ["R-PRINT-5 R-PRINT-10 one failed, one running", { mains: ["T:1:Error", "R"] }, "1/2", "Error"],
  [
    "R-PRINT-5 one done, one failed",
    { mains: ["T:0:Completed", "T:2:Error"], status: { phase: "Failed" } },
    "0/2",
    "Error",
  ],
  [
    "R-PRINT-6 R-DELETE-4 R-FOLK-20 deleted and still stopping",
    { mains: ["R"], deleted: true },
    "1/1",
    "Terminating",
  ],
  [
    "R-PRINT-6 deleted and over",
    { mains: ["T:0:Completed"], deleted: true, status: { phase: "Succeeded" } },
    "0/1",
    "Completed",
  ],
  [
    "R-PRINT-6 deleted on a lost node",
    { mains: ["R"], deleted: true, status: { reason: "NodeLost" } },
    "1/1",
    "Unknown",
  ],
  [
    "R-PRINT-10 a sidecar that crash-loops after initialization",
    { inits: [[side, "W:CrashLoopBackOff"]], mains: ["R"], conditions: ["Initialized"] },
    "1/2",
    "Init:CrashLoopBackOff",
  ],
  [
    "R-PRINT-10 a sidecar that exits 0 again and again",
    { inits: [[side, "T:0:Completed"]], mains: ["R"], conditions: ["Initialized"] },
    "1/2",
    "Running",
  ],
  [
    "R-PRINT-2 R-PRINT-10 held by scheduling gates",
    {
      mains: ["W"],
      status: {
        phase: "Pending",
        containerStatuses: [],
        conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
      },
    },
    "0/1",
    "SchedulingGated",
  ],
  [
    "R-PRINT-10 refused by the node",
    {
      mains: ["W"],
      status: {
        phase: "Failed",
        reason: "PodOSNotSupported",
        containerStatuses: [],
        conditions: [],
      },
    },
    "0/1",
    "PodOSNotSupported",
  ],
];
for (const [name, facts, ready, status] of rows) {
  Deno.test(`formatPodColumns() ${name}`, () => {
    const columns = formatPodColumns(podOf(facts), NOW);
    deepEqual([columns.ready, columns.status], [ready, status]);
  });
}

const finished = (time: string) => ({
  lastState: { terminated: { exitCode: 1, finishedAt: time } },
});

Deno.test("R-PRINT-8: restarts of inits while they matter, then those of sidecars and mains", () => {
  const inits = [
    statusOf("i", "T:0:Completed", { restartCount: 2, ...finished("2026-01-01T11:00:00Z") }),
    statusOf("s", "R", { restartCount: 1, ...finished("2026-01-01T11:59:00Z") }),
  ];
  const mains = [
    statusOf("m0", "R", { restartCount: 3, ...finished("2026-01-01T11:59:50Z") }),
  ];
  const subject = podOf({ inits: [[init, "R"], [side, "R"]], mains: ["R"] });
  const restarts = (status: Partial<PodStatus>) =>
    formatPodColumns({ ...subject, status: { ...subject.status, ...status } }, NOW).restarts;
  equal(restarts({ initContainerStatuses: inits, containerStatuses: mains }), "4 (10s ago)");
  const failing = [statusOf("i", "W:CrashLoopBackOff", { restartCount: 2 }), inits[1]!];
  equal(restarts({ initContainerStatuses: failing, containerStatuses: [] }), "2");
  equal(restarts({ initContainerStatuses: [], containerStatuses: [statusOf("m0", "R")] }), "0");
});

Deno.test("R-PRINT-1: the wide columns, and what stands where there is nothing", () => {
  const subject = podOf({ mains: ["R"] });
  const empty = formatPodColumns(subject, NOW);
  deepEqual([empty.age, empty.ip, empty.node, empty.nominatedNode, empty.readinessGates], [
    "<unknown>",
    "<none>",
    "<none>",
    "<none>",
    "<none>",
  ]);
  const gates = [{ conditionType: "a" }, { conditionType: "b" }];
  const full = formatPodColumns({
    ...subject,
    metadata: { ...subject.metadata, creationTimestamp: "2026-01-01T11:58:30Z" },
    spec: { ...subject.spec, nodeName: "node-1", readinessGates: gates },
    status: {
      ...subject.status,
      podIPs: [{ ip: "127.1.2.3" }],
      nominatedNodeName: "node-2",
      conditions: [{ type: "a", status: "True" }, { type: "b", status: "False" }],
    },
  }, NOW);
  deepEqual(full, {
    name: "p",
    ready: "1/1",
    status: "Running",
    restarts: "0",
    age: "90s",
    ip: "127.1.2.3",
    node: "node-1",
    nominatedNode: "node-2",
    readinessGates: "1/2",
  });
});

/** The words that a pod's STATUS column shows over its life, each once in a row. */
function words(machine: Machine): string[] {
  const all = machine.statuses.map(({ status }) =>
    formatPodColumns({ ...machine.pod, status }, NOW).status
  );
  return all.filter((word, index) => word !== all[index - 1]);
}

const ill: Run = { probe: () => ({ outcome: "failure" }) };
const readinessProbe = { exec: { command: ["x"] } };
const lives: readonly [name: string, machine: () => Machine, expected: readonly string[]][] = [
  [
    "no inits, then running",
    () => new Machine(pod({})).runTo(1000),
    ["ContainerCreating", "Running"],
  ],
  [
    "two inits, and the time between the last of them and the main",
    () =>
      new Machine(pod({ initContainers: [init, second] }), {
        script: { i: [{ ms: 1000 }], j: [{ ms: 1000 }] },
        latency: () => 100,
      }).runTo(10_000),
    ["Init:0/2", "Init:1/2", "PodInitializing", "Running"],
  ],
  [
    "a crash loop",
    () => new Machine(pod({}), { script: { app: [{ ms: 1000, code: 1 }] } }).runTo(20_000),
    [
      "ContainerCreating",
      "Running",
      "Error",
      "Running",
      "Error",
      "CrashLoopBackOff",
      "Running",
      "Error",
      "CrashLoopBackOff",
    ],
  ],
  [
    "Always, and exit code 0 again and again",
    () => new Machine(pod({}), { script: { app: [{ ms: 1000 }] } }).runTo(5000),
    ["ContainerCreating", "Running", "Completed", "Running", "Completed", "CrashLoopBackOff"],
  ],
  [
    "a sidecar that exits 0 again and again",
    () =>
      new Machine(pod({ initContainers: [sidecar("s")] }), { script: { s: [{ ms: 0 }] } })
        .runTo(5000),
    ["Init:0/1", "PodInitializing", "Running"],
  ],
  [
    "an init that fails for good",
    () =>
      new Machine(pod({ restartPolicy: "Never", initContainers: [init] }), {
        script: { i: [{ ms: 1000, code: 1 }] },
      }).runToEnd(),
    ["Init:0/1", "Init:Error"],
  ],
  [
    "readiness that fails",
    () =>
      new Machine(pod({ containers: [container("app", { readinessProbe })] }), {
        script: { app: [ill] },
      }).runTo(5000),
    ["ContainerCreating", "Running"],
  ],
  [
    "a finished pod",
    () => new Machine(pod({ restartPolicy: "Never" }), { script: { app: [{ ms: 1 }] } }).runToEnd(),
    ["ContainerCreating", "Running", "Completed"],
  ],
  [
    "out of memory",
    () =>
      new Machine(pod({ restartPolicy: "Never" }), {
        script: { app: [{ ms: 1, code: 137, oom: true }] },
      }).runToEnd(),
    ["ContainerCreating", "Running", "OOMKilled"],
  ],
  [
    "a program that is not there",
    () =>
      new Machine(pod({ restartPolicy: "Never" }), {
        script: { app: [{ fails: { step: "start", message: "not found" } }] },
      }).runToEnd(),
    ["ContainerCreating", "StartError"],
  ],
  [
    "R-DEADLINE-4 the container's own word goes before DeadlineExceeded",
    () =>
      new Machine(pod({ activeDeadlineSeconds: 5 }), {
        script: { app: [{ onSigterm: { code: 0 } }] },
      }).runToEnd(),
    ["ContainerCreating", "Running", "Completed"],
  ],
];
for (const [name, machine, expected] of lives) {
  Deno.test(`R-PRINT-10: ${name}`, () => deepEqual(words(machine()), expected));
}
