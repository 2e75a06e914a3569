import {
  deepStrictEqual as deepEqual,
  match,
  ok,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import { InvalidObjectError } from "../../src/api/types/errors.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Pod, PodSpec } from "../../src/api/types/pod.ts";
import { type Runtime, RuntimeError } from "../../src/runtime/runtime.ts";
import type { ContainerScript } from "../../src/runtime/simulated/simulation_script.ts";
import { StatusError } from "../../src/store/status_error.ts";
import {
  containerOf,
  exits,
  podOf,
  runToEnd,
  scriptOf,
  type Simulation,
  startSimulation,
} from "../support/simulation.ts";

/** `at name`: when containers were started, and which. */
function startsOf({ calls }: Simulation): string[] {
  return calls.filter(({ verb }) => verb === "startContainer")
    .map(({ at, container }) => `${at / 1000} ${container}`);
}

/** Phases as published, each once in a row. */
function phasesOf({ statuses }: Simulation, name: string): string[] {
  const phases = (statuses.get(name) ?? []).map(({ status }) => status.phase!);
  return phases.filter((phase, index) => phase !== phases[index - 1]);
}

function nothingIsLeft({ runtime, clock }: Simulation): void {
  deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
  equal(clock.nextWake, undefined);
}

const isSidecar = { restartPolicy: "Always" } as const;

interface Story {
  readonly name: string;
  readonly spec?: Partial<PodSpec>;
  readonly containers: readonly string[];
  readonly runs: Readonly<Record<string, readonly ContainerScript[]>>;
  readonly starts: readonly string[];
  readonly phases: readonly string[];
}

const stories: readonly Story[] = [
  {
    name: "a pod that ends well",
    spec: { restartPolicy: "Never" },
    containers: ["a"],
    runs: { a: [exits(0)] },
    starts: ["0 a"],
    phases: ["Pending", "Running", "Succeeded"],
  },
  {
    name: "trace 2: any failing main decides",
    spec: { restartPolicy: "Never" },
    containers: ["a", "b"],
    runs: { a: [exits(1, 1000)], b: [exits(0, 5000)] },
    starts: ["0 a", "0 b"],
    phases: ["Pending", "Running", "Failed"],
  },
  {
    name: "trace 3: an init fails twice, then succeeds",
    spec: { restartPolicy: "OnFailure", initContainers: [containerOf("i")] },
    containers: ["a"],
    runs: { i: [exits(1), exits(1), exits(0)], a: [exits(0)] },
    starts: ["0 i", "1 i", "12 i", "13 a"],
    phases: ["Pending", "Running", "Succeeded"],
  },
  {
    name: "trace 4: an init fails for good",
    spec: { restartPolicy: "Never", initContainers: [containerOf("i")] },
    containers: ["a"],
    runs: { i: [exits(3)] },
    starts: ["0 i"],
    phases: ["Pending", "Failed"],
  },
  {
    name: "trace 5: a sidecar does not keep a pod alive",
    spec: {
      restartPolicy: "Never",
      initContainers: [{ ...containerOf("s"), ...isSidecar }],
    },
    containers: ["a"],
    runs: { a: [exits(0)] },
    starts: ["0 s", "0 a"],
    phases: ["Pending", "Running", "Succeeded"],
  },
  {
    name: "back-off before the second restart, not before the first",
    spec: { restartPolicy: "OnFailure" },
    containers: ["a"],
    runs: { a: [exits(1), exits(1), exits(1), exits(0)] },
    starts: ["0 a", "1 a", "12 a", "33 a"],
    phases: ["Pending", "Running", "Succeeded"],
  },
  {
    name: "trace 11: the deadline",
    spec: { activeDeadlineSeconds: 5 },
    containers: ["a"],
    runs: { a: [{ onStopSignal: { afterMs: 100, exit: { exitCode: 0 } } }] },
    starts: ["0 a"],
    phases: ["Pending", "Running", "Failed"],
  },
  {
    name: "trace 12: a program that is not there",
    spec: { restartPolicy: "Never" },
    containers: ["a"],
    runs: { a: [{ startError: "/bin/a: not found" }] },
    starts: ["0 a"],
    phases: ["Pending", "Failed"],
  },
  {
    name: "a termination that has to be forced",
    spec: { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 3 },
    containers: ["a"],
    runs: { a: [{ onStopSignal: "ignore" }] },
    starts: ["0 a"],
    phases: ["Pending", "Running", "Failed"],
  },
];
for (const { name, spec, containers, runs, starts, phases } of stories) {
  Deno.test(`the node plays out ${name}`, async () => {
    const simulation = startSimulation({ script: scriptOf(runs) });
    const [end] = await runToEnd(simulation, [podOf("web", containers, spec)]);
    equal(end!.state, "done");
    deepEqual(startsOf(simulation), starts);
    deepEqual(phasesOf(simulation, "web"), phases);
    deepEqual(simulation.log, []);
    nothingIsLeft(simulation);
  });
}

Deno.test("the node stops containers with SIGTERM, and with SIGKILL after the grace", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [{ onStopSignal: "ignore" }] }) });
  simulation.cluster.submit([podOf("web", ["a"], { terminationGracePeriodSeconds: 7 })]);
  await simulation.clock.advance(1000);
  simulation.cluster.deletePod("default", "web");
  await simulation.clock.runUntilIdle();
  const signals = simulation.calls.filter(({ verb }) => verb === "signalContainer")
    .map(({ at, signal }) => `${at} ${signal}`);
  deepEqual(signals, ["1000 SIGTERM", "8000 SIGKILL"]);
  const [end] = simulation.cluster.pods();
  equal(end!.state, "done");
  equal(end!.pod.status?.phase, "Failed");
  nothingIsLeft(simulation);
});

