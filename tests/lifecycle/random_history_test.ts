/** Properties of the core over random pods, scripts and accidents; a failing seed is in the test's name. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type {
  Container,
  LifecycleHandler,
  Pod,
  PodStatus,
  Probe,
} from "../../src/api/types/pod.ts";
import {
  applyPodEvent,
  createPodRecord,
  type PodRecord,
} from "../../src/lifecycle/record/record.ts";
import type { PodEvent } from "../../src/lifecycle/record/event.ts";
import { type Answer, container, Machine, pod, type Run } from "./machine.ts";

/** Mulberry32: small, and the same everywhere. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class Dice {
  readonly #next: () => number;
  constructor(seed: number) {
    this.#next = random(seed);
  }
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/** Probes and hooks, for those that may have them. */
function randomExtras(dice: Dice): Partial<Container> {
  const exec: LifecycleHandler = { exec: { command: ["x"] } };
  const probe = (): Probe => ({
    ...exec,
    periodSeconds: 1 + dice.below(20),
    initialDelaySeconds: dice.pick([0, 0, 3, 60]),
    failureThreshold: 1 + dice.below(3),
    successThreshold: 1,
  });
  const grace = () => dice.chance(30) && { terminationGracePeriodSeconds: 1 + dice.below(40) };
  return {
    ...(dice.chance(15) && { startupProbe: { ...probe(), ...grace() } }),
    ...(dice.chance(15) && { livenessProbe: { ...probe(), ...grace() } }),
    ...(dice.chance(15) && { readinessProbe: { ...probe(), successThreshold: 1 + dice.below(2) } }),
    ...(dice.chance(20) && {
      lifecycle: {
        ...(dice.chance(50) && { postStart: exec }),
        ...(dice.chance(60) && { preStop: exec }),
      },
    }),
  };
}

function randomContainer(dice: Dice, name: string, isInit: boolean): Container {
  if (isInit && dice.chance(40)) {
    return container(name, { restartPolicy: "Always", ...randomExtras(dice) });
  }
  const extras = isInit ? {} : randomExtras(dice);
  if (dice.chance(70)) return container(name, extras);
  const policies = isInit
    ? ["OnFailure", "Never"] as const
    : ["Always", "OnFailure", "Never"] as const;
  return container(name, {
    ...extras,
    restartPolicy: dice.pick(policies),
    ...(dice.chance(60) && {
      restartPolicyRules: [{
        action: dice.chance(40) ? "RestartAllContainers" : "Restart",
        exitCodes: { operator: dice.pick(["In", "NotIn"]), values: [dice.pick([1, 3])] },
      }],
    }),
  });
}

function randomPod(dice: Dice): Pod {
  const count = (most: number, prefix: string, isInit: boolean) =>
    Array.from(
      { length: dice.below(most + 1) },
      (_, index) => randomContainer(dice, `${prefix}${index}`, isInit),
    );
  return pod({
    restartPolicy: dice.pick(["Always", "OnFailure", "Never"]),
    terminationGracePeriodSeconds: dice.pick([0, 1, 5, 30]),
    initContainers: count(3, "i", true),
    containers: [randomContainer(dice, "m", false), ...count(2, "a", false)],
    ...(dice.chance(20) && { activeDeadlineSeconds: 1 + dice.below(100) }),
  });
}

function randomRun(dice: Dice): Run {
  if (dice.chance(6)) {
    const step = dice.pick(["config", "create", "start"] as const);
    return { fails: { step, message: `no ${step}` } };
  }
  const onSigterm = dice.pick(
    [
      undefined,
      "ignore",
      { code: 0 },
      { code: 7, afterMs: dice.below(40_000) },
    ] as const,
  );
  return {
    ...(dice.chance(80) &&
      { ms: dice.pick([0, 1, 500, 3000, 30_000, 700_000]), code: dice.pick([0, 0, 1, 3]) }),
    ...(onSigterm !== undefined && { onSigterm }),
    oom: dice.chance(5),
    probe: () => randomAnswer(dice, dice.chance(5) ? "error" : "success"),
    hook: () => randomAnswer(dice, "success"),
  };
}

function randomAnswer(dice: Dice, otherwise: "success" | "error"): Answer {
  return {
    outcome: dice.chance(25) ? "failure" : otherwise,
    afterMs: dice.pick([0, 0, 100, 2500, 45_000, "never"]),
  };
}

