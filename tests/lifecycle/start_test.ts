/** Starts that fail for a while, and starts that do not end by themselves. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { container, Machine, pod } from "./machine.ts";

const script = { app: [{ hangs: true as const }, {}] };
const subject = (spec = {}) => pod({ containers: [container("app")], ...spec });

Deno.test("R-START-1: a start is cancelled after two minutes, and attempted again", () => {
  const machine = new Machine(subject(), { script }).runTo(119_999);
  deepEqual(machine.operations, ["0 sandbox 0", "0 start app 0"]);
  machine.runTo(120_000);
  const [status] = machine.statuses.at(-1)!.status.containerStatuses!;
  equal(status!.state!.waiting!.reason, "RunContainerError");
  machine.runTo(200_000);
  deepEqual(machine.operations.slice(2).map((it) => it.replace(/^\S+ /, "")), [
    "cancel app deadline exceeded",
    "start app 0",
  ]);
});

Deno.test("R-START-2 R-BACKOFF-9: a missing key is retried until it is there, also under Never", () => {
  const fails = { step: "config", message: 'configmap "c" not found' } as const;
  const machine = new Machine(pod({ restartPolicy: "Never" }), {
    script: { app: [{ fails }, { fails }, { ms: 1000 }] },
  }).runTo(15_000);
  equal(machine.state("app"), "Waiting CreateContainerConfigError");
  equal(machine.container("app").state?.waiting?.message, 'configmap "c" not found');
  equal(machine.status.phase, "Pending");
  equal(machine.log.filter(({ type }) => type === "container.waiting").length, 1, "logged once");
  machine.runToEnd();
  deepEqual(machine.operations.filter((operation) => operation.includes("start")), [
    "0 start app 0",
    "10 start app 0",
    "20 start app 0",
  ]);
  equal(machine.container("app").restartCount, 0);
  equal(machine.status.phase, "Succeeded");
});

const ends: readonly [name: string, spec: object, play: (it: Machine) => Machine, at: number][] = [
  ["a deletion", {}, (it) => it.runTo(1000).delete(3), 4],
  ["a deletion without a grace: the least time of a stop", {}, (it) => it.runTo(1000).delete(0), 3],
  [
    "a deadline",
    { activeDeadlineSeconds: 5, terminationGracePeriodSeconds: 2 },
    (it) => it.runTo(5000),
    7,
  ],
  ["a long grace", {}, (it) => it.runTo(1000).delete(1000), 120],
];
for (const [name, spec, play, at] of ends) {
  Deno.test(`R-WORKER-6: a start that hangs ends at the end of the grace: ${name}`, () => {
    const machine = play(new Machine(subject(spec), { script })).runToEnd();
    const cancels = machine.operations.filter((operation) => operation.includes("cancel"));
    deepEqual(cancels.map((operation) => Number(operation.split(" ")[0])), [at]);
    equal(machine.done, true);
  });
}
