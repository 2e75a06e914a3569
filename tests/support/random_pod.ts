/**
 * Random Pods and the fate of their containers: the one generator of all tests that play at random.
 */
import type { Container, Pod, PodSpec } from "../../src/api/types/pod.ts";
import type {
  ContainerScript,
  SandboxScript,
  ScriptedAnswer,
} from "../../src/runtime/simulated/simulation_script.ts";
import { Random } from "./random.ts";
import { containerOf, podOf } from "./simulation.ts";

/** What the randomness of a test may differ in. */
export interface RandomRunOptions {
  /**
   * Added to every time above a millisecond, at random up to this: without ties, the order of
   * events is determined.
   *
   * @default 0
   */
  readonly jitterMs?: number;
}

/**
 * A fate of its own for each name, number or whatever distinguishes runs, whatever the order in
 * which they are asked for.
 */
export function fateOf(seed: number, ...parts: readonly (string | number)[]): Random {
  const text = [seed, ...parts].join("/");
  return new Random(text.split("").reduce((hash, char) => hash * 31 + char.charCodeAt(0) | 0, 7));
}

export function randomPod(random: Random, name: string): Pod {
  const policies = ["Always", "OnFailure", "Never"] as const;
  const containers = Array.from({ length: random.integer(1, 3) }, (_, i) => `main-${i}`)
    .map((it) => randomContainer(random, it, policies));
  const initContainers = Array.from({ length: random.integer(0, 3) }, (_, i) => `init-${i}`)
    .map((it) => randomContainer(random, it, ["Always", "Always", "OnFailure", "Never"]));
  // A hook may not sleep for longer than the grace.
  const sleeps = [...containers, ...initContainers].some(({ lifecycle }) =>
    (lifecycle?.preStop?.sleep ?? lifecycle?.postStart?.sleep) !== undefined
  );
  const spec: Partial<PodSpec> = {
    restartPolicy: random.pick(policies),
    terminationGracePeriodSeconds: random.pick([sleeps ? 1 : 0, 1, 5, 30]),
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
  const plain = randomPolicy(random, name, policies);
  // Regular init containers have neither probes nor hooks.
  const mayBeAsked = name.startsWith("main") || plain.restartPolicy === "Always";
  return mayBeAsked && random.chance(0.3) ? { ...plain, ...randomHandlers(random) } : plain;
}

function randomHandlers(random: Random): Partial<Container> {
  const exec = { command: ["ask"] };
  const probe = () => ({
    exec,
    periodSeconds: random.pick([5, 30, 100]),
    initialDelaySeconds: random.pick([0, 0, 7]),
    failureThreshold: random.integer(1, 3),
  });
  const deadly = () => ({
    ...probe(),
    ...(random.chance(0.3) && { terminationGracePeriodSeconds: random.pick([1, 4, 60]) }),
  });
  const hook = () => random.chance(0.3) ? { sleep: { seconds: 1 } } : { exec };
  return {
    ...(random.chance(0.4) && { startupProbe: deadly() }),
    ...(random.chance(0.4) && { livenessProbe: deadly() }),
    ...(random.chance(0.4) && { readinessProbe: probe() }),
    ...(random.chance(0.4) && {
      lifecycle: {
        ...(random.chance(0.5) && { postStart: hook() }),
        ...(random.chance(0.5) && { preStop: hook() }),
      },
    }),
  };
}

function randomPolicy(
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

/** The fate of one run. */
export function randomRun(random: Random, options: RandomRunOptions = {}): ContainerScript {
  const pickMs = (choices: readonly number[]) => pickTime(random, choices, options);
  const exit = { exitCode: random.pick([0, 0, 0, 1, 2, 42]), oomKilled: random.chance(0.03) };
  return {
    ...(random.chance(0.85) && { exitAfterMs: pickMs([0, 1, 300, 3000, 40_000, 900_000]), exit }),
    ...(random.chance(0.05) && { startError: "not found" }),
    startMs: pickMs([0, 0, 1, 20]),
    handler: () => randomAnswer(random, options),
    onStopSignal: random.pick([
      "exit" as const,
      "ignore" as const,
      { afterMs: pickMs([0, 1, 2500, 50_000]), exit },
    ]),
  };
}

/** What a container answers to a probe or a hook. */
export function randomAnswer(random: Random, options: RandomRunOptions = {}): ScriptedAnswer {
  return {
    outcome: random.pick(["success", "success", "success", "failure", "error", "warning"]),
    afterMs: pickTime(random, [0, 0, 300, 1500, 20_000], options),
  };
}

/** The fate of one sandbox. */
export function randomSandbox(random: Random, options: RandomRunOptions = {}): SandboxScript {
  const message = "the disk is full";
  return {
    startMs: pickTime(random, [0, 5], options),
    ...(random.chance(0.1) && { exitAfterMs: pickTime(random, [0, 10, 20_000], options) }),
    ...(random.chance(0.05) && {
      eviction: { afterMs: pickTime(random, [0, 10, 20_000], options), message },
    }),
  };
}

function pickTime(
  random: Random,
  choices: readonly number[],
  { jitterMs = 0 }: RandomRunOptions,
): number {
  const ms = random.pick(choices);
  return ms > 1 && jitterMs > 0 ? ms + random.integer(0, jitterMs) : ms;
}
