/** Probes: when they run, what their results do (R-PROBE-1 to R-PROBE-18). */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container, Probe } from "../../../src/api/types/pod.ts";
import { computeTick } from "../../../src/lifecycle/decide/probe.ts";
import { type Answer, container, Machine, pod, type Run, sidecar } from "../machine.ts";

const failure: Answer = { outcome: "failure", output: "not well" };
const error: Answer = { outcome: "error", output: "no such port" };

/** A probe with Kubernetes' numbers where nothing is said (R-PROBE-1). */
function probe(rest: Partial<Probe> = {}): Probe {
  return {
    exec: { command: ["ask"] },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...rest,
  };
}

/** Moments in seconds at which a probe was run. */
function probes(machine: Machine, type: string, name = "app"): number[] {
  return machine.operations.filter((operation) => operation.endsWith(` probe ${name} ${type}`))
    .map((operation) => Number(operation.split(" ")[0]));
}

/** What was done beside probing. */
function operations(machine: Machine): string[] {
  return machine.operations.filter((operation) => !operation.includes(" probe "));
}

/** A pod with one main container. */
function podOf(rest: Partial<Container>, spec = {}) {
  return pod({ containers: [container("app", rest)], ...spec });
}

/**
 * The lines of the log about probes, as `TIME RESULT` with a star where the result that counts
 * changed.
 */
function results(machine: Machine, type: string): string[] {
  return machine.log.flatMap((line) =>
    line.type === "probe.result" && line.probe === type
      ? [`${line.at / 1000} ${line.result}${line.changed ? "*" : ""}`]
      : []
  );
}

const ticks: readonly [
  name: string,
  worker: Parameters<typeof computeTick>[0],
  run: { startedAt: number; idleUntil: number },
  probe: Partial<Probe>,
  expected: number,
][] = [
  ["the first tick after the start", { count: 0 }, { startedAt: 3, idleUntil: 3 }, {}, 10],
  [
    "a tick at the very start found nothing yet",
    { count: 0 },
    { startedAt: 10, idleUntil: 10 },
    {},
    20,
  ],
  ["the next one after the last", { count: 0, lastAt: 10 }, { startedAt: 3, idleUntil: 3 }, {}, 20],
  [
    "on the grid also after a restart",
    { count: 0, lastAt: 30 },
    { startedAt: 47, idleUntil: 47 },
    {},
    50,
  ],
  [
    "not before the initial delay is over",
    { count: 0 },
    { startedAt: 3, idleUntil: 3 },
    { initialDelaySeconds: 18 },
    30,
  ],
  [
    "when it is just over",
    { count: 0 },
    { startedAt: 2, idleUntil: 2 },
    { initialDelaySeconds: 18 },
    20,
  ],
  [
    "R-PROBE-5 R-FOLK-16: the delay counts from the start, not from the startup probe's success",
    { count: 0 },
    { startedAt: 3, idleUntil: 41 },
    { initialDelaySeconds: 30 },
    50,
  ],
  [
    "R-PROBE-16: an extra one at once",
    { count: 0, base: 7, extra: true },
    { startedAt: 3, idleUntil: 7 },
    {},
    7,
  ],
  [
    "R-PROBE-16: an extra one that comes too early leaves a new grid",
    { count: 0, base: 7, extra: true },
    { startedAt: 7, idleUntil: 7 },
    { initialDelaySeconds: 12 },
    27,
  ],
];
for (const [name, worker, run, rest, expected] of ticks) {
  Deno.test(`R-PROBE-3 R-PROBE-4: computeTick() ${name}`, () => {
    const inMs = {
      ...worker,
      ...(worker.base !== undefined && { base: worker.base * 1000 }),
      ...(worker.lastAt !== undefined && { lastAt: worker.lastAt * 1000 }),
    };
    const { startedAt, idleUntil } = run;
    const facts = { startedAt: startedAt * 1000, idleUntil: idleUntil * 1000 };
    equal(computeTick(inMs, facts, probe(rest), 0), expected * 1000);
  });
}