Deno.test("the node shortens a grace when asked again, and never lengthens it (R-DELETE-3)", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [{ onStopSignal: "ignore" }] }) });
  simulation.cluster.submit([podOf("web", ["a"])]);
  await simulation.clock.advance(1000);
  simulation.cluster.deletePod("default", "web", 20);
  await simulation.clock.advance(1000);
  simulation.cluster.deletePod("default", "web", 25);
  simulation.cluster.deletePod("default", "web", 5);
  await simulation.clock.runUntilIdle();
  const kill = simulation.calls.find(({ signal }) => signal === "SIGKILL");
  ok(kill!.at <= 7000, `killed at ${kill!.at}`);
  nothingIsLeft(simulation);
});

Deno.test("R-DELETE-5: the object of a deleted pod is there until nothing of the pod is left", async () => {
  const slow = { onStopSignal: { afterMs: 5000, exit: { exitCode: 0 } } };
  const simulation = startSimulation({ script: scriptOf({ a: [slow] }) });
  const { cluster, clock } = simulation;
  cluster.submit([podOf("web", ["a"])]);
  await clock.advance(1000);
  cluster.deletePod("default", "web");
  await clock.advance(4999);
  throws(() => cluster.submit([podOf("web", ["a"])]), StatusError);
  await clock.advance(1);
  equal(cluster.pods()[0]!.pod.status?.phase, "Succeeded", "R-FOLK-21");
  cluster.submit([podOf("web", ["a"])]);
  cluster.deletePod("default", "web");
  await clock.runUntilIdle();
  nothingIsLeft(simulation);
});

for (
  const [what, before, killedAt] of [
    ["the spec's grace", undefined, 8000],
    ["the grace of the deletion before", 4, 5000],
  ] as const
) {
  Deno.test(`the node gives a pod whose object is taken away at once ${what} (R-DELETE-2 R-FOLK-12)`, async () => {
    const simulation = startSimulation({ script: scriptOf({ a: [{ onStopSignal: "ignore" }] }) });
    simulation.cluster.submit([podOf("web", ["a"], { terminationGracePeriodSeconds: 7 })]);
    await simulation.clock.advance(1000);
    if (before !== undefined) simulation.cluster.deletePod("default", "web", before);
    simulation.cluster.deletePod("default", "web", 0);
    await simulation.clock.runUntilIdle();
    equal(simulation.cluster.pods()[0]!.state, "done");
    equal(simulation.calls.find(({ signal }) => signal === "SIGKILL")!.at, killedAt);
    nothingIsLeft(simulation);
  });
}

Deno.test("a deletion is a generation of its own, once, and is observed in status and conditions (R-COND-1)", async () => {
  const simulation = startSimulation();
  const { cluster, clock } = simulation;
  cluster.submit([podOf("web", ["a"], { terminationGracePeriodSeconds: 7 })]);
  await clock.advance(1000);
  const observed = () => {
    const { metadata, status } = cluster.pods()[0]!.pod;
    const conditions = new Set(status!.conditions!.map((it) => it.observedGeneration));
    return [metadata.generation, status!.observedGeneration, ...conditions];
  };
  deepEqual(observed(), [1, 1, 1]);
  cluster.deletePod("default", "web", 5);
  cluster.deletePod("default", "web", 3);
  await clock.runUntilIdle();
  deepEqual(observed(), [2, 2, 2]);
});

Deno.test("what a watcher sees first: no condition, PodScheduled, all of them (R-COND-2)", async () => {
  const simulation = startSimulation();
  const seen: Pod[] = [];
  simulation.cluster.client.watch("Pod", ({ object }) => seen.push(object));
  simulation.cluster.submit([podOf("web", ["a"])]);
  await Promise.resolve();
  const [created, bound] = seen;
  deepEqual([created!.spec.nodeName, created!.status!.conditions], [undefined, undefined]);
  equal(bound!.spec.nodeName, "node-1");
  deepEqual(bound!.status!.conditions!.map(({ type, status }) => [type, status]), [
    ["PodScheduled", "True"],
  ]);
  await simulation.clock.advance(1000);
  const ready = simulation.statuses.get("web")!.map(({ status }) =>
    status.conditions?.find(({ type }) => type === "PodReadyToStartContainers")?.status
  );
  deepEqual([...new Set(ready)], ["False", "True"]);
});

