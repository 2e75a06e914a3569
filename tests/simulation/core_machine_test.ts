/**
 * The machine of the core's tests (`tests/lifecycle/world.ts`) and the simulated runtime are two:
 * here the same Pod with the same script has the same history on both.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import type { LogEvent } from "../../src/lifecycle/trace/log_event.ts";
import { formatTraceLine } from "../../src/report/trace_line.ts";
import type { ContainerScript } from "../../src/runtime/simulated/simulation_script.ts";
import { Machine, type Run } from "../lifecycle/machine.ts";
import { Random } from "../support/random.ts";
import { fateOf, randomPod, randomRun } from "../support/random_pod.ts";
import { startSimulation } from "../support/simulation.ts";

/** When the Pod is deleted. */
const END_MS = 120_000;
/** More than a container is started until then. */
const RUNS = 50;

const seeds = 200;
for (let first = 1; first <= seeds; first += 50) {
  Deno.test(`the core's machine and the simulated runtime agree, seeds ${first} to ${first + 49}`, async () => {
    let compared = 0;
    for (let seed = first; seed < first + 50; seed++) {
      const pod = randomPod(new Random(seed), "p");
      // The core's machine takes the length of a sleep from its script.
      if (JSON.stringify(pod).includes('"sleep"')) continue;
      const script = (name: string, attempt: number) => untied(fateOf(seed, name, attempt));
      const { spec: { initContainers = [], containers } } = pod;
      const runs = [...initContainers, ...containers].map(({ name }) =>
        [name, Array.from({ length: RUNS }, (_, attempt) => asRun(script(name, attempt)))] as const
      );
      const machine = new Machine({ ...pod, metadata: { ...pod.metadata, uid: "uid-1" } }, {
        script: Object.fromEntries(runs),
      });
      machine.runTo(END_MS).delete(30).runToEnd();

      const attempts = new Map<string, number>();
      const simulation = startSimulation({
        script: {
          container: ({ name }) => {
            const attempt = attempts.get(name) ?? 0;
            attempts.set(name, attempt + 1);
            return script(name, attempt);
          },
        },
      });
      simulation.cluster.submit([pod]);
      await simulation.clock.advanceTo(END_MS);
      simulation.cluster.deletePod("default", "p", 30);
      await simulation.clock.runUntilIdle(END_MS + 3_600_000);
      deepEqual(summarize(machine.log), summarize(simulation.logEvents), `seed ${seed}`);
      compared++;
    }
    ok(compared > 30);
  });
}

/** The fate of one run; nothing falls due at the moment of something else, in an open order. */
function untied(random: Random): ContainerScript {
  const { exitAfterMs, exit, startError, onStopSignal = "exit" } = randomRun(random);
  const later = (ms: number) => ms + random.integer(2, 99);
  // An end that is forced has no OOM kill of its own.
  const end = { exitCode: exit?.exitCode ?? 0 };
  return {
    ...(exitAfterMs !== undefined && { exitAfterMs: later(exitAfterMs), exit: end }),
    ...(startError !== undefined && { startError }),
    onStopSignal: typeof onStopSignal === "object"
      ? { afterMs: later(onStopSignal.afterMs), exit: end }
      : onStopSignal,
  };
}

/** The same for the core's machine. */
function asRun({ exitAfterMs, exit, startError, onStopSignal }: ContainerScript): Run {
  return {
    ...(exitAfterMs !== undefined && { ms: exitAfterMs, code: exit!.exitCode! }),
    ...(startError !== undefined && { fails: { step: "start", message: startError } }),
    ...(onStopSignal === "ignore" && { onSigterm: onStopSignal }),
    ...(typeof onStopSignal === "object" && {
      onSigterm: { afterMs: onStopSignal.afterMs, code: onStopSignal.exit.exitCode! },
    }),
  };
}

/** Ends, starts and phases by moment; what different containers do at the same one in any order. */
function summarize(events: readonly LogEvent[]): string[] {
  return events.filter(({ type }) => /^(container|sandbox|pod\.phase)/.test(type)).map((event) => ({
    at: event.at,
    who: "container" in event ? event.container! : "",
    line: formatTraceLine(event, false),
  })).toSorted((a, b) => a.at - b.at || a.who.localeCompare(b.who)).map(({ line }) => line);
}
