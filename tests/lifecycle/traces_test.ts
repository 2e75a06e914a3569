/** Whole lives of Pods that need neither probes nor hooks. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { container, Machine, pod, sidecar } from "./machine.ts";

Deno.test("trace 1 R-BACKOFF-3 R-STATUS-2: exit 0 under Always restarts at once, then backs off", () => {
  const machine = new Machine(pod({}), { script: { app: [{ ms: 1000, code: 0 }] } });
  machine.runTo(60_000);
  deepEqual(machine.operations, [
    "0 sandbox 0",
    "0 start app 0",
    "1 start app 1",
    "12 start app 2",
    "33 start app 3",
  ]);
  deepEqual(machine.states("app").slice(0, 7), [
    "Waiting ContainerCreating",
    "Running",
    "Terminated Completed 0",
    "Running",
    "Terminated Completed 0",
    "Waiting CrashLoopBackOff",
    "Running",
  ]);
  deepEqual(machine.phases, ["Pending", "Running"]);
  equal(
    machine.container("app").state?.waiting?.message,
    "back-off 40s restarting failed container=app pod=p_default(u1)",
  );
});

for (
  const [a, b] of [[{ ms: 1000, code: 1 }, { ms: 5000 }], [{ ms: 5000, code: 1 }, { ms: 1000 }], [
    { ms: 1000 },
    { ms: 5000, code: 1 },
  ]] as const
) {
  Deno.test(`trace 2 R-FOLK-1 R-WORKER-3 R-STATUS-10: Never, ${JSON.stringify([a, b])} is Failed`, () => {
    const subject = pod({
      restartPolicy: "Never",
      containers: [container("a"), container("b")],
    });
    const machine = new Machine(subject, { script: { a: [a], b: [b] } }).runTo(4999);
    equal(machine.status.phase, "Running");
    machine.runToEnd();
    equal(machine.now, 5000);
    deepEqual(machine.phases, ["Pending", "Running", "Failed"]);
    for (const name of ["a", "b"]) {
      equal(machine.states(name).length, 3, "waiting, running, terminated, and no more");
    }
    equal(machine.condition("Ready"), "False PodFailed");
    equal(machine.condition("ContainersReady"), "False PodFailed");
    equal(machine.condition("Initialized"), "True");
    equal(machine.condition("PodReadyToStartContainers"), "False");
    equal(machine.done, true);
  });
}

Deno.test("trace 3 R-INIT-7: a failing init is retried in place, then the pod runs", () => {
  const subject = pod({ initContainers: [container("init")] });
  const script = { init: [{ ms: 0, code: 1 }, { ms: 0, code: 1 }, { ms: 0 }] };
  const machine = new Machine(subject, { script }).runTo(60_000);
  deepEqual(machine.operations, [
    "0 sandbox 0",
    "0 start init 0",
    "0 start init 1",
    "10 start init 2",
    "10 start app 0",
  ]);
  deepEqual(machine.phases, ["Pending", "Running"]);
  equal(machine.container("init").restartCount, 2);
  deepEqual(machine.states("init"), [
    "Waiting PodInitializing",
    "Running",
    "Terminated Error 1",
    "Running",
    "Terminated Error 1",
    "Waiting CrashLoopBackOff",
    "Running",
    "Terminated Completed 0",
  ]);
  deepEqual(machine.states("app"), ["Waiting PodInitializing", "Running"]);
});

Deno.test("trace 4 R-INIT-6 R-STATUS-9 R-WORKER-7: a failing init under Never fails the pod", () => {
  const subject = pod({
    restartPolicy: "Never",
    initContainers: [container("init1"), container("init2")],
  });
  const machine = new Machine(subject, { script: { init1: [{ ms: 1000, code: 3 }] } }).runToEnd();
  equal(machine.status.phase, "Failed");
  equal(machine.state("init1"), "Terminated Error 3");
  equal(machine.state("init2"), "Waiting PodInitializing");
  equal(machine.state("app"), "Waiting PodInitializing");
  equal(machine.condition("Ready"), "False PodFailed");
  equal(
    machine.condition("Initialized"),
    "False ContainersNotInitialized containers with incomplete status: [init1 init2]",
  );
  deepEqual(machine.operations.filter((operation) => operation.includes("start")), [
    "0 start init1 0",
  ]);
});

Deno.test("trace 5 R-ACT-2 R-SIDECAR-7 R-SIDECAR-8: the sidecar of a finished job is stopped", () => {
  const subject = pod({ restartPolicy: "Never", initContainers: [sidecar("s")] });
  const machine = new Machine(subject, { script: { app: [{ ms: 3000 }] } }).runToEnd();
  deepEqual(machine.operations, [
    "0 sandbox 0",
    "0 start s 0",
    "0 start app 0",
    "3 SIGTERM s",
    "3 terminate finished",
    "3 stopSandbox",
  ]);
  deepEqual(machine.phases, ["Pending", "Running", "Succeeded"]);
  equal(machine.state("s"), "Terminated Error 143");
  equal(machine.condition("Ready"), "False PodCompleted");
  equal(machine.condition("Initialized"), "True PodCompleted");
});

const twoSidecars = pod({ initContainers: [sidecar("s1"), sidecar("s2")] });

Deno.test("trace 6 R-TERM-4: mains first, then sidecars from last to first", () => {
  const script = {
    app: [{ onSigterm: { code: 0, afterMs: 5000 } }],
    s2: [{ onSigterm: { code: 0, afterMs: 1000 } }],
  };
  const machine = new Machine(twoSidecars, { script }).runTo(0).delete(30).runToEnd();
  deepEqual(machine.operations.slice(-4), [
    "0 SIGTERM app",
    "5 SIGTERM s2",
    "6 SIGTERM s1",
    "6 stopSandbox",
  ]);
  equal(
    machine.log.find((line) => line.type === "container.killing" && line.container === "s2")
      ?.message,
    "Stopping sidecar s2 with SIGTERM; it has 25 s",
  );
  equal(machine.status.phase, "Succeeded");
});

Deno.test("trace 6 R-TERM-7: a main that ignores SIGTERM uses up the sidecars' grace", () => {
  const script = {
    app: [{ onSigterm: "ignore" }],
    s1: [{ onSigterm: "ignore" }],
    s2: [{ onSigterm: "ignore" }],
  } as const;
  const machine = new Machine(twoSidecars, { script }).runTo(0).delete(30).runToEnd();
  deepEqual(machine.operations.slice(-7), [
    "0 SIGTERM app",
    "30 SIGKILL app",
    "30 SIGTERM s1",
    "30 SIGTERM s2",
    "32 SIGKILL s1",
    "32 SIGKILL s2",
    "32 stopSandbox",
  ]);
  equal(machine.status.phase, "Failed");
});

Deno.test("trace 8 R-SANDBOX-5 R-SANDBOX-6 R-FOLK-6: a new sandbox runs every init again", () => {
  const subject = pod({ initContainers: [container("i1"), container("i2")] });
  const script = { i1: [{ ms: 1000 }], i2: [{ ms: 1000 }] };
  const machine = new Machine(subject, { script }).runTo(5000).killPause().runTo(20_000);
  deepEqual(machine.operations, [
    "0 sandbox 0",
    "0 start i1 0",
    "1 start i2 0",
    "2 start app 0",
    "5 stopSandbox",
    "5 remove i1",
    "5 remove i2",
    "5 sandbox 1",
    "5 start i1 1",
    "6 start i2 1",
    "7 start app 1",
  ]);
  // Pending while an init runs; between them the old status of the second one counts.
  const again = ["Pending", "Running"];
  deepEqual(machine.phases, ["Pending", "Running", ...again, ...again]);
  deepEqual(["i1", "i2", "app"].map((name) => machine.container(name).restartCount), [1, 1, 1]);
  equal(machine.events.filter(({ reason }) => reason === "SandboxChanged").length, 1);
});

Deno.test("trace 9 R-SANDBOX-2: pause and main die under Never: Failed", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" })).runTo(5000).killPause().runToEnd();
  equal(machine.status.phase, "Failed");
  equal(machine.state("app"), "Terminated Error 137");
  equal(machine.operations.filter((operation) => operation.includes("sandbox 1")).length, 0);
});

for (const [code, phase] of [[0, "Succeeded"], [4, "Failed"]] as const) {
  Deno.test(`trace 9 R-SANDBOX-2: a main that outlives pause under Never decides with ${code}`, () => {
    const script = { app: [{ onSigterm: { code } }] };
    const machine = new Machine(pod({ restartPolicy: "Never" }), { script }).runTo(5000)
      .killPause(["app"]).runToEnd();
    equal(machine.status.phase, phase);
    deepEqual(machine.operations.slice(2, 3), ["5 SIGTERM app"]);
    equal(machine.operations.filter((operation) => operation.includes("sandbox 1")).length, 0);
  });
}

Deno.test("trace 11 R-DEADLINE-1 R-DEADLINE-3: Failed after the deadline, whatever the exit code", () => {
  const subject = pod({ activeDeadlineSeconds: 5 });
  const script = { app: [{ onSigterm: { code: 0, afterMs: 3000 } }] };
  const machine = new Machine(subject, { script }).runTo(6000);
  equal(machine.status.phase, "Running", "withheld while it runs: R-WORKER-8");
  equal(machine.condition("Ready"), "False PodFailed");
  machine.runToEnd();
  deepEqual(machine.operations.slice(2), [
    "5 terminate deadline",
    "5 SIGTERM app",
    "8 stopSandbox",
  ]);
  equal(machine.status.phase, "Failed");
  equal(machine.status.reason, "DeadlineExceeded");
  equal(
    machine.status.message,
    "Pod was active on the node longer than the specified deadline",
  );
  equal(machine.state("app"), "Terminated Completed 0");
  const event = machine.events.find(({ reason }) => reason === "DeadlineExceeded");
  equal(event?.type, "Normal");
});

/** What containerd and runc put in front of why a program could not be started. */
const startErrorWords = "failed to create containerd task: failed to create shim task: " +
  "OCI runtime create failed: runc create failed: unable to start container process: ";