Deno.test("R-PROBE-3: probes come on the grid of the node's first sight, through restarts", () => {
  const subject = podOf({ livenessProbe: probe() });
  const script = { app: [{ ms: 24_000, code: 1 }, {}] };
  const machine = new Machine(subject, { script, at: 4000 }).runTo(60_000);
  deepEqual(probes(machine, "liveness"), [14, 24, 34, 44, 54]);
});

Deno.test("R-PROBE-2: a worker outlives the runs of its container, and ends with the pod", () => {
  const subject = podOf({ livenessProbe: probe({ failureThreshold: 3 }) });
  // Two failures in the first run, one in the second: counters are not cleared by a restart
  // (R-PROBE-7).
  const script = {
    app: [{ ms: 25_000, code: 1, probe: () => failure }, { probe: () => failure }],
  };
  const machine = new Machine(subject, { script }).runTo(31_000);
  deepEqual(results(machine, "liveness"), ["10 failure", "20 failure", "30 failure*"]);
  machine.delete(30).runToEnd();
  equal(machine.wakeAt, undefined);
});

Deno.test("R-PROBE-4: nothing is probed that does not run", () => {
  const subject = podOf({ livenessProbe: probe({ periodSeconds: 1 }) });
  const machine = new Machine(subject, {
    script: { app: [{ ms: 2500, code: 1 }, { ms: 0, code: 1 }] },
  });
  machine.runTo(10_000);
  deepEqual(probes(machine, "liveness"), [1, 2]);
});

Deno.test("R-PROBE-6: before any probe has been run a container is alive, not started and not ready", () => {
  const all = { startupProbe: probe(), livenessProbe: probe(), readinessProbe: probe() };
  const machine = new Machine(podOf(all)).runTo(5000);
  const current = machine.record.containers.get("app")?.current;
  deepEqual(current?.type === "running" && current.probes, {
    startup: "unknown",
    liveness: "success",
    readiness: "failure",
  });
  const { started, ready } = machine.container("app");
  deepEqual([started, ready], [false, false]);
  equal(machine.status.phase, "Running");
  equal(
    machine.condition("Ready"),
    "False ContainersNotReady containers with unready status: [app]",
    "R-COND-6",
  );
});

Deno.test("R-PROBE-6: what was said of a run does not count for the next", () => {
  const subject = podOf({ readinessProbe: probe() });
  const script = { app: [{ ms: 15_000, code: 1 }, { probe: () => failure }] };
  const machine = new Machine(subject, { script }).runTo(14_000);
  equal(machine.container("app").ready, true);
  machine.runTo(16_000);
  equal(machine.container("app").ready, false);
});

Deno.test("R-PROBE-7: only a row that reaches the threshold counts", () => {
  const answers: Answer[] = [{}, failure, failure, {}, failure, failure, failure, {}, {}];
  const subject = podOf({
    readinessProbe: probe({ periodSeconds: 1, failureThreshold: 3, successThreshold: 2 }),
  });
  let asked = 0;
  const script = { app: [{ probe: () => answers[asked++] ?? {} }] };
  const machine = new Machine(subject, { script }).runTo(20_000);
  deepEqual(results(machine, "readiness").slice(0, 10), [
    "0 success", // One of two, by the extra probe at its start (R-PROBE-16).
    "1 failure",
    "2 failure",
    "3 success",
    "4 failure",
    "5 failure",
    "6 failure",
    "7 success",
    "8 success*",
    "9 success",
  ]);
});

Deno.test("R-PROBE-9 R-EVENT-7 R-FOLK-14: an error counts for nothing and kills no container", () => {
  const subject = podOf({ livenessProbe: probe(), readinessProbe: probe() });
  const machine = new Machine(subject, { script: { app: [{ probe: () => error }] } });
  machine.runTo(100_000);
  deepEqual(operations(machine), ["0 sandbox 0", "0 start app 0"]);
  equal(machine.container("app").ready, false, "it stays as it was at first");
  const [event] = machine.events.filter(({ reason }) => reason === "Unhealthy");
  deepEqual(event, {
    at: 0,
    type: "Warning",
    reason: "Unhealthy",
    message: "Readiness probe errored and resulted in unknown state: no such port",
    fieldPath: "spec.containers{app}",
  });
});