Deno.test("after a reset the others wait for an init whose back-off is the same as before (R-RAC-5 R-STATUS-1)", async () => {
  const sidecar = {
    ...containerOf("s"),
    ...isSidecar,
    restartPolicyRules: [{
      action: "RestartAllContainers" as const,
      exitCodes: { operator: "In" as const, values: [42] },
    }],
    livenessProbe: { exec: { command: ["ask"] }, periodSeconds: 5, failureThreshold: 1 },
  };
  const last: ContainerScript = {
    onStopSignal: { afterMs: 1, exit: { exitCode: 42 } },
    handler: () => ({ outcome: "failure" }),
  };
  const runs = [exits(42), exits(42), exits(42), exits(1, 0), exits(1, 0), exits(1, 0), last];
  const simulation = startSimulation({ script: scriptOf({ s: runs }) });
  simulation.cluster.submit([podOf("web", ["a"], { initContainers: [sidecar] })]);
  await simulation.clock.advance(40_000);
  // Killed at 35 s and refused; refused again after the reset, until the same moment.
  const { status } = simulation.statuses.get("web")!.at(-1)!;
  equal(status.initContainerStatuses![0]!.state!.waiting!.reason, "CrashLoopBackOff");
  equal(status.containerStatuses![0]!.restartCount, 4);
  equal(status.containerStatuses![0]!.state!.waiting!.reason, "PodInitializing");
});

Deno.test("a pod with scheduling gates is held, says so, and is gone when it is deleted (R-COND-8 R-DELETE-1)", async () => {
  const simulation = startSimulation();
  const { cluster, clock, calls } = simulation;
  const gates = { schedulingGates: [{ name: "example.com/a" }, { name: "example.com/b" }] };
  cluster.submit([podOf("held", ["a"], gates), podOf("free", ["a"])]);
  await clock.advance(5000);
  const [held, free] = cluster.pods();
  equal(free!.state, "active");
  deepEqual([held!.state, held!.stuck], ["stuck", {
    type: "idle",
    because:
      "its scheduling gates hold it back: example.com/a, example.com/b; remove them from the manifest to run it",
  }]);
  equal(held!.pod.spec.nodeName, undefined);
  equal(held!.pod.status!.phase, "Pending");
  deepEqual(held!.pod.status!.conditions!.map(({ lastTransitionTime: _, ...it }) => it), [{
    type: "PodScheduled",
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
    lastProbeTime: null,
  }]);
  equal(calls.some(({ podUid }) => podUid === held!.pod.metadata.uid), false);
  cluster.deletePod("default", "held");
  cluster.deletePod("default", "free");
  await clock.runUntilIdle();
  deepEqual(cluster.pods().map(({ state }) => state), ["done", "done"]);
});

Deno.test("a pod that is created through the client runs like a submitted one, and is forgotten when it is gone", async () => {
  const added: string[] = [];
  const simulation = startSimulation({
    script: scriptOf({ a: [exits(0)] }),
    onPodAdded: ({ metadata, spec }) => added.push(`${metadata.name} ${spec.nodeName}`),
  });
  const { cluster, clock } = simulation;
  const once = { restartPolicy: "Never" } as const;
  cluster.submit([podOf("submitted", ["a"], once)]);
  await clock.advance(500);
  await cluster.client.create(podOf("later", ["a"], once));
  deepEqual(added, ["submitted undefined", "later undefined"]);
  deepEqual(cluster.pods().map(({ pod }) => pod.metadata.name), ["submitted", "later"]);
  await clock.runUntilIdle();
  deepEqual(startsOf(simulation), ["0 a", "0.5 a"]);
  deepEqual(cluster.pods().map(({ pod, state }) => [pod.status?.phase, state]), [
    ["Succeeded", "done"],
    ["Succeeded", "done"],
  ]);
  for (const name of ["submitted", "later"]) cluster.deletePod("default", name);
  await clock.runUntilIdle();
  deepEqual(cluster.client.list("Pod"), []);
  deepEqual(cluster.pods().map(({ pod }) => pod.metadata.name), ["submitted"]);
  nothingIsLeft(simulation);
});

Deno.test("a pod that is deleted without a grace is known until nothing of it is left", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [{ onStopSignal: "ignore" }] }) });
  const { cluster, clock } = simulation;
  await cluster.client.create(podOf("web", ["a"], { terminationGracePeriodSeconds: 2 }));
  await clock.advance(1000);
  cluster.deletePod("default", "web", 0);
  await clock.advance(1000);
  deepEqual(cluster.pods().map(({ state }) => state), ["active"]);
  await clock.runUntilIdle();
  deepEqual(cluster.pods(), []);
  nothingIsLeft(simulation);
});