const missing = { fails: { step: "start", message: 'exec: "nope": not found' } } as const;

Deno.test("trace 12 R-START-2 R-EXIT-2: command not found under Never is Failed with 128", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" }), { script: { app: [missing] } })
    .runToEnd();
  equal(machine.status.phase, "Failed");
  equal(machine.state("app"), "Terminated StartError 128");
  const { terminated } = machine.container("app").state!;
  equal(terminated?.startedAt, "1970-01-01T00:00:00Z", "R-START-3");
  equal(terminated?.message, `${startErrorWords}exec: "nope": not found`);
});

Deno.test("trace 12 R-START-1: command not found under Always backs off", () => {
  const machine = new Machine(pod({}), { script: { app: [missing] } }).runTo(15_000);
  deepEqual(machine.states("app"), [
    "Waiting ContainerCreating",
    "Waiting RunContainerError",
    "Waiting CrashLoopBackOff",
    "Waiting RunContainerError",
    "Waiting CrashLoopBackOff",
  ]);
  equal(machine.container("app").restartCount, 2);
  equal(machine.container("app").lastState?.terminated?.reason, "StartError");
  deepEqual(
    machine.events.filter(({ reason }) => reason === "Failed")[0]?.message,
    `Error: ${startErrorWords}exec: "nope": not found`,
  );
});

