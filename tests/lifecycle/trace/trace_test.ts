import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { Container } from "../../../src/api/types/pod.ts";
import type { LogEvent } from "../../../src/lifecycle/trace/log_event.ts";
import { generateK8sEvents } from "../../../src/lifecycle/trace/kubernetes_event.ts";
import { createPodRecord } from "../../../src/lifecycle/record/record.ts";
import { container, Machine, pod, sidecar } from "../machine.ts";

/** The lines of one type, without what all lines carry. */
function lines(machine: Machine, type: LogEvent["type"]): Record<string, unknown>[] {
  return machine.log.filter((line) => line.type === type).map((line) => {
    const { type: _t, pod: _p, uid: _u, ...rest } = line;
    return rest;
  });
}

const wallZeroMs = Date.UTC(2026, 0, 1);
const crash = { ms: 1200, code: 3 };
const machine = new Machine(pod({}), { settings: { wallZeroMs }, script: { app: [crash] } });
machine.runTo(20_000);

Deno.test("every line names its pod, and every decision its because and rule", () => {
  for (const line of machine.log) {
    deepEqual([line.pod, line.uid], ["default/p", "u1"]);
    ok("because" in line && line.because !== "" && /^R-[A-Z]+-\d+$/.test(line.rule), line.type);
  }
});

/** Every type of line that reports a decision. */
const decisions: Readonly<
  Record<Exclude<LogEvent["type"], "field.ignored" | "log" | "pod.finished">, true>
> = {
  "pod.phase": true,
  "pod.condition": true,
  "sandbox.started": true,
  "sandbox.exited": true,
  "container.started": true,
  "container.exited": true,
  "container.waiting": true,
  "container.killing": true,
  "probe.result": true,
  "hook.started": true,
  "hook.finished": true,
};

Deno.test("a life in which everything is decided once: each decision has its because and rule", () => {
  const exec = { exec: { command: ["x"] } };
  const app = container("app", {
    lifecycle: { postStart: exec, preStop: exec },
    livenessProbe: { ...exec, periodSeconds: 1, failureThreshold: 2 },
  });
  const subject = pod({ containers: [app], initContainers: [sidecar("s"), container("i")] });
  const life = new Machine(subject, {
    script: {
      i: [{ ms: 0, code: 1 }, { ms: 0, code: 1 }, { ms: 0 }],
      app: [{
        probe: () => ({ outcome: "failure" }),
        hook: (hook) => ({ afterMs: hook === "preStop" ? "never" : 0 }),
        onSigterm: "ignore",
      }],
    },
  }).runTo(100_000).killPause().runTo(200_000).delete(1).runToEnd();
  deepEqual([...new Set(life.log.map(({ type }) => type))].sort(), Object.keys(decisions).sort());
  for (const line of life.log) {
    ok("because" in line && line.because.length > 0, `${line.type} has no because`);
    match(line.rule, /^R-[A-Z]+-\d+$/, line.type);
  }
});

Deno.test("sandbox.started", () => {
  deepEqual(lines(machine, "sandbox.started"), [{
    at: 0,
    message: "Sandbox 0 started: process",
    pid: 100,
    attempt: 0,
    isolation: "process",
    because: "the pod had no sandbox",
    rule: "R-SANDBOX-1",
  }]);
});

Deno.test("container.started", () => {
  const started = lines(machine, "container.started");
  deepEqual(started[0], {
    at: 0,
    message: "Container app started",
    container: "app",
    role: "app",
    pid: 1000,
    restartCount: 0,
    startMs: 1,
    because: "the sandbox is ready and there are no init containers",
    rule: "R-ACT-3",
  });
  deepEqual(started[2], {
    at: 12_400,
    message: "Container app started again (restart 2)",
    container: "app",
    role: "app",
    pid: 1000,
    restartCount: 2,
    startMs: 1,
    delayMs: 10_000,
    because:
      "its last run ended with exit code 3, and the pod's restart policy Always starts it again; started after a back-off of 10 s",
    rule: "R-RESTART-1",
    decidedBy: "podPolicy",
  });
});

