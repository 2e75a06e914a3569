/** Random pods with random fates through the whole wiring: what must hold in every history. */
import { hasInitFailed, isStarted } from "../../src/lifecycle/policy/runs.ts";
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { Pod, PodStatus } from "../../src/api/types/pod.ts";
import type { PodEvent } from "../../src/lifecycle/record/event.ts";
import { applyPodEvent } from "../../src/lifecycle/record/apply_pod_event.ts";
import { createPodRecord, type PodRecord } from "../../src/lifecycle/record/record.ts";
import { isSidecar } from "../../src/lifecycle/policy/restart.ts";
import { generatePodStatus } from "../../src/lifecycle/status/status.ts";
import type { Fault } from "../../src/runtime/simulated/faulty_runtime.ts";
import type { RuntimeCall } from "../../src/runtime/simulated/simulated_runtime.ts";
import { Random } from "../support/random.ts";
import { fateOf, randomPod, randomRun, randomSandbox } from "../support/random_pod.ts";
import { type Simulation, startSimulation } from "../support/simulation.ts";

/**
 * As many as `PODLING_HISTORIES` says, four thousand in CI; one of them again by `PODLING_SEED=17`.
 */
const HISTORIES = Number(Deno.env.get("PODLING_HISTORIES") ?? 2000);
const SEED = Deno.env.get("PODLING_SEED");

/** So many in a test. */
const SLICE = 500;

const seeds = SEED === undefined ? Array.from({ length: HISTORIES }, (_, i) => i) : [Number(SEED)];
for (let first = 0; first < seeds.length; first += SLICE) {
  const slice = seeds.slice(first, first + SLICE);
  const rules = "R-MODEL-4 R-WORKER-9 R-ACT-9 R-COUNT-3 R-INIT-8 R-SIDECAR-1 R-TERM-5";
  Deno.test(`random histories keep the rules, seeds ${slice[0]} to ${slice.at(-1)} (${rules})`, async () => {
    for (const seed of slice) {
      try {
        await playOut(seed);
      } catch (error) {
        throw new Error(`seed ${seed} (again: PODLING_SEED=${seed})`, { cause: error });
      }
    }
  });
}

Deno.test("the same seed gives the same history", async () => {
  const play = async (seed: number) => {
    const { calls, logEvents } = await playOut(seed);
    return { calls, logEvents };
  };
  for (const seed of [3, 14, 159]) deepEqual(await play(seed), await play(seed));
});

/** A fact about a pod, and the record that it made. */
interface Step {
  readonly pod: Pod;
  readonly event: PodEvent;
  readonly record: PodRecord;
}

/** One history: a few pods, their deletions, at the end everything deleted. */
async function playOut(seed: number): Promise<Simulation> {
  const random = new Random(seed);
  // Each run's fate goes by its name and number, not by the order in which runs begin.
  const fate = (...parts: readonly (string | number)[]) => fateOf(seed, ...parts);
  // What the machine refuses it may grant the next time.
  const isRefused = (...parts: readonly string[]) =>
    fate(...parts, simulation.clock.now()).chance(0.07);
  const histories = new Map<string, Step[]>();
  const simulation = startSimulation({
    onPodEvent: (pod, event, record) => {
      const steps = histories.get(pod.metadata.name) ?? [];
      steps.push({ pod, event, record });
      histories.set(pod.metadata.name, steps);
    },
    faults: Array.from({ length: random.chance(0.3) ? 2 : 0 }, () => randomFault(random)),
    startsAtOnce: random.integer(1, 4),
    script: {
      container: ({ podUid, name, restartCount }) => ({
        ...randomRun(fate(podUid, name, restartCount)),
        ...(isRefused(podUid, name) && { createError: "no room" }),
      }),
      sandbox: ({ podUid, attempt }) => ({
        ...randomSandbox(fate(podUid, "sandbox", attempt)),
        ...(isRefused(podUid, "sandbox") && { error: "no address left" }),
      }),
      volumeError: (podUid) => isRefused(podUid, "volumes") ? "disk is full" : undefined,
    },
  });
  const { cluster, clock } = simulation;
  const pods = Array.from(
    { length: random.integer(1, 3) },
    (_, i) => randomPod(random, `pod-${i}`),
  );
  const submitted = cluster.submit(pods);

  for (let step = random.integer(0, 4); step > 0; step--) {
    await clock.advance(random.pick([0, 1, 500, 5000, 60_000]));
    const grace = random.pick([undefined, 0, 1, 3, 60]);
    if (random.chance(0.4)) cluster.deletePod("default", random.pick(pods).metadata.name, grace);
  }
  const calm = clock.now() + 1_800_000;
  await clock.runUntil(() => cluster.pods().every(({ state }) => state === "done"), calm);
  for (const { metadata } of pods) cluster.deletePod("default", metadata.name);
  await clock.runUntilIdle(clock.now() + 3_600_000);

  checkEnd(simulation);
  for (const pod of submitted) {
    const { namespace, name } = pod.metadata;
    const calls = simulation.calls.filter(({ podUid }) => podUid === pod.metadata.uid);
    checkStatuses(simulation.statuses.get(name)!.map(({ status }) => status));
    checkFold(pod, histories.get(name)!);
    checkStarts(pod, histories.get(name)!);
    checkKills(histories.get(name)!);
    checkRemoval(calls);
    checkLog(simulation, `${namespace}/${name}`);
  }
  return simulation;
}

