import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Container } from "../../src/api/types/pod.ts";
import { container, Machine, pod, sidecar } from "./machine.ts";

const startOver = {
  restartPolicy: "Never",
  restartPolicyRules: [{
    action: "RestartAllContainers",
    exitCodes: { operator: "In", values: [42] },
  }],
} as const satisfies Partial<Container>;

const subject = pod({
  restartPolicy: "Never",
  terminationGracePeriodSeconds: 30,
  initContainers: [container("i"), sidecar("s")],
  containers: [container("cause", startOver), container("done"), container("works")],
});

const script = {
  i: [{ ms: 1000 }],
  s: [{ onSigterm: "ignore" }, {}],
  cause: [{ ms: 5000, code: 42 }, {}],
  done: [{ ms: 1000 }, {}],
} as const;

Deno.test("R-RAC-1 R-RAC-3 R-RAC-4: one exit starts everything over, in its order", () => {
  const machine = new Machine(subject, { script }).runTo(20_000);
  deepEqual(machine.operations.slice(6), [
    "6 remove done",
    "6 SIGTERM works",
    "6 remove works",
    "6 remove i",
    "6 SIGTERM s",
    "8 SIGKILL s",
    "8 remove s",
    "8 remove cause",
    "8 start i 1",
    "9 start s 1",
    "9 start cause 1",
    "9 start done 1",
    "9 start works 1",
  ]);
  equal(
    machine.operations.some((operation) => operation.includes("sandbox 1")),
    false,
    "the sandbox is kept",
  );
});

Deno.test("R-RAC-2 R-RAC-5 R-RAC-6 R-COND-1 R-STATUS-13: what users see meanwhile", () => {
  const machine = new Machine(subject, { script }).runTo(5999);
  equal(machine.condition("AllContainersRestarting"), "False");
  machine.runTo(7000);
  equal(machine.status.phase, "Running");
  equal(
    machine.condition("AllContainersRestarting"),
    "True RestartAllContainersStarted container exited with restart policy rule",
  );
  equal(machine.condition("Initialized"), "True");
  equal(machine.state("done"), "Terminated Completed 0");
  equal(machine.state("works"), "Running");
  const { status: during } = machine.statuses.at(-1)!;
  machine.runTo(8000);
  const { status: after } = machine.statuses.find(({ status }) =>
    status.containerStatuses![0]!.state!.waiting !== undefined && status !== during &&
    status.containerStatuses![0]!.restartCount === 1
  )!;
  const text = {
    reason: "RestartingAllContainers",
    message: "The container is removed because RestartAllContainers in place",
  };
  const all = [...after.initContainerStatuses!, ...after.containerStatuses!];
  deepEqual(all.map(({ name, ready }) => [name, ready]), [
    ["i", true], // It has been done once (R-STATUS-5).
    ["s", false],
    ["cause", false],
    ["done", false],
    ["works", false],
  ]);
  for (const { state, lastState, restartCount } of all) {
    deepEqual([state, lastState, restartCount], [
      { waiting: text },
      { terminated: { exitCode: 137, ...text, startedAt: null, finishedAt: null } },
      1,
    ]);
  }
  machine.runTo(20_000);
  equal(machine.condition("AllContainersRestarting"), "False");
  equal(machine.states("cause").includes("Waiting RestartingAllContainers"), true);
  deepEqual(machine.phases, ["Pending", "Running", "Pending", "Running"]);
  equal(
    machine.events.find(({ reason }) => reason === "Killing")?.message,
    "killing",
    "R-TERM-10",
  );
});