Deno.test("container.exited", () => {
  deepEqual(lines(machine, "container.exited")[0], {
    at: 1200,
    message: "Container app exited with code 3 after 1.2 s",
    container: "app",
    role: "app",
    reason: "Error",
    exitCode: 3,
    restartCount: 0,
    durationMs: 1200,
    because:
      "it ended by itself with exit code 3, and the pod's restart policy Always starts it again",
    rule: "R-RESTART-1",
    decidedBy: "podPolicy",
  });
});

/** What chose the restart after exit code 3. */
const deciders: readonly [Partial<Container>, string][] = [
  [{}, "podPolicy"],
  [{ restartPolicy: "Always" }, "containerPolicy"],
  [{
    restartPolicy: "Never",
    restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [3] } }],
  }, "restartRule"],
];
for (const [fields, decider] of deciders) {
  Deno.test(`R-RESTART-1 R-RESTART-2 R-RESTART-5: the log names what decided: ${decider}`, () => {
    const life = new Machine(pod({ containers: [container("app", fields)] }), {
      script: { app: [{ ms: 1000, code: 3 }, {}] },
    }).runTo(20_000);
    const log = life.log.flatMap((it) => "decidedBy" in it ? [[it.type, it.decidedBy]] : []);
    deepEqual(log, [
      ["container.exited", decider],
      ["container.started", decider],
    ]);
  });
}

Deno.test("container.waiting", () => {
  deepEqual(lines(machine, "container.waiting")[0], {
    at: 2400,
    message: "Container app waits 10 s before restart 2",
    container: "app",
    role: "app",
    reason: "CrashLoopBackOff",
    restartCount: 1,
    delayMs: 10_000,
    until: "2026-01-01T00:00:12.400Z",
    because:
      "restart 2 may come 10 s after the end of the last run; each restart doubles the wait up to 300 s",
    rule: "R-BACKOFF-2",
  });
});

Deno.test("container.killing", () => {
  const stubborn = new Machine(pod({}), { script: { app: [{ onSigterm: "ignore" }] } });
  stubborn.runTo(1000).delete(5).runToEnd();
  deepEqual(lines(stubborn, "container.killing"), [{
    at: 1000,
    message: "Stopping container app with SIGTERM; it has 5 s",
    container: "app",
    role: "app",
    reason: "Killing",
    signal: "SIGTERM",
    graceSeconds: 5,
    because: "the pod is being deleted",
    rule: "R-WORKER-6",
  }, {
    at: 6000,
    message: "Killing container app",
    container: "app",
    role: "app",
    reason: "Killing",
    signal: "SIGKILL",
    graceSeconds: 0,
    because: "it had not ended 5 s after SIGTERM",
    rule: "R-TERM-3",
  }]);
  deepEqual(lines(stubborn, "container.exited")[0], {
    at: 6000,
    message: "Container app was ended by SIGKILL (137) after 6 s",
    container: "app",
    role: "app",
    reason: "Error",
    exitCode: 137,
    signal: "SIGKILL",
    restartCount: 0,
    durationMs: 6000,
    because: "it was stopped: the pod is being deleted",
    rule: "R-TERM-3",
  });
  deepEqual(lines(stubborn, "sandbox.exited"), [{
    at: 6000,
    message: "Sandbox 0 stopped",
    pid: 100,
    attempt: 0,
    isolation: "process",
    died: false,
    because: "the pod has ended and none of its containers runs",
    rule: "R-SANDBOX-7",
  }]);
});

/** Whether the sentence that explains a phase names the facts. */
const phases: readonly [string, Machine, string][] = [
  ["Running", new Machine(pod({})), "every main container has been started; running: app"],
  [
    "Succeeded",
    new Machine(pod({ restartPolicy: "Never" }), { script: { app: [{ ms: 1 }] } }),
    "every main container ended with exit code 0: app",
  ],
  [
    "Failed",
    new Machine(pod({ restartPolicy: "Never" }), { script: { app: [{ ms: 1, code: 2 }] } }),
    "container app ended with exit code 2 and nothing starts it again",
  ],
  [
    "Failed",
    new Machine(pod({ restartPolicy: "Never", initContainers: [container("i")] }), {
      script: { i: [{ ms: 1, code: 2 }] },
    }),
    "init container i ended with exit code 2 and nothing starts it again",
  ],
  [
    "Failed",
    new Machine(pod({ activeDeadlineSeconds: 5 })),
    "the pod was active for 5 s, its activeDeadlineSeconds",
  ],
];
for (const [to, subject, because] of phases) {
  Deno.test(`pod.phase: ${to}, because ${because}`, () => {
    subject.runTo(10_000);
    const line = subject.log.find((line) => line.type === "pod.phase" && line.to === to);
    ok(line?.type === "pod.phase");
    equal(line.because, because);
  });
}

