import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { container, Machine, pod, sidecar } from "../machine.ts";

const badKey = {
  fails: { step: "config", message: "couldn't find key K in Secret default/s" },
} as const;

Deno.test("computeStuck(): nothing but containers that cannot be configured", () => {
  const subject = pod({
    restartPolicy: "Never",
    initContainers: [sidecar("s")],
    containers: [container("x"), container("y"), container("done")],
  });
  const script = { x: [badKey], y: [badKey], done: [{ ms: 1000 }] };
  const machine = new Machine(subject, { script });
  equal(machine.runTo(500).stuck, undefined, "one still works");
  const { stuck } = machine.runTo(2000);
  equal(stuck?.type, "unready");
  deepEqual(stuck.causes.map(({ container }) => container), ["x", "y"]);
});

for (const [readOnly, isStuck] of [[false, false], [true, true]] as const) {
  Deno.test(`R-ENV-7: computeStuck(): with a sidecar that may write a file, ${!readOnly}`, () => {
    const fileKeyRef = { volumeName: "v", path: "f", key: "K" };
    const volumeMounts = [{ name: "v", mountPath: "/v", readOnly }];
    const subject = pod({
      initContainers: [sidecar("s", { volumeMounts })],
      containers: [container("x", { env: [{ name: "A", valueFrom: { fileKeyRef } }] })],
    });
    const machine = new Machine(subject, { script: { x: [badKey] } }).runTo(2000);
    equal(machine.stuck !== undefined, isStuck);
  });
}

const notStuck = [
  ["a container in back-off", { x: [badKey], y: [{ ms: 0, code: 1 }] }],
  ["a container that runs", { x: [badKey], y: [{}] }],
] as const;
for (const [name, script] of notStuck) {
  Deno.test(`computeStuck(): not with ${name}`, () => {
    const subject = pod({ containers: [container("x"), container("y")] });
    const machine = new Machine(subject, { script }).runTo(1000);
    equal(machine.stuck, undefined);
  });
}

Deno.test("computeStuck(): not while all goes well, nor at the end", () => {
  const machine = new Machine(pod({ activeDeadlineSeconds: 5 }));
  for (const at of [0, 1000, 5000, 6000]) {
    machine.runTo(at);
    equal(machine.stuck, undefined);
  }
});
