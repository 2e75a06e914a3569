import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { container, Machine, pod, sidecar } from "../machine.ts";

Deno.test("R-SANDBOX-1 R-MODEL-2 R-BACKOFF-5: the first sandbox has attempt 0, each new one more; back-off goes on", () => {
  const machine = new Machine(pod({})).runTo(1000).killPause().runTo(30_000).killPause();
  machine.runTo(35_000).killPause().runTo(60_000);
  deepEqual(machine.operations.filter((operation) => / (sandbox|start) /.test(operation)), [
    "0 sandbox 0",
    "0 start app 0",
    "1 sandbox 1",
    "1 start app 1",
    // What goes down with its sandbox still runs for the sync that replaces it: the run before it
    // counts (R-BACKOFF-7).
    "30 sandbox 2",
    "30 start app 2",
    "35 sandbox 3",
    "45 start app 3",
  ]);
});

Deno.test("R-SANDBOX-1: one without an address is replaced, except on the host's network", () => {
  for (const hostNetwork of [false, true]) {
    const machine = new Machine(pod({ hostNetwork }), { podIPs: [""] }).runTo(2000);
    equal(
      machine.record.sandbox.type === "ready" && machine.record.sandbox.attempt,
      hostNetwork ? 0 : 1,
    );
  }
});

Deno.test("R-SANDBOX-1: so is one with another host-network setting than the spec's", () => {
  const machine = new Machine(pod({})).runTo(1000);
  machine.pod = pod({ hostNetwork: true });
  machine.send({ type: "volumesPrepared", at: 1000 }).runTo(2000);
  const { sandbox } = machine.record;
  deepEqual(sandbox.type === "ready" && [sandbox.attempt, sandbox.hostNetwork], [1, true]);
  deepEqual(machine.operations.slice(2), [
    "1 SIGTERM app",
    "1 stopSandbox",
    "1 sandbox 1",
    "1 start app 1",
  ]);
});

Deno.test("R-SANDBOX-2: under Never a pod that never had a container gets another sandbox", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" }), { latency: () => 1000 });
  machine.runTo(2000);
  equal(machine.record.sandbox.type, "ready");
  const fails = { step: "config", message: "no such key" } as const;
  const late = new Machine(pod({ restartPolicy: "Never" }), { script: { app: [{ fails }] } });
  late.runTo(1000).killPause().runTo(2000);
  deepEqual(late.operations.filter((operation) => operation.includes(" sandbox ")), [
    "0 sandbox 0",
    "1 sandbox 1",
  ]);
});

Deno.test("R-SANDBOX-2: under Never a pod between two inits is stuck, and reports why", () => {
  const subject = pod({
    restartPolicy: "Never",
    initContainers: [container("i", { restartPolicy: "OnFailure" })],
  });
  const machine = new Machine(subject).runTo(1000).killPause().runTo(5000);
  deepEqual(machine.operations.slice(2), ["1 stopSandbox"]);
  equal(machine.status.phase, "Pending");
  deepEqual(machine.stuck, {
    type: "idle",
    because: "its sandbox is gone, and with restartPolicy Never the Pod gets no new sandbox",
  });
});

Deno.test("R-SANDBOX-3 R-SANDBOX-5: a main that succeeded under OnFailure is not brought back", () => {
  const subject = pod({
    restartPolicy: "OnFailure",
    containers: [container("done"), container("works")],
  });
  const machine = new Machine(subject, { script: { done: [{ ms: 100 }] } });
  machine.runTo(1000).killPause().runTo(5000);
  deepEqual(machine.operations.slice(-2), ["1 sandbox 1", "1 start works 1"]);
});

Deno.test("R-SANDBOX-4: nothing left to run, no new sandbox", () => {
  const subject = pod({ restartPolicy: "OnFailure", initContainers: [sidecar("s")] });
  const script = { app: [{ ms: 1000 }], s: [{ onSigterm: "ignore" }] } as const;
  const machine = new Machine(subject, { script }).runTo(2000).killPause().runToEnd();
  equal(machine.operations.some((operation) => operation.includes("sandbox 1")), false);
  equal(machine.status.phase, "Succeeded");
});

Deno.test("R-SANDBOX-5: without inits a new sandbox starts a main whatever its own policy", () => {
  const subject = pod({
    containers: [container("once", { restartPolicy: "Never" }), container("works")],
  });
  const machine = new Machine(subject, { script: { once: [{ ms: 100 }] } });
  machine.runTo(1000).killPause().runTo(5000);
  deepEqual(machine.operations.slice(-3), ["1 sandbox 1", "1 start once 1", "1 start works 1"]);
});