Deno.test("R-RAC-7: three rounds start at once, then the causing container backs off, and says why", () => {
  const hot = pod({ restartPolicy: "Never", containers: [container("app", startOver)] });
  const machine = new Machine(hot, { script: { app: [{ ms: 0, code: 42 }] } }).runTo(35_000);
  deepEqual(machine.operations.filter((operation) => operation.includes("start")), [
    "0 start app 0",
    "0 start app 1",
    "0 start app 2",
    "0 start app 3",
    "0 start app 4", // The fourth, as the first restart of any container.
    "10 start app 5",
    "30 start app 6",
  ]);
  deepEqual(machine.phases, ["Pending", "Running"]);
  equal(machine.state("app"), "Waiting CrashLoopBackOff");
  const held = machine.log.find(({ type }) => type === "container.waiting");
  ok(held?.type === "container.waiting");
  equal(held.rule, "R-RAC-7");
  equal(held.because.includes("a cluster starts it at once"), true);
});

Deno.test("R-RAC-7: a run that was long enough makes the next round the first again", () => {
  const hot = pod({ restartPolicy: "Never", containers: [container("app", startOver)] });
  const fast = { ms: 0, code: 42 };
  const script = { app: [fast, fast, { ms: 700_000, code: 42 }, fast, fast, {}] };
  const machine = new Machine(hot, { script }).runTo(800_000);
  deepEqual(machine.operations.slice(1).filter((operation) => operation.includes("start")), [
    "0 start app 0",
    "0 start app 1",
    "0 start app 2",
    "700 start app 3",
    "700 start app 4",
    "700 start app 5",
  ]);
});

Deno.test("R-WORKER-1 R-ACT-6: every round starts all mains, also when the first one asks for the next at once", () => {
  const subject = pod({
    restartPolicy: "Never",
    containers: [container("a", startOver), container("b"), container("c")],
  });
  const fast = { ms: 0, code: 42 };
  const stops = { onSigterm: { code: 0 } };
  const script = { a: [fast, fast, fast, { ms: 2000 }], b: [stops], c: [stops] };
  const machine = new Machine(subject, { script }).runTo(1000);
  deepEqual(["a", "b", "c"].map((name) => machine.container(name).restartCount), [3, 3, 3]);
  machine.runTo(3000);
  machine.exit(machine.process("b"), { code: 0 });
  machine.exit(machine.process("c"), { code: 0 });
  machine.send({ type: "volumesPrepared", at: machine.now }).runToEnd();
  equal(machine.status.phase, "Succeeded");
});

for (const restartPolicy of ["Never", "OnFailure", "Always"] as const) {
  for (const code of [0, 1]) {
    Deno.test(`R-RAC-3 R-RAC-6: a sidecar starts all over though a ${restartPolicy} pod's main exits ${code} on the signal`, () => {
      const rules = { restartPolicyRules: startOver.restartPolicyRules };
      const subject = pod({ restartPolicy, initContainers: [container("i"), sidecar("s", rules)] });
      const script = {
        i: [{ ms: 0 }],
        s: [{ ms: 1000, code: 42 }],
        app: [{ onSigterm: { code } }],
      };
      const machine = new Machine(subject, { script }).runTo(3500);
      equal(machine.done, false);
      equal(machine.status.phase, "Running");
      for (const name of ["i", "s", "app"]) equal(machine.container(name).restartCount, 3);
      equal(machine.states("app").some((state) => state.startsWith("Terminated")), false);
    });
  }
}

Deno.test("R-RAC-3: one that starts all over while a regular init runs does not fail the pod", () => {
  const rules = { restartPolicyRules: startOver.restartPolicyRules };
  const subject = pod({
    restartPolicy: "Never",
    initContainers: [sidecar("s", rules), container("i")],
  });
  const script = {
    s: [{ ms: 3000, code: 42 }, { onSigterm: { code: 0 } }],
    i: [{ onSigterm: "ignore" as const }, { ms: 1000 }],
    app: [{ ms: 2000 }],
  };
  const machine = new Machine(subject, { script }).runToEnd();
  deepEqual(machine.operations.slice(3, 8), [
    "3 SIGTERM i",
    "5 SIGKILL i",
    "5 remove i",
    "5 remove s",
    "5 start s 1",
  ]);
  equal(machine.status.phase, "Succeeded");
  deepEqual(
    ["s", "i", "app"].map((name) => machine.state(name)),
    Array(3).fill("Terminated Completed 0"),
  );
  deepEqual(machine.phases, ["Pending", "Running", "Succeeded"]);
  equal(machine.states("i")[2], "Waiting RestartingAllContainers");
});

