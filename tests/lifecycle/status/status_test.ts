import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { PodSpec, PodStatus } from "../../../src/api/types/pod.ts";
import type { PodEvent } from "../../../src/lifecycle/record/event.ts";
import { createPodRecord, defaultSettings } from "../../../src/lifecycle/record/record.ts";
import { generatePodStatus } from "../../../src/lifecycle/status/status.ts";
import { container, Machine, pod, sidecar } from "../machine.ts";

const wallZeroMs = Date.UTC(2026, 0, 1, 12, 0, 0, 900);
const settings = { wallZeroMs };

Deno.test("R-STATUS-1: the default is ContainerCreating, or PodInitializing for all", () => {
  const plain = generatePodStatus(pod({}), createPodRecord({ at: 0 }), 0);
  equal(plain.containerStatuses?.[0]?.state?.waiting?.reason, "ContainerCreating");
  equal(plain.initContainerStatuses, undefined);
  const subject = pod({ initContainers: [container("i")] });
  const status = generatePodStatus(subject, createPodRecord({ at: 0 }), 0);
  equal(status.containerStatuses?.[0]?.state?.waiting?.reason, "PodInitializing");
  equal(status.initContainerStatuses?.[0]?.state?.waiting?.reason, "PodInitializing");
});

Deno.test("R-STATUS-1 R-STATUS-4 R-STATUS-5 R-STATUS-8: a running container, whole", () => {
  const machine = new Machine(pod({}), { settings, latency: () => 100 }).runTo(5000);
  deepEqual(machine.container("app"), {
    name: "app",
    image: "docker.io/library/busybox:latest",
    imageID: "",
    resources: {},
    user: { linux: { uid: 0, gid: 0, supplementalGroups: [0] } },
    restartCount: 0,
    started: true,
    ready: true,
    containerID: "podling://app-0",
    lastState: {},
    state: { running: { startedAt: "2026-01-01T12:00:01Z" } },
  });
});

Deno.test("R-STATUS-1 R-EXIT-1 R-EXIT-3: an ended container, whole", () => {
  const script = { app: [{ ms: 2500, code: 137, oom: true, message: "too big" }] };
  const machine = new Machine(pod({ restartPolicy: "Never" }), { settings, script }).runToEnd();
  deepEqual(machine.container("app"), {
    name: "app",
    image: "docker.io/library/busybox:latest",
    imageID: "",
    resources: {},
    user: { linux: { uid: 0, gid: 0, supplementalGroups: [0] } },
    restartCount: 0,
    started: false,
    ready: false,
    containerID: "podling://app-0",
    lastState: {},
    state: {
      terminated: {
        exitCode: 137,
        reason: "OOMKilled",
        message: "too big",
        startedAt: "2026-01-01T12:00:00Z",
        finishedAt: "2026-01-01T12:00:03Z",
        containerID: "podling://app-0",
      },
    },
  });
});

Deno.test("R-EXIT-1: a signal is code 128 + n and reason Error, without a signal field", () => {
  const machine = new Machine(pod({})).runTo(0).delete(30).runToEnd();
  const { terminated } = machine.container("app").state!;
  deepEqual([terminated?.exitCode, terminated?.reason, terminated?.signal], [
    143,
    "Error",
    undefined,
  ]);
});

Deno.test("R-EXIT-3 R-FOLK-18: 137 is SIGKILL, and says nothing of memory", () => {
  const script = { app: [{ onSigterm: "ignore" as const }] };
  const machine = new Machine(pod({}), { script }).runTo(0).delete(1).runToEnd();
  equal(machine.state("app"), "Terminated Error 137");
});

Deno.test("R-MODEL-1 R-MODEL-3 R-COUNT-1 R-STATUS-1: the run before feeds lastState", () => {
  const script = { app: [{ ms: 1000, code: 3 }, { ms: 1000, code: 4 }, {}] };
  const machine = new Machine(pod({}), { script }).runTo(20_000);
  equal(machine.container("app").lastState?.terminated?.exitCode, 4);
  equal(machine.container("app").restartCount, 2);
  equal(machine.state("app"), "Running");
});

