import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container } from "../../src/api/types/pod.ts";
import { container, Machine, pod, sidecar } from "./machine.ts";

const startOver: Partial<Container> = {
  restartPolicy: "Never",
  restartPolicyRules: [{
    action: "RestartAllContainers",
    exitCodes: { operator: "In", values: [42] },
  }],
};

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
  deepEqual(machine.deeds.slice(6), [
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
  equal(machine.deeds.some((deed) => deed.includes("sandbox 1")), false, "the sandbox is kept");
});

Deno.test("R-RAC-2 R-RAC-5 R-RAC-6 R-COND-1: what users see meanwhile", () => {
  const machine = new Machine(subject, { script }).runTo(5999);
  equal(machine.condition("AllContainersRestarting"), "False");
  machine.runTo(7000);
  equal(machine.status.phase, "Running");
  equal(
    machine.condition("AllContainersRestarting"),
    "True RestartAllContainersStarted container exited with restart policy rule",
  );
  equal(machine.condition("Initialized"), "True");
  const done = machine.container("done");
  const text = {
    reason: "RestartingAllContainers",
    message: "The container is removed because RestartAllContainers in place",
  };
  deepEqual([done.state, done.lastState, done.restartCount], [
    { waiting: text },
    { terminated: { exitCode: 137, ...text } },
    1,
  ]);
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

Deno.test("R-RAC-7: the causing container backs off, or a hot loop results", () => {
  const hot = pod({ restartPolicy: "Never", containers: [container("app", startOver)] });
  const machine = new Machine(hot, { script: { app: [{ ms: 0, code: 42 }] } }).runTo(35_000);
  deepEqual(machine.deeds.filter((deed) => deed.includes("start")), [
    "0 start app 0",
    "0 start app 1",
    "10 start app 2",
    "30 start app 3",
  ]);
  deepEqual(machine.phases, ["Pending", "Running"]);
  equal(machine.state("app"), "Waiting CrashLoopBackOff");
});

Deno.test("R-RAC-3: a reset does not outlive the pod", () => {
  const machine = new Machine(subject, { script }).runTo(6500).delete(30).runToEnd();
  equal(machine.deeds.some((deed) => deed.includes("start i 1")), false);
  equal(machine.status.phase, "Failed");
  equal(machine.condition("AllContainersRestarting"), "False PodFailed");
});

Deno.test("R-FOLK-10 R-RAC-1: a sidecar's rules may start everything over; one that says Restart changes nothing", () => {
  const rules = (action: "Restart" | "RestartAllContainers") => ({
    restartPolicyRules: [{ action, exitCodes: { operator: "NotIn" as const, values: [] } }],
  });
  const crash = { s: [{ ms: 1000, code: 3 }, {}] };
  const plain = pod({ initContainers: [sidecar("s", rules("Restart"))] });
  deepEqual(new Machine(plain, { script: crash }).runTo(5000).deeds.slice(3), ["1 start s 1"]);
  const all = pod({ initContainers: [sidecar("s", rules("RestartAllContainers"))] });
  deepEqual(new Machine(all, { script: crash }).runTo(5000).deeds.slice(3), [
    "1 SIGTERM app",
    "1 remove app",
    "1 remove s",
    "1 start s 1",
    "1 start app 1",
  ]);
});