Deno.test("R-PROBE-9: an error between two failures does not break their row", () => {
  const answers: Answer[] = [failure, error, failure];
  let asked = 0;
  const subject = podOf({ livenessProbe: probe({ failureThreshold: 2 }) });
  const machine = new Machine(subject, {
    script: { app: [{ probe: () => answers[asked++] ?? {} }] },
  }).runTo(30_000);
  deepEqual(results(machine, "liveness"), ["10 failure", "20 error", "30 failure*"]);
});

Deno.test("trace 10 R-PROBE-15 R-ACT-3 R-FOLK-15: a container that fails its liveness probe is restarted", () => {
  const subject = podOf({ livenessProbe: probe() }, { initContainers: [container("i")] });
  const script = { i: [{ ms: 0 }], app: [{ probe: () => failure }, {}] };
  const machine = new Machine(subject, { script }).runTo(60_000);
  deepEqual(operations(machine), [
    "0 sandbox 0",
    "0 start i 0",
    "0 start app 0",
    "30 SIGTERM app",
    "30 start app 1",
  ]);
  deepEqual(results(machine, "liveness").slice(0, 4), [
    "10 failure",
    "20 failure",
    "30 failure*",
    "40 success",
  ]);
  deepEqual(
    machine.events.filter(({ reason }) => reason === "Unhealthy" || reason === "Killing")
      .map(({ at, type, reason, message }) => [at / 1000, type, reason, message]),
    [
      [10, "Warning", "Unhealthy", "Liveness probe failed: not well"],
      [20, "Warning", "Unhealthy", "Liveness probe failed: not well"],
      [30, "Warning", "Unhealthy", "Liveness probe failed: not well"],
      [30, "Normal", "Killing", "Container app failed liveness probe, will be restarted"],
    ],
    "R-EVENT-6 R-EVENT-19 R-TERM-10",
  );
  equal(machine.container("app").restartCount, 1);
  deepEqual(machine.phases, ["Pending", "Running"]);
});

Deno.test("R-EVENT-8: a probe that warns has succeeded", () => {
  const warning: Answer = { outcome: "warning", output: "Probe terminated redirects" };
  const subject = podOf({ readinessProbe: probe() });
  const machine = new Machine(subject, { script: { app: [{ probe: () => warning }] } }).runTo(0);
  equal(machine.container("app").ready, true);
  deepEqual(machine.events.filter(({ type }) => type === "Warning"), [{
    at: 0,
    type: "Warning",
    reason: "ProbeWarning",
    message: "Readiness probe warning: Probe terminated redirects",
    fieldPath: "spec.containers{app}",
  }]);
});

Deno.test("R-BACKOFF-7: the first restart by a probe is immediate and makes no entry; later ones count from the run before", () => {
  const subject = podOf({ livenessProbe: probe({ periodSeconds: 1, failureThreshold: 1 }) });
  const machine = new Machine(subject, { script: { app: [{ probe: () => failure }] } });
  machine.runTo(1000);
  equal(machine.record.containers.get("app")?.backoff, undefined);
  machine.runTo(80_000);
  deepEqual(machine.operations.filter((operation) => operation.includes("start")), [
    "0 start app 0",
    "1 start app 1", // No run before the one that was killed.
    "2 start app 2", // No entry yet.
    "13 start app 3", // The kill at 3 s is refused: from then on it counts like any other end.
    "34 start app 4", // So is the kill at 14 s: 11 s after the end before it, where 20 s are due.
    "75 start app 5",
  ]);
});

