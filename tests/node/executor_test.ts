import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Pod } from "../../src/api/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import type { PodEvent } from "../../src/lifecycle/event.ts";
import { Executor } from "../../src/node/executor.ts";
import { Semaphore } from "../../src/node/semaphore.ts";
import { type Runtime, RuntimeError } from "../../src/runtime/runtime.ts";
import { podSources } from "../support/pod_sources.ts";

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u-1" },
  spec: { containers: [{ name: "app", image: "i", command: ["run"] }] },
};

/** A machine that makes every container and starts none, for this reason. */
function refusingRuntime(reason: string): Runtime {
  const unused = () => Promise.reject(new Error("not part of this test"));
  return {
    prepareVolumes: unused,
    runPodSandbox: unused,
    stopPodSandbox: unused,
    createContainer: () => Promise.resolve("podling://1"),
    startContainer: () => Promise.reject(new RuntimeError(reason, "no")),
    signalContainer: unused,
    runHandler: unused,
    removeContainer: unused,
    removePod: unused,
  };
}

/** What comes of one start on that machine. */
function start(runtime: Runtime): Promise<PodEvent> {
  return new Promise((onOutcome, onFault) => {
    const executor = new Executor({
      runtime,
      clock: new VirtualClock(),
      starts: new Semaphore(1),
      defaults: { resolveImage: () => undefined, home: "/" },
      sourcesOf: (it) => podSources(it),
      log: lineLogger(() => {}),
    }, { onOutcome, onFault });
    executor.begin(pod, {
      type: "startContainer",
      name: "app",
      restartCount: 0,
      sandboxId: "s",
      image: "i",
    });
  });
}

const failed = { type: "containerStartFailed", at: 0, name: "app", message: "no" } as const;
const steps = [
  ["StartError", { step: "start", containerId: "podling://1" }],
  ["CreateContainerError", { step: "create", reason: "CreateContainerError" }],
  // A subPath is followed when the container's view is made, which is a step of its configuration.
  ["CreateContainerConfigError", { step: "config", reason: "CreateContainerConfigError" }],
] as const;
for (const [reason, rest] of steps) {
  Deno.test(`R-START-1 R-VOL-5: a start refused with ${reason} failed at its step`, async () => {
    deepEqual(await start(refusingRuntime(reason)), { ...failed, ...rest });
  });
}
