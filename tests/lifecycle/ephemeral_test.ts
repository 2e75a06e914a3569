/** Ephemeral containers: when they start, and that they count for nothing (R-EPHEMERAL-3 to 6). */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { container, Machine, pod, sidecar } from "./machine.ts";

/** The Pod with ephemeral containers of these names. */
function withDebuggers(pod: Pod, ...names: string[]): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, generation: 2 },
    spec: { ...pod.spec, ephemeralContainers: names.map((name) => ({ name, image: "busybox" })) },
  };
}

/** Of the operations those that start a container. */
function startsOf({ operations }: Machine): string[] {
  return operations.filter((it) => it.includes(" start "));
}

Deno.test("R-EPHEMERAL-3: it starts beside what runs, once, whatever it exits with", () => {
  const machine = new Machine(pod({}), { script: { d: [{ ms: 1000, code: 3 }] } }).runTo(5000);
  machine.change(withDebuggers(machine.pod, "d"));
  deepEqual(startsOf(machine), ["0 start app 0", "5 start d 0"]);
  equal(machine.state("d"), "Running");
  machine.runTo(60_000);
  deepEqual(startsOf(machine), ["0 start app 0", "5 start d 0"]);
  equal(machine.state("d"), "Terminated Error 3");
});

Deno.test("R-EPHEMERAL-3: it starts before the init containers, and while one runs", () => {
  const spec = { initContainers: [container("i")] };
  const early = new Machine(withDebuggers(pod(spec), "d"), { script: { i: [{ ms: 5000 }] } });
  early.runTo(1000);
  deepEqual(startsOf(early), ["0 start i 0", "0 start d 0"]);
  const late = new Machine(pod(spec), { script: { i: [{ ms: 5000 }] } }).runTo(1000);
  late.change(withDebuggers(late.pod, "d", "e"));
  deepEqual(startsOf(late), ["0 start i 0", "1 start d 0", "1 start e 0"]);
  late.runTo(9000);
  deepEqual(startsOf(late).slice(3), ["5 start app 0"]);
});

Deno.test("R-EPHEMERAL-3: a failed configuration is repeated, a failed program is not", () => {
  const machine = new Machine(pod({}), {
    script: {
      d: [{ fails: { step: "config", reason: "ErrImagePull", message: "no such image" } }, {}],
      e: [{ fails: { step: "start", message: "no such program" } }, {}],
    },
  }).runTo(1000);
  machine.change(withDebuggers(machine.pod, "d", "e"));
  equal(machine.state("d"), "Waiting ErrImagePull");
  equal(machine.state("e"), "Terminated StartError 128");
  machine.runTo(60_000);
  equal(machine.state("d"), "Running");
  deepEqual(startsOf(machine), [
    "0 start app 0",
    "1 start d 0",
    "1 start e 0",
    "11 start d 0",
  ]);
});

Deno.test("R-EPHEMERAL-3: a new sandbox does not bring it back, nor does another node process", () => {
  const machine = new Machine(pod({})).runTo(1000);
  machine.change(withDebuggers(machine.pod, "d"));
  machine.killPause().runTo(100_000);
  deepEqual(startsOf(machine), ["0 start app 0", "1 start d 0", "1 start app 1"]);
  equal(machine.state("d"), "Terminated Error 137");

  const running = new Machine(withDebuggers(pod({}), "d")).runTo(1000);
  const again = new Machine(running.pod, { status: running.status }).runTo(1000);
  deepEqual(startsOf(again).map((it) => it.split(" ")[2]), ["app"]);
  equal(again.state("d"), "Terminated ContainerStatusUnknown 137");
});

Deno.test("R-EPHEMERAL-5: it is not ready, and changes neither phase nor conditions", () => {
  const machine = new Machine(pod({}), { script: { d: [{ ms: 1000, code: 1 }] } }).runTo(1000);
  const summary = () => {
    const { phase, conditions = [], containerStatuses } = machine.status;
    return {
      phase,
      ready: conditions.map(({ type, status }) => [type, status]),
      containerStatuses,
    };
  };
  const before = summary();
  machine.change(withDebuggers(machine.pod, "d"));
  const { started, ready, restartCount } = machine.container("d");
  deepEqual([started, ready, restartCount], [undefined, false, 0]);
  deepEqual(summary(), before);
  machine.runTo(9000);
  deepEqual(summary(), before);
  deepEqual(
    machine.events.filter(({ fieldPath }) => fieldPath?.includes("{d}"))
      .map(({ fieldPath, reason }) => `${fieldPath} ${reason}`),
    ["Pulled", "Created", "Started"].map((it) => `spec.ephemeralContainers{d} ${it}`),
  );
});

Deno.test("R-EPHEMERAL-5: it keeps no Pod alive", () => {
  const machine = new Machine(withDebuggers(pod({ restartPolicy: "Never" }), "d"), {
    script: { app: [{ ms: 5000, code: 0 }] },
  });
  machine.runToEnd();
  equal(machine.status.phase, "Succeeded");
  equal(machine.state("d"), "Terminated Error 143");
});

Deno.test("R-EPHEMERAL-6: it gets its signal at once, and sidecars do not wait for it", () => {
  const spec = { initContainers: [sidecar("s")] };
  const machine = new Machine(withDebuggers(pod(spec), "d"), {
    script: { d: [{ onSigterm: "ignore" }] },
  }).runTo(1000);
  machine.delete(30);
  machine.runTo(2000);
  deepEqual(
    machine.operations.filter((it) => it.includes("SIG")),
    ["1 SIGTERM app", "1 SIGTERM d", "1 SIGTERM s"],
  );
  machine.runToEnd();
  equal(machine.operations.some((it) => it === "31 SIGKILL d"), true);
});