Deno.test("R-STATUS-2: an ended container stays Terminated until it is started or refused", () => {
  const script = { app: [{ ms: 1000, code: 1 }] };
  const machine = new Machine(pod({}), { script, latency: () => 500 }).runTo(2700);
  equal(machine.state("app"), "Terminated Error 1", "its restart is on the way");
});

Deno.test("R-STATUS-3: a start clears the failure of the one before", () => {
  const script = { app: [{ ms: 0, code: 1 }, { ms: 0, code: 1 }, { ms: 5000, code: 1 }] };
  const machine = new Machine(pod({}), { script }).runTo(15_000);
  deepEqual(machine.states("app").slice(-3), [
    "Running",
    "Terminated Error 1",
    "Waiting CrashLoopBackOff",
  ]);
});

Deno.test("R-STATUS-4 R-STATUS-5: probe results, where there are any, decide started and ready", () => {
  const machine = new Machine(pod({})).runTo(1000);
  const memory = machine.record.containers.get("app")!;
  const cases = [
    [{ startup: "unknown", liveness: "success", readiness: "failure" }, false, false],
    [{ startup: "success", liveness: "success", readiness: "failure" }, true, false],
    [{ startup: "success", liveness: "success", readiness: "success" }, true, true],
    [{ startup: "unknown", liveness: "success", readiness: "success" }, false, false],
  ] as const;
  for (const [probes, started, ready] of cases) {
    const current = memory.current;
    if (current?.type !== "running") throw new Error("it runs");
    const containers = new Map([["app", { ...memory, current: { ...current, probes } }]]);
    const status = generatePodStatus(machine.pod, { ...machine.record, containers }, 1000);
    deepEqual(
      [status.containerStatuses?.[0]?.started, status.containerStatuses?.[0]?.ready],
      [started, ready],
    );
  }
});

Deno.test("R-STATUS-5: a regular init is ready when it has succeeded", () => {
  const subject = pod({ initContainers: [container("i"), container("j")] });
  const machine = new Machine(subject, { script: { i: [{ ms: 1000 }] } }).runTo(500);
  deepEqual([machine.container("i").started, machine.container("i").ready], [true, false]);
  machine.runTo(1500);
  deepEqual([machine.container("i").started, machine.container("i").ready], [false, true]);
});

Deno.test("R-STATUS-7: mains are sorted by name, inits are not", () => {
  const subject = pod({
    initContainers: [container("z"), container("y")],
    containers: [container("b"), container("a")],
  });
  const status = generatePodStatus(subject, createPodRecord({ at: 0 }), 0);
  deepEqual(status.initContainerStatuses?.map(({ name }) => name), ["z", "y"]);
  deepEqual(status.containerStatuses?.map(({ name }) => name), ["a", "b"]);
});

Deno.test("R-WORKER-10: startTime is the node's first sight and stays", () => {
  const machine = new Machine(pod({}), { at: 5000, settings }).runTo(100_000);
  equal(machine.statuses[0]?.status.startTime, "2026-01-01T12:00:05Z");
  equal(machine.status.startTime, "2026-01-01T12:00:05Z");
});

Deno.test("times are the wall clock's, also when lifecycle time runs faster", () => {
  const machine = new Machine(pod({}), { settings: { wallZeroMs, speed: 10 } });
  const record = createPodRecord({ at: 50_000, settings: machine.record.settings });
  equal(generatePodStatus(machine.pod, record, 0).startTime, "2026-01-01T12:00:05Z");
});

Deno.test("generatePodStatus() gives the published object itself when nothing has changed", () => {
  const machine = new Machine(pod({ initContainers: [container("i")] })).runTo(1000);
  equal(generatePodStatus(machine.pod, machine.record, 99_000), machine.record.published);
});

Deno.test("addresses come with the sandbox and outlive it", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" }), { script: { app: [{ ms: 1 }] } });
  equal(machine.status.podIP, undefined);
  machine.runToEnd();
  deepEqual([machine.status.podIP, machine.status.podIPs, machine.status.hostIP], [
    "127.0.0.2",
    [{ ip: "127.0.0.2" }],
    "10.0.0.1",
  ]);
});