function randomFault(random: Random): Fault {
  const container = random.pick(["main-0", "main-1", "init-0", "pod-1/main-0"]);
  const at = random.pick([0, 100, 5000, 100_000]);
  const exitCode = random.pick([0, 1, 42]);
  return random.pick(
    [
      { container, type: "exit", exitCode, at },
      { container, type: "oom", at },
      { container, type: "hangOnTerm" },
    ] as const,
  );
}

/** Never a hang, and nothing left behind. */
function checkEnd({ cluster, runtime, clock, log }: Simulation): void {
  for (const { pod, state } of cluster.pods()) {
    ok(state === "done", `${pod.metadata.name} ${state}`);
  }
  deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
  ok(clock.nextWake === undefined, "a sleep is left");
  deepEqual(log, []);
}

/**
 * Terminal phases are final, counts never fall, nothing is published twice, no pod ends without a
 * phase.
 */
function checkStatuses(history: readonly PodStatus[]): void {
  let terminal: string | undefined;
  const counts = new Map<string, number>();
  let previous: PodStatus = {};
  for (const status of history) {
    ok(!isSame(status, previous), "a status is published twice");
    previous = status;
    ok(terminal === undefined || status.phase === terminal, `${terminal} became ${status.phase}`);
    if (status.phase === "Succeeded" || status.phase === "Failed") terminal = status.phase;
    for (const it of [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []]) {
      const before = counts.get(it.name) ?? 0;
      ok(it.restartCount >= before, `${it.name}: ${before} restarts became ${it.restartCount}`);
      counts.set(it.name, it.restartCount);
    }
  }
  ok(terminal !== undefined, "the pod has no terminal phase");
}

/**
 * The record and the status are functions of the events alone: folded again they are the same, at
 * every step.
 */
function checkFold(submitted: Pod, steps: readonly Step[]): void {
  const { settings, seenAt, hostIP } = steps[0]!.record;
  // Records share most of what they hold: what has been compared once is known to be the same.
  const known = new WeakMap<object, object>();
  let folded = createPodRecord({
    at: seenAt,
    settings,
    ...(hostIP !== undefined && { hostIP }),
    status: withoutConditions(submitted.status),
  });
  for (const [index, { pod, event, record }] of steps.entries()) {
    // The first one is the scheduler's.
    if (event.type === "statusPublished" && index > 0) {
      const status = generatePodStatus(pod, folded, event.at);
      ok(isSame(status, event.status), `step ${index}: the status is not that of the events`);
    }
    folded = applyPodEvent(folded, event);
    ok(isSame(folded, record, known), `step ${index}: the record is not that of the events`);
  }
}

function withoutConditions({ conditions: _, ...status }: PodStatus = {}): PodStatus {
  return status;
}

/** Deep equality of plain data. */
function isSame(a: unknown, b: unknown, known?: WeakMap<object, object>): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (known?.get(a) === b) return true;
  const equal = a instanceof Map && b instanceof Map
    ? a.size === b.size && a.entries().every(([key, value]) => isSame(value, b.get(key), known))
    : isSameObject(a, b, known);
  if (equal) known?.set(a, b);
  return equal;
}