Deno.test("R-SANDBOX-6 R-COND-3 R-COUNT-4: Initialized stays True while inits run again", () => {
  const subject = pod({ initContainers: [container("i")] });
  const machine = new Machine(subject, { script: { i: [{ ms: 1000 }] } });
  machine.runTo(3000).killPause().runTo(3500);
  equal(machine.status.phase, "Pending");
  equal(machine.condition("Initialized"), "True");
  equal(machine.container("i").restartCount, 1);
  equal(machine.state("i"), "Running");
});

Deno.test("R-SANDBOX-5 R-SANDBOX-6: the runs of inits in the old sandbox are removed with it", () => {
  const subject = pod({ initContainers: [container("i1"), container("i2")] });
  const machine = new Machine(subject).runTo(0);
  for (const name of ["i1", "i2"]) {
    machine.exit(machine.process(name), { code: 0 });
    machine.send({ type: "volumesPrepared", at: 0 });
  }
  machine.runTo(5000).killPause().runTo(6000);
  deepEqual(machine.operations.slice(-5), [
    "5 stopSandbox",
    "5 remove i1",
    "5 remove i2",
    "5 sandbox 1",
    "5 start i1 1",
  ]);
});

for (const [code, phase] of [[0, "Succeeded"], [4, "Failed"]] as const) {
  Deno.test(`R-SANDBOX-2: a main that outlives pause under Never decides with ${code}`, () => {
    const script = { app: [{ onSigterm: { code } }] };
    const machine = new Machine(pod({ restartPolicy: "Never" }), { script }).runTo(5000)
      .killPause(["app"]).runToEnd();
    equal(machine.status.phase, phase);
    deepEqual(machine.operations.slice(2, 3), ["5 SIGTERM app"]);
    equal(machine.operations.filter((operation) => operation.includes("sandbox 1")).length, 0);
  });
}

Deno.test("R-ACT-6: survivors are stopped in order before the sandbox is replaced", () => {
  const subject = pod({ initContainers: [sidecar("s")] });
  const script = { app: [{ onSigterm: { code: 0, afterMs: 2000 } }] };
  const machine = new Machine(subject, { script }).runTo(1000).killPause(["app", "s"]).runTo(9000);
  deepEqual(machine.operations.slice(3), [
    "1 SIGTERM app",
    "3 SIGTERM s",
    "3 stopSandbox",
    "3 remove s",
    "3 sandbox 1",
    "3 start s 1",
    "3 start app 1",
  ]);
});

Deno.test("R-ACT-6 R-EVENT-11: a sandbox that cannot be made is retried after 10 s", () => {
  const machine = new Machine(pod({}), { sandboxFails: 1 }).runTo(5000);
  equal(machine.state("app"), "Waiting ContainerCreating");
  equal(machine.condition("PodReadyToStartContainers"), "False");
  equal(machine.events[0]?.message, "Failed to create pod sandbox: no pause");
  deepEqual(machine.stuck, {
    type: "unready",
    causes: [{ type: "sandbox", reason: "FailedCreatePodSandBox", message: "no pause" }],
  });
  machine.runTo(20_000);
  deepEqual(machine.operations, ["0 sandbox 0", "10 sandbox 0", "10 start app 0"]);
});

Deno.test("R-START-5 R-EVENT-13: volumes come first, and are retried 0.5, 1, 2 … s later", () => {
  const machine = new Machine(pod({}), { volumesFail: 10 }).runTo(400);
  deepEqual(machine.operations, []);
  equal(machine.state("app"), "Waiting ContainerCreating");
  const expected = [
    'Warning FailedMount configmap "c" not found',
    'Warning FailedMount secret "s" not found',
  ];
  deepEqual(machine.events.map((it) => `${it.type} ${it.reason} ${it.message}`), expected);
  deepEqual(machine.stuck, {
    type: "unready",
    causes: [{
      type: "volumes",
      reason: "FailedMount",
      message: 'configmap "c" not found; secret "s" not found',
    }],
  });
  machine.runTo(1_000_000);
  const times = machine.events.flatMap(({ at, message }) =>
    message.includes("secret") ? at / 1000 : []
  );
  deepEqual(times, [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5, 127.5, 249.5]);
  deepEqual(machine.operations, ["371.5 sandbox 0", "371.5 start app 0"]);
});

