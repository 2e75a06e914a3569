/**
 * Properties of the core over random pods, scripts and accidents; a failing seed is in the test's
 * name.
 */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Container, Pod, PodStatus } from "../../src/api/types/pod.ts";
import { applyPodEvent } from "../../src/lifecycle/record/apply_pod_event.ts";
import { createPodRecord, type PodRecord } from "../../src/lifecycle/record/record.ts";
import type { PodEvent } from "../../src/lifecycle/record/event.ts";
import { Random } from "../support/random.ts";
import { randomAnswer, randomPod, randomRun } from "../support/random_pod.ts";
import { type Answer, Machine, type Run } from "./machine.ts";

/** A run of the common generator as this machine takes it; some of it begins and never ends. */
function randomScript(random: Random): Run {
  if (random.chance(0.05)) {
    const step = random.pick(["config", "create"] as const);
    return { fails: { step, message: `no ${step}` } };
  }
  const { exitAfterMs, exit, startError, onStopSignal } = randomRun(random);
  const answer = (): Answer => {
    const { outcome = "success", afterMs = 0 } = randomAnswer(random);
    return { outcome, afterMs: random.chance(0.1) ? "never" : afterMs };
  };
  return {
    ...(exitAfterMs !== undefined && { ms: exitAfterMs, code: exit?.exitCode ?? 0 }),
    oom: exit?.oomKilled ?? false,
    ...(startError !== undefined && { fails: { step: "start", message: startError } }),
    ...(onStopSignal === "ignore" && { onSigterm: onStopSignal }),
    ...(typeof onStopSignal === "object" && {
      onSigterm: { afterMs: onStopSignal.afterMs, code: onStopSignal.exit.exitCode ?? 0 },
    }),
    probe: answer,
    hook: () => {
      const { outcome, ...rest } = answer();
      return { ...rest, outcome: outcome === "success" ? outcome : "failure" };
    },
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
  const random = new Random(seed);
  const named = randomPod(random, "p");
  const subject = { ...named, metadata: { ...named.metadata, uid: "u1" } };
  const names = [...subject.spec.initContainers ?? [], ...subject.spec.containers].map(({ name }) =>
    name
  );
  const script = Object.fromEntries(
    names.map((
      name,
    ) => [name, Array.from({ length: random.integer(1, 4) }, () => randomScript(random))]),
  );
  const slow = random.chance(0.5);
  const machine = new Machine(subject, {
    script,
    latency: () => slow ? random.integer(0, 299) : 0,
    volumesFail: random.chance(0.05) ? 1 : 0,
    sandboxFails: random.chance(0.05) ? 1 : 0,
    onEvent: watch(subject),
  });
  for (let step = random.integer(1, 4); step > 0; step--) {
    machine.runTo(machine.now + random.pick([0, 10, 1000, 30_000, 500_000]));
    switch (random.integer(0, 2)) {
      case 0:
        if (machine.record.sandbox.type === "ready") {
          machine.killPause(random.chance(0.3) ? ["main-0"] : []);
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
  if (random.chance(0.3)) {
    const [at, graceSeconds] = [machine.now, random.integer(0, 39)];
    machine.send({
      type: "evicted",
      at,
      reason: "Evicted",
      message: "low on memory",
      graceSeconds,
    });
    machine.runTo(machine.now + random.integer(0, 19_999));
  }
  machine.delete(random.integer(0, 39));
  machine.runTo(machine.now + random.integer(0, 9_999));
  machine.delete(random.integer(0, 4)).runToEnd();

  equal(machine.done, true, "a deleted pod must end");
  equal(machine.alive.size, 0, "nothing may be left running");
  ok(machine.status.phase === "Succeeded" || machine.status.phase === "Failed");
  for (const line of machine.log) {
    ok("because" in line && line.because.length > 0 && /^R-[A-Z]+-\d+$/.test(line.rule), line.type);
  }
  const { settings, hostIP } = machine.record;
  let record = createPodRecord({ at: 0, settings, hostIP: hostIP! });
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
