/** Expectations compared with what was seen: exactly when simulated, with tolerance for real. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod, PodStatus } from "../../../src/api/types/pod.ts";
import { compareScenario } from "../../../src/cli/check/compare.ts";
import type { Observation } from "../../../src/cli/check/observation.ts";
import type { LogEvent } from "../../../src/lifecycle/trace/log_event.ts";
import { parseScenario } from "../../../src/scenario/scenario_file.ts";
import { podEvent, run } from "../../report/timeline/events.ts";

const POD = `---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers: [{ name: a, image: none }, { name: b, image: none }]
`;

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", uid: "u1" },
  spec: { containers: [{ name: "a", image: "none" }, { name: "b", image: "none" }] },
};

function waiting(at: number, container: string, reason: string): LogEvent {
  return podEvent(at, "container.waiting", { container, role: "app", restartCount: 0, reason });
}

function status(at: number, phase: PodStatus["phase"], ...states: readonly string[]) {
  const containerStatuses = states.map((state, index) => ({
    name: "ab"[index]!,
    image: "",
    imageID: "",
    ready: true,
    restartCount: 1,
    state: state === "Running" ? { running: {} } : { waiting: { reason: state } },
  }));
  return { at, status: { phase, containerStatuses } as PodStatus, isEnding: false };
}

/** Two containers that fail once; b ends before a, and lags behind. */
const SEEN: Observation = {
  events: [
    ...run("a", "app", 100, 5_200, 1),
    ...run("b", "app", 300, 5_100, 1),
    waiting(5_200, "a", "CrashLoopBackOff"),
    podEvent(5_300, "container.killing", {
      container: "b",
      role: "app",
      signal: "SIGTERM",
      graceSeconds: 40,
      reason: "Killing",
    }),
    podEvent(5_300, "pod.phase", { from: "Pending", to: "Running" }),
  ].sort((x, y) => x.at - y.at),
  exitStatus: 0,
  diagnostics: [],
  pods: [{
    pod: { ...pod, status: status(9000, "Running", "Running", "Running").status },
    names: ["web"],
    statuses: [
      status(0, "Pending", "ContainerCreating", "ContainerCreating"),
      status(400, "Running", "Running", "Running"),
    ],
  }],
  objects: new Map(),
  kubernetesEvents: [],
  asked: new Map(),
  withoutIds: (text) => text,
};

/** What fails of an expectation: its field, and what was seen. */
function compare(expectation: string, tolerance?: number): string[] {
  const { scenario: { expected }, errors } = parseScenario(
    `about: x\n${expectation}\n${POD}`,
    "s.yaml",
  );
  deepEqual(errors, []);
  return compareScenario({
    expected,
    seen: SEEN,
    isSeveral: false,
    ...tolerance !== undefined && { tolerance },
  }).map(({ field, seen }) => `${field}: ${seen}`);
}

const TRACE = `trace: |
  at 0s container.started a
  at 0s container.started b
  at 0s pod.phase Pending Running
  at 5s container.exited a Error 1
  at 5s container.waiting a CrashLoopBackOff delay 10s
  at 5s container.exited b Error 1 SIGKILL
  at 5s container.killing b SIGTERM grace 2s`;

/** With a tolerance of half a second, and exactly. */
const rows: readonly [
  what: string,
  expectation: string,
  real: readonly string[],
  exact: readonly string[],
][] = [
  [
    "a trace: each container in its order, near to its time, waits and graces aside",
    TRACE,
    ["trace[2]: at 5.3s pod.phase Pending Running"],
    ["trace[0]: at 100ms container.started a"],
  ],
  [
    "a trace that lacks an event of one container",
    TRACE.replace("at 0s pod.phase Pending Running", "at 5s pod.phase Pending Running")
      .replace("  at 5s container.exited a Error 1\n", ""),
    ["trace[0]: at 5.2s container.exited a Error 1 (R-PHASE-4)"],
    ["trace[0]: at 100ms container.started a"],
  ],
  [
    "an order with moments",
    "order: [at 100ms container.started a, at 5s container.exited b, at 5s pod.phase]",
    [],
    ["order[1]: at 5.1s container.exited b Error 1"],
  ],
  [
    "an order with windows, which are meant as they are written",
    "order: [at 0s..200ms container.started a, at 0s..5s container.exited]",
    ["order[1]: at 5.1s container.exited b Error 1"],
    ["order[1]: at 5.1s container.exited b Error 1"],
  ],
  [
    "a moment at which the status was about to change",
    "statusAt: { 200ms: { phase: Running } }",
    [],
    ["statusAt.200ms.phase: Pending"],
  ],
  [
    "states that only last for a moment",
    "states: { a: [Running] }",
    [],
    ['states.a: ["Waiting ContainerCreating","Running"]'],
  ],
  [
    "what a simulated machine is asked for",
    "machine: { a: { argv: [none] } }",
    [],
    ["machine.a: nothing"],
  ],
  ["a Pod that is not there", "conditions: { Deployment/x: { Available: True } }", [
    "conditions[Deployment/x].Available: there is no Deployment/x",
  ], ["conditions[Deployment/x].Available: there is no Deployment/x"]],
];
for (const [what, expectation, real, exact] of rows) {
  Deno.test(`compareScenario(): ${what}`, () => {
    deepEqual(compare(expectation, 500), real);
    deepEqual(compare(expectation), exact);
  });
}
