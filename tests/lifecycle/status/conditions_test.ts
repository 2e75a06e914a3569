import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { PodCondition } from "../../../src/api/types/pod.ts";
import { createPodRecord } from "../../../src/lifecycle/record/record.ts";
import { generateConditions } from "../../../src/lifecycle/status/conditions.ts";
import { generatePodStatus } from "../../../src/lifecycle/status/status.ts";
import { container, Machine, pod, sidecar } from "../machine.ts";

Deno.test("R-COND-1 R-COND-7: the order; foreign conditions, then DisruptionTarget, before the kubelet's own", () => {
  const disruption: PodCondition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
  };
  const foreign: PodCondition = { type: "example.com/gate", status: "False" };
  const conditions = [disruption, foreign];
  const machine = new Machine(pod({}), { status: { phase: "Pending", conditions } });
  deepEqual(machine.runTo(1000).status.conditions?.map(({ type }) => type), [
    "example.com/gate",
    "DisruptionTarget",
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
  ]);
  machine.delete(1).runToEnd();
  deepEqual(machine.status.conditions?.slice(0, 2), [foreign, disruption]);
});

Deno.test("R-COND-7: neither a deletion nor a limit of local storage disrupts", () => {
  const evicted = new Machine(pod({})).runTo(1000);
  const message = 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ';
  evicted.send({ type: "evicted", at: 1000, reason: "Evicted", message, graceSeconds: 1 });
  for (const machine of [evicted.runToEnd(), new Machine(pod({})).delete(1).runToEnd()]) {
    equal(machine.done, true);
    equal(machine.condition("DisruptionTarget"), "");
  }
});

Deno.test("R-COND-4 R-STATUS-9: a pod deleted before its mains ran keeps ContainersNotReady", () => {
  const rules = {
    restartPolicy: "Never",
    restartPolicyRules: [{
      action: "RestartAllContainers",
      exitCodes: { operator: "In", values: [42] },
    }],
  } as const;
  const subject = pod({
    initContainers: [sidecar("s"), container("i")],
    containers: [container("a", rules)],
  });
  const machine = new Machine(subject, { script: { i: [{ ms: 1000, code: 3 }] } });
  machine.runTo(3000).delete(1).runToEnd();
  equal(machine.status.phase, "Failed");
  equal(machine.state("a"), "Waiting PodInitializing");
  const unready = "False ContainersNotReady containers with unready status: [s a]";
  equal(machine.condition("Ready"), unready);
  equal(machine.condition("ContainersReady"), unready);
  equal(
    machine.condition("Initialized"),
    "False ContainersNotInitialized containers with incomplete status: [s i]",
  );
  equal(machine.condition("AllContainersRestarting"), "False");
});

Deno.test("R-COND-4: without init containers too, though the main's end is made up", () => {
  const fails = { step: "config", message: "no such key" } as const;
  const machine = new Machine(pod({}), { script: { app: [{ fails }] } }).runTo(1000);
  machine.delete(1).runToEnd();
  equal(machine.state("app"), "Terminated ContainerStatusUnknown 137");
  equal(
    machine.condition("Ready"),
    "False ContainersNotReady containers with unready status: [app]",
  );
});

Deno.test("R-COND-1: AllContainersRestarting has no observedGeneration", () => {
  const rules = {
    restartPolicy: "Never",
    restartPolicyRules: [{
      action: "RestartAllContainers",
      exitCodes: { operator: "In", values: [42] },
    }],
  } as const;
  const subject = pod({ containers: [container("a", rules)] }, { generation: 2 });
  const { conditions = [] } = new Machine(subject).runTo(1000).status;
  deepEqual(conditions.map((it) => it.observedGeneration), [2, 2, 2, 2, 2, undefined]);
});

Deno.test("R-COND-1: lastTransitionTime moves with status only", () => {
  const script = { app: [{ ms: 10_000, code: 1 }] };
  const machine = new Machine(pod({ restartPolicy: "Always" }), { script }).runTo(5000);
  const time = (type: string) =>
    machine.status.conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
  equal(time("Ready"), "1970-01-01T00:00:00Z");
  machine.runTo(25_000);
  equal(
    machine.condition("Ready"),
    "False ContainersNotReady containers with unready status: [app]",
  );
  equal(time("Ready"), "1970-01-01T00:00:20Z");
  equal(time("PodScheduled"), "1970-01-01T00:00:00Z");
});

Deno.test("R-COND-2: PodReadyToStartContainers follows the sandbox", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" }), { latency: () => 1000 });
  equal(machine.runTo(1500).condition("PodReadyToStartContainers"), "False");
  equal(machine.runTo(2500).condition("PodReadyToStartContainers"), "True");
  equal(machine.delete(1).runToEnd().condition("PodReadyToStartContainers"), "False");
  equal(machine.condition("PodScheduled"), "True");
});