Deno.test("what the registry has put into the status stays: R-QOS-2", () => {
  const status: PodStatus = { phase: "Pending", qosClass: "Guaranteed" };
  equal(new Machine(pod({}), { status }).runTo(1000).status.qosClass, "Guaranteed");
});

/** A status as an earlier node process left it. */
function left(state: "running" | "terminated", restartCount: number): PodStatus {
  const ended = { exitCode: 7, reason: "Error" };
  return {
    phase: "Running",
    containerStatuses: [{
      name: "app",
      image: "busybox",
      imageID: "",
      ready: false,
      restartCount,
      state: state === "running" ? { running: {} } : { terminated: ended },
    }],
  };
}

Deno.test("R-STATUS-1 R-STATUS-13: a record that vanished while its container ran", () => {
  const machine = new Machine(pod({}), { status: left("running", 2), latency: () => 100 });
  const { state, lastState, restartCount } = machine.container("app");
  equal(state?.waiting?.reason, "ContainerCreating");
  deepEqual(lastState?.terminated, {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message:
      "The container could not be located when the pod was deleted.  The container used to be Running",
    startedAt: null,
    finishedAt: null,
  });
  equal(restartCount, 3);
  equal(machine.runTo(5000).container("app").restartCount, 3, "R-COUNT-3");
});

Deno.test("R-STATUS-1: an old Terminated status without a record is taken whole", () => {
  const machine = new Machine(pod({}), { status: left("terminated", 2), latency: () => 100 });
  equal(machine.state("app"), "Terminated Error 7");
  equal(machine.container("app").restartCount, 2);
  equal(machine.runTo(5000).container("app").restartCount, 3, "R-COUNT-3");
});

Deno.test("R-STATUS-6: an init without a record is believed to have succeeded", () => {
  const subject = pod({ initContainers: [container("i")] });
  const machine = new Machine(subject, { script: { i: [{ ms: 1 }] } }).runTo(1000);
  const { initContainerStatuses: _, ...published } = machine.record.published;
  const containers = new Map(machine.record.containers);
  containers.delete("i");
  const status = generatePodStatus(subject, { ...machine.record, published, containers }, 1000);
  const { reason, startedAt } = status.initContainerStatuses![0]!.state!.terminated!;
  deepEqual([reason, startedAt], ["Completed", null], "R-STATUS-13");
});

Deno.test("R-STATUS-1 R-ACT-3: a container that the machine has lost track of", () => {
  const machine = new Machine(pod({})).runTo(1000);
  machine.alive.clear();
  const { containerId } = machine.record.containers.get("app")!.current!;
  const lost: PodEvent = { type: "containerLost", at: 1000, name: "app", containerId };
  machine.send(lost).runTo(2000);
  equal(machine.states("app").at(-2), "Terminated ContainerStatusUnknown 137");
  deepEqual(machine.operations.slice(-2), ["1 SIGKILL app", "1 start app 1"]);
  equal(machine.container("app").restartCount, 1);
  equal(machine.container("app").lastState?.terminated?.reason, "ContainerStatusUnknown");
});

const messages: readonly [string, string, string, number, string][] = [
  ["R-MSG-1 the file's words", "file", "log", 1, "file"],
  ["R-MSG-2 the log's end if there are none", "", "log", 1, "log"],
  ["R-MSG-2 but not beside exit code 0", "", "log", 0, ""],
];
for (const [name, message, logTail, exitCode, expected] of messages) {
  for (const policy of ["File", "FallbackToLogsOnError"] as const) {
    const words = policy === "File" ? message : expected;
    Deno.test(`${name}, policy ${policy}: ${JSON.stringify(words)}`, () => {
      const app = container("app", { terminationMessagePolicy: policy });
      const subject = pod({ restartPolicy: "Never", containers: [app] });
      const machine = new Machine(subject).runTo(0);
      const { containerId } = machine.process("app");
      machine.send({
        type: "containerExited",
        at: 0,
        name: "app",
        containerId,
        exitCode,
        oomKilled: false,
        terminationMessage: message,
        logTail,
      });
      equal(machine.container("app").state?.terminated?.message ?? "", words);
    });
  }
}