Deno.test("R-BACKOFF-7: once refused, the exit code of the kill decides", () => {
  const subject = podOf(
    { livenessProbe: probe({ periodSeconds: 1, failureThreshold: 1 }) },
    { restartPolicy: "OnFailure" },
  );
  const script = { app: [{ probe: () => failure, onSigterm: { code: 0 } }] };
  const machine = new Machine(subject, { script }).runToEnd();
  equal(machine.status.phase, "Succeeded");
  equal(machine.container("app").restartCount, 2);
});

const verdicts: readonly [string, Partial<Container>, string, string[], string][] = [
  [
    "OnFailure, whatever the exit code",
    {},
    "OnFailure",
    ["10 SIGTERM app", "10 start app 1"],
    "Container app failed liveness probe, will be restarted",
  ],
  [
    "its own Always in a Never pod",
    { restartPolicy: "Always" },
    "Never",
    ["10 SIGTERM app", "10 start app 1"],
    "Container app failed liveness probe, will be restarted",
  ],
  [
    "its own Never in an Always pod",
    { restartPolicy: "Never" },
    "Always",
    ["10 SIGTERM app"],
    "Container app failed liveness probe",
  ],
  ["Never", {}, "Never", ["10 SIGTERM app"], "Container app failed liveness probe"],
];
for (const [name, rest, restartPolicy, expected, message] of verdicts) {
  Deno.test(`R-ACT-4: restartable by the policy alone: ${name}`, () => {
    const app = container("app", { livenessProbe: probe({ failureThreshold: 1 }), ...rest });
    const subject = pod({
      restartPolicy: restartPolicy as "Always",
      containers: [app, container("other")],
    });
    const script: Record<string, Run[]> = {
      app: [{ probe: () => failure, onSigterm: { code: 0 } }, {}],
    };
    const machine = new Machine(subject, { script }).runTo(15_000);
    deepEqual(operations(machine).slice(3), expected);
    deepEqual(machine.events.find(({ reason }) => reason === "Killing")?.message, message);
    equal(machine.status.phase, "Running");
  });
}

Deno.test("R-ACT-4: rules are asked afterwards, with the exit code of the kill", () => {
  const app = container("app", {
    restartPolicy: "Never",
    restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [143] } }],
    livenessProbe: probe({ failureThreshold: 1 }),
  });
  const script = { app: [{ probe: () => failure }, {}] };
  const machine = new Machine(pod({ containers: [app, container("b")] }), { script }).runTo(15_000);
  deepEqual(operations(machine).slice(3), ["10 SIGTERM app", "10 start app 1"]);
  equal(
    machine.events.find(({ reason }) => reason === "Killing")?.message,
    "Container app failed liveness probe",
  );
});

Deno.test("R-ACT-5: under Never the last main's failure is the end of the pod, with the pod's grace", () => {
  const liveness = probe({ failureThreshold: 1, terminationGracePeriodSeconds: 2 });
  const subject = podOf(
    { livenessProbe: liveness },
    { restartPolicy: "Never", terminationGracePeriodSeconds: 20, initContainers: [sidecar("s")] },
  );
  const script: Record<string, Run[]> = { app: [{ probe: () => failure, onSigterm: "ignore" }] };
  const machine = new Machine(subject, { script }).runToEnd();
  deepEqual(operations(machine).slice(3), [
    "10 SIGTERM app",
    "30 SIGKILL app",
    "30 SIGTERM s",
    "30 terminate finished",
    "30 stopSandbox",
  ]);
  equal(
    machine.events.find(({ reason }) => reason === "Killing")?.message,
    "Stopping container app",
  );
  equal(machine.status.phase, "Failed");
});

