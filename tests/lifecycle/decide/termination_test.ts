import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { PodSpec } from "../../../src/api/types/pod.ts";
import { applyPodEvent } from "../../../src/lifecycle/record/apply_pod_event.ts";
import { createPodRecord } from "../../../src/lifecycle/record/record.ts";
import { computeKillAt } from "../../../src/lifecycle/decide/termination.ts";
import { container, Machine, type MachineOptions, pod, type Script, sidecar } from "../machine.ts";

/** The signals sent, as `TIME SIGNAL NAME`. */
function signals(machine: Machine): string[] {
  return machine.operations.filter((operation) => operation.includes(" SIG"));
}

const stubborn = { onSigterm: "ignore" } as const;
const slow = (afterMs: number) => ({ onSigterm: { code: 0, afterMs } });
const s1s2 = { initContainers: [sidecar("s1"), sidecar("s2")] };
const s123 = { initContainers: [sidecar("s1"), sidecar("s2"), sidecar("s3")] };

interface Row {
  readonly name: string;
  readonly spec: Partial<PodSpec>;
  readonly script: Script;
  readonly graceSeconds: number;
  readonly options?: MachineOptions;
  readonly expected: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: "R-TERM-1 all mains at once",
    spec: { containers: [container("a"), container("b")] },
    script: { a: [slow(3000)] },
    graceSeconds: 30,
    expected: ["0 SIGTERM a", "0 SIGTERM b"],
  },
  {
    name: "R-TERM-3 SIGKILL at the end of the grace",
    spec: {},
    script: { app: [stubborn] },
    graceSeconds: 10,
    expected: ["0 SIGTERM app", "10 SIGKILL app"],
  },
  ...[0, 1, 2].map((graceSeconds) => ({
    name: `R-TERM-5 R-FOLK-12 the floor of 2 s with grace ${graceSeconds}`,
    spec: {},
    script: { app: [stubborn] },
    graceSeconds,
    expected: ["0 SIGTERM app", "2 SIGKILL app"],
  })),
  {
    name: "R-TERM-5 the floor is a setting: 2 s of wall time at --speed 10",
    spec: {},
    script: { app: [stubborn] },
    graceSeconds: 5,
    options: { settings: { stopFloorMs: 20_000, speed: 10 } },
    expected: ["0 SIGTERM app", "20 SIGKILL app"],
  },
  {
    name: "R-TERM-4 sidecars wait for the mains, and for the next later one",
    spec: s123,
    script: { app: [slow(1000)], s3: [slow(1000)], s2: [slow(1000)] },
    graceSeconds: 30,
    expected: ["0 SIGTERM app", "1 SIGTERM s3", "2 SIGTERM s2", "3 SIGTERM s1"],
  },
  {
    name: "R-TERM-4 one that is down counts as done, so the one before it does not wait",
    spec: s123,
    script: { app: [slow(1000)], s3: [slow(1000)], s2: [{ ms: 0 }] },
    graceSeconds: 30,
    expected: ["0 SIGTERM app", "1 SIGTERM s1", "1 SIGTERM s3"],
  },
  {
    name: "R-TERM-4 one that ends before its turn still keeps its place",
    spec: s123,
    script: { app: [slow(1000)], s3: [slow(3000)], s2: [{ ms: 1500 }] },
    graceSeconds: 30,
    expected: ["0 SIGTERM app", "1 SIGTERM s3", "4 SIGTERM s1"],
  },
  {
    name: "R-TERM-3 whole seconds are taken from the grace, part of one is not",
    spec: s1s2,
    script: { app: [slow(2500)], s1: [stubborn], s2: [stubborn] },
    graceSeconds: 5,
    expected: [
      "0 SIGTERM app",
      "2.5 SIGTERM s2",
      "5 SIGTERM s1",
      "5.5 SIGKILL s2",
      "7 SIGKILL s1",
    ],
  },
  {
    name: "R-TERM-7 R-TERM-9 the order is lost when mains use up the grace",
    spec: s1s2,
    script: { app: [stubborn], s1: [stubborn], s2: [stubborn] },
    graceSeconds: 3,
    expected: [
      "0 SIGTERM app",
      "3 SIGKILL app",
      "3 SIGTERM s1",
      "3 SIGTERM s2",
      "5 SIGKILL s1",
      "5 SIGKILL s2",
    ],
  },
  {
    name: "R-TERM-4 a regular init waits for no other",
    spec: { initContainers: [sidecar("s"), container("i")] },
    script: { i: [slow(1000)] },
    graceSeconds: 30,
    expected: ["0 SIGTERM s", "0 SIGTERM i"],
  },
  {
    name: "R-HOOK-8 a stop signal of its own",
    spec: { containers: [container("app", { lifecycle: { stopSignal: "SIGUSR1" } })] },
    script: { app: [stubborn] },
    graceSeconds: 2,
    expected: ["0 SIGUSR1 app", "2 SIGKILL app"],
  },
];
for (const { name, spec, script, graceSeconds, options = {}, expected } of rows) {
  Deno.test(`termination: ${name}`, () => {
    const machine = new Machine(pod(spec), { ...options, script }).runTo(0);
    machine.delete(graceSeconds).runToEnd();
    deepEqual(signals(machine), expected);
    equal(machine.done, true);
  });
}

