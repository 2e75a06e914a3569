/** Deployments: what it costs that a controller creates the Pods, and a large rollout simulated. */
import type { Deployment } from "../../src/api/types/apps.ts";
import { isAvailable } from "../../src/controllers/availability.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { startSimulation } from "../support/simulation.ts";
import {
  type Benchmark,
  differenceFigure,
  measurePairs,
  median,
  plainFigure,
  ratioFigure,
} from "./figure.ts";
import { delay, readStatusBytes } from "./footprint.ts";
import { bestLevel, startBenchNode } from "./node.ts";
import { makeScratch, OBEDIENT, podling, PROJECT, timeProgram } from "./program.ts";

const REPLICAS = 50;
const SIMULATED = 1000;
const MANY = 5000;

const labels = { app: "web" };

function podSpec(image: string) {
  const containers = [{ name: "c", image, command: OBEDIENT }];
  return { terminationGracePeriodSeconds: 2, containers };
}

function deploymentOf(replicas: number, image = "busybox"): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(image) },
    },
  };
}

/** Wall milliseconds from another template to the end of its rollout, on the virtual clock. */
async function timeRollout(): Promise<number> {
  const { cluster: { client }, clock } = startSimulation({
    startControllers,
    startsAtOnce: Infinity,
    script: { container: () => ({ startMs: 1000 }) },
  });
  const read = () => client.get("Deployment", "default", "web")!;
  const isDone = () => isAvailable(read()) === true;
  await client.create(deploymentOf(SIMULATED));
  await clock.runUntil(isDone);
  const { spec } = deploymentOf(SIMULATED, "busybox:2");
  await client.update({ ...read(), spec });
  const begun = performance.now();
  await clock.runUntil(isDone);
  return performance.now() - begun;
}

function formatSinglePod(name: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: podSpec("busybox"),
  });
}

/** How soon a Pod that is killed has another one in its place. */
export const heal: Benchmark = {
  name: "heal",
  async run() {
    const level = await bestLevel();
    await using node = await startBenchNode(level, "host", startControllers);
    await node.manage(deploymentOf(1));
    const pod = { restartPolicy: "Always", command: OBEDIENT } as const;
    const begin = async () => {
      const begun = Date.now();
      const { started } = await node.run(pod, (moments) => moments.started.length > 0);
      return started[0]! - begun;
    };
    const pairs = await measurePairs(5, () => node.heal(), begin);
    const what = `a killed Pod of a Deployment to the next one's exec, ${level}, over a start`;
    return [differenceFigure(what, pairs, 10)];
  },
};

/** Peak of the resident memory of a simulated ReplicaSet, from its start to its end. */
export const simulatedMemory: Benchmark = {
  name: "memory",
  async run() {
    using scratch = makeScratch();
    const { spec: { strategy: _, ...spec }, ...deployment } = deploymentOf(MANY);
    const set = { ...deployment, kind: "ReplicaSet", spec };
    const manifest = scratch.write("set.json", JSON.stringify(set));
    const [command = "", ...args] = podling.slice(0, -1);
    const child = new Deno.Command(command, {
      args: [...args, "simulate", "--quiet", manifest, "--until", "Available"],
      cwd: PROJECT,
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    let most = 0;
    let hasEnded = false;
    const status = child.status.finally(() => hasEnded = true);
    while (!hasEnded) {
      most = Math.max(most, readStatusBytes(child.pid, "VmHWM") || 0);
      await delay(20);
    }
    if (!(await status).success) throw new Error("the simulation failed");
    const what = `a simulated ReplicaSet of ${MANY}, at its peak`;
    return [plainFigure(what, most / 1_000_000, "MB", { atMost: 300 })];
  },
};

/** A run until all Pods are ready, and a rollout from one template to another. */
export const deployments: Benchmark = {
  name: "deployments",
  async run() {
    using scratch = makeScratch();
    const pods = Array.from({ length: REPLICAS }, (_, i) => formatSinglePod(`pod-${i}`));
    const single = scratch.write("pods.yaml", pods.join("\n---\n"));
    const managed = scratch.write("deployment.json", JSON.stringify(deploymentOf(REPLICAS)));
    const run = [...podling, "--quiet", "--isolation", "process", "--network", "host"];
    const pairs = await measurePairs(
      3,
      () => timeProgram([...run, managed, "--until", "Available"]),
      () => timeProgram([...run, single, "--until", "Ready"]),
    );
    const rollouts: number[] = [];
    for (let round = 0; round < 3; round++) rollouts.push(await timeRollout());
    const what = `${REPLICAS} replicas of a Deployment until available, process`;
    return [
      ratioFigure(`${what}, against single Pods`, pairs, 1.5),
      plainFigure(
        `a rollout of ${SIMULATED} replicas, simulated`,
        median(rollouts),
        "ms",
        { atMost: 2000 },
      ),
    ];
  },
};
