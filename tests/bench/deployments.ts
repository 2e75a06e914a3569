/** Deployments: what it costs that a controller creates the Pods, and a large rollout simulated. */
import type { Deployment } from "../../src/api/types/apps.ts";
import { isAvailable } from "../../src/controllers/availability.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { startSimulation } from "../support/simulation.ts";
import { type Benchmark, measurePairs, median, plainFigure, ratioFigure } from "./figure.ts";
import { makeScratch, OBEDIENT, podling, timeProgram } from "./program.ts";

const REPLICAS = 50;
const SIMULATED = 1000;

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