Deno.test("R-TERM-11 R-DELETE-3: a shorter grace asked for later is honoured at once", () => {
  const machine = new Machine(pod({}), { script: { app: [stubborn] } }).runTo(0).delete(30);
  machine.runTo(5000).delete(3).runToEnd();
  deepEqual(signals(machine), ["0 SIGTERM app", "8 SIGKILL app"]);
});

Deno.test("R-TERM-11 R-TERM-5: a shorter grace keeps the floor after the signal", () => {
  const machine = new Machine(pod({}), { script: { app: [stubborn] } }).runTo(0).delete(30);
  machine.runTo(500).delete(0).runToEnd();
  deepEqual(signals(machine), ["0 SIGTERM app", "2 SIGKILL app"]);
});

Deno.test("R-TERM-3: a stop that begins a moment after its deletion has not been shortened", () => {
  const deletion = { type: "deletionRequested", at: 0, graceSeconds: 5 } as const;
  const record = applyPodEvent(createPodRecord({ at: 0 }), deletion);
  const stop = {
    cause: "podTerminating",
    graceMs: 5000,
    begunAt: 0.3,
    leftMs: 5000,
    leftSince: 0.3,
    restarts: false,
    step: { type: "waiting" },
  } as const;
  equal(computeKillAt(record, stop, 2500), 5500);
});

Deno.test("R-DELETE-3: a longer grace asked for later changes nothing", () => {
  const machine = new Machine(pod({}), { script: { app: [stubborn] } }).runTo(0).delete(4);
  machine.runTo(1000).delete(60).runToEnd();
  deepEqual(signals(machine), ["0 SIGTERM app", "4 SIGKILL app"]);
});

Deno.test("R-TERM-8: the stop signal is sent once", () => {
  const machine = new Machine(pod({}), { script: { app: [stubborn] } }).runTo(0).delete(10);
  machine.runTo(1000).delete(9).runTo(2000).delete(8).runTo(5000);
  deepEqual(signals(machine), ["0 SIGTERM app"]);
});

Deno.test("R-TERM-2: the natural end of a pod gives its sidecars the pod's own grace", () => {
  const subject = pod({
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 7,
    initContainers: [sidecar("s")],
  });
  const machine = new Machine(subject, { script: { app: [{ ms: 1000 }], s: [stubborn] } });
  deepEqual(signals(machine.runToEnd()), ["1 SIGTERM s", "8 SIGKILL s"]);
  equal(machine.status.phase, "Succeeded");
});

Deno.test("R-PHASE-7 R-TERM-2: an eviction is Failed with its own reason and grace", () => {
  const machine = new Machine(pod({}), { script: { app: [stubborn] } }).runTo(1000);
  const message = "The node was low on resource: memory.";
  machine.send({ type: "evicted", at: 1000, reason: "Evicted", message, graceSeconds: 0 });
  equal(machine.status.phase, "Running", "R-WORKER-8");
  machine.runToEnd();
  deepEqual(signals(machine), ["1 SIGTERM app", "3 SIGKILL app"]);
  deepEqual([machine.status.phase, machine.status.reason, machine.status.message], [
    "Failed",
    "Evicted",
    message,
  ]);
  equal(machine.events.at(-1)?.reason, "Killing");
});