for (const [count, limit] of [[1, 12288], [4, 3072]] as const) {
  Deno.test(`R-MSG-4: with ${count} containers a message is cut to ${limit} bytes`, () => {
    const names = ["app", "b", "c", "d"].slice(0, count);
    const subject = pod({
      restartPolicy: "Never",
      initContainers: [],
      containers: names.map((name) => container(name)),
    });
    const script = { app: [{ ms: 1, message: "é".repeat(12288) }] };
    const machine = new Machine(subject, { script }).runTo(10);
    equal(machine.container("app").state?.terminated?.message, "é".repeat(limit / 2));
  });
}

Deno.test("R-MSG-4: half a character is left out", () => {
  const script = { app: [{ ms: 1, message: `x${"é".repeat(12288)}` }] };
  const machine = new Machine(pod({ restartPolicy: "Never" }), { script }).runToEnd();
  equal(machine.container("app").state?.terminated?.message?.at(-1), "é");
});

Deno.test("R-COUNT-2 R-START-1: only a start that leaves a record counts", () => {
  const step = (step: "config" | "create" | "start") => ({ fails: { step, message: "no" } });
  const script = { app: [step("config"), step("create"), step("start"), {}] };
  const machine = new Machine(pod({}), { script }).runTo(60_000);
  deepEqual(machine.states("app"), [
    "Waiting ContainerCreating",
    "Waiting CreateContainerConfigError",
    "Waiting CreateContainerError",
    "Waiting RunContainerError",
    "Running",
  ]);
  equal(machine.container("app").restartCount, 1);
});

Deno.test("a start failure may bring a reason of its own, such as ErrImagePull", () => {
  const fails = { step: "create", message: "unknown image", reason: "ErrImagePull" } as const;
  const machine = new Machine(pod({}), { script: { app: [{ fails }] } }).runTo(1000);
  equal(machine.state("app"), "Waiting ErrImagePull");
});

Deno.test("a very short run whose end is reported before its start", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" }), { latency: () => 100 }).runTo(250);
  const containerId = "podling://app-0";
  const event: PodEvent = {
    type: "containerExited",
    at: 250,
    name: "app",
    containerId,
    exitCode: 5,
    oomKilled: false,
    terminationMessage: "",
    logTail: "",
  };
  machine.send(event);
  equal(machine.state("app"), "Waiting ContainerCreating");
  machine.runTo(1000);
  equal(machine.state("app"), "Terminated Error 5");
  deepEqual(
    machine.log.map(({ type }) => type).filter((type) => type.startsWith("container.")),
    ["container.started", "container.exited"],
  );
});

Deno.test("defaultSettings are Kubernetes' own: R-BACKOFF-1 R-TERM-5 R-WORKER-5", () => {
  deepEqual(defaultSettings.backoff, { baseMs: 10_000, maxMs: 300_000, resetMs: 600_000 });
  equal(defaultSettings.stopFloorMs, 2000);
  equal(defaultSettings.retryMs, 10_000);
});

Deno.test("R-SIDECAR-9: sidecars count for Ready, regular inits do not", () => {
  const subject = pod({ initContainers: [container("i"), sidecar("s")] });
  const script = { i: [{ ms: 1 }], s: [{ ms: 1000, code: 1 }, { ms: 0, code: 1 }] };
  const machine = new Machine(subject, { script }).runTo(500);
  equal(machine.condition("Ready"), "True");
  machine.runTo(5000);
  equal(machine.condition("Ready"), "False ContainersNotReady containers with unready status: [s]");
  equal(machine.status.phase, "Running");
});

Deno.test("R-STATUS-1: the node's address is published before there is a sandbox, and beats the sandbox's", () => {
  const record = createPodRecord({ at: 0, hostIP: "192.0.2.7" });
  const { hostIP, hostIPs, podIP } = generatePodStatus(pod({}), record, 0);
  deepEqual([hostIP, hostIPs, podIP], ["192.0.2.7", [{ ip: "192.0.2.7" }], undefined]);
});