const graces: readonly [string, Partial<Probe>, number][] = [
  ["the pod's", {}, 30],
  ["the probe's own", { terminationGracePeriodSeconds: 5 }, 15],
  ["the probe's own, though it is longer", { terminationGracePeriodSeconds: 60 }, 70],
];
for (const type of ["livenessProbe", "startupProbe"] as const) {
  for (const [name, rest, killedAt] of graces) {
    Deno.test(`R-PROBE-17 R-TERM-2: ${type}: ${name}`, () => {
      const subject = podOf({ [type]: probe({ failureThreshold: 1, ...rest }) }, {
        terminationGracePeriodSeconds: 20,
      });
      const script: Record<string, Run[]> = {
        app: [{ probe: () => failure, onSigterm: "ignore" }, {}],
      };
      const machine = new Machine(subject, { script }).runTo(100_000);
      deepEqual(operations(machine).slice(2, 4), ["10 SIGTERM app", `${killedAt} SIGKILL app`]);
    });
  }
}

Deno.test("R-PROBE-17: a shorter grace of a deletion beats the probe's", () => {
  const subject = podOf({
    livenessProbe: probe({ failureThreshold: 1, terminationGracePeriodSeconds: 60 }),
  });
  const script: Record<string, Run[]> = { app: [{ probe: () => failure, onSigterm: "ignore" }] };
  const machine = new Machine(subject, { script }).runTo(15_000).delete(3).runToEnd();
  deepEqual(operations(machine).slice(2, 4), ["10 SIGTERM app", "18 SIGKILL app"]);
});

Deno.test("R-PROBE-8: after its verdict a probe holds until another run comes", () => {
  const subject = podOf({ livenessProbe: probe({ failureThreshold: 1 }) });
  const script: Record<string, Run[]> = {
    app: [{ probe: () => failure, onSigterm: { code: 1, afterMs: 25_000 } }, {}],
  };
  const machine = new Machine(subject, { script }).runTo(50_000);
  deepEqual(probes(machine, "liveness"), [10, 40, 50]);
});

Deno.test("R-PROBE-15 R-STATUS-4: a startup probe that succeeds starts the container, once", () => {
  const subject = podOf({
    startupProbe: probe({ periodSeconds: 5, failureThreshold: 10 }),
    livenessProbe: probe(),
    readinessProbe: probe(),
  });
  const script: Record<string, Run[]> = {
    app: [{ probe: (type, at) => type === "startup" && at < 20_000 ? failure : {} }],
  };
  const machine = new Machine(subject, { script }).runTo(45_000);
  deepEqual(results(machine, "startup"), ["5 failure", "10 failure", "15 failure", "20 success*"]);
  deepEqual(probes(machine, "liveness"), [30, 40], "its first tick after that");
  deepEqual(probes(machine, "readiness"), [20, 30, 40], "at once, and then from there");
  deepEqual([machine.container("app").started, machine.container("app").ready], [true, true]);
});

Deno.test("R-PROBE-15 R-ACT-3: a startup probe that fails so often has the container restarted", () => {
  const subject = podOf({
    startupProbe: probe({ initialDelaySeconds: 5, failureThreshold: 2 }),
    livenessProbe: probe(),
  });
  const script = { app: [{ probe: () => failure }, {}] };
  const machine = new Machine(subject, { script }).runTo(40_000);
  deepEqual(operations(machine).slice(1, 4), ["0 start app 0", "20 SIGTERM app", "20 start app 1"]);
  equal(
    machine.events.find(({ reason }) => reason === "Killing")?.message,
    "Container app failed startup probe, will be restarted",
  );
  deepEqual(probes(machine, "liveness"), [40], "the second run has started at 30");
});

Deno.test("R-PROBE-15 R-COND-6: a readiness probe only says who is ready", () => {
  const subject = podOf({ readinessProbe: probe() });
  const script: Record<string, Run[]> = {
    app: [{ probe: (_, at) => at >= 20_000 && at < 60_000 ? failure : {} }],
  };
  const machine = new Machine(subject, { script }).runTo(100_000);
  deepEqual(operations(machine), ["0 sandbox 0", "0 start app 0"]);
  const ready = machine.statuses.map(({ at, status }) =>
    `${at / 1000} ${status.conditions?.find(({ type }) => type === "Ready")?.status}`
  );
  deepEqual(ready.filter((text, index) => text.slice(-4) !== ready[index - 1]?.slice(-4)), [
    "0 False",
    "0 True",
    "40 False",
    "60 True",
  ]);
});