Deno.test("submitted() says how far each object is: data is done, a pod with its lifecycle", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [exits(0)] }) });
  const { cluster, clock } = simulation;
  const gates = { schedulingGates: [{ name: "example.com/a" }] };
  cluster.submit([
    podOf("free", ["a"], { restartPolicy: "Never" }),
    podOf("held", ["a"], gates),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf" } },
  ]);
  const states = () =>
    cluster.submitted().map(({ object, state }) => `${object.metadata.name} ${state}`).toArray();
  deepEqual(states(), ["conf done", "free active", "held stuck"]);
  await cluster.client.create(podOf("later", ["a"]));
  await clock.advance(1000);
  deepEqual(states(), ["conf done", "free done", "held stuck"]);
  cluster.deletePod("default", "held");
  cluster.deletePod("default", "free");
  deepEqual(states(), ["conf done", "free done", "held done"]);
  const stop = cluster.stop();
  await clock.runUntilIdle();
  await stop;
});

Deno.test("a pod that the node refuses has a phase, its reason and nothing of a kubelet's status (R-ADMIT-1 R-EVENT-16)", async () => {
  const simulation = startSimulation();
  const [end] = await runToEnd(simulation, [podOf("web", ["a"], { os: { name: "windows" } })]);
  const { startTime, ...status } = end!.pod.status!;
  ok(startTime !== undefined);
  deepEqual(status, {
    observedGeneration: 1,
    phase: "Failed",
    qosClass: "BestEffort",
    reason: "PodOSNotSupported",
    message: "Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
  });
  const [scheduled, event] = simulation.cluster.events();
  deepEqual(
    [scheduled!.reason, scheduled!.message, scheduled!.component],
    ["Scheduled", "Successfully assigned default/web to node-1", "default-scheduler"],
    "R-EVENT-1",
  );
  deepEqual([event!.type, event!.reason, event!.message], [
    "Warning",
    "PodOSNotSupported",
    "Failed to admit pod as the OS field doesn't match node OS",
  ]);
  deepEqual(simulation.calls.map(({ verb }) => verb), ["removePod"]);
});

Deno.test("the node replaces a sandbox that died and runs every init again (R-SANDBOX-5)", async () => {
  const simulation = startSimulation({
    script: {
      ...scriptOf({ i: [exits(0)], a: [{}, exits(0)] }),
      sandbox: ({ attempt }) => attempt === 0 ? { exitAfterMs: 10_000 } : {},
    },
  });
  const spec = { restartPolicy: "OnFailure", initContainers: [containerOf("i")] } as const;
  const [end] = await runToEnd(simulation, [podOf("web", ["a"], spec)]);
  deepEqual(startsOf(simulation), ["0 i", "1 a", "10 i", "11 a"]);
  deepEqual(phasesOf(simulation, "web"), [
    "Pending",
    "Running",
    "Pending",
    "Running",
    "Succeeded",
  ]);
  equal(end!.pod.status!.containerStatuses![0]!.restartCount, 1);
  nothingIsLeft(simulation);
});

Deno.test("the node replaces a sandbox that died before it was known to live", async () => {
  const simulation = startSimulation({
    script: {
      ...scriptOf({ a: [exits(0)] }),
      sandbox: ({ attempt }) => attempt < 2 ? { exitAfterMs: 0 } : {},
    },
  });
  const [end] = await runToEnd(simulation, [podOf("web", ["a"], { restartPolicy: "OnFailure" })]);
  equal(end!.pod.status?.phase, "Succeeded");
  deepEqual(startsOf(simulation), ["0 a"]);
  nothingIsLeft(simulation);
});

Deno.test("trace 13: a pod is stuck without its ConfigMap, and goes on when it comes", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [exits(0)] }) });
  const container = containerOf({
    name: "a",
    command: ["/bin/a"],
    env: [{ name: "K", valueFrom: { configMapKeyRef: { name: "conf", key: "k" } } }],
  });
  const [stuck] = await runToEnd(simulation, [
    podOf("web", [container], { restartPolicy: "Never" }),
  ]);
  equal(stuck!.state, "stuck");
  deepEqual(stuck!.stuck, {
    type: "unready",
    causes: [{
      type: "config",
      container: "a",
      reason: "CreateContainerConfigError",
      message: 'configmap "conf" not found',
    }],
  });
  equal(stuck!.pod.status?.phase, "Pending");

  const configMap: KubernetesObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "conf" },
    data: { k: "v" },
  };
  simulation.cluster.submit([configMap]);
  await simulation.clock.runUntilIdle();
  const [end] = simulation.cluster.pods();
  equal(end!.state, "done");
  equal(end!.pod.status?.containerStatuses?.[0]?.restartCount, 0);
  nothingIsLeft(simulation);
});