function isSameObject(a: object, b: object, known?: WeakMap<object, object>): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name of names) if (!isSame(left[name], right[name], known)) return false;
  return true;
}

/**
 * Never two of one container; the order of the inits; nothing starts after the deletion or the end.
 */
function checkStarts({ spec }: Pod, steps: readonly Step[]): void {
  const inits = spec.initContainers ?? [];
  const isApp = (name: string) => spec.containers.some((it) => it.name === name);
  const running = new Set<string>();
  /** What has started since the sandbox was made, or the pod was started over. */
  let begun: ReadonlySet<string> = new Set();
  let over: string | undefined;
  for (const { event, record } of steps) {
    const { type } = event;
    if ("name" in event && !isApp(event.name)) {
      const run = record.containers.get(event.name)?.current;
      if (run?.type === "running" && isStarted(run)) begun = new Set([...begun, event.name]);
    }
    if (type === "deletionRequested" || type === "evicted") over = type;
    else if (type === "rejected") over = type;
    else if (type === "sandboxStarted") begun = new Set();
    else if (type === "containerExited" || type === "containerLost") running.delete(event.name);
    else if (type === "containerStarted") {
      const { name } = event;
      const run = record.containers.get(name)?.current;
      ok(!running.has(name), `two of ${name}`);
      if (run?.type === "running") running.add(name);
      if (isApp(name)) begun = new Set([...begun, name]);
    } else if (type === "actionBegun") {
      const { action } = event;
      if (action.type === "terminatePod") over = action.cause;
      if (action.type === "removeContainer" && action.cause === "restartAll") begun = new Set();
      if (action.type !== "startContainer") continue;
      const { name } = action;
      ok(over === undefined, `${name} is started after ${over}`);
      const regular = inits.find((init) => init.name === name && !isSidecar(init));
      const beside = regular && inits.find((it) => !isSidecar(it) && running.has(it.name));
      ok(beside === undefined, `${name} is started beside ${beside?.name}`);
      if (!isApp(name) || [...begun].some(isApp)) continue;
      for (const init of inits) {
        const current = record.containers.get(init.name)?.current;
        if (isSidecar(init)) ok(begun.has(init.name), `${name} before sidecar ${init.name}`);
        else {
          const succeeded = current?.type === "exited" && !hasInitFailed(current);
          ok(succeeded, `${name} before init container ${init.name}`);
        }
      }
    }
  }
  deepEqual([...running], [], "still running at the end");
}

/** SIGKILL only after a stop signal, and not before the floor of 2 s (R-TERM-5). */
function checkKills(steps: readonly Step[]): void {
  const stopped = new Map<string, number>();
  for (const { event, record } of steps) {
    if (event.type !== "actionBegun") continue;
    const { action, at } = event;
    if (action.type === "startContainer") stopped.delete(action.name);
    if (action.type !== "signalContainer") continue;
    const { name, signal } = action;
    // A run with an unknown end is killed just in case.
    if (record.containers.get(name)?.current?.type === "unknown") continue;
    const since = stopped.get(name);
    if (signal !== "SIGKILL") {
      ok(since === undefined, `${name} is stopped twice`);
      stopped.set(name, at);
    } else {
      ok(since !== undefined, `${name} is killed without a stop signal`);
      ok(at - since >= 2000, `${name} is killed ${at - since} ms after its stop signal`);
    }
  }
}

/** What is left of a pod is removed, and after that nothing is asked of the machine. */
function checkRemoval(calls: readonly RuntimeCall[]): void {
  const removed = calls.findIndex(({ verb }) => verb === "removePod");
  ok(removed >= 0, "nothing was removed");
  deepEqual(calls.slice(removed + 1).filter(({ verb }) => verb !== "removePod"), []);
}

/** Every decision has a reason and a rule; time never goes back within a pod's log. */
function checkLog({ logEvents }: Simulation, pod: string): void {
  for (const event of logEvents.filter((event) => event.pod === pod)) {
    ok("because" in event && event.because !== "", `${event.type} without because`);
    ok(event.rule.startsWith("R-"), `${event.type} without rule`);
  }
}
