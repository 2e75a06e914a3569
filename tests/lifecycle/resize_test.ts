/** Other amounts for a pod that runs (R-RESIZE-3 to R-RESIZE-10). */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container, Pod, ResourceRequirements } from "../../src/api/types/pod.ts";
import { container, Machine, type MachineOptions, pod, sidecar } from "./machine.ts";

const amounts = (cpu: string, memory = "64Mi"): ResourceRequirements => ({
  requests: { cpu, memory },
  limits: { cpu, memory },
});

/** The Pod as its object is after a resize. */
function resized(
  old: Pod,
  changes: Readonly<Record<string, ResourceRequirements>>,
  generation: number,
): Pod {
  const change = (it: Container) => ({ ...it, resources: changes[it.name] ?? it.resources ?? {} });
  const { spec, metadata } = old;
  return {
    ...old,
    metadata: { ...metadata, generation },
    spec: {
      ...spec,
      containers: spec.containers.map(change),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(change) }),
    },
  };
}

function start(options: MachineOptions = {}, more: Partial<Container> = {}): Machine {
  const spec = {
    initContainers: [sidecar("s", { resources: amounts("100m") })],
    containers: [
      container("app", { resources: amounts("100m"), ...more }),
      container("other", { resources: amounts("100m") }),
    ],
  };
  return new Machine(pod(spec, { generation: 1 }), options).runTo(5000);
}

const workOf = ({ operations }: Machine) =>
  operations.filter((it) => Number(it.split(" ")[0]) >= 5).map((it) =>
    it.split(" ").slice(1).join(" ")
  );

const resourcesOf = (machine: Machine, name: string) => {
  const { allocatedResources, resources } = machine.container(name);
  return [allocatedResources?.["cpu"], resources?.limits?.["cpu"]];
};

const resizeConditions = ({ status }: Machine) =>
  (status.conditions ?? []).filter(({ type }) => type.startsWith("PodResize"))
    .map(({ type, reason, message, observedGeneration }) => [
      type,
      observedGeneration,
      ...reason ? [reason] : [],
      ...message ? [message] : [],
    ]);

const eventsOf = ({ events }: Machine) =>
  events.filter(({ reason }) => reason.startsWith("Resize")).map(({ reason }) => reason);

Deno.test("R-RESIZE-6: what runs gets other amounts without a restart, sidecars too", () => {
  const machine = start({ latency: () => 100 });
  machine.change(resized(machine.pod, { app: amounts("200m"), s: amounts("150m") }, 2));
  machine.runTo(5100);
  deepEqual(resizeConditions(machine), [["PodResizeInProgress", 2]], "R-RESIZE-9");
  deepEqual(resourcesOf(machine, "app"), ["200m", "100m"], "R-RESIZE-9");
  deepEqual(machine.status.resources?.limits?.["cpu"], "300m");
  machine.runTo(6000);
  deepEqual(workOf(machine), ["resize s app"]);
  deepEqual(resizeConditions(machine), []);
  deepEqual(resourcesOf(machine, "app"), ["200m", "200m"]);
  deepEqual(machine.status.resources?.limits?.["cpu"], "450m");
  equal(machine.container("app").restartCount, 0);
  deepEqual(eventsOf(machine), ["ResizeStarted", "ResizeCompleted"], "R-RESIZE-10");
  const [first] = machine.events.filter(({ reason }) => reason === "ResizeStarted");
  const named = (name: string, cpu: string) => ({ name, resources: amounts(cpu) });
  deepEqual(JSON.parse(first!.message.slice("Pod resize started: ".length)), {
    initContainers: [
      { name: "s", resources: JSON.parse(JSON.stringify(amounts("150m"))) },
    ],
    containers: [named("app", "200m"), named("other", "100m")],
    generation: 2,
  });
});

Deno.test("R-RESIZE-7: a resizePolicy restarts its container alone, for its resource alone", () => {
  const policy = {
    resizePolicy: [{ resourceName: "memory", restartPolicy: "RestartContainer" as const }],
  };
  const cpu = start({}, policy);
  cpu.change(resized(cpu.pod, { app: amounts("200m") }, 2));
  cpu.runTo(9000);
  deepEqual(workOf(cpu), ["resize app"]);

  const memory = start({}, policy);
  const both = { app: amounts("100m", "128Mi"), other: amounts("150m") };
  memory.change(resized(memory.pod, both, 2));
  memory.runTo(9000);
  deepEqual(workOf(memory), ["SIGTERM app", "resize other", "start app 1"]);
  equal(memory.container("app").restartCount, 1);
  equal(memory.container("app").resources?.limits?.["memory"], "128Mi");
  deepEqual(eventsOf(memory), ["ResizeStarted", "ResizeCompleted"]);
  const [killing] = memory.events.filter(({ reason }) => reason === "Killing");
  equal(killing?.message, "Container app resize requires restart");
});