for (const [code, phase] of [[0, "Succeeded"], [143, "Failed"]] as const) {
  Deno.test(`R-PHASE-8 R-FOLK-21: a deleted pod whose main answers with ${code} is ${phase}`, () => {
    const machine = new Machine(pod({}), { script: { app: [{ onSigterm: { code } }] } }).runTo(0);
    machine.delete(30).runToEnd();
    equal(machine.status.phase, phase);
    equal(machine.status.reason, undefined);
  });
}

Deno.test("R-PHASE-8 R-STATUS-9: a pod deleted before it was initialized is Failed", () => {
  const subject = pod({ initContainers: [container("i"), container("j")] });
  const machine = new Machine(subject, { script: { i: [{ onSigterm: { code: 0 } }] } }).runTo(1000);
  machine.delete(30).runToEnd();
  equal(machine.status.phase, "Failed");
  equal(machine.state("i"), "Terminated Completed 0");
  equal(machine.state("j"), "Waiting PodInitializing");
  equal(machine.state("app"), "Waiting PodInitializing");
});

Deno.test("R-STATUS-9: a pod deleted before its containers could be made", () => {
  const machine = new Machine(pod({}), { volumesFail: 100 }).runTo(1000).delete(30).runToEnd();
  equal(machine.now, 1000);
  equal(machine.status.phase, "Failed");
  equal(machine.state("app"), "Terminated ContainerStatusUnknown 137");
  equal(
    machine.container("app").state?.terminated?.message,
    "The container could not be located when the pod was terminated",
  );
});

Deno.test("R-ACT-9 R-WORKER-2: nothing is started once the pod is being deleted", () => {
  const script = { app: [{ ms: 1000, code: 1 }] };
  const machine = new Machine(pod({}), { script }).runTo(1500).delete(30).runToEnd();
  equal(machine.operations.filter((operation) => operation.includes("start app")).length, 2);
  equal(machine.now, 1500);
});

Deno.test("R-WORKER-1: a start in progress ends before its container is stopped", () => {
  const machine = new Machine(pod({}), { latency: () => 1000, script: { app: [slow(0)] } });
  machine.runTo(2500).delete(30).runToEnd();
  deepEqual(machine.operations.slice(1, 3), ["2 start app 0", "3 SIGTERM app"]);
  equal(machine.status.phase, "Succeeded");
});

Deno.test("R-SANDBOX-7 R-WORKER-6: the sandbox goes after the containers, then the rest", () => {
  const machine = new Machine(pod({}), { script: { app: [slow(2000)] }, latency: () => 100 });
  machine.runTo(1000).delete(30).runToEnd();
  const kinds = machine.history.map(({ type }) => type);
  equal(kinds.indexOf("containerExited") < kinds.indexOf("sandboxStopped"), true);
  equal(kinds.indexOf("sandboxStopped") < kinds.indexOf("podRemoved"), true);
});

Deno.test("R-DEADLINE-2 R-DEADLINE-3: the deadline counts from the first sight, inits included", () => {
  const subject = pod({ activeDeadlineSeconds: 5, initContainers: [container("i")] });
  const machine = new Machine(subject, { at: 60_000 }).runToEnd();
  deepEqual(signals(machine), ["65 SIGTERM i"]);
  equal(machine.status.reason, "DeadlineExceeded");
  equal(machine.status.startTime, "1970-01-01T00:01:00Z");
});

Deno.test("R-WORKER-9: a pod that ended before its deadline keeps its phase", () => {
  const subject = pod({ activeDeadlineSeconds: 5, restartPolicy: "Never" });
  const machine = new Machine(subject, { script: { app: [{ ms: 4999 }] }, latency: () => 500 });
  machine.runToEnd();
  equal(machine.status.phase, "Failed", "4.999 s after a start that took a second and a half");
  const early = new Machine(subject, { script: { app: [{ ms: 4999 }] } }).runToEnd().runTo(9000);
  equal(early.status.phase, "Succeeded");
});

