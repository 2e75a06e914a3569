/** Random pods with random fates through the whole wiring: what must hold in every history. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { Container, Pod, PodSpec, PodStatus } from "../../src/api/pod.ts";
import type { RuntimeCall } from "../../src/runtime/simulated_runtime.ts";
import type { ContainerScript, SandboxScript } from "../../src/runtime/simulation_script.ts";
import { Random } from "../support/random.ts";
import { containerOf, podOf, type Simulation, startSimulation } from "../support/simulation.ts";

/** More by `PODLING_HISTORIES=10000`; one of them again by `PODLING_SEED=17`. */
const HISTORIES = Number(Deno.env.get("PODLING_HISTORIES") ?? 1000);
const SEED = Deno.env.get("PODLING_SEED");

const seeds = SEED === undefined ? Array.from({ length: HISTORIES }, (_, i) => i) : [Number(SEED)];

Deno.test(`the invariants hold in ${seeds.length} random histories`, async () => {
  for (const seed of seeds) {
    try {
      await playOut(seed);
    } catch (error) {
      throw new Error(`seed ${seed} (again: PODLING_SEED=${seed})`, { cause: error });
    }
  }
});

Deno.test("the same seed gives the same history", async () => {
  const tell = async (seed: number) => {
    const { calls, logEvents } = await playOut(seed);
    return { calls, logEvents };
  };
  for (const seed of [3, 14, 159]) deepEqual(await tell(seed), await tell(seed));
});

