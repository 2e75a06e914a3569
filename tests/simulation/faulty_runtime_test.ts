/** Faults on purpose between the node and a scripted machine: what the lifecycle makes of them. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { PodSpec } from "../../src/api/types/pod.ts";
import type { Fault } from "../../src/runtime/simulated/faulty_runtime.ts";
import type { ContainerScript } from "../../src/runtime/simulated/simulation_script.ts";
import { exits, podOf, scriptOf, type Simulation, startSimulation } from "../support/simulation.ts";

interface Story {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly runs?: Readonly<Record<string, readonly ContainerScript[]>>;
  readonly spec?: Partial<PodSpec>;
  readonly deleteAt?: number;
  /** `TIME CONTAINER REASON CODE [SIGNAL]` of each end. */
  readonly ends: readonly string[];
}

const stories: readonly Story[] = [
  {
    name: "an exit code at a moment",
    faults: [{ container: "web", type: "exit", exitCode: 3, at: 5000 }],
    ends: ["5 web Error 3"],
  },
  {
    name: "a good end at a moment",
    faults: [{ container: "web", type: "exit", exitCode: 0, at: 5000 }],
    ends: ["5 web Completed 0"],
  },
  {
    name: "the code that the kill has anyway",
    faults: [{ container: "web", type: "exit", exitCode: 137, at: 1000 }],
    ends: ["1 web Error 137 SIGKILL"],
  },
  {
    name: "an OOM kill in one Pod of this name",
    faults: [{ container: "p/web", type: "oom", at: 1000 }, {
      container: "q/web",
      type: "oom",
      at: 0,
    }],
    ends: ["1 web OOMKilled 137 SIGKILL"],
  },
  {
    name: "each fault once, at the first run that it finds",
    spec: { restartPolicy: "OnFailure" },
    runs: { web: [{}, {}, exits(0, 4000)] },
    faults: [
      { container: "web", type: "exit", exitCode: 2, at: 3000 },
      { container: "web", type: "exit", exitCode: 1, at: 0 },
    ],
    ends: ["0 web Error 1", "3 web Error 2", "17 web Completed 0"],
  },
  {
    name: "nothing where the end came first",
    runs: { web: [exits(0, 2000)] },
    faults: [{ container: "web", type: "exit", exitCode: 2, at: 3000 }],
    ends: ["2 web Completed 0"],
  },
  {
    name: "stop signals that do not arrive",
    spec: { terminationGracePeriodSeconds: 4 },
    faults: [{ container: "web", type: "hangOnTerm" }],
    deleteAt: 1000,
    ends: ["5 web Error 137 SIGKILL"],
  },
];

async function play({ faults, runs = {}, spec, deleteAt }: Story): Promise<Simulation> {
  const simulation = startSimulation({ script: scriptOf(runs), faults });
  const { cluster, clock } = simulation;
  cluster.submit([podOf("p", ["web"], { restartPolicy: "Never", ...spec })]);
  if (deleteAt !== undefined) {
    await clock.advanceTo(deleteAt);
    cluster.deletePod("default", "p");
  }
  await clock.runUntilIdle();
  return simulation;
}

for (const story of stories) {
  Deno.test(`a faulty runtime gives ${story.name}`, async () => {
    const { logEvents, runtime, clock } = await play(story);
    const ends = logEvents.flatMap((event) => {
      if (event.type !== "container.exited") return [];
      const { at, container, reason, exitCode, signal = "" } = event;
      return [`${at / 1000} ${container} ${reason} ${exitCode} ${signal}`.trim()];
    });
    deepEqual(ends, story.ends);
    deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
    equal(clock.nextWake, undefined);
  });
}