const amounts = {
  requests: { cpu: "100m", memory: "32Mi" },
  limits: { cpu: "500m", memory: "64Mi" },
};
const volumeMounts = [
  { name: "m", mountPath: "/m" },
  { name: "m", mountPath: "/r", readOnly: true },
  { name: "m", mountPath: "/p", readOnly: true, recursiveReadOnly: "IfPossible" },
  { name: "m", mountPath: "/w", readOnly: false },
];
const mountStatuses = [
  { name: "m", mountPath: "/m" },
  { name: "m", mountPath: "/r", readOnly: true, recursiveReadOnly: "Disabled" },
  { name: "m", mountPath: "/p", readOnly: true, recursiveReadOnly: "Enabled" },
  { name: "m", mountPath: "/w" },
];

Deno.test("R-STATUS-11: mounts show from the start; resources, user and the image in full with the first run", () => {
  const app = container("app", { image: "busybox:1.36", resources: amounts, volumeMounts });
  const machine = new Machine(pod({ containers: [app, container("b")] }), { latency: () => 100 });
  const { image, volumeMounts: mounts, resources, allocatedResources, user } = machine.container(
    "app",
  );
  deepEqual([image, mounts], ["busybox:1.36", mountStatuses]);
  deepEqual([resources, allocatedResources, user], [undefined, undefined, undefined]);
  machine.runTo(5000);
  const running = machine.container("app");
  equal(running.image, "docker.io/library/busybox:1.36");
  deepEqual([running.volumeMounts, running.resources], [mountStatuses, amounts]);
  deepEqual(running.allocatedResources, amounts.requests);
  deepEqual(running.user, { linux: { uid: 0, gid: 0, supplementalGroups: [0] } });
  const plain = machine.container("b");
  deepEqual([plain.resources, "allocatedResources" in plain, "volumeMounts" in plain], [
    {},
    false,
    false,
  ]);
  machine.delete(1).runToEnd();
  const { state: _, started: _s, ready: _r, ...ended } = machine.container("app");
  const { state: _b, started: _t, ready: _y, ...before } = running;
  deepEqual(ended, before, "its end changes nothing of it");
});

Deno.test("R-STATUS-12: the Pod shows what all of it requests and may use", () => {
  const status = (spec: Partial<PodSpec>) => {
    const { resources, allocatedResources } = generatePodStatus(
      pod(spec),
      createPodRecord({ at: 0 }),
      0,
    );
    return { resources, allocatedResources };
  };
  deepEqual(status({}), { resources: {}, allocatedResources: undefined });
  const containers = [
    container("a", { resources: amounts }),
    container("b", { resources: { requests: { cpu: "1" } } }),
  ];
  const requests = { cpu: "1100m", memory: "32Mi" };
  deepEqual(status({ containers }), {
    resources: { requests, limits: amounts.limits },
    allocatedResources: requests,
  });
  const more = { cpu: "1600m", memory: "32Mi", "example.com/x": "2" };
  const overhead = { cpu: "500m", "example.com/x": "2" };
  deepEqual(status({ containers, overhead }), {
    resources: { requests: more, limits: { cpu: "1", memory: "64Mi" } },
    allocatedResources: more,
  });
  const resources = { requests: { cpu: "2", memory: "1Gi" }, limits: { cpu: "4" } };
  deepEqual(status({ containers, resources }), {
    resources: { requests: resources.requests, limits: { cpu: "4", memory: "64Mi" } },
    allocatedResources: resources.requests,
  });
});

Deno.test("R-STATUS-13: a condition was never probed, and an end that no run had has no times", () => {
  const script = { app: [{ ms: 1000 }], b: [{}] };
  const subject = pod({ restartPolicy: "Never", containers: [container("app"), container("b")] });
  const machine = new Machine(subject, { script }).runTo(2000);
  const { conditions = [] } = machine.status;
  deepEqual(new Set(conditions.map(({ lastProbeTime }) => lastProbeTime)), new Set([null]));
  machine.alive.clear();
  const { containerId } = machine.record.containers.get("b")!.current!;
  machine.send({ type: "containerLost", at: 2000, name: "b", containerId }).runTo(3000);
  const { reason, startedAt, finishedAt } = machine.container("b").state!.terminated!;
  deepEqual([reason, startedAt, finishedAt], ["ContainerStatusUnknown", null, null]);
  equal(typeof machine.container("app").state!.terminated!.finishedAt, "string");
});