/** One history: a few pods, their deletions, at the end everything deleted. */
async function playOut(seed: number): Promise<Simulation> {
  const random = new Random(seed);
  // Each run's fate goes by its name and number, not by the order in which runs begin.
  const fateOf = (...parts: readonly (string | number)[]) =>
    new Random(
      [seed, ...parts].join("/").split("").reduce((h, c) => h * 31 + c.charCodeAt(0) | 0, 7),
    );
  // What the machine refuses it may grant the next time.
  const isRefused = (...parts: readonly string[]) =>
    fateOf(...parts, simulation.clock.now()).chance(0.07);
  const simulation = startSimulation({
    startsAtOnce: random.integer(1, 4),
    script: {
      container: ({ podUid, name, restartCount }) => ({
        ...randomRun(fateOf(podUid, name, restartCount)),
        ...(isRefused(podUid, name) && { createError: "no room" }),
      }),
      sandbox: ({ podUid, attempt }) => ({
        ...randomSandbox(fateOf(podUid, "sandbox", attempt)),
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
  cluster.submit(pods);

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
  for (const { pod } of cluster.pods()) {
    const calls = simulation.calls.filter(({ podUid }) => podUid === pod.metadata.uid);
    const { namespace, name } = pod.metadata;
    const history = simulation.statuses.get(name)!;
    checkStatuses(history.map(({ status }) => status));
    checkStarts(pod, calls, simulation);
    checkKills(calls);
    checkLog(simulation, `${namespace}/${name}`);
  }
  return simulation;
}

function randomPod(random: Random, name: string): Pod {
  const policies = ["Always", "OnFailure", "Never"] as const;
  const containers = Array.from({ length: random.integer(1, 3) }, (_, i) => `main-${i}`)
    .map((it) => randomContainer(random, it, policies));
  const initContainers = Array.from({ length: random.integer(0, 3) }, (_, i) => `init-${i}`)
    .map((it) => randomContainer(random, it, ["Always", "Always", "OnFailure", "Never"]));
  const spec: Partial<PodSpec> = {
    restartPolicy: random.pick(policies),
    terminationGracePeriodSeconds: random.pick([0, 1, 5, 30]),
    ...(initContainers.length > 0 && { initContainers }),
    ...(random.chance(0.15) && { activeDeadlineSeconds: random.pick([1, 10, 300]) }),
  };
  return podOf(name, containers, spec);
}

function randomContainer(
  random: Random,
  name: string,
  policies: readonly ("Always" | "OnFailure" | "Never")[],
): Container {
  const container = containerOf(name);
  if (!random.chance(0.3)) return container;
  const restartPolicy = random.pick(policies);
  if (!random.chance(0.3)) return { ...container, restartPolicy };
  const action = random.pick(["Restart", "RestartAllContainers"] as const);
  const operator = random.pick(["In", "NotIn"] as const);
  const exitCodes = { operator, values: [random.integer(1, 3), 42] };
  return { ...container, restartPolicy, restartPolicyRules: [{ action, exitCodes }] };
}

function randomRun(random: Random): ContainerScript {
  const exit = { exitCode: random.pick([0, 0, 0, 1, 2, 42]), oomKilled: random.chance(0.03) };
  return {
    ...(random.chance(0.85) &&
      { exitAfterMs: random.pick([0, 1, 300, 3000, 40_000, 900_000]), exit }),
    ...(random.chance(0.05) && { startError: "not found" }),
    startMs: random.pick([0, 0, 1, 20]),
    onStopSignal: random.pick([
      "exit" as const,
      "ignore" as const,
      { afterMs: random.pick([0, 1, 2500, 50_000]), exit },
    ]),
  };
}

function randomSandbox(random: Random): SandboxScript {
  return {
    startMs: random.pick([0, 5]),
    ...(random.chance(0.1) && { exitAfterMs: random.pick([0, 10, 20_000]) }),
  };
}

/** Never a hang, and nothing left behind. */
function checkEnd({ cluster, runtime, clock, log }: Simulation): void {
  for (const { pod, state } of cluster.pods()) {
    ok(state === "done", `${pod.metadata.name} ${state}`);
  }
  deepEqual(runtime.alive, { containers: 0, sandboxes: 0 });
  ok(clock.nextWake === undefined, "somebody still sleeps");
  deepEqual(log, []);
}

/** Terminal phases are final, counts never fall, nothing is published twice, no pod ends without a phase. */
function checkStatuses(history: readonly PodStatus[]): void {
  let terminal: string | undefined;
  const counts = new Map<string, number>();
  let previous = "";
  for (const status of history) {
    const text = JSON.stringify(status);
    ok(text !== previous, `published twice: ${text}`);
    previous = text;
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

/** Never two of one container; order of the inits; nothing starts after the deletion or the end. */
function checkStarts(pod: Pod, calls: readonly RuntimeCall[], { logEvents }: Simulation): void {
  const { uid } = pod.metadata;
  const inits = (pod.spec.initContainers ?? []).map(({ name }) => name);
  const regular = new Set(
    pod.spec.initContainers?.filter((it) => it.restartPolicy !== "Always").map(({ name }) => name),
  );
  const running = new Set<string>();
  const succeeded = new Set<string>();
  const events = logEvents.filter((event) => event.uid === uid);
  for (const event of events) {
    switch (event.type) {
      case "sandbox.started":
        succeeded.clear();
        break;
      case "container.started": {
        const { container, role } = event;
        ok(!running.has(container), `two of ${container}`);
        if (role === "init") {
          for (const other of running) ok(!regular.has(other), `${container} beside ${other}`);
        }
        if (role === "app" && !hasReset(pod)) {
          for (const init of regular) ok(succeeded.has(init), `${container} before ${init}`);
        }
        running.add(container);
        break;
      }
      case "container.exited":
        running.delete(event.container);
        if (inits.includes(event.container) && event.exitCode === 0) succeeded.add(event.container);
        break;
    }
  }
  deepEqual([...running], [], "still running at the end");

  const deletedAt = Date.parse(pod.metadata.deletionTimestamp ?? "") -
    (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000 - Date.UTC(2026, 0, 1);
  for (const { verb, at, container } of calls) {
    if (verb !== "startContainer" && verb !== "createContainer") continue;
    // A deletion is written in whole seconds.
    ok(!(at > deletedAt + 1000), `${container}: ${verb} at ${at}, deleted at ${deletedAt}`);
  }
  const removed = calls.findIndex(({ verb }) => verb === "removePod");
  ok(removed >= 0, "nothing was removed");
  deepEqual(calls.slice(removed + 1).filter(({ verb }) => verb !== "removePod"), []);
}

/** Rules that start everything over make a history in which the inits' order says less. */
function hasReset({ spec }: Pod): boolean {
  return [...spec.containers, ...spec.initContainers ?? []].some((it) =>
    it.restartPolicyRules?.some(({ action }) => action === "RestartAllContainers")
  );
}

/** SIGKILL only after a stop signal, and not before the floor of 2 s (R-TERM-5). */
function checkKills(calls: readonly RuntimeCall[]): void {
  const stopped = new Map<string, number>();
  for (const { verb, at, container, signal } of calls) {
    if (verb === "startContainer") stopped.delete(container!);
    if (verb !== "signalContainer") continue;
    const since = stopped.get(container!);
    if (signal !== "SIGKILL") {
      ok(since === undefined, `${container} is told to stop twice`);
      stopped.set(container!, at);
    } else {
      ok(since !== undefined, `${container} is killed without a stop signal`);
      ok(at - since >= 2000, `${container} is killed ${at - since} ms after its stop signal`);
    }
  }
}

/** Every decision has a reason and a rule; time never goes back within a pod's log. */
function checkLog({ logEvents }: Simulation, pod: string): void {
  for (const event of logEvents.filter((event) => event.pod === pod)) {
    ok("because" in event && event.because !== "", `${event.type} without because`);
    ok(event.rule.startsWith("R-"), `${event.type} without rule`);
  }
}