Deno.test("R-COND-3 R-FOLK-7: Initialized, which is False until the inits are done", () => {
  const subject = pod({ initContainers: [container("a"), sidecar("s"), container("b")] });
  const script = { a: [{ ms: 1000 }], s: [{}], b: [{ ms: 1000 }] };
  const machine = new Machine(subject, { script }).runTo(500);
  equal(
    machine.condition("Initialized"),
    "False ContainersNotInitialized containers with incomplete status: [a s b]",
  );
  equal(
    machine.runTo(1500).condition("Initialized"),
    "False ContainersNotInitialized containers with incomplete status: [b]",
  );
  equal(machine.runTo(2500).condition("Initialized"), "True");
  equal(new Machine(pod({})).condition("Initialized"), "True", "no inits at all");
});

Deno.test("R-COND-4: ContainersReady", () => {
  const subject = pod({
    initContainers: [sidecar("s")],
    containers: [container("b"), container("a")],
  });
  const machine = new Machine(subject, { latency: () => 1000 });
  const unready = (names: string) =>
    `False ContainersNotReady containers with unready status: [${names}]`;
  equal(machine.runTo(2500).condition("ContainersReady"), unready("s b a"), "R-COND-6: spec order");
  equal(machine.runTo(3500).condition("ContainersReady"), unready("b a"));
  equal(machine.runTo(4500).condition("ContainersReady"), unready("a"));
  equal(machine.runTo(5500).condition("ContainersReady"), "True");
  equal(machine.condition("Ready"), "True");
});

const gated = pod({ readinessGates: [{ conditionType: "g/one" }, { conditionType: "g/two" }] });
const missing = 'corresponding condition of pod readiness gate "g/two" does not exist.';
const gates = [
  [
    ["False", undefined],
    [
      'the status of pod readiness gate "g/one" is not "True", but False',
      missing,
    ].join(", "),
  ],
  [["True", undefined], missing],
  [["True", "True"], undefined],
] as const;
for (const [[one, two], message] of gates) {
  Deno.test(`R-COND-5: gates ${one} and ${two}`, () => {
    const conditions: PodCondition[] = [{ type: "g/one", status: one }];
    if (two !== undefined) conditions.push({ type: "g/two", status: two });
    const machine = new Machine({ ...gated, status: { conditions } }).runTo(1000);
    equal(machine.condition("ContainersReady"), "True");
    equal(
      machine.condition("Ready"),
      message === undefined ? "True" : `False ReadinessGatesNotReady ${message}`,
    );
  });
}

Deno.test("R-COND-3 R-COND-4: without any container status nothing is known", () => {
  const subject = pod({ initContainers: [container("i")] });
  const conditions = generateConditions(subject, createPodRecord({ at: 0 }), {
    phase: "Pending",
    statuses: { inits: [], mains: [], ephemerals: [] },
    time: "2026-01-01T00:00:00Z",
  });
  for (const type of ["Initialized", "ContainersReady", "Ready"]) {
    const found = conditions.find((condition) => condition.type === type);
    deepEqual([found?.status, found?.reason], ["False", "UnknownContainerStatuses"], type);
  }
});

Deno.test("R-COND-3 R-COND-6: names without a status are listed first", () => {
  const subject = pod({ initContainers: [container("i"), container("j")] });
  const { initContainerStatuses = [] } = new Machine(subject, { latency: () => 100 }).status;
  const conditions = generateConditions(subject, createPodRecord({ at: 0 }), {
    phase: "Pending",
    statuses: { inits: initContainerStatuses.slice(1), mains: [], ephemerals: [] },
    time: "2026-01-01T00:00:00Z",
  });
  equal(
    conditions.find(({ type }) => type === "Initialized")?.message,
    "containers with unknown status: [i], containers with incomplete status: [j]",
  );
});

Deno.test("R-COND-5: a gate that is opened from outside makes the pod ready", () => {
  const subject = pod({ readinessGates: [{ conditionType: "g/one" }] });
  const machine = new Machine(subject).runTo(1000);
  equal(machine.condition("Ready").startsWith("False ReadinessGatesNotReady"), true);
  const gate: PodCondition = { type: "g/one", status: "True" };
  const opened = { ...subject, status: { conditions: [gate] } };
  const { conditions = [] } = generatePodStatus(opened, machine.record, 1000);
  const statusOf = (type: string) => conditions.find((it) => it.type === type)?.status;
  equal(statusOf("Ready"), "True");
  equal(statusOf("g/one"), "True", "and it is kept");
});