/** Says what must hold at every event. */
function watch(subject: Pod): (event: PodEvent, before: PodRecord, after: PodRecord) => void {
  const inits = subject.spec.initContainers ?? [];
  const lastCounts = new Map<string, number>();
  const isSidecar = ({ restartPolicy }: Container) => restartPolicy === "Always";
  return (event, before, after) => {
    if (before.ending !== undefined) ok(after.ending !== undefined, "a pod came back");
    if (event.type === "statusPublished") watchStatus(before.published, event.status);
    if (event.type !== "actionBegun") return;
    const { action } = event;
    if (action.type === "runProbe" || action.type === "runHook") {
      const run = before.containers.get(action.name)?.current;
      equal(run?.containerId, action.containerId);
      if (action.type === "runProbe") {
        equal(run?.type, "running", `${action.name} was probed though it does not run`);
        equal(run?.postStart, undefined, `${action.name} was probed during its postStart hook`);
        const worker = before.containers.get(action.name)?.probes?.[action.probe];
        equal(worker?.running, undefined, `two ${action.probe} probes of ${action.name}`);
      } else if (action.hook === "postStart") {
        equal(before.ending, undefined, `${action.name} got a hook though the pod was ending`);
      } else ok(run?.stop?.step.type === "waiting", "preStop without a stop, or after its signal");
    }
    if (action.type === "startContainer") {
      equal(before.ending, undefined, `${action.name} was started though the pod was ending`);
      equal(before.sandbox.type, "ready");
      const { name, restartCount } = action;
      const last = lastCounts.get(name) ?? -1;
      // Only a start that left no record may try the same number again (R-COUNT-2).
      const again = before.containers.get(name)?.nextRestartCount === last;
      ok(restartCount > last || again, `run ${restartCount} of ${name} came twice`);
      lastCounts.set(name, restartCount);
      if (subject.spec.containers.some(({ name }) => name === action.name)) {
        const started = subject.spec.containers.some(({ name }) =>
          before.containers.get(name)?.current?.type === "running"
        );
        for (const init of inits) {
          const run = before.containers.get(init.name)?.current;
          if (started) continue;
          if (isSidecar(init)) {
            ok(run !== undefined, `${action.name} before sidecar ${init.name}`);
            equal(run.postStart, undefined, `${action.name} during the start of ${init.name}`);
          } else {equal(
              run?.type === "exited" && run.exitCode,
              0,
              `${action.name} before ${init.name}`,
            );}
        }
      }
    }
    if (action.type === "signalContainer" && action.signal === "SIGKILL") {
      const run = before.containers.get(action.name)?.current;
      const { stop } = run!;
      ok(stop?.step.type === "signalled", "SIGKILL without a stop signal before it");
      const grace = Math.min(stop.begunAt + stop.graceMs, before.ending?.graceUntil ?? Infinity);
      ok(event.at >= grace, "SIGKILL within the grace");
      ok(event.at >= stop.step.at + 2000, "SIGKILL within two seconds");
    }
  };
}

function watchStatus(before: PodStatus, after: PodStatus): void {
  if (before.phase === "Succeeded" || before.phase === "Failed") equal(after.phase, before.phase);
  for (const list of ["initContainerStatuses", "containerStatuses"] as const) {
    for (const { name, restartCount } of after[list] ?? []) {
      const old = before[list]?.find((one) => one.name === name);
      ok(restartCount >= (old?.restartCount ?? 0), `restartCount of ${name} fell`);
    }
  }
}

function play(seed: number): void {
  const dice = new Dice(seed);
  const subject = randomPod(dice);
  const names = [...subject.spec.initContainers ?? [], ...subject.spec.containers].map(({ name }) =>
    name
  );
  const script = Object.fromEntries(
    names.map((name) => [name, Array.from({ length: 1 + dice.below(4) }, () => randomRun(dice))]),
  );
  const slow = dice.chance(50);
  const machine = new Machine(subject, {
    script,
    latency: () => slow ? dice.below(300) : 0,
    volumesFail: dice.chance(5) ? 1 : 0,
    sandboxFails: dice.chance(5) ? 1 : 0,
    onEvent: watch(subject),
  });
  for (let step = 1 + dice.below(4); step > 0; step--) {
    machine.runTo(machine.now + dice.pick([0, 10, 1000, 30_000, 500_000]));
    switch (dice.below(3)) {
      case 0:
        if (machine.record.sandbox.type === "ready") {
          machine.killPause(dice.chance(30) ? ["m"] : []);
        }
        break;
      case 1: {
        const [main, ...rest] = machine.pod.spec.containers;
        const changed = { ...main!, image: `image${step}` };
        machine.pod = {
          ...machine.pod,
          spec: { ...machine.pod.spec, containers: [changed, ...rest] },
        };
        break;
      }
      case 2:
        break;
    }
  }
  if (dice.chance(30)) {
    const [at, graceSeconds] = [machine.now, dice.below(40)];
    machine.send({
      type: "evicted",
      at,
      reason: "Evicted",
      message: "low on memory",
      graceSeconds,
    });
    machine.runTo(machine.now + dice.below(20_000));
  }
  machine.delete(dice.below(40));
  machine.runTo(machine.now + dice.below(10_000));
  machine.delete(dice.below(5)).runToEnd();

  equal(machine.done, true, "a deleted pod must end");
  equal(machine.alive.size, 0, "nothing may be left running");
  ok(machine.status.phase === "Succeeded" || machine.status.phase === "Failed");
  for (const line of machine.log) {
    ok("because" in line && line.because.length > 0 && /^R-[A-Z]+-\d+$/.test(line.rule), line.type);
  }
  let record = createPodRecord({ at: 0, settings: machine.record.settings });
  for (const event of machine.history) record = applyPodEvent(record, event);
  deepEqual(record, machine.record, "the record is the fold of its events");
}

const seeds = 1500;
for (let first = 1; first <= seeds; first += 100) {
  Deno.test(`random histories keep the rules: R-ACT-1 R-MODEL-4 R-WORKER-2 R-ACT-9 R-TERM-5 R-COUNT-3 R-INIT-8, seeds ${first} to ${first + 99}`, () => {
    for (let seed = first; seed < first + 100; seed++) {
      try {
        play(seed);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
}
