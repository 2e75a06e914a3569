/** Starts that come to nothing: whatever a launch hangs on, its pod ends in time. */
import { strictEqual as equal } from "node:assert/strict";
import { canSandbox, Place, runPod, USERS } from "./support.ts";

for (const { name, ignore, as } of USERS) {
  Deno.test({ name: `a FIFO is not a program, for ${name}`, ignore }, async () => {
    await using place = await Place.open();
    const volumeMounts = [{ name: "v", mountPath: "/v" }];
    const outcome = await runPod(place, {
      ...await as(place),
      mode: "sandbox",
      spec: {
        volumes: [{ name: "v", emptyDir: {} }],
        initContainers: [{
          name: "make",
          image: "busybox",
          command: ["mkfifo", "-m", "755", "/v/program"],
          volumeMounts,
        }],
      },
      containers: { main: { command: ["/v/program"], volumeMounts } },
    });
    equal(outcome.code, 128, outcome.stderr);
    equal(JSON.stringify(outcome.events).includes("permission denied"), true);
  });
}

Deno.test({
  name: "R-WORKER-1: a launch that a neighbour stops ends with the grace of its pod",
  ignore: !canSandbox,
}, async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    mode: "sandbox",
    args: ["--timeout", "3s"],
    spec: { shareProcessNamespace: true, terminationGracePeriodSeconds: 1 },
    containers: {
      stopper: { command: ["sh", "-c", "trap '' TERM; while :; do kill -s STOP -1; done"] },
      other: { command: ["sleep", "1000"] },
    },
  });
  equal(outcome.code === 0, false, outcome.stderr);
});