Deno.test("R-RESIZE-4, R-RESIZE-5: without room it is deferred, and asked for again in time", () => {
  const machine = start({ whyNoRoom: (at) => at < 300_000 ? "no room" : undefined });
  machine.change(resized(machine.pod, { app: amounts("900m") }, 2));
  deepEqual(resizeConditions(machine), [["PodResizePending", 2, "Deferred", "no room"]]);
  deepEqual(resourcesOf(machine, "app"), ["100m", "100m"], "the old amounts stay in force");
  machine.runTo(184_000);
  deepEqual(workOf(machine), []);
  machine.runTo(400_000);
  deepEqual(resizeConditions(machine), []);
  deepEqual(resourcesOf(machine, "app"), ["900m", "900m"]);
  deepEqual(machine.operations.at(-1), "365 resize app");
  deepEqual(eventsOf(machine), ["ResizeDeferred", "ResizeStarted", "ResizeCompleted"]);
});

Deno.test("R-RESIZE-5: it is asked for again when others leave room, and not once it is taken back", () => {
  const machine = start({ whyNoRoom: (at) => at < 20_000 ? "no room" : undefined });
  machine.change(resized(machine.pod, { app: amounts("900m") }, 2)).runTo(30_000);
  deepEqual(workOf(machine), []);
  machine.send({ type: "roomChanged", at: machine.now });
  deepEqual(machine.operations.at(-1), "30 resize app");

  const back = start({ whyNoRoom: () => "no room" });
  back.change(resized(back.pod, { app: amounts("900m") }, 2)).runTo(10_000);
  back.change(resized(back.pod, { app: amounts("100m") }, 3)).runTo(400_000);
  deepEqual([resizeConditions(back), back.record.resize, workOf(back)], [[], undefined, []]);
});

Deno.test("R-RESIZE-8: a failure is shown and repeated, and another change is looked at at once", () => {
  const machine = start({ whyNotResized: (at) => at < 20_000 ? "in use" : undefined });
  machine.change(resized(machine.pod, { app: amounts("50m") }, 2));
  deepEqual(resizeConditions(machine), [["PodResizeInProgress", 2, "Error", "in use"]]);
  machine.runTo(60_000);
  deepEqual(machine.operations.filter((it) => it.includes("resize")), [
    "5 resize app",
    "15 resize app",
    "25 resize app",
  ]);
  deepEqual(resizeConditions(machine), []);
  deepEqual(eventsOf(machine), ["ResizeStarted", "ResizeError", "ResizeError", "ResizeCompleted"]);

  const again = start({ whyNotResized: () => "in use" });
  again.change(resized(again.pod, { app: amounts("50m") }, 2)).runTo(6000);
  again.change(resized(again.pod, { app: amounts("70m") }, 3));
  equal(again.operations.at(-1), "6 resize app");
});

Deno.test("R-RESIZE-6: what does not run gets its amounts when it starts", () => {
  const machine = start({ script: { app: [{ ms: 1000, code: 1 }, { ms: 1000, code: 1 }, {}] } });
  equal(machine.state("app"), "Waiting CrashLoopBackOff");
  machine.change(resized(machine.pod, { app: amounts("200m") }, 2));
  deepEqual(workOf(machine), ["resize", "start app 2"], "R-BACKOFF-5: other amounts start afresh");
  deepEqual(resourcesOf(machine, "app"), ["200m", "200m"]);
});

Deno.test("R-RESIZE-9: both conditions go with the end of the Pod", () => {
  const machine = start({ whyNoRoom: () => "no room" });
  machine.change(resized(machine.pod, { app: amounts("900m") }, 2));
  equal(resizeConditions(machine).length, 1);
  machine.delete(5).runToEnd();
  equal(machine.status.phase, "Failed");
  deepEqual(resizeConditions(machine), []);
});

Deno.test("R-RESIZE-3: another image does not change what is allocated", () => {
  const machine = start({ whyNoRoom: () => "no room" });
  machine.change(resized(machine.pod, { app: amounts("900m") }, 2));
  const { spec } = machine.pod;
  const containers = spec.containers.map((it) => it.name === "app" ? { ...it, image: "b" } : it);
  machine.change({ ...machine.pod, spec: { ...spec, containers } }).runTo(9000);
  equal(machine.container("app").restartCount, 1);
  deepEqual(resourcesOf(machine, "app"), ["100m", "100m"]);
});