Deno.test("what a pod names comes before the pod, in whatever order it is given", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [exits(0)] }) });
  const container = containerOf({
    name: "a",
    command: ["/bin/a"],
    envFrom: [{ secretRef: { name: "login" } }],
  });
  const secret: KubernetesObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "login" },
    stringData: { user: "admin" },
  };
  const [end] = await runToEnd(simulation, [
    podOf("web", [container], { restartPolicy: "Never" }),
    secret,
  ]);
  equal(end!.pod.status?.phase, "Succeeded");
  deepEqual(startsOf(simulation), ["0 a"]);
});

Deno.test("submit() starts nothing when one of the objects is refused", async () => {
  const good = podOf("good", ["a"]);
  const cases: readonly [Pod[], (error: unknown) => boolean][] = [
    [[good, podOf("bad", ["a", "a"])], (error) => error instanceof InvalidObjectError],
    [
      [good, good],
      (error) => error instanceof StatusError && error.message === 'pods "good" already exists',
    ],
  ];
  for (const [objects, isExpected] of cases) {
    const simulation = startSimulation();
    throws(() => simulation.cluster.submit(objects), isExpected);
    await simulation.clock.runUntilIdle();
    deepEqual(simulation.cluster.pods(), []);
    deepEqual(simulation.calls, []);
  }
});

Deno.test("only so many pods at a time are on their way to their first container", async () => {
  const simulation = startSimulation({
    startsAtOnce: 3,
    script: {
      sandbox: () => ({ startMs: 10 }),
      container: () => ({ startMs: 5, ...exits(0, 50) }),
    },
  });
  const pods = Array.from(
    { length: 10 },
    (_, i) => podOf(`p${i}`, ["a"], { restartPolicy: "Never" }),
  );
  const ends = await runToEnd(simulation, pods);
  ok(ends.every(({ pod }) => pod.status?.phase === "Succeeded"));
  const sandboxes = simulation.calls.filter(({ verb }) => verb === "runPodSandbox")
    .map(({ at }) => at);
  deepEqual(sandboxes, [0, 0, 0, 15, 15, 15, 30, 30, 30, 45]);
});

Deno.test("a pod that is deleted while it waits for its turn ends at once", async () => {
  const simulation = startSimulation({
    startsAtOnce: 1,
    script: { sandbox: () => ({ startMs: 60_000 }) },
  });
  simulation.cluster.submit([podOf("first", ["a"]), podOf("second", ["a"])]);
  await simulation.clock.advance(1000);
  simulation.cluster.deletePod("default", "second");
  await simulation.clock.advance(1);
  const second = simulation.cluster.pods()[1]!;
  equal(second.state, "done");
  equal(second.pod.status?.phase, "Failed");
  const stop = simulation.cluster.stop();
  await simulation.clock.runUntilIdle();
  await stop;
  nothingIsLeft(simulation);
});

Deno.test("what fails to be made is retried, and an event reports it", async () => {
  let tries = 0;
  const simulation = startSimulation({
    script: {
      ...scriptOf({ a: [exits(0)] }),
      volumeError: () =>
        ++tries === 1 ? "hostPath type check failed: /x is not a directory" : undefined,
      sandbox: () => ++tries === 3 ? { error: "no address left" } : {},
    },
  });
  const [end] = await runToEnd(
    simulation,
    [podOf("web", ["a"], { restartPolicy: "Never" })],
    5_000,
  );
  equal(end!.state, "stuck");
  await simulation.clock.runUntilIdle();
  equal(simulation.cluster.pods()[0]!.pod.status?.phase, "Succeeded");
  const said = simulation.cluster.events().map(({ reason, message }) => `${reason}: ${message}`);
  ok(said.some((it) => it.startsWith("FailedMount: ") && it.includes("/x is not a directory")));
  ok(
    said.some((it) => it.startsWith("FailedCreatePodSandBox: ") && it.includes("no address left")),
  );
});

Deno.test("R-START-5 R-EVENT-13: each volume that fails has its event, again and again", async () => {
  const simulation = startSimulation({});
  const web = podOf("web", ["a"]);
  const mounts = ["s", "e", "c"].map((name) => ({ name, mountPath: `/${name}` }));
  simulation.cluster.submit([{
    ...web,
    spec: {
      ...web.spec,
      containers: [{ ...web.spec.containers[0]!, volumeMounts: mounts }],
      volumes: [
        { name: "s", secret: { secretName: "nope" } },
        { name: "e", emptyDir: {} },
        { name: "c", configMap: { name: "nope" } },
      ],
    },
  }]);
  await simulation.clock.advance(128_000);
  const failures = simulation.cluster.events().filter(({ reason }) => reason === "FailedMount");
  deepEqual(failures.map(({ message, count, lastAt }) => [message, count, lastAt]), [
    ['MountVolume.SetUp failed for volume "s" : secret "nope" not found', 9, 127_500],
    ['MountVolume.SetUp failed for volume "c" : configmap "nope" not found', 9, 127_500],
  ]);
  const [end] = simulation.cluster.pods();
  equal(end?.state, "stuck");
  equal(end?.pod.status?.phase, "Pending");
  await simulation.cluster.stop();
  nothingIsLeft(simulation);
});