Deno.test("R-PROBE-16 R-WORKER-4: whenever the worker looks, one that is not ready is probed at once", () => {
  const subject = pod({
    containers: [container("app", { readinessProbe: probe() }), container("other")],
  });
  const script: Record<string, Run[]> = {
    app: [{ probe: () => failure }],
    other: [{ ms: 13_000, code: 1 }, {}],
  };
  const machine = new Machine(subject, { script }).runTo(40_000);
  // At its own start, its neighbour's start, end and second start; from there on every period.
  deepEqual(probes(machine, "readiness"), [0, 0, 10, 13, 13, 23, 33]);
});

Deno.test("R-PROBE-16: one that is under way is followed by the extra one", () => {
  const subject = pod({
    containers: [
      container("app", { readinessProbe: probe({ timeoutSeconds: 5 }) }),
      container("other"),
    ],
  });
  const script: Record<string, Run[]> = {
    app: [{ probe: () => ({ ...failure, afterMs: 4000 }) }],
    other: [{ ms: 2000, code: 1 }, {}],
  };
  const machine = new Machine(subject, { script }).runTo(20_000);
  deepEqual(probes(machine, "readiness"), [0, 4, 14]);
});

Deno.test("R-PROBE-16 R-WORKER-1: while a start is under way nothing causes an extra one", () => {
  const subject = pod({
    containers: [
      container("app", { readinessProbe: probe({ failureThreshold: 1 }) }),
      container("short"),
      container("slow", { lifecycle: { postStart: { exec: { command: ["register"] } } } }),
    ],
  });
  const script: Record<string, Run[]> = {
    app: [{ probe: (_, at) => 1000 < at && at < 20_000 ? failure : {} }],
    short: [{ ms: 12_000 }, {}],
    slow: [{ hook: () => ({ afterMs: 15_000 }) }],
  };
  const machine = new Machine(subject, { script }).runTo(30_000);
  // It fails at 10 s, short ends at 12 s: both are seen at 15 s, when the start of slow is over.
  deepEqual(probes(machine, "readiness"), [0, 0, 10, 15, 15, 25]);
});

Deno.test("R-PROBE-3: one tick that comes while a probe is under way is made up for, a second is lost", () => {
  const subject = podOf({ livenessProbe: probe({ periodSeconds: 10, timeoutSeconds: 60 }) });
  let asked = 0;
  const script: Record<string, Run[]> = {
    app: [{ probe: () => asked++ === 0 ? { afterMs: 25_000 } : {} }],
  };
  const machine = new Machine(subject, { script }).runTo(60_000);
  deepEqual(probes(machine, "liveness"), [10, 35, 40, 50, 60]);
});

Deno.test("R-PROBE-18 R-FOLK-23: once the pod is ending, only readiness goes on", () => {
  const all = { livenessProbe: probe(), readinessProbe: probe() };
  const subject = pod({
    containers: [container("app", all)],
    initContainers: [sidecar("s", all)],
  });
  const slow = { onSigterm: { code: 0, afterMs: 25_000 } };
  const script: Record<string, Run[]> = {
    app: [{ ...slow, probe: (type, at) => type === "readiness" && at < 30_000 ? {} : failure }],
    s: [slow],
  };
  const machine = new Machine(subject, { script }).runTo(19_000).delete(60).runToEnd();
  deepEqual(probes(machine, "liveness"), [10]);
  deepEqual(probes(machine, "liveness", "s"), [10]);
  // Twice at once: the sidecar became ready while the first was under way (R-PROBE-16).
  deepEqual(probes(machine, "readiness"), [0, 0, 10, 20, 30, 40]);
  deepEqual(operations(machine).slice(3), ["19 SIGTERM app", "44 SIGTERM s", "69 stopSandbox"]);
});