Deno.test("pod.phase and pod.condition carry from, to, condition and status", () => {
  const [line] = lines(machine, "pod.phase");
  deepEqual([line?.from, line?.to, line?.message], ["Pending", "Running", "Pod is Running"]);
  const [first] = lines(machine, "pod.condition").filter(({ condition }) => condition === "Ready");
  deepEqual(first, {
    at: 0,
    message: "Pod is not ready",
    condition: "Ready",
    status: "False",
    reason: "ContainersNotReady",
    because: "containers with unready status: [app]",
    rule: "R-COND-5",
  });
});

const subject = pod({ initContainers: [container("i"), sidecar("s"), container("j")] });
const starts: readonly [string, string, string][] = [
  ["i", "init", "it comes first of all init containers"],
  ["s", "sidecar", "init container i before it has succeeded"],
  ["j", "init", "sidecar s before it has started"],
  ["app", "app", "all init containers are done: i, s, j"],
];
for (const [name, role, because] of starts) {
  Deno.test(`container.started: ${role} ${name}, because ${because}`, () => {
    const script = { i: [{ ms: 1 }], j: [{ ms: 1 }] };
    const line = lines(new Machine(subject, { script }).runTo(1000), "container.started")
      .find(({ container }) => container === name);
    deepEqual([line?.role, line?.because], [role, because]);
  });
}

const pulled =
  'Container image "busybox" already present on machine and can be accessed by the pod';

Deno.test("R-EVENT-2 R-EVENT-4 R-EVENT-18 R-START-4 R-IMAGE-3: the Events of a life", () => {
  const script = { i: [{ ms: 1 }] };
  const life = new Machine(pod({ initContainers: [container("i")] }), { script }).runTo(1000);
  life.delete(30).runToEnd();
  deepEqual(
    life.events.map(({ type, reason, message, fieldPath }) => [type, reason, message, fieldPath]),
    [
      ["Normal", "Pulled", pulled, "spec.initContainers{i}"],
      ["Normal", "Created", "Container created", "spec.initContainers{i}"],
      ["Normal", "Started", "Container started", "spec.initContainers{i}"],
      ["Normal", "Pulled", pulled, "spec.containers{app}"],
      ["Normal", "Created", "Container created", "spec.containers{app}"],
      ["Normal", "Started", "Container started", "spec.containers{app}"],
      ["Normal", "Killing", "Stopping container app", "spec.containers{app}"],
    ],
  );
});

Deno.test("R-EVENT-3 R-START-1: the Events of failed starts", () => {
  const step = (step: "config" | "start") => ({ fails: { step, message: "no" } });
  const failing = new Machine(pod({}), { script: { app: [step("config"), step("start"), {}] } });
  deepEqual(failing.runTo(10_000).events.map(({ reason, message }) => [reason, message]), [
    ["Pulled", pulled],
    ["Failed", "Error: no"],
    ["Pulled", pulled],
    ["Created", "Container created"],
    [
      "Failed",
      "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: " +
      "runc create failed: unable to start container process: no",
    ],
    ["Pulled", pulled],
    ["Created", "Container created"],
    ["Started", "Container started"],
  ]);
});

Deno.test("container.killing: a sidecar has what the mains left of the grace", () => {
  const script = { app: [{ onSigterm: { code: 0, afterMs: 5000 } }] };
  const machine = new Machine(pod({ initContainers: [sidecar("s")] }), { script });
  machine.runTo(0).delete(30).runToEnd();
  deepEqual(lines(machine, "container.killing").map(({ message }) => message), [
    "Stopping container app with SIGTERM; it has 30 s",
    "Stopping sidecar s with SIGTERM; it has 25 s",
  ]);
});