Deno.test("our own fault ends one pod worker, is logged, and leaves the other pods alone", async () => {
  const simulation = startSimulation({
    script: scriptOf({ a: [exits(0)], bad: [exits(0)] }),
    wrap: (runtime) =>
      wrapped(runtime, {
        createContainer: (sandboxId, config) => {
          if (config.name === "bad") throw new TypeError("undefined is not a function");
          return runtime.createContainer(sandboxId, config);
        },
      }),
  });
  const never = { restartPolicy: "Never" } as const;
  const [bad, good] = await runToEnd(simulation, [
    podOf("broken", ["bad"], never),
    podOf("web", ["a"], never),
  ]);
  equal(bad!.state, "done");
  equal(bad!.pod.status?.phase, "Failed");
  equal(bad!.pod.status?.reason, "NodeFault");
  match(bad!.pod.status!.message!, /undefined is not a function/);
  equal(good!.pod.status?.phase, "Succeeded");
  equal(simulation.log.length, 1);
  match(simulation.log[0]!, /^error: Pod worker failed pod=default\/broken .*TypeError.*record=/);
  nothingIsLeft(simulation);
});

Deno.test("a machine that cannot signal or remove does not stop the pod from ending", async () => {
  const refuse = () => Promise.reject(new RuntimeError("Unknown", "not today"));
  const simulation = startSimulation({
    wrap: (runtime) => wrapped(runtime, { signalContainer: refuse, removeContainer: refuse }),
  });
  simulation.cluster.submit([podOf("web", ["a"], { activeDeadlineSeconds: 1 })]);
  await simulation.clock.advance(60_000);
  ok(simulation.log.length > 0);
  match(simulation.log[0]!, /^warn: Cannot signal container pod=default\/web container=a/);
  await simulation.cluster.stop();
  nothingIsLeft(simulation);
});

Deno.test("stop() kills everything, whatever is under way, and may be repeated", async () => {
  const simulation = startSimulation({
    startsAtOnce: 1,
    script: { ...scriptOf({ a: [{ onStopSignal: "ignore" }] }), sandbox: () => ({ startMs: 10 }) },
  });
  simulation.cluster.submit([podOf("up", ["a"]), podOf("starting", ["a"]), podOf("later", ["a"])]);
  await simulation.clock.advance(15);
  let stopped = false;
  const stop = simulation.cluster.stop().then(() => stopped = true);
  await simulation.clock.runUntil(() => stopped);
  await stop;
  await simulation.cluster.stop();
  nothingIsLeft(simulation);
});

Deno.test("kill() ends every pod at once, and its status and events report the end", async () => {
  const simulation = startSimulation({
    startsAtOnce: 2,
    script: { ...scriptOf({ a: [{ onStopSignal: "ignore" }] }), sandbox: () => ({ startMs: 10 }) },
  });
  simulation.cluster.submit([podOf("up", ["a"]), podOf("going", ["a"]), podOf("later", ["a"])]);
  await simulation.clock.advance(15);
  simulation.cluster.deletePod("default", "going");
  await simulation.clock.advance(1);
  simulation.cluster.kill();
  await simulation.clock.advance(10);
  for (const { pod: { status }, state } of simulation.cluster.pods()) {
    equal(state, "done");
    equal(status?.phase, "Failed");
    equal(status?.conditions?.find(({ type }) => type === "Ready")?.status, "False");
    ok(status?.containerStatuses?.every((it) => it.state?.running === undefined));
  }
  const exits = simulation.logEvents.filter(({ type }) => type === "container.exited");
  deepEqual(exits.map(({ pod }) => pod), ["default/up", "default/going"]);
  nothingIsLeft(simulation);
});

Deno.test("a status says once what has changed, and the log has a reason for each step", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [exits(1), exits(0)] }) });
  await runToEnd(simulation, [podOf("web", ["a"], { restartPolicy: "OnFailure" })]);
  const texts = simulation.statuses.get("web")!.map(({ status }) => JSON.stringify(status));
  for (let i = 1; i < texts.length; i++) ok(texts[i] !== texts[i - 1]);
  const types = simulation.logEvents.map(({ type }) => type);
  for (const type of ["sandbox.started", "container.started", "container.exited", "pod.phase"]) {
    ok(types.includes(type as typeof types[number]), type);
  }
  for (const event of simulation.logEvents) {
    ok("because" in event && event.because !== "" && event.rule.startsWith("R-"), event.type);
  }
});