Deno.test("R-SANDBOX-5: what could not be made in the old sandbox is attempted in the new one at once", () => {
  const fails = { step: "create", message: "the sandbox is going down" } as const;
  const machine = new Machine(pod({}), { script: { app: [{ fails }, {}] } });
  machine.runTo(1000).killPause().runTo(2000);
  deepEqual(
    machine.operations.filter((operation) => / (sandbox|start) /.test(operation)).slice(2),
    [
      "1 sandbox 1",
      "1 start app 0",
    ],
  );
});

Deno.test("R-SANDBOX-8: a main that its own policy lets run once is not brought back where back-off refuses it", () => {
  const subject = pod({
    containers: [container("once", { restartPolicy: "Never" }), container("works")],
  });
  const machine = new Machine(subject, { script: { once: [{ ms: 5000 }] } });
  machine.runTo(1000).killPause().runTo(2000).killPause().runTo(3000).killPause().runTo(100_000);
  deepEqual(machine.operations.filter((operation) => operation.includes("start once")), [
    "0 start once 0",
    "1 start once 1",
    "2 start once 2", // The third kill ends it within the back-off of the run before.
  ]);
  equal(machine.container("works").restartCount, 3);
});

Deno.test("R-SANDBOX-8: with init containers a main goes by its policy, also after a lost sandbox", () => {
  const subject = pod({
    initContainers: [container("i")],
    containers: [container("once", { restartPolicy: "Never" }), container("works")],
  });
  const machine = new Machine(subject, { script: { i: [{ ms: 100 }] } });
  machine.runTo(1000).killPause().runTo(5000);
  deepEqual(["i", "once", "works"].map((name) => machine.container(name).restartCount), [1, 0, 1]);
  equal(machine.state("once"), "Terminated Error 137");
});

Deno.test("R-STATUS-1 R-SANDBOX-5 R-PHASE-3: what goes with a lost sandbox is unknown, and Pending only while an init runs", () => {
  const subject = pod({ initContainers: [container("i"), sidecar("s")] });
  const machine = new Machine(subject, { script: { i: [{ ms: 1000 }] }, latency: () => 100 });
  machine.runTo(5000).killPause().runTo(9000);
  deepEqual(machine.phases, ["Pending", "Running", "Pending", "Running"]);
  equal(machine.states("s").includes("Terminated Error 137"), false);
  equal(machine.container("s").restartCount, 1);
  deepEqual(machine.container("s").lastState?.terminated, {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message:
      "The container could not be located when the pod was deleted.  The container used to be Running",
    startedAt: null,
    finishedAt: null,
  });
  equal(machine.container("i").lastState?.terminated?.reason, "Completed");
  equal(machine.container("app").lastState?.terminated?.exitCode, 137);
});

Deno.test("R-INIT-9 R-SANDBOX-2: under Never an init that ran out of memory and exited 0 is a dead end, which says why", () => {
  const subject = pod({ restartPolicy: "Never", initContainers: [container("i")] });
  const script = { i: [{ ms: 1000, code: 0, oom: true }] };
  const machine = new Machine(subject, { script }).runTo(5000);
  deepEqual(machine.operations, ["0 sandbox 0", "0 start i 0", "1 stopSandbox"]);
  equal(machine.status.phase, "Pending");
  deepEqual(machine.stuck, {
    type: "idle",
    because:
      'init container "i" ran out of memory, which counts as a failure though its exit code is 0, ' +
      "and with restartPolicy Never the Pod gets no new sandbox",
  });
});

Deno.test("R-INIT-9 R-SANDBOX-5: under OnFailure it runs again in a new sandbox", () => {
  const subject = pod({ restartPolicy: "OnFailure", initContainers: [container("i")] });
  const script = { i: [{ ms: 1000, code: 0, oom: true }, { ms: 1000 }], app: [{ ms: 1000 }] };
  const machine = new Machine(subject, { script }).runToEnd();
  deepEqual(machine.operations.slice(0, 6), [
    "0 sandbox 0",
    "0 start i 0",
    "1 stopSandbox",
    "1 remove i",
    "1 sandbox 1",
    "1 start i 1",
  ]);
  equal(machine.status.phase, "Succeeded");
});

Deno.test("R-SANDBOX-2: a main with a policy of its own is a dead end after a lost sandbox under Never", () => {
  const subject = pod({
    restartPolicy: "Never",
    containers: [container("app", { restartPolicy: "Always" })],
  });
  const machine = new Machine(subject).runTo(1000).killPause().runTo(5000);
  equal(machine.status.phase, "Running");
  equal(machine.stuck?.type, "idle");
});
