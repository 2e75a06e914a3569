/** How fast the lifecycle decides: by itself, and through the whole wiring on a virtual clock. */
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import type { Pod } from "../../src/api/types/pod.ts";
import type { Millis } from "../../src/base/clock.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { computePodActions } from "../../src/lifecycle/decide/compute.ts";
import type { PodRecord } from "../../src/lifecycle/record/record.ts";
import { containerOf, exits, podOf, scriptOf, startSimulation } from "../support/simulation.ts";
import { type Benchmark, median, plainFigure } from "./figure.ts";

const HOUR_MS = 3_600_000;

/** As often as a figure needs for the compiler to have seen all there is. */
const ROUNDS = 15;

/** Decisions, steps, and an hour of a crash loop. */
export const lifecycle: Benchmark = {
  name: "lifecycle",
  async run() {
    const moments = await recordMoments();
    const calls = await repeat(() => callsPerSecond(moments));
    const steps = await repeat(stepsPerSecond);
    const hour = await repeat(() => timeCrashLoop(HOUR_MS));
    return [
      plainFigure("computePodActions()", calls, "calls/s", { atLeast: 100_000 }),
      plainFigure("event, record, actions, status, trace", steps, "steps/s", { atLeast: 10_000 }),
      plainFigure("an hour of a crash loop, simulated", hour, "ms", { atMost: 5 }),
      plainFigure("a year of a daily CronJob, simulated", await timeYear(), "ms", { atMost: 1000 }),
    ];
  },
};

/** The median of the later half. */
async function repeat(measure: () => number | Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) values.push(await measure());
  return median(values.slice(ROUNDS));
}

/** A question as it comes up. */
interface Moment {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly at: Millis;
}

/**
 * All the moments in the life of a pod with init container, sidecar and two that crash, up to its
 * deletion.
 */
async function recordMoments(): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  const simulation = startSimulation({
    script: scriptOf({ init: [exits(1), exits(0)], a: [exits(1)], b: [exits(0, 40_000)] }),
    onPodEvent: (pod, event, record) => moments.push({ pod, record, at: event.at }),
  });
  const initContainers = [
    containerOf("init"),
    { ...containerOf("sidecar"), restartPolicy: "Always" as const },
  ];
  simulation.cluster.submit([podOf("pod", ["a", "b"], { initContainers })]);
  await simulation.clock.advance(HOUR_MS / 6);
  simulation.cluster.deletePod("default", "pod");
  await simulation.clock.runUntilIdle();
  return moments;
}

function callsPerSecond(moments: readonly Moment[]): number {
  let calls = 0;
  const begun = performance.now();
  for (; calls < 20_000; calls += moments.length) {
    for (const { pod, record, at } of moments) computePodActions(pod, record, at);
  }
  return calls / (performance.now() - begun) * 1000;
}

/** The median of some years, after a first one for the compiler. */
async function timeYear(): Promise<number> {
  await playYear();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    await playYear();
    times.push(performance.now() - begun);
  }
  return median(times);
}

/** 365 Jobs, each with its Pod, of which the histories keep three. */
async function playYear(): Promise<void> {
  await loadRules(["CronJob"]);
  const { cluster, clock } = startSimulation({
    startControllers,
    startsAtOnce: 100,
    script: scriptOf({ c: [exits(0)] }),
  });
  const { metadata, spec } = podOf("c", ["c"], { restartPolicy: "Never" });
  await cluster.client.create({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata,
    spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: { spec } } } },
  });
  await clock.advance(365 * 24 * HOUR_MS);
  await cluster.stop();
}

/** A step is one fact: folded, decided upon, published and reported. */
async function stepsPerSecond(): Promise<number> {
  let steps = 0;
  const begun = performance.now();
  for (let pods = 0; pods < 20; pods++) {
    await playCrashLoop(HOUR_MS, () => steps++);
  }
  return steps / (performance.now() - begun) * 1000;
}

async function timeCrashLoop(ms: Millis): Promise<number> {
  const begun = performance.now();
  await playCrashLoop(ms, () => {});
  return performance.now() - begun;
}

async function playCrashLoop(ms: Millis, onPodEvent: () => void): Promise<void> {
  const { cluster, clock } = startSimulation({ script: scriptOf({ a: [exits(1)] }), onPodEvent });
  cluster.submit([podOf("pod", ["a"])]);
  await clock.advance(ms);
  await cluster.stop();
}