Deno.test("the node probes containers and restarts what fails its probe (R-PROBE-15)", async () => {
  const simulation = startSimulation({
    script: {
      container: () => ({
        handler: ({ purpose }, at) =>
          purpose === "liveness" && at < 15_000 ? { outcome: "failure", output: "ill" } : {},
      }),
    },
  });
  const probe = { exec: { command: ["ask"] }, periodSeconds: 5, failureThreshold: 2 };
  const app = { ...containerOf("a"), livenessProbe: probe, readinessProbe: probe };
  simulation.cluster.submit([podOf("web", [app])]);
  await simulation.clock.advance(30_000);
  deepEqual(startsOf(simulation), ["0 a", "10 a"]);
  const { pod } = simulation.cluster.pods()[0]!;
  equal(pod.status?.conditions?.find(({ type }) => type === "Ready")?.status, "True");
  simulation.cluster.deletePod("default", "web");
  await simulation.clock.runUntilIdle();
  nothingIsLeft(simulation);
});

Deno.test("the node runs hooks, and leaves none behind (R-HOOK-3, R-HOOK-7)", async () => {
  const exec = { exec: { command: ["hook"] } };
  const simulation = startSimulation({
    script: { container: () => ({ handler: () => ({ afterMs: 60_000 }) }) },
  });
  const sleepy = { ...containerOf("b"), lifecycle: { preStop: { sleep: { seconds: 25 } } } };
  const app = { ...containerOf("a"), lifecycle: { preStop: exec } };
  simulation.cluster.submit([podOf("web", [sleepy, app])]);
  await simulation.clock.advance(1000);
  simulation.cluster.deletePod("default", "web", 20);
  await simulation.clock.runUntilIdle();
  const signals = simulation.calls.filter(({ verb }) => verb === "signalContainer")
    .map(({ at, container, signal }) => `${at} ${container} ${signal}`);
  deepEqual(signals, ["21000 b SIGTERM", "21000 a SIGTERM"]);
  nothingIsLeft(simulation);

  const starting = { ...containerOf("a"), lifecycle: { postStart: exec } };
  simulation.cluster.submit([podOf("slow", [starting])]);
  await simulation.clock.advance(1000);
  equal(phasesOf(simulation, "slow").join(), "Pending");
  simulation.cluster.deletePod("default", "slow");
  const began = simulation.clock.now();
  await simulation.clock.runUntilIdle();
  equal(simulation.clock.now(), began, "the hook is not waited for");
  nothingIsLeft(simulation);
});

Deno.test("waitFor() looks at once, after each change, and stops when it is aborted", async () => {
  const simulation = startSimulation({ script: scriptOf({ a: [exits(0)] }) });
  const { cluster, clock } = simulation;
  await cluster.waitFor(() => cluster.pods().length === 0);
  cluster.submit([podOf("web", ["a"], { restartPolicy: "Never" })]);
  let done = false;
  const isDone = () => cluster.pods().every(({ state }) => state === "done");
  cluster.waitFor(isDone).then(() => done = true);
  await clock.advance(999);
  equal(done, false);
  await clock.advance(1);
  equal(done, true);
  const controller = new AbortController();
  let reason: unknown;
  cluster.waitFor(() => false, controller.signal).catch((error) => reason = error.name);
  controller.abort();
  await clock.advance(1);
  equal(reason, "AbortError");
});

/** A runtime that answers some verbs differently. */
function wrapped(runtime: Runtime, verbs: Partial<Runtime>): Runtime {
  return {
    prepareVolumes: (...request) => runtime.prepareVolumes(...request),
    updateVolumes: (...request) => runtime.updateVolumes(...request),
    readVolumeFile: (request, signal) => runtime.readVolumeFile(request, signal),
    runPodSandbox: (config) => runtime.runPodSandbox(config),
    stopPodSandbox: (id) => runtime.stopPodSandbox(id),
    createContainer: (id, config) => runtime.createContainer(id, config),
    expectContainer: (id, config) => runtime.expectContainer(id, config),
    startContainer: (id) => runtime.startContainer(id),
    resizePod: (uid, resize) => runtime.resizePod(uid, resize),
    signalContainer: (id, signal) => runtime.signalContainer(id, signal),
    runHandler: (id, request, signal) => runtime.runHandler(id, request, signal),
    removeContainer: (id) => runtime.removeContainer(id),
    list: () => runtime.list(),
    logs: (...request) => runtime.logs(...request),
    exec: (...request) => runtime.exec(...request),
    attach: (...request) => runtime.attach(...request),
    dial: (uid, port) => runtime.dial(uid, port),
    stats: (uid) => runtime.stats(uid),
    updateServices: (table) => runtime.updateServices(table),
    removePod: (uid) => runtime.removePod(uid),
    removeVolume: (namespace, name) => runtime.removeVolume(namespace, name),
    removeLogs: (uid) => runtime.removeLogs(uid),
    ...verbs,
  };
}

