/** Hooks: postStart as part of a start, preStop as part of a stop (R-HOOK-3, R-HOOK-6). */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container } from "../../src/api/types/pod.ts";
import type { HookFinished } from "../../src/lifecycle/record/event.ts";
import { container, Machine, pod, type Run, sidecar } from "./machine.ts";

const handler = { exec: { command: ["hook"] } };
const postStart = { lifecycle: { postStart: handler } };
const preStop = { lifecycle: { preStop: handler } };

/** A pod with one main container. */
function podOf(rest: Partial<Container>, spec = {}) {
  return pod({ containers: [container("app", rest)], ...spec });
}

/** A hook that takes so long. */
const takes = (afterMs: number | "never"): Run => ({ hook: () => ({ afterMs }) });
const stubborn = { onSigterm: "ignore" } as const;
const fails: Run = { hook: () => ({ outcome: "failure", output: "no luck", exitCode: 3 }) };

/** The Events about hooks and stops, as `REASON: MESSAGE`. */
function reported(machine: Machine): string[] {
  return machine.events
    .filter(({ reason }) => /Hook|Killing|Fallback/.test(reason))
    .map(({ reason, message }) => `${reason}: ${message}`);
}

/** What the log says of hooks. */
function hookLines(machine: Machine): string[] {
  return machine.log.flatMap((line) => {
    if (line.type === "hook.started") return [`${line.at / 1000} ${line.hook} ${line.rule}`];
    if (line.type !== "hook.finished") return [];
    const code = line.exitCode === undefined ? "" : ` ${line.exitCode}`;
    return [`${line.at / 1000} ${line.hook} ${line.result}${code} ${line.rule}`];
  });
}

Deno.test("R-HOOK-3 R-ACT-7 R-FOLK-17: a postStart hook belongs to the start: nothing else is started meanwhile", () => {
  const subject = pod({ containers: [container("a", postStart), container("b")] });
  const machine = new Machine(subject, { script: { a: [takes(5000)] } }).runTo(10_000);
  deepEqual(machine.operations, [
    "0 sandbox 0",
    "0 start a 0",
    "0 hook a postStart",
    "5 start b 0",
  ]);
  deepEqual(hookLines(machine), ["0 postStart R-HOOK-3", "5 postStart success R-HOOK-3"]);
});

Deno.test("R-HOOK-3: until it is done the container shows its old state, and is not probed", () => {
  const readinessProbe = { exec: { command: ["ready"] }, periodSeconds: 10 };
  const subject = podOf({ ...postStart, readinessProbe, livenessProbe: readinessProbe });
  const script: Record<string, Run[]> = {
    app: [{ ...takes(12_000), ms: 14_000, code: 1 }, takes(3000)],
  };
  const machine = new Machine(subject, { script }).runTo(11_999);
  equal(machine.state("app"), "Waiting ContainerCreating");
  equal(machine.status.phase, "Pending");
  deepEqual(machine.operations.filter((operation) => operation.includes("probe")), []);
  machine.runTo(12_000);
  equal(machine.state("app"), "Running");
  deepEqual(machine.operations.filter((operation) => operation.includes("probe")), [
    "12 probe app readiness",
  ]);
  machine.runTo(15_000);
  equal(machine.state("app"), "Terminated Error 1", "its second run's hook is under way");
  machine.runTo(17_000);
  equal(machine.state("app"), "Running");
  equal(machine.container("app").restartCount, 1);
});

Deno.test("R-HOOK-3: a decision of another kind waits for the hook", () => {
  const subject = pod({ containers: [container("a"), container("b", postStart)] });
  const script: Record<string, Run[]> = { a: [{ ms: 1000, code: 1 }, {}], b: [takes(5000)] };
  const machine = new Machine(subject, { script }).runTo(10_000);
  deepEqual(machine.operations.slice(3), ["0 hook b postStart", "5 start a 1"]);
});

Deno.test("R-SIDECAR-1 R-SIDECAR-10: what comes after a sidecar waits for its postStart hook", () => {
  const subject = pod({ initContainers: [sidecar("s", postStart)] });
  const machine = new Machine(subject, { script: { s: [takes(4000)] } }).runTo(10_000);
  deepEqual(machine.operations.slice(1), ["0 start s 0", "0 hook s postStart", "4 start app 0"]);
});