Deno.test("container.exited: because names the restart rule that matched", () => {
  const app = container("app", {
    restartPolicy: "Never",
    restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
  });
  const machine = new Machine(pod({ restartPolicy: "Never", containers: [app] }), {
    script: { app: [{ ms: 0, code: 42 }, { ms: 0, code: 0 }] },
  }).runToEnd();
  equal(
    lines(machine, "container.exited")[0]?.because,
    "it ended by itself with exit code 42, and its rule In [42] has the action Restart",
  );
});

Deno.test("R-IMAGE-3: an image that the machine has nothing for has no Event", () => {
  const failed = {
    type: "containerStartFailed",
    at: 7,
    name: "app",
    step: "config",
    message: "no",
    hasImage: false,
  } as const;
  const events = generateK8sEvents(pod({}), createPodRecord({ at: 0 }), failed);
  deepEqual(events.map(({ reason }) => reason), ["Failed"]);
});

Deno.test("R-EVENT-10: SandboxChanged", () => {
  const replaced = new Machine(pod({})).runTo(1000).killPause().runTo(2000);
  const events = replaced.events.filter(({ reason }) => reason === "SandboxChanged");
  deepEqual(events.map(({ message }) => message), [
    "Pod sandbox changed, it will be killed and re-created.",
  ]);
  equal(
    lines(replaced, "container.started").at(-1)?.because,
    "its sandbox was replaced; started at once",
  );
  deepEqual(lines(replaced, "sandbox.exited").map(({ message, died }) => [message, died]), [
    ["Sandbox 0 died", true],
  ]);
});

Deno.test("R-EVENT-5 R-BACKOFF-8: BackOff, once for each refused start", () => {
  const script = { app: [{ ms: 1, code: 1 }, { ms: 1, code: 1 }, {}] };
  const looping = new Machine(pod({}), { script }).runTo(20_000);
  deepEqual(
    looping.events.filter(({ type }) => type === "Warning"),
    [{
      at: 2,
      type: "Warning",
      reason: "BackOff",
      message: "Back-off restarting failed container app in pod p_default(u1)",
      fieldPath: "spec.containers{app}",
    }],
  );
});

Deno.test("R-EVENT-14 R-DEADLINE-1: DeadlineExceeded is Normal, and about the pod", () => {
  const late = new Machine(pod({ activeDeadlineSeconds: 5 })).runToEnd();
  deepEqual(late.events.find(({ reason }) => reason === "DeadlineExceeded"), {
    at: 5000,
    type: "Normal",
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  });
});

Deno.test("R-EVENT-12: FailedKillPod", () => {
  const subject = pod({});
  const failed = { type: "sandboxStopFailed", at: 7, sandboxId: "s0", message: "busy" } as const;
  deepEqual(generateK8sEvents(subject, createPodRecord({ at: 0 }), failed), [{
    at: 7,
    type: "Warning",
    reason: "FailedKillPod",
    message: "error killing pod: busy",
  }]);
});

for (const [state, word] of [[undefined, "unknown"], ["failure", "failure"]] as const) {
  Deno.test(`R-EVENT-7 R-PROBE-9: a probe that errored resulted in ${word} state`, () => {
    const exec = { command: ["ask"] };
    const machine = new Machine(
      pod({ containers: [container("app", { livenessProbe: { exec } })] }),
    )
      .runTo(1000);
    const { containerId } = machine.process("app");
    const known = { type: "probeFinished", at: 1000, name: "app", containerId } as const;
    const answer = { probe: "liveness", outcome: "error", output: "unexpected EOF" } as const;
    const events = generateK8sEvents(machine.pod, machine.record, {
      ...known,
      ...answer,
      ...(state && { state }),
    });
    deepEqual(events.map(({ reason, message }) => [reason, message]), [
      ["Unhealthy", `Liveness probe errored and resulted in ${word} state: unexpected EOF`],
    ]);
  });
}