Deno.test("R-EVENT-16: a pod that the node refuses is Failed, and nothing of it is begun", async () => {
  const simulation = startSimulation();
  const sysctls = [{ name: "kernel.msgmax", value: "1" }];
  const [progress] = await runToEnd(simulation, [
    podOf("web", ["a"], { securityContext: { sysctls } }),
  ]);
  const { phase, reason, message, containerStatuses } = progress!.pod.status!;
  equal(containerStatuses, undefined);
  const why = 'forbidden sysctl: "kernel.msgmax" not allowlisted';
  deepEqual([phase, reason, message], ["Failed", "SysctlForbidden", `Pod was rejected: ${why}`]);
  deepEqual(simulation.calls.map(({ verb }) => verb), ["removePod"]);
  deepEqual(
    simulation.cluster.events().map(({ type, reason, message }) => `${type} ${reason} ${message}`),
    [
      "Normal Scheduled Successfully assigned default/web to node-1",
      `Warning SysctlForbidden ${why}`,
    ],
  );
  nothingIsLeft(simulation);
});

Deno.test("R-VOL-2: a pod that the machine evicts is Failed with the machine's words", async () => {
  const message = 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ';
  const simulation = startSimulation({
    wrap: (runtime, listener) =>
      wrapped(runtime, {
        startContainer: async (id) => {
          const start = await runtime.startContainer(id);
          const at = start.startedAt;
          listener.onEvent({ type: "podEvicted", podUid: "uid-1", reason: "Evicted", message, at });
          return start;
        },
      }),
  });
  const [progress] = await runToEnd(simulation, [podOf("web", ["a"])]);
  const { phase, reason, message: shown } = progress!.pod.status!;
  deepEqual([phase, reason, shown], ["Failed", "Evicted", message]);
  nothingIsLeft(simulation);
});

Deno.test("a container that ends before its start is reported is seen running once (R-WORKER-4)", async () => {
  const simulation: Simulation = startSimulation({
    script: scriptOf({ a: [exits(3, 20)] }),
    wrap: (runtime) =>
      wrapped(runtime, {
        startContainer: async (id) => {
          const start = await runtime.startContainer(id);
          await simulation.clock.sleepUntil(50);
          return start;
        },
      }),
  });
  await runToEnd(simulation, [podOf("web", ["a"], { restartPolicy: "Never" })]);
  const states = simulation.statuses.get("web")!.map(({ status }) =>
    Object.keys(status.containerStatuses?.[0]?.state ?? {})[0]
  );
  deepEqual([...new Set(states.filter(Boolean))], ["waiting", "running", "terminated"]);
  deepEqual(phasesOf(simulation, "web"), ["Pending", "Running", "Failed"]);
  nothingIsLeft(simulation);
});

Deno.test("R-RAC-3 R-WORKER-3: a lone init that starts its Pod over does not end it, though it may run once", async () => {
  const restartPolicyRules = [{
    action: "RestartAllContainers" as const,
    exitCodes: { operator: "In" as const, values: [42] },
  }];
  const init = { ...containerOf("init"), restartPolicy: "Never" as const, restartPolicyRules };
  const pod = podOf("p", ["main"], { restartPolicy: "Never", initContainers: [init] });
  const simulation = startSimulation({
    script: scriptOf({ init: [exits(42), exits(0)], main: [exits(0)] }),
  });
  await runToEnd(simulation, [pod]);
  deepEqual(startsOf(simulation), ["0 init", "1 init", "2 main"]);
  deepEqual(phasesOf(simulation, "p").at(-1), "Succeeded");
});

Deno.test("R-COND-1 R-COND-5: a readiness gate that is opened from outside makes a pod ready, and stays", async () => {
  const { clock, cluster, statuses } = startSimulation();
  const pod = podOf("web", ["a"], {
    readinessGates: [{ conditionType: "example.com/in-rotation" }],
  });
  cluster.submit([pod]);
  const readyOf = () =>
    cluster.client.get("Pod", "default", "web")!.status!.conditions!.find(({ type }) =>
      type === "Ready"
    )!;
  await clock.advance(5000);
  equal(readyOf().reason, "ReadinessGatesNotReady");

  const setGate = async (status: "True" | "False") => {
    const present = cluster.client.get("Pod", "default", "web")!;
    const others = present.status!.conditions!.filter(({ type }) => !type.includes("/"));
    const conditions = [...others, { type: "example.com/in-rotation", status }];
    await cluster.client.updateStatus({ ...present, status: { ...present.status!, conditions } });
    await clock.advance(1000);
  };
  await setGate("True");
  equal(readyOf().status, "True");
  const { conditions } = cluster.client.get("Pod", "default", "web")!.status!;
  deepEqual(conditions![0], { type: "example.com/in-rotation", status: "True" });
  deepEqual(statuses.get("web")!.at(-1)!.status.conditions, conditions);

  await setGate("False");
  equal(readyOf().status, "False");
  await cluster.stop();
});
