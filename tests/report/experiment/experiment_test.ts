import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import type { LogEvent } from "../../../src/lifecycle/trace/log_event.ts";
import {
  type Cell,
  type CellOutcome,
  computeOutcome,
  listCells,
  makePod,
  scriptWords,
} from "../../../src/report/experiment/experiment.ts";
import {
  type ExperimentForm,
  formatExperiment,
} from "../../../src/report/experiment/experiment_table.ts";
import { podEvent, run } from "../timeline/events.ts";

const CELL: Cell = { role: "app", policy: "Always", exitCode: 1 };
const phase = (at: number, to: string) => podEvent(at, "pod.phase", { to });
const waiting = (at: number, delayMs: number) =>
  podEvent(at, "container.waiting", {
    container: "exits-1",
    role: "app",
    reason: "CrashLoopBackOff",
    delayMs,
  });

const outcomes: readonly [name: string, events: LogEvent[], outcome: Partial<CellOutcome>][] = [
  ["nothing has happened", [], { phase: "Pending", restarts: 0, state: "Waiting" }],
  ["it runs", [run("exits-1", "app", 5, 9, 1)[0]!, phase(5, "Running")], {
    phase: "Running",
    state: "Running",
  }],
  [
    "it waits",
    [
      phase(5, "Running"),
      ...run("exits-1", "app", 5, 9, 1),
      ...run("exits-1", "app", 9, 12, 1, 1),
      waiting(12, 10_000),
    ],
    { phase: "Running", restarts: 1, state: "CrashLoopBackOff", backOffMs: 10_000 },
  ],
  ["it has failed", [...run("exits-1", "app", 5, 9, 1), phase(9, "Failed")], {
    phase: "Failed",
    state: "Error",
    exitStatus: 1,
  }],
  [
    "what comes after the lifetime does not count",
    [phase(5, "Running"), ...run("exits-1", "app", 5, 9, 1), phase(1006, "Failed")],
    { phase: "Running", state: "Error" },
  ],
  [
    "other containers do not count",
    [...run("runs-on", "app", 1, 2, 0), ...run("exits-1", "init", 5, 9, 1)],
    { state: "Error", restarts: 0 },
  ],
];
for (const [name, events, outcome] of outcomes) {
  Deno.test(`computeOutcome(): ${name}`, () => {
    const found = computeOutcome(CELL, events, 1000);
    for (const [field, value] of Object.entries(outcome)) {
      equal(found[field as keyof CellOutcome], value, field);
    }
    equal(found.exitStatus, outcome.exitStatus);
    equal(found.backOffMs, outcome.backOffMs);
  });
}

Deno.test("listCells() combines all with all", () => {
  const cells = listCells(["init", "app"], ["Always", "Never"], [0, 1]);
  equal(cells.length, 8);
  deepEqual(cells[1], { role: "init", policy: "Always", exitCode: 1 });
});

Deno.test("makePod() puts a container that succeeds beside a sidecar", () => {
  const { spec } = makePod({ ...CELL, role: "sidecar" }, 1.5) as {
    spec: { initContainers: unknown[]; containers: unknown[] };
  };
  deepEqual(spec.initContainers, [{
    name: "exits-1",
    image: "experiment",
    command: ["sh", "-c", "exit 1"],
    restartPolicy: "Always",
  }]);
  deepEqual(spec.containers, [{
    name: "works",
    image: "experiment",
    command: ["sleep", "1.5"],
  }]);
});

Deno.test("scriptWords() names only containers that there are", () => {
  deepEqual(scriptWords([CELL, CELL], 500), ["--exit=exits-1=1"]);
  deepEqual(scriptWords(listCells(["init", "sidecar"], ["Never"], [0, 3]), 500), [
    "--exit=exits-0=0",
    "--exit=exits-3=3",
    "--exit=runs-on=running",
    "--after=works=500ms",
  ]);
});

const OUTCOME = computeOutcome(
  CELL,
  [phase(1, "Running"), ...run("exits-1", "app", 1, 2, 1), waiting(2, 20_000)],
  60_000,
);
const form = (output: ExperimentForm["output"]) =>
  formatExperiment([OUTCOME], { output, for: 60_000, simulate: false });

Deno.test("formatExperiment() says what stands beside the container, where something does", () => {
  const notes = (role: CellOutcome["role"]) =>
    formatExperiment([{ ...OUTCOME, role }], { output: "text", for: 60_000, simulate: true })
      .split("\n").filter((line) => /^(init|sidecar|app): /.test(line));
  deepEqual(notes("app"), []);
  deepEqual(notes("init"), ["init: before an app that runs on"]);
  deepEqual(notes("sidecar"), ["sidecar: beside an app that ends with 0 half-way"]);
});

Deno.test("formatExperiment() has four forms", () => {
  deepEqual(form("text").split("\n").slice(0, 2), [
    "AS   POLICY  EXIT  PHASE    RESTARTS  CONTAINER               EXIT STATUS  RULE",
    "app  Always  1     Running  0         CrashLoopBackOff (20s)  runs on      R-PHASE-4",
  ]);
  match(
    form("markdown"),
    /^\| app \| Always \| 1 \| Running \| 0 \| CrashLoopBackOff \(20s\) \| /m,
  );
  match(form("html"), /<td>app<\/td><td>Always<\/td><td>1<\/td>/);
  deepEqual(JSON.parse(form("json")), [OUTCOME]);
});