Deno.test("observedGeneration: the spec that a status was computed from", () => {
  const subject = pod({}, { generation: 3 });
  const status = generatePodStatus(subject, createPodRecord({ at: 0 }), 0);
  equal(status.observedGeneration, 3);
  deepEqual(new Set(status.conditions?.map((it) => it.observedGeneration)), new Set([3]));
});

Deno.test("R-STATUS-1 R-STATUS-2: a sidecar that exits 0 again and again stays Terminated while it waits", () => {
  const subject = pod({ restartPolicy: "Never", initContainers: [sidecar("s")] });
  const script = { s: [{ ms: 0 }], app: [{ ms: 9000 }] };
  const machine = new Machine(subject, { script }).runTo(5000);
  equal(machine.state("s"), "Terminated Completed 0");
  equal(machine.events.some(({ reason }) => reason === "BackOff"), true);
  machine.runToEnd();
  equal(machine.status.phase, "Succeeded");
  equal(machine.state("s"), "Terminated Completed 0");
  const failing = new Machine(subject, { script: { ...script, s: [{ ms: 0, code: 3 }] } });
  equal(failing.runTo(5000).state("s"), "Waiting CrashLoopBackOff");
  equal(failing.runToEnd().state("s"), "Terminated ContainerStatusUnknown 137");
});

for (
  const [how, end] of [
    ["a deletion", (machine: Machine) => machine.delete(3)],
    ["its deadline", (machine: Machine) => machine.runTo(5000)],
  ] as const
) {
  Deno.test(`R-STATUS-9: a main whose last init exits 0 while ${how} stops it has never been due`, () => {
    const subject = pod({
      restartPolicy: "Never",
      activeDeadlineSeconds: 5,
      initContainers: [container("i")],
    });
    const script = { i: [{ onSigterm: { code: 0 } }] };
    const machine = new Machine(subject, { script }).runTo(2000);
    end(machine).runToEnd();
    equal(machine.status.phase, "Failed");
    equal(machine.state("i"), "Terminated Completed 0");
    equal(machine.container("i").ready, true);
    equal(machine.condition("Initialized"), "True");
    equal(machine.state("app"), "Waiting PodInitializing");
  });
}

for (
  const [end, phase, reason] of [
    ["Succeeded by itself", "Succeeded", "PodCompleted"],
    ["Failed by itself", "Failed", "PodFailed"],
    ["deleted", "Failed", "PodFailed"],
  ] as const
) {
  Deno.test(`R-WORKER-8: a pod that is ${end} is Running, all terminated and not ready, in one version before the last`, () => {
    const code = phase === "Failed" ? 1 : 0;
    const own = end === "deleted" ? [{}] : [{ ms: 1000, code }];
    const machine = new Machine(pod({ restartPolicy: "Never" }), { script: { app: own } });
    machine.runTo(500);
    if (end === "deleted") machine.delete(1);
    machine.runToEnd();
    const [before, last] = machine.statuses.slice(-2).map(({ status }) => ({
      phase: status.phase,
      terminated: status.containerStatuses![0]!.state!.terminated !== undefined,
      ready: status.conditions!.find(({ type }) => type === "Ready")!.reason,
    }));
    deepEqual(before, { phase: "Running", terminated: true, ready: reason });
    deepEqual(last, { phase, terminated: true, ready: reason });
  });
}

Deno.test("R-WORKER-9: once a pod is finished its status stays as it is, also under another generation", () => {
  const machine = new Machine(pod({ restartPolicy: "Never" }, { generation: 1 }), {
    script: { app: [{ ms: 0 }] },
  }).runToEnd();
  const { status } = machine;
  machine.pod = { ...machine.pod, metadata: { ...machine.pod.metadata, generation: 2 } };
  equal(generatePodStatus(machine.pod, machine.record, 99_000), status);
  equal(status.observedGeneration, 1);
});
