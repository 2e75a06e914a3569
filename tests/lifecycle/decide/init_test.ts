import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container, RestartPolicy } from "../../../src/api/types/pod.ts";
import type {
  ContainerRecord,
  ContainerRun,
} from "../../../src/lifecycle/record/container_record.ts";
import { computeInitPlan } from "../../../src/lifecycle/decide/init.ts";
import type { TerminatedReason } from "../../../src/lifecycle/record/reasons.ts";
import { createPodRecord } from "../../../src/lifecycle/record/record.ts";
import { container, Machine, pod, sidecar } from "../machine.ts";

/**
 * A newest run in one word: `R` running, `Rn` running but not started yet, `Ri` running another
 * image, `T0` and `T1` exited, `oom` OOMKilled with code 0, `U` unknown, `-` none.
 */
function run(word: string): ContainerRun | undefined {
  const facts = { containerId: "c", restartCount: 0, sandboxId: "s0", image: "busybox" };
  const startedAt = 0;
  const probes = { startup: "unknown", liveness: "success", readiness: "failure" } as const;
  const ended = (exitCode: number, reason: TerminatedReason): ContainerRun => ({
    type: "exited",
    ...facts,
    startedAt,
    exitCode,
    reason,
    finishedAt: 1,
    message: "",
    logTail: "",
  });
  switch (word) {
    case "R":
      return { type: "running", ...facts, pid: 1, startedAt, idleUntil: 0 };
    case "Rn":
      return { type: "running", ...facts, pid: 1, startedAt, idleUntil: 0, probes };
    case "Ri":
      return { type: "running", ...facts, pid: 1, startedAt, idleUntil: 0, image: "old" };
    case "U":
      return { type: "unknown", ...facts, startedAt, killed: false };
    case "oom":
      return ended(0, "OOMKilled");
    case "-":
      return undefined;
    default:
      return ended(Number(word.slice(1)), word === "T0" ? "Completed" : "Error");
  }
}

const a = container("a");
const b = container("b");
const s = sidecar("s");
const never = container("a", { restartPolicy: "Never" });
const onFailure = container("a", { restartPolicy: "OnFailure" });

/** Rule, policy, init entries, their newest runs, the main's, and the plan. */
type Row = readonly [string, RestartPolicy, readonly Container[], string, string, string];
const rows: readonly Row[] = [
  ["R-INIT-1 no init containers", "Always", [], "", "-", "initialized"],
  ["R-INIT-2 a running main proves initialization", "Always", [a, b], "T0 T1", "R", "initialized"],
  ["R-INIT-2 an exited main proves nothing", "Always", [a, b], "T0 T1", "T1", "start b"],
  ["R-INIT-3 the last that ran decides", "Always", [a, b], "- T0", "-", "initialized"],
  ["R-INIT-4 running: wait", "Always", [a, b], "R -", "-", "wait"],
  ["R-INIT-4 exited 0: the next", "Always", [a, b], "T0 -", "-", "start b"],
  ["R-INIT-4 exited 0 and last: initialized", "Always", [a, b], "T0 T0", "-", "initialized"],
  ["R-INIT-4 failed: again", "Always", [a, b], "T1 -", "-", "start a"],
  ["R-INIT-4 failed for good", "Never", [a, b], "T1 -", "-", "kill the pod"],
  ["R-INIT-4 unknown: again", "Always", [a, b], "U -", "-", "start a"],
  ["R-INIT-4 unknown and Never", "Never", [a, b], "U -", "-", "kill the pod"],
  ["R-INIT-4 unknown and its own Never", "Always", [never, b], "U -", "-", "kill the pod"],
  ["R-INIT-5 nothing ran: the first", "Always", [a, b], "- -", "-", "start a"],
  ["R-INIT-6 R-FOLK-19 a success is final under Always", "Always", [a], "T0", "-", "initialized"],
  ["R-INIT-6 OnFailure retries", "OnFailure", [a, b], "T1 -", "-", "start a"],
  ["R-INIT-6 its own Never", "Always", [never, b], "T1 -", "-", "kill the pod"],
  ["R-INIT-6 its own OnFailure", "Never", [onFailure, b], "T1 -", "-", "start a"],
  ["R-INIT-9 OOM with code 0 under OnFailure", "OnFailure", [a, b], "oom -", "-", "kill the pod"],
  ["R-INIT-9 OOM with code 0 under Always", "Always", [a, b], "oom -", "-", "start a"],
  ["R-SIDECAR-1 running: the next", "Always", [s, b], "R -", "-", "start b"],
  ["R-SIDECAR-1 not started yet: wait", "Always", [s, b], "Rn -", "-", "wait"],
  ["R-SIDECAR-2 last and running: initialized", "Always", [a, s], "T0 R", "-", "initialized"],
  ["R-SIDECAR-2 last and not started", "Always", [a, s], "T0 Rn", "-", "wait"],
  ["R-SIDECAR-3 none though a later one ran", "Always", [s, b], "- R", "-", "start s"],
  ["R-SIDECAR-3 none though initialized", "Always", [s], "-", "R", "initialized, start s"],
  ["R-SIDECAR-3 exited 0, Never", "Never", [s], "T0", "R", "initialized, start s"],
  ["R-SIDECAR-3 exited 1, Never", "Never", [s, b], "T1 R", "-", "start s"],
  ["R-SIDECAR-3 unknown", "Never", [s], "U", "R", "initialized, start s"],
  [
    "R-SIDECAR-3 another image",
    "Never",
    [s],
    "Ri",
    "R",
    "initialized, stop s: definitionChanged, start s",
  ],
  ["R-SIDECAR-3 not started: not even another image", "Never", [s], "Rn", "R", "initialized"],
  ["R-SIDECAR-4 down, and a later one ran", "Always", [s, b], "T1 T0", "-", "initialized, start s"],
  ["R-SIDECAR-4 down, and it decides", "Always", [s, b], "T1 -", "-", "start s"],
  ["R-SIDECAR-5 the last one is down, mains exited", "Always", [s], "T1", "T1", "start s"],
  [
    "R-FOLK-8 a finished init with another image is left alone",
    "Always",
    [
      container("a", { image: "new" }),
    ],
    "T0",
    "R",
    "initialized",
  ],
];
for (const [name, restartPolicy, initContainers, words, main, answer] of rows) {
  Deno.test(`computeInitPlan() ${name}: ${answer}`, () => {
    const containers = new Map<string, ContainerRecord>();
    const remember = (name: string, word: string) => {
      const current = run(word);
      if (current === undefined) return;
      containers.set(name, { name, current, nextRestartCount: 1, superseded: [] });
    };
    words.split(" ").forEach((word, index) => {
      const init = initContainers[index];
      if (init !== undefined) remember(init.name, word);
    });
    remember("app", main);
    const record = { ...createPodRecord({ at: 0 }), containers };
    const plan = computeInitPlan(pod({ restartPolicy, initContainers }), record);
    const said = plan.killPod ? ["kill the pod"] : [
      ...(plan.initialized ? ["initialized"] : []),
      ...plan.stop.map(({ container, cause }) => `stop ${container.name}: ${cause}`),
      ...plan.start.map(({ name }) => `start ${name}`),
    ];
    equal(said.join(", ") || "wait", answer);
  });
}