Deno.test("R-HOOK-4 R-EVENT-9 R-START-1: a failed postStart hook has its container stopped, preStop and grace included", () => {
  const lifecycle = { postStart: handler, preStop: handler };
  const subject = podOf({ lifecycle }, { terminationGracePeriodSeconds: 10 });
  const failsAtFirst: Run = {
    ...stubborn,
    hook: (hook) =>
      hook === "postStart" ? { outcome: "failure", output: "no luck" } : { afterMs: 2000 },
  };
  const machine = new Machine(subject, { script: { app: [failsAtFirst, {}] } }).runTo(30_000);
  deepEqual(machine.operations.slice(1), [
    "0 start app 0",
    "0 hook app postStart",
    "0 hook app preStop",
    "2 SIGTERM app",
    "10 SIGKILL app",
    "10 start app 1",
    "10 hook app postStart",
  ]);
  deepEqual(reported(machine), [
    "FailedPostStartHook: PostStartHook failed",
    "Killing: FailedPostStartHook",
  ], "R-EVENT-19: its output is not reported");
  deepEqual(machine.states("app"), [
    "Waiting ContainerCreating",
    "Waiting PostStartHookError",
    "Running",
  ]);
  const waiting = machine.statuses.findLast(({ at }) => at === 10_000 && true);
  equal(waiting?.status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
  deepEqual(machine.phases, ["Pending", "Running"]);
});

Deno.test("R-HOOK-4: then restart policy and back-off apply", () => {
  const machine = new Machine(podOf(postStart), { script: { app: [fails] } }).runTo(40_000);
  deepEqual(machine.operations.filter((operation) => operation.includes("start app")), [
    "0 start app 0",
    "0 start app 1",
    "10 start app 2",
    "30 start app 3",
  ]);
  deepEqual(machine.states("app"), [
    "Waiting ContainerCreating",
    "Waiting PostStartHookError",
    "Waiting CrashLoopBackOff",
    "Waiting PostStartHookError",
    "Waiting CrashLoopBackOff",
    "Waiting PostStartHookError",
    "Waiting CrashLoopBackOff",
  ]);
  equal(machine.container("app").restartCount, 3);

  const never = new Machine(podOf(postStart, { restartPolicy: "Never" }), {
    script: { app: [fails] },
  }).runToEnd();
  equal(never.state("app"), "Terminated Error 143");
  equal(never.status.phase, "Failed");
});

Deno.test("R-HOOK-3 R-HOOK-4: a container that ends before its postStart hook", () => {
  const short = { ms: 1000, code: 0, ...takes("never") };
  const subject = podOf(postStart, { restartPolicy: "OnFailure" });
  const machine = new Machine(subject, { script: { app: [short] } }).runToEnd();
  deepEqual(reported(machine), ["FailedPostStartHook: PostStartHook failed"]);
  equal(machine.state("app"), "Terminated Completed 0");
  equal(machine.status.phase, "Succeeded");

  const failed = new Machine(podOf(postStart), {
    script: { app: [{ ...short, code: 1 }, {}] },
  }).runTo(5000);
  deepEqual(failed.states("app"), [
    "Waiting ContainerCreating",
    "Waiting PostStartHookError",
    "Running",
  ]);
});

Deno.test("R-HOOK-5: a postStart hook that never ends is cancelled when the pod is deleted", () => {
  const script: Record<string, Run[]> = { app: [takes("never")] };
  const machine = new Machine(podOf(postStart), { script }).runTo(20_000).delete(30).runToEnd();
  deepEqual(machine.operations.slice(2), [
    "0 hook app postStart",
    "20 cancel app",
    "20 SIGTERM app",
    "20 stopSandbox",
  ]);
  deepEqual(hookLines(machine), ["0 postStart R-HOOK-3", "20 postStart cancelled R-HOOK-5"]);
  deepEqual(reported(machine), ["Killing: Stopping container app"], "no failure is reported");
});

Deno.test("R-HOOK-5: so is one whose pod has run out of time", () => {
  const subject = podOf(postStart, { activeDeadlineSeconds: 5 });
  const machine = new Machine(subject, { script: { app: [takes("never")] } }).runToEnd();
  equal(machine.now, 5000);
  equal(machine.status.reason, "DeadlineExceeded");
});

Deno.test("R-HOOK-5: a pod that is deleted while its container starts has no hook run", () => {
  const machine = new Machine(podOf(postStart), { latency: () => 1000 }).runTo(2500).delete(30);
  machine.runToEnd();
  deepEqual(machine.operations.filter((operation) => operation.includes("hook")), []);
  deepEqual(hookLines(machine), []);
});

Deno.test("R-HOOK-6 R-TERM-3: preStop comes before the stop signal, and its whole seconds are taken from the grace", () => {
  const script: Record<string, Run[]> = { app: [{ ...stubborn, ...takes(3700) }] };
  const machine = new Machine(podOf(preStop), { script }).runTo(1000).delete(10).runToEnd();
  deepEqual(machine.operations.slice(2, -1), [
    "1 hook app preStop",
    "4.7 SIGTERM app",
    "11.7 SIGKILL app", // 10 s less 3 s of them.
  ]);
  deepEqual(hookLines(machine), ["1 preStop R-HOOK-6", "4.7 preStop success R-HOOK-7"]);
});

Deno.test("trace 7 R-HOOK-7: a preStop hook that takes longer than the grace is left to itself", () => {
  const script: Record<string, Run[]> = { app: [{ ...stubborn, ...takes(60_000) }] };
  const machine = new Machine(podOf(preStop), { script }).runTo(0).delete(10).runToEnd();
  deepEqual(machine.operations.slice(2), [
    "0 hook app preStop",
    "10 SIGTERM app",
    "12 SIGKILL app",
    "12 stopSandbox",
  ]);
  deepEqual(hookLines(machine), ["0 preStop R-HOOK-6", "10 preStop abandoned R-HOOK-7"]);
  deepEqual(reported(machine), ["Killing: Stopping container app"]);
});

Deno.test("R-HOOK-6 R-EVENT-9: stopping goes on after a failed preStop hook", () => {
  const machine = new Machine(podOf(preStop), { script: { app: [fails] } }).runTo(0).delete(10);
  machine.runToEnd();
  deepEqual(reported(machine), [
    "Killing: Stopping container app",
    "FailedPreStopHook: PreStopHook failed",
  ]);
  deepEqual(hookLines(machine), ["0 preStop R-HOOK-6", "0 preStop failure 3 R-HOOK-6"]);
  deepEqual(machine.operations.slice(-2), ["0 SIGTERM app", "0 stopSandbox"]);
});

Deno.test("R-HOOK-6: no preStop hook where a process ends by itself, or without a grace", () => {
  const itself = new Machine(podOf(preStop, { restartPolicy: "Never" }), {
    script: { app: [{ ms: 1000 }] },
  }).runToEnd();
  deepEqual(hookLines(itself), []);

  const restartAll = {
    restartPolicy: "Never",
    restartPolicyRules: [{
      action: "RestartAllContainers",
      exitCodes: { operator: "In", values: [9] },
    }],
  } as const;
  const subject = pod({ containers: [container("a", restartAll), container("b", preStop)] });
  const reset = new Machine(subject, { script: { a: [{ ms: 1000, code: 9 }, {}] } }).runTo(5000);
  deepEqual(reset.operations.slice(3, 4), ["1 SIGTERM b"]);
  deepEqual(hookLines(reset), [], "R-RAC-3");
});

Deno.test("R-HOOK-6: preStop runs whatever has a container stopped", () => {
  const livenessProbe = { exec: { command: ["x"] }, failureThreshold: 1, periodSeconds: 10 };
  const script: Record<string, Run[]> = {
    app: [{ ...takes(1000), probe: () => ({ outcome: "failure" }) }, {}],
  };
  const machine = new Machine(podOf({ ...preStop, livenessProbe }), { script }).runTo(15_000);
  deepEqual(machine.operations.slice(-3), [
    "10 hook app preStop",
    "11 SIGTERM app",
    "11 start app 1",
  ]);
});

Deno.test("R-TERM-6 R-FOLK-11: the hooks of sidecars begin at once, their signals wait for their turn", () => {
  const subject = pod({
    containers: [container("app", preStop)],
    initContainers: [sidecar("s1", preStop), sidecar("s2", preStop)],
  });
  const script: Record<string, Run[]> = {
    app: [{ ...takes(2000), onSigterm: { code: 0, afterMs: 3000 } }],
    s1: [takes(1000)],
    s2: [takes(7000)],
  };
  const machine = new Machine(subject, { script }).runTo(0).delete(30).runToEnd();
  deepEqual(machine.operations.slice(4), [
    "0 hook app preStop",
    "0 hook s1 preStop",
    "0 hook s2 preStop",
    "2 SIGTERM app",
    "7 SIGTERM s2",
    "7 SIGTERM s1",
    "7 stopSandbox",
  ]);
});

Deno.test("R-TERM-7: hooks that use up the grace lose the order, and every sidecar gets 2 s", () => {
  const subject = pod({ initContainers: [sidecar("s1", preStop), sidecar("s2")] });
  const script: Record<string, Run[]> = {
    app: [stubborn],
    s1: [{ ...stubborn, ...takes(60_000) }],
    s2: [stubborn],
  };
  const machine = new Machine(subject, { script }).runTo(0).delete(5).runToEnd();
  deepEqual(machine.operations.slice(-7), [
    "0 SIGTERM app",
    "5 SIGKILL app",
    "5 SIGTERM s1",
    "5 SIGTERM s2",
    "7 SIGKILL s1",
    "7 SIGKILL s2",
    "7 stopSandbox",
  ]);
});

Deno.test("R-TERM-3 R-TERM-9: used-up time is rounded down twice, after the hook and after the turn", () => {
  const subject = pod({ initContainers: [sidecar("s", preStop)] });
  const script: Record<string, Run[]> = {
    app: [{ onSigterm: { code: 0, afterMs: 3400 } }],
    s: [{ ...stubborn, ...takes(1900) }],
  };
  const machine = new Machine(subject, { script }).runTo(0).delete(10).runToEnd();
  // Hook 1.9 s, counted as 1; turn 1.5 s, counted as 1: 8 s are left.
  deepEqual(machine.operations.slice(-3, -1), ["3.4 SIGTERM s", "11.4 SIGKILL s"]);
});

Deno.test("R-TERM-11: a shorter grace asked for while a hook runs is honoured at once", () => {
  const script: Record<string, Run[]> = { app: [{ ...stubborn, ...takes(60_000) }] };
  const machine = new Machine(podOf(preStop), { script }).runTo(0).delete(30).runTo(5000);
  machine.delete(3).runToEnd();
  deepEqual(machine.operations.slice(-3, -1), ["8 SIGTERM app", "10 SIGKILL app"]);
});

Deno.test("R-EVENT-17: a hook that went from https to http says so, of the pod", () => {
  const message =
    "request to HTTPS lifecycle hook 127.0.0.2:443 got HTTP response, retry with HTTP succeeded";
  const script: Record<string, Run[]> = {
    app: [{ hook: () => ({ outcome: "warning", output: message }) }],
  };
  const machine = new Machine(podOf(postStart), { script }).runTo(1000);
  deepEqual(machine.events.filter(({ type }) => type === "Warning"), [
    { at: 0, type: "Warning", reason: "LifecycleHTTPFallback", message },
  ]);
  equal(machine.state("app"), "Running");
});

Deno.test("a container that ends while its preStop hook runs is not waited for any longer", () => {
  const script: Record<string, Run[]> = { app: [{ ms: 3000, ...takes("never") }] };
  const machine = new Machine(podOf(preStop), { script }).runTo(1000).delete(30).runToEnd();
  equal(machine.now, 3000);
  deepEqual(reported(machine), ["Killing: Stopping container app"]);
});

Deno.test("R-TERM-3: a hook that asks a process gets 1 s of wall time at --speed 10, a sleep does not", () => {
  const settings = { stopFloorMs: 20_000, answerFloorMs: 10_000, speed: 10 };
  const sleep = { lifecycle: { preStop: { sleep: { seconds: 5 } } } };
  for (const [rest, signalledAt] of [[preStop, 8], [sleep, 3]] as const) {
    const script: Record<string, Run[]> = { app: [takes(8000)] };
    const machine = new Machine(podOf(rest), { script, settings }).runTo(0).delete(3).runToEnd();
    deepEqual(machine.operations.slice(-2, -1), [`${signalledAt} SIGTERM app`]);
  }
});

const texts: readonly [why: string, answer: Partial<HookFinished>, message: string][] = [
  ["it wrote something", { output: "not yet\n", exitCode: 7 }, " failed with exit code 7: not yet"],
  ["it wrote nothing", { output: "", exitCode: 7 }, " failed with exit code 7"],
  ["it wrote a blank line", { output: " \n", exitCode: 7 }, " failed with exit code 7"],
  [
    "it cannot be run",
    { output: 'exec: "/x": stat /x: no such file or directory' },
    ' failed: exec: "/x": stat /x: no such file or directory',
  ],
  [
    "it wrote much",
    { output: "a".repeat(300), exitCode: 1 },
    ` failed with exit code 1: ${"a".repeat(200)}…`,
  ],
];
for (const [why, answer, message] of texts) {
  for (const hook of ["postStart", "preStop"] as const) {
    Deno.test(`R-HOOK-4 R-HOOK-6: the log says why a ${hook} hook failed where ${why}`, () => {
      const lifecycle = { [hook]: handler };
      const script = { app: [{ hook: () => ({ outcome: "failure" as const, ...answer }) }] };
      const machine = new Machine(podOf({ lifecycle }), { script }).runTo(1000).delete(30);
      const line = machine.log.find(({ type }) => type === "hook.finished");
      const word = hook === "postStart" ? "PostStart" : "PreStop";
      equal(line?.message, `${word} hook of container app${message}`);
      equal(line?.type === "hook.finished" && line.output, answer.output);
    });
  }
}