Deno.test("trace 13 R-START-2 R-BACKOFF-9: a missing key is retried until it is there", () => {
  const fails = { step: "config", message: 'configmap "c" not found' } as const;
  const machine = new Machine(pod({ restartPolicy: "Never" }), {
    script: { app: [{ fails }, { fails }, { ms: 1000 }] },
  }).runTo(15_000);
  equal(machine.state("app"), "Waiting CreateContainerConfigError");
  equal(machine.container("app").state?.waiting?.message, 'configmap "c" not found');
  equal(machine.status.phase, "Pending");
  equal(machine.log.filter(({ type }) => type === "container.waiting").length, 1, "said once");
  machine.runToEnd();
  deepEqual(machine.operations.filter((operation) => operation.includes("start")), [
    "0 start app 0",
    "10 start app 0",
    "20 start app 0",
  ]);
  equal(machine.container("app").restartCount, 0);
  equal(machine.status.phase, "Succeeded");
});

for (const [code, phase] of [[1, "Failed"], [0, "Succeeded"]] as const) {
  Deno.test(`trace 14 R-RESTART-2: 42 restarts with back-off, then ${code} is ${phase}`, () => {
    const app = container("app", {
      restartPolicy: "Never",
      restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
    });
    const crash = { ms: 0, code: 42 };
    const machine = new Machine(pod({ restartPolicy: "Never", containers: [app] }), {
      script: { app: [crash, crash, { ms: 1000, code }] },
    });
    machine.runTo(5000);
    equal(machine.status.phase, "Running");
    equal(machine.state("app"), "Waiting CrashLoopBackOff");
    machine.runToEnd();
    equal(machine.status.phase, phase);
    equal(machine.now, 11_000);
    match(
      machine.log.filter(({ type }) => type === "container.exited")
        .map((line) => "because" in line ? line.because : "").join("\n"),
      /its rule In \[42\] has the action Restart\n/,
    );
  });
}