function starts(machine: Machine): string[] {
  return machine.operations.filter((operation) => operation.includes("start "));
}

Deno.test("R-INIT-8: one regular init at a time, then the mains", () => {
  const subject = pod({
    initContainers: [a, b],
    containers: [container("x"), container("y")],
  });
  const machine = new Machine(subject, { script: { a: [{ ms: 2000 }], b: [{ ms: 3000 }] } });
  deepEqual(starts(machine.runTo(10_000)), [
    "0 start a 0",
    "2 start b 0",
    "5 start x 0",
    "5 start y 0",
  ]);
});

Deno.test("R-ACT-7 R-FOLK-17: starts are sequential", () => {
  const subject = pod({ containers: [container("x"), container("y")] });
  const machine = new Machine(subject, { latency: () => 1000 });
  deepEqual(starts(machine.runTo(10_000)), ["2 start x 0", "3 start y 0"]);
});

Deno.test("R-SIDECAR-6 R-ACT-6: a sidecar in back-off is skipped, the others go on", () => {
  const subject = pod({ initContainers: [sidecar("s1"), sidecar("s2")] });
  const script = {
    s1: [{ ms: 1000, code: 1 }, { ms: 0, code: 1 }, {}],
    s2: [{ ms: 2000, code: 1 }, {}],
  };
  const machine = new Machine(subject, { script }).runTo(30_000);
  deepEqual(starts(machine), [
    "0 start s1 0",
    "0 start s2 0",
    "0 start app 0",
    "1 start s1 1",
    "2 start s2 1",
    "11 start s1 2",
  ]);
  equal(machine.status.phase, "Running");
});

Deno.test("R-ACT-6: a regular init that cannot be configured holds everything back", () => {
  const fails = { step: "config", message: "no such key" } as const;
  const machine = new Machine(pod({ initContainers: [a] }), { script: { a: [{ fails }] } });
  deepEqual(starts(machine.runTo(25_000)), ["0 start a 0", "10 start a 0", "20 start a 0"]);
  equal(machine.state("a"), "Waiting CreateContainerConfigError");
  equal(machine.state("app"), "Waiting PodInitializing");
});

Deno.test("R-ACT-6: a main that cannot be configured does not hold back the others", () => {
  const fails = { step: "config", message: "no such key" } as const;
  const subject = pod({ containers: [container("x"), container("y")] });
  const machine = new Machine(subject, { script: { x: [{ fails }] } }).runTo(5000);
  deepEqual(starts(machine), ["0 start x 0", "0 start y 0"]);
  equal(machine.status.phase, "Pending", "R-PHASE-5: one main is not yet created");
});

Deno.test("R-ACT-3 R-RESTART-7 R-MODEL-5: a changed image restarts just that main, even under Never", () => {
  const subject = pod({
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 5,
    containers: [container("x"), container("y")],
  });
  const script = { x: [{ onSigterm: "ignore" }, {}] } as const;
  const machine = new Machine(subject, { script }).runTo(1000);
  machine.pod = {
    ...subject,
    spec: { ...subject.spec, containers: [container("x", { image: "new" }), container("y")] },
  };
  machine.send({ type: "volumesPrepared", at: machine.now }).runTo(20_000);
  deepEqual(machine.operations.slice(3), ["1 SIGTERM x", "6 SIGKILL x", "6 start x 1"]);
  deepEqual(machine.phases, ["Pending", "Running"]);
  equal(machine.container("x").image, "docker.io/library/new:latest");
  equal(
    machine.events.find(({ reason }) => reason === "Killing")?.message,
    "Container x definition changed, will be restarted",
  );
});
