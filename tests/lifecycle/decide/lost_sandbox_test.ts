/**
 * What goes down with its pause process still runs for the sync that replaces the sandbox
 * (R-SANDBOX-5, R-BACKOFF-7).
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { container, Machine, pod, sidecar } from "../machine.ts";

function starts(machine: Machine): string[] {
  return machine.operations.filter((operation) => operation.includes(" start "));
}

Deno.test("R-SANDBOX-5 R-SANDBOX-8: a lone main that may run once runs again after a lost sandbox", () => {
  const subject = pod({ containers: [container("once", { restartPolicy: "Never" })] });
  const machine = new Machine(subject).runTo(1000).killPause().runTo(2000);
  deepEqual(starts(machine), ["0 start once 0", "1 start once 1"]);
  equal(machine.status.phase, "Running");
});

Deno.test("R-SANDBOX-5 R-INIT-4: an init that may run once goes on in the new sandbox", () => {
  const subject = pod({
    restartPolicy: "OnFailure",
    initContainers: [container("i", { restartPolicy: "Never" })],
  });
  const machine = new Machine(subject, { script: { i: [{}, { ms: 1000 }] } });
  machine.runTo(1000).killPause().runTo(5000);
  deepEqual(starts(machine), ["0 start i 0", "1 start i 1", "2 start app 0"]);
});

Deno.test("R-RAC-1: a sidecar that goes down with its sandbox starts nothing over", () => {
  const rules = [{
    action: "RestartAllContainers" as const,
    exitCodes: { operator: "NotIn" as const, values: [42] },
  }];
  const subject = pod({
    initContainers: [sidecar("s", { restartPolicyRules: rules })],
    containers: [container("a")],
  });
  const machine = new Machine(subject).runTo(1000).killPause().runTo(2000);
  equal(machine.record.containers.get("a")?.reset, undefined);
  equal(
    machine.status.initContainerStatuses![0]!.lastState!.terminated!.reason,
    "ContainerStatusUnknown",
  );
});

Deno.test("R-BACKOFF-2: an init that is done is started in a new sandbox by its record there", () => {
  const subject = pod({ initContainers: [container("i")] });
  const machine = new Machine(subject, {
    script: { i: [{ ms: 0 }, { ms: 0, code: 1 }, { ms: 0 }] },
  });
  machine.runTo(1000).killPause().runTo(20_000);
  deepEqual(starts(machine), [
    "0 start i 0",
    "0 start app 0",
    "1 start i 1", // Permitted, and so the next one has to wait.
    "11 start i 2",
    "11 start app 1",
  ]);
});

Deno.test("R-STATUS-3: why a container cannot be made shows through a new sandbox until it is retried", () => {
  const fails = { step: "create", message: "no room" } as const;
  const subject = pod({ initContainers: [container("i")] });
  const machine = new Machine(subject, { script: { i: [{ ms: 0 }, {}], app: [{ fails }] } });
  machine.runTo(1000).killPause().runTo(2000);
  equal(machine.status.containerStatuses![0]!.state!.waiting!.reason, "CreateContainerError");
});

Deno.test("R-COND-3 R-WORKER-6: an init that ends while its Pod is being stopped initializes nothing", () => {
  const subject = pod({ initContainers: [sidecar("s"), container("i")] });
  const machine = new Machine(subject, {
    script: { i: [{ onSigterm: { code: 0 } }], s: [{ onSigterm: "ignore" }] },
  });
  machine.runTo(1000).delete(3).runTo(2000);
  const initialized = () =>
    machine.status.conditions!.find(({ type }) => type === "Initialized")!.status;
  equal(initialized(), "False");
  machine.runToEnd();
  equal(initialized(), "False");
});

Deno.test("R-ACT-6 R-BACKOFF-2: a back-off that ends while another container is killed is over in the same sync", () => {
  const failing = { exec: { command: ["false"] }, periodSeconds: 5, failureThreshold: 1 };
  const subject = pod({
    terminationGracePeriodSeconds: 10,
    containers: [container("a"), container("b", { livenessProbe: failing })],
  });
  const answer = { outcome: "failure" } as const;
  const machine = new Machine(subject, {
    script: {
      a: [{ ms: 0, code: 1 }, { ms: 0, code: 1 }, {}],
      b: [{ onSigterm: { code: 0, afterMs: 8000 }, probe: () => answer }, {}],
    },
  });
  machine.runTo(20_000);
  // The probe fails at 5 s, b ends at 13 s; a was due at 10 s.
  deepEqual(starts(machine).slice(2), ["0 start a 1", "13 start a 2", "13 start b 1"]);
});

Deno.test("R-BACKOFF-7: an init that goes down with its sandbox is started by the end of the run before", () => {
  const subject = pod({ initContainers: [container("i")] });
  const machine = new Machine(subject, {
    script: { i: [{ ms: 0, code: 1 }, {}, { ms: 0, code: 1 }, {}] },
  });
  machine.runTo(20_000).killPause().runTo(60_000);
  deepEqual(starts(machine), [
    "0 start i 0",
    "0 start i 1",
    "20 start i 2", // 10 s after the first, and the next has to wait for 20 s.
    "40 start i 3",
  ]);
});

Deno.test("R-HOOK-4 R-SANDBOX-5: a run whose postStart hook fails by the loss of its sandbox has ended like any other", () => {
  const hook = { exec: { command: ["register"] } };
  const subject = pod({ initContainers: [sidecar("s", { lifecycle: { postStart: hook } })] });
  const machine = new Machine(subject, {
    script: { s: [{ hook: () => ({ afterMs: "never" }) }, {}] },
  });
  machine.runTo(1000).killPause().runTo(2000);
  const { restartCount, lastState } = machine.container("s");
  deepEqual([restartCount, lastState?.terminated?.reason], [1, "Error"]);
});

Deno.test("R-PHASE-3 R-WORKER-3: an init that cannot be started and may run once fails a Pod that loses its sandbox", () => {
  const fails = { step: "start", message: "no such file" } as const;
  const subject = pod({
    initContainers: [sidecar("s"), container("i", { restartPolicy: "Never" })],
  });
  const machine = new Machine(subject, { script: { i: [{ fails }] }, latency: () => 1000 });
  machine.runTo(3500).killPause().runToEnd();
  deepEqual(machine.operations.filter((operation) => operation.includes("sandbox ")), [
    "1 sandbox 0",
  ]);
  equal(machine.status.phase, "Failed");
  equal(machine.state("i"), "Terminated StartError 128");
});

Deno.test("R-ACT-8 R-BACKOFF-2: a back-off that ends while another container starts is over in the same sync", () => {
  const hook = { exec: { command: ["register"] } };
  const subject = pod({
    containers: [
      container("a"),
      container("b", { lifecycle: { postStart: hook } }),
      container("c"),
    ],
  });
  const again = [{ ms: 0, code: 1 }, { ms: 0, code: 1 }, {}];
  let asked = 0;
  const machine = new Machine(subject, {
    script: {
      a: again,
      b: [{ ms: 5000, code: 1, hook: () => ({ afterMs: 0 }) }, {
        hook: () => ({ afterMs: asked++ === 0 ? 20_000 : 0 }),
      }],
      c: again,
    },
  });
  machine.runTo(40_000);
  // The second start of b takes from 5 s to 25 s; a and c were due at 10 s, and a had been refused
  // by then.
  deepEqual(starts(machine).slice(5), ["5 start b 1", "25 start c 2", "25 start a 2"]);
});

Deno.test("R-RAC-2 R-SANDBOX-5: what goes down with its sandbox makes no restart of all show", () => {
  const rules = [{
    action: "RestartAllContainers" as const,
    exitCodes: { operator: "NotIn" as const, values: [42] },
  }];
  const subject = pod({
    containers: [container("a", { restartPolicy: "Never", restartPolicyRules: rules })],
  });
  const machine = new Machine(subject, { latency: () => 1000 });
  machine.runTo(5000).killPause().runTo(10_000);
  deepEqual(starts(machine), ["2 start a 0", "7 start a 1"]);
  const seen = machine.statuses.map(({ status }) =>
    status.conditions?.find(({ type }) => type === "AllContainersRestarting")?.status
  );
  deepEqual([...new Set(seen)], ["False"]);
});

Deno.test("R-ACT-6 R-BACKOFF-2: a run that a probe had stopped before its sandbox was lost is waited for like any other", () => {
  const failing = { exec: { command: ["ask"] }, periodSeconds: 5, failureThreshold: 1 };
  const subject = pod({
    containers: [container("a", { livenessProbe: failing })],
  });
  const failure = { outcome: "failure" } as const;
  const machine = new Machine(subject, {
    script: { a: [{ ms: 1000, code: 1 }, { probe: () => failure, onSigterm: "ignore" }, {}] },
  });
  machine.runTo(15_000).killPause().runTo(40_000);
  // Stopped from 5 s to 15 s: its back-off of 10 s counts from there.
  deepEqual(starts(machine), ["0 start a 0", "1 start a 1", "25 start a 2"]);
});

Deno.test("R-STATUS-9: mains were due where the last init has ever exited 0", () => {
  const subject = pod({
    restartPolicy: "OnFailure",
    initContainers: [container("i", { restartPolicy: "Never" })],
  });
  const machine = new Machine(subject, {
    script: { i: [{ ms: 1000, oom: true }, { ms: 1000, code: 2 }] },
  });
  machine.runToEnd();
  equal(machine.status.phase, "Failed");
  equal(machine.state("i"), "Terminated Error 2");
  equal(machine.container("i").lastState?.terminated?.exitCode, 0);
  equal(machine.state("app"), "Terminated ContainerStatusUnknown 137");
});