Deno.test("R-WORKER-2: a pod that was Succeeded before the node saw it is only cleaned up", () => {
  const machine = new Machine(pod({}), { status: { phase: "Succeeded" } }).runToEnd();
  deepEqual(machine.operations, ["0 terminate finished"]);
  equal(machine.done, true);
  equal(machine.status.phase, "Succeeded");
});

Deno.test("R-WORKER-6: what could not be cleaned up is retried", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" }), { latency: () => 1000 }).runTo(5000);
  machine.delete(1).runTo(5500);
  const { sandbox } = machine.record;
  equal(sandbox.type, "stopping");
  machine.send({ type: "sandboxStopFailed", at: machine.now, sandboxId: "s0", message: "busy" });
  equal(machine.events.at(-1)?.message, "error killing pod: busy");
  equal(machine.record.sandbox.type, "stopFailed");
  machine.runTo(15_600);
  equal(machine.record.sandbox.type, "stopping");
  machine.runTo(16_600);
  equal(machine.record.removal.type, "removing");
  machine.send({ type: "podRemoveFailed", at: machine.now, message: "busy" });
  equal(machine.wakeAt, 26_600);
});

Deno.test("R-TERM-2: where the spec's grace is 0, a pod that ends by itself or by its deadline runs no preStop hook; a deletion gives 1 s", () => {
  const hook = { lifecycle: { preStop: { exec: { command: ["x"] } } } };
  const hooks = (machine: Machine) =>
    machine.operations.filter((operation) => operation.includes("hook"));
  const spec = { restartPolicy: "Never", terminationGracePeriodSeconds: 0 } as const;
  const natural = pod({ ...spec, initContainers: [sidecar("s", hook)] });
  const script = { app: [{ ms: 1000 }] };
  deepEqual(hooks(new Machine(natural, { script }).runToEnd()), []);
  const late = pod({ ...spec, activeDeadlineSeconds: 2, containers: [container("app", hook)] });
  deepEqual(hooks(new Machine(late).runToEnd()), []);
  deepEqual(hooks(new Machine(late).runTo(1000).delete(0).runToEnd()), ["1 hook app preStop"]);
});

Deno.test("R-TERM-11: a pod that is killed gets no grace, no hook and no turn, and ends as any other", () => {
  const preStop = { exec: { command: ["sleep", "50"] } };
  const spec = {
    ...s1s2,
    containers: [container("a", { lifecycle: { preStop } }), container("b")],
  };
  const script: Script = {
    a: [{ ...stubborn, hook: () => ({ afterMs: "never" }) }],
    b: [stubborn],
    s1: [stubborn],
    s2: [stubborn],
  };
  for (const isDeleted of [true, false]) {
    const machine = new Machine(pod(spec), { script }).runTo(1000);
    if (isDeleted) machine.delete(30).runTo(4000);
    const at = machine.now;
    machine.send({ type: "killRequested", at }).runTo(at);
    const second = at / 1000;
    deepEqual(signals(machine).filter((it) => it.includes("SIGKILL")).sort(), [
      `${second} SIGKILL a`,
      `${second} SIGKILL b`,
      `${second} SIGKILL s1`,
      `${second} SIGKILL s2`,
    ]);
    equal(machine.done, true);
    equal(machine.status.phase, "Failed");
    deepEqual(["a", "b", "s1", "s2"].map((name) => machine.state(name)), [
      "Terminated Error 137",
      "Terminated Error 137",
      "Terminated Error 137",
      "Terminated Error 137",
    ]);
    const killing = machine.log.findLast(({ type }) => type === "container.killing");
    equal(
      killing && "because" in killing && killing.because,
      "the pod is ended at once, without a grace",
    );
  }
});

Deno.test("R-TERM-11: a kill cancels starts and postStart hooks too", () => {
  const postStart = { exec: { command: ["sleep", "50"] } };
  const spec = { containers: [container("a", { lifecycle: { postStart } }), container("b")] };
  const script: Script = {
    a: [{ ...stubborn, hook: () => ({ afterMs: "never" }) }],
    b: [{ hangs: true }],
  };
  for (const only of [spec.containers, spec.containers.slice(1)]) {
    const machine = new Machine(pod({ containers: only }), { script }).runTo(1000);
    machine.send({ type: "killRequested", at: 1000 }).runTo(1000);
    equal(machine.done, true);
    equal(machine.status.phase, "Failed");
  }
});