Deno.test("R-RAC-5: a container that waits keeps state, count and lastState, and runs again at once", () => {
  const rules = { restartPolicyRules: startOver.restartPolicyRules };
  const subject = pod({
    restartPolicy: "Never",
    initContainers: [sidecar("s", rules)],
    containers: [container("a", { restartPolicy: "Always" }), container("b"), container("c")],
  });
  const script = {
    s: [{ ms: 3000, code: 42 }, {}],
    a: [{ ms: 0, code: 3 }],
    b: [{ onSigterm: "ignore" as const }],
    c: [{ ms: 0, code: 1 }],
  };
  const machine = new Machine(subject, { script }).runTo(4000);
  const before = machine.container("a");
  equal(machine.state("a"), "Waiting CrashLoopBackOff");
  equal(before.restartCount, 1);
  equal(machine.state("c"), "Terminated Error 1");
  equal(machine.state("b"), "Running", "the whole status changes at once");
  machine.runTo(5000);
  const reset = machine.statuses.map(({ status }) => status).find(({ containerStatuses = [] }) =>
    containerStatuses[1]?.state?.waiting?.reason === "RestartingAllContainers"
  )!;
  const [a, b, c] = reset.containerStatuses!;
  deepEqual([a!.state, a!.restartCount, a!.lastState], [
    before.state,
    before.restartCount,
    before.lastState,
  ]);
  deepEqual([b, c].map((it) => [it!.restartCount, it!.lastState!.terminated!.reason]), [
    [1, "RestartingAllContainers"],
    [1, "RestartingAllContainers"],
  ]);
  const started = machine.operations.filter((operation) => operation.startsWith("5 start a"));
  deepEqual(started, ["5 start a 2"]);
  equal(machine.container("a").lastState?.terminated?.exitCode, 3);
});

Deno.test("R-RAC-3: a reset does not outlive the pod", () => {
  const machine = new Machine(subject, { script }).runTo(6500).delete(30).runToEnd();
  equal(machine.operations.some((operation) => operation.includes("start i 1")), false);
  equal(machine.status.phase, "Failed");
  equal(machine.condition("AllContainersRestarting"), "False PodFailed");
});

Deno.test("R-FOLK-10 R-RAC-1: a sidecar's rules may start everything over; one that says Restart changes nothing", () => {
  const rules = (action: "Restart" | "RestartAllContainers") => ({
    restartPolicyRules: [{ action, exitCodes: { operator: "NotIn" as const, values: [] } }],
  });
  const crash = { s: [{ ms: 1000, code: 3 }, {}] };
  const plain = pod({ initContainers: [sidecar("s", rules("Restart"))] });
  deepEqual(new Machine(plain, { script: crash }).runTo(5000).operations.slice(3), ["1 start s 1"]);
  const all = pod({ initContainers: [sidecar("s", rules("RestartAllContainers"))] });
  deepEqual(new Machine(all, { script: crash }).runTo(5000).operations.slice(3), [
    "1 SIGTERM app",
    "1 remove app",
    "1 remove s",
    "1 start s 1",
    "1 start app 1",
  ]);
});

Deno.test("R-RAC-4: the sync after a reset tries a sandbox that could not be made at once", () => {
  const rules = [{
    action: "RestartAllContainers" as const,
    exitCodes: { operator: "NotIn" as const, values: [42] },
  }];
  const subject = pod({
    containers: [container("a", { restartPolicy: "Never", restartPolicyRules: rules })],
  });
  const machine = new Machine(subject).runTo(5000);
  machine.failSandboxes(1);
  machine.killPause().runTo(6000);
  deepEqual(
    machine.operations.filter((operation) => / sandbox | remove | start /.test(operation)),
    [
      "0 sandbox 0",
      "0 start a 0",
      "5 sandbox 1",
      "5 remove a",
      "5 sandbox 1",
      "5 start a 1",
    ],
  );
});
