/** A random Pod and its fate, the same for each side. */
import type { Pod } from "../../src/api/types/pod.ts";
import type {
  ContainerScript,
  SimulationScript,
} from "../../src/runtime/simulated/simulation_script.ts";
import { Random } from "../support/random.ts";
import {
  fateOf,
  randomAnswer,
  randomPod,
  randomRun,
  randomSandbox,
} from "../support/random_pod.ts";
import type { Deletion } from "./kubelet.ts";

/** One seed's Pod. */
export interface RandomCase {
  readonly pod: Pod;
  readonly deletions: readonly Deletion[];
  /** A script of its own for each play, since it counts what it is asked. */
  readonly createScript: () => SimulationScript;
}

/** Times are spread over most of a second; no start takes longer than the shortest grace. */
const SPREAD = { jitterMs: 797 };

/** When the Pod is deleted at the latest: long enough for a back-off of five minutes. */
const LAST_DELETION_MS = 3_000_000;

/** The Pod and the fate of a seed. */
export function createRandomCase(seed: number): RandomCase {
  const random = new Random(seed);
  const pod = randomPod(random, "pod");
  const at = random.pick([2_000, 60_000, 900_000, LAST_DELETION_MS]) * random.next();
  const graceSeconds = () => random.pick([undefined, undefined, 1, 3, 60]);
  const deletions = [{ at: Math.floor(at) + 0.5, graceSeconds: graceSeconds() }];
  if (random.chance(0.2)) {
    const again = Math.floor(at) + random.integer(1, 20_000) + 0.75;
    deletions.push({ at: again, graceSeconds: graceSeconds() });
  }
  // Without a grace a start under way would be cancelled (R-WORKER-1): such Pods have starts that
  // take no time.
  const startMs = pod.spec.terminationGracePeriodSeconds === 0 ? { startMs: 0 } : {};
  return { pod, deletions, createScript: () => createScript(seed, startMs) };
}

/**
 * A container's fate goes by its attempt, a sandbox's by its try, an answer's by its number: never
 * by the time. Each time gets a fraction of a millisecond of its own, so that no two things happen
 * at one moment by chance: which of them comes first is decided nowhere.
 */
function createScript(seed: number, changes: Partial<ContainerScript>): SimulationScript {
  const asked = new Map<string, number>();
  const nextFate = (...parts: readonly string[]) => {
    const key = parts.join("/");
    const count = asked.get(key) ?? 0;
    asked.set(key, count + 1);
    return fateOf(seed, key, count);
  };
  return {
    container: ({ name }) => {
      const fate = nextFate(name);
      const attempt = `${name}/${asked.get(name)}`;
      const { exitAfterMs, startMs = 0, onStopSignal = "exit", ...run } = randomRun(fate, SPREAD);
      return {
        ...run,
        ...(exitAfterMs !== undefined && { exitAfterMs: exitAfterMs + fraction(fate) }),
        startMs: startMs === 0 ? 0 : startMs + fraction(fate),
        onStopSignal: typeof onStopSignal === "string"
          ? onStopSignal
          : { ...onStopSignal, afterMs: onStopSignal.afterMs + fraction(fate) },
        ...changes,
        ...(fate.chance(0.07) && { createError: "no room" }),
        handler: ({ purpose }) => {
          const answer = nextFate(attempt, purpose);
          const { afterMs = 0, ...rest } = randomAnswer(answer, SPREAD);
          const isHook = purpose === "postStart" || purpose === "preStop";
          // A timeout of whole seconds would end with a tick.
          if (!isHook && afterMs >= 1000) {
            return { outcome: "failure", afterMs: 900 + fraction(answer) };
          }
          return { ...rest, afterMs: afterMs + fraction(answer) };
        },
      };
    },
    sandbox: () => {
      const fate = nextFate("sandbox");
      const { eviction: _, exitAfterMs, startMs = 0, ...script } = randomSandbox(fate, SPREAD);
      return {
        ...script,
        startMs: startMs === 0 ? 0 : startMs + fraction(fate),
        ...(exitAfterMs !== undefined && { exitAfterMs: exitAfterMs + fraction(fate) }),
        ...(fate.chance(0.07) && { error: "no address left" }),
      };
    },
  };
}

/** Between 0 and 1, without a rest in binary: sums of such times are exact. */
function fraction(random: Random): number {
  return random.integer(1, 1023) / 1024;
}