Deno.test("R-PROBE-18: sidecars of a pod that ends by itself are still probed, without effect", () => {
  const subject = pod({
    restartPolicy: "Never",
    activeDeadlineSeconds: 15,
    initContainers: [sidecar("s", { livenessProbe: probe({ failureThreshold: 1 }) })],
  });
  const script: Record<string, Run[]> = {
    app: [{ onSigterm: { code: 0, afterMs: 20_000 } }],
    s: [{ probe: (_, at) => at > 15_000 ? failure : {} }],
  };
  const machine = new Machine(subject, { script }).runToEnd();
  deepEqual(probes(machine, "liveness", "s"), [10, 20], "and held after its verdict");
  deepEqual(operations(machine).slice(3), [
    "15 terminate deadline",
    "15 SIGTERM app",
    "35 SIGTERM s",
    "35 stopSandbox",
  ]);
});

Deno.test("R-SIDECAR-1 R-SIDECAR-3: what comes after a sidecar waits for its startup probe", () => {
  const startupProbe = probe({ periodSeconds: 2, failureThreshold: 2 });
  const subject = pod({ initContainers: [sidecar("s", { startupProbe }), container("i")] });
  const script: Record<string, Run[]> = {
    s: [{ probe: () => failure }, {}],
    i: [{ ms: 1000 }],
  };
  const machine = new Machine(subject, { script }).runTo(20_000);
  deepEqual(operations(machine), [
    "0 sandbox 0",
    "0 start s 0",
    "4 SIGTERM s",
    "4 start s 1",
    "6 start i 0",
    "7 start app 0",
  ]);
  equal(
    machine.events.find(({ reason }) => reason === "Killing")?.message,
    "Init container s failed startup probe",
  );
});

Deno.test("R-SIDECAR-3: a sidecar that fails its liveness probe is restarted, even under Never", () => {
  const livenessProbe = probe({ failureThreshold: 1 });
  const subject = pod({
    restartPolicy: "Never",
    initContainers: [sidecar("s", { livenessProbe })],
  });
  const script: Record<string, Run[]> = { s: [{ probe: () => failure }, {}] };
  const machine = new Machine(subject, { script }).runTo(20_000);
  deepEqual(operations(machine), [
    "0 sandbox 0",
    "0 start s 0",
    "0 start app 0",
    "10 SIGTERM s",
    "10 start s 1",
  ]);
  equal(
    machine.events.find(({ reason }) => reason === "Killing")?.message,
    "Init container s failed liveness probe",
  );
});

Deno.test("what a probe says of a container that has ended meanwhile counts for nothing", () => {
  const subject = podOf({ livenessProbe: probe({ failureThreshold: 1 }) });
  const script: Record<string, Run[]> = {
    app: [{ ms: 12_000, code: 1, probe: () => ({ ...failure, afterMs: "never" }) }, {}],
  };
  const machine = new Machine(subject, { script }).runTo(30_000);
  deepEqual(results(machine, "liveness"), ["20 success", "30 success"]);
  deepEqual(machine.events.filter(({ type }) => type === "Warning"), []);
});

Deno.test("a sidecar that is probed keeps no pod from being stuck", () => {
  const subject = pod({ initContainers: [sidecar("s", { readinessProbe: probe() })] });
  const fails = { step: "config", message: 'configmap "c" not found' } as const;
  const machine = new Machine(subject, { script: { app: [{ fails }] } }).runTo(1000);
  equal(machine.stuck?.type, "unready");
});

Deno.test("probe.result: what a line of the log says", () => {
  const subject = podOf({ readinessProbe: probe({ failureThreshold: 2 }) });
  const answers: Answer[] = [{}, failure, failure, error];
  let asked = 0;
  const script = { app: [{ probe: () => answers[asked++] ?? {} }] };
  const machine = new Machine(subject, { script }).runTo(30_000);
  const lines = machine.log.filter(({ type }) => type === "probe.result").map((line) => {
    const { type: _t, pod: _p, uid: _u, container: _c, role: _r, ...rest } = line as
      & typeof line
      & { container: string; role: string };
    return rest;
  });
  deepEqual(lines.slice(0, 4), [
    {
      at: 0,
      message: "Readiness probe of container app succeeded",
      probe: "readiness",
      result: "success",
      changed: true,
      output: "",
      because: "success 1 of 1 in a row: the container is ready",
      rule: "R-STATUS-5",
    },
    {
      at: 10_000,
      message: "Readiness probe of container app failed: not well",
      probe: "readiness",
      result: "failure",
      changed: false,
      output: "not well",
      because: "failure 1 of 2 in a row: its result stays success until then",
      rule: "R-PROBE-7",
    },
    {
      at: 20_000,
      message: "Readiness probe of container app failed: not well",
      probe: "readiness",
      result: "failure",
      changed: true,
      output: "not well",
      because: "failure 2 of 2 in a row: the container is not ready",
      rule: "R-PROBE-15",
    },
    {
      at: 20_000,
      message: "Readiness probe of container app errored: no such port",
      probe: "readiness",
      result: "error",
      changed: false,
      output: "no such port",
      because: "a probe that could not be run counts for nothing",
      rule: "R-PROBE-9",
    },
  ]);
});

Deno.test("probe.result: a long output is cut in the sentence, not beside it", () => {
  const output = `${"x".repeat(300)}\n`;
  const script = { app: [{ probe: (): Answer => ({ outcome: "failure", output }) }] };
  const subject = podOf({ readinessProbe: probe() });
  const line = new Machine(subject, { script }).runTo(0).log.find(({ type }) =>
    type === "probe.result"
  );
  equal(line?.message, `Readiness probe of container app failed: ${"x".repeat(200)}…`);
  equal(line?.type === "probe.result" && line.output, output);
});

Deno.test("R-ACT-10 R-SIDECAR-5: a main killed by its probe is started at once, though the last sidecar is down", () => {
  const subject = podOf(
    { livenessProbe: probe({ periodSeconds: 3, failureThreshold: 1 }) },
    { initContainers: [sidecar("s")] },
  );
  const script = {
    s: [{ ms: 0, code: 3 }],
    app: [{ probe: () => failure, onSigterm: { code: 0, afterMs: 1000 } }],
  };
  const machine = new Machine(subject, { script }).runTo(5000);
  equal(machine.state("s"), "Waiting CrashLoopBackOff");
  equal(machine.container("app").restartCount, 1);
  equal(machine.states("app").some((state) => state.startsWith("Terminated")), false);
});

Deno.test("R-SIDECAR-5: one that ended by itself waits for the sidecar", () => {
  const subject = podOf({}, { initContainers: [sidecar("s")] });
  const script = { s: [{ ms: 0, code: 3 }], app: [{ ms: 3000, code: 1 }] };
  const machine = new Machine(subject, { script }).runTo(5000);
  equal(machine.state("app"), "Terminated Error 1");
  equal(machine.runTo(30_000).container("app").restartCount > 0, true);
});

Deno.test("R-ACT-10: the start that is owed comes before a reset that was asked for during the kill", () => {
  const rules = {
    restartPolicy: "Never",
    restartPolicyRules: [{
      action: "RestartAllContainers",
      exitCodes: { operator: "In", values: [42] },
    }],
  } as const;
  const subject = podOf({ livenessProbe: probe({ periodSeconds: 3, failureThreshold: 1 }) });
  const both = {
    ...subject,
    spec: { ...subject.spec, containers: [...subject.spec.containers, container("cause", rules)] },
  };
  const script = {
    app: [{ probe: () => failure, onSigterm: { code: 0, afterMs: 2000 } }],
    cause: [{ ms: 4000, code: 42 }, {}],
  };
  const machine = new Machine(both, { script }).runTo(7500);
  deepEqual(machine.operations.filter((operation) => / (start|remove) /.test(operation)), [
    "0 start app 0",
    "0 start cause 0",
    "5 start app 1",
    "7 remove app",
    "7 remove cause",
    "7 start app 2",
    "7 start cause 1",
  ]);
});
